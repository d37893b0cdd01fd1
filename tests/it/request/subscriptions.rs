//! What `update` requests say of subscriptions, and what they are refused for.

use polyptych::UserId;
use polyptych::request::{Context, ProblemKind, Subscriptions, UidList, WarningKind, parse_update};

use super::strict;

fn accept(body: &str) -> Subscriptions {
    let update = parse_update(body.as_bytes(), &Context::default());
    let update = update.unwrap_or_else(|refusal| panic!("{body}: {refusal}"));
    assert_eq!(update.warnings, [], "{body}");
    update.subscriptions
}

fn uids(uids: &[&str]) -> Vec<UserId> {
    uids.iter().map(|uid| UserId::new(uid)).collect()
}

/// A list of video in a bare request.
fn video(list: &str) -> String {
    format!(r#"{{"streamSubscribe": {{"videoUidList": {list}}}}}"#)
}

#[test]
fn subscriptions_of_the_published_examples() {
    for spelling in ["unsubscribeVideoUids", "unSubscribeVideoUids"] {
        let body = format!(
            r##"{{"cname": "httpClient463224", "uid": "527841", "clientRequest": {{"streamSubscribe": {{
                "audioUidList": {{"subscribeAudioUids": ["#allstream#"]}},
                "videoUidList": {{"{spelling}": ["444", "555", "666"]}}}}}}}}"##
        );
        let all_but = UidList::AllBut(uids(&["444", "555", "666"]));
        let expected = Subscriptions { audio: Some(UidList::All), video: Some(all_but) };
        assert_eq!(accept(&body), expected);
    }
}

#[test]
fn subscriptions_that_are_not_named_stay_as_they_were() {
    for body in [
        "{}",
        r#"{"clientRequest": {"webRecordingConfig": {"onhold": true}}}"#,
        r#"{"streamSubscribe": null}"#,
        r#"{"streamSubscribe": {}}"#,
        r#"{"streamSubscribe": {"audioUidList": null, "videoUidList": {}}}"#,
        r#"{"streamSubscribe": {"videoUidList": {"subscribeVideoUids": null}}}"#,
    ] {
        assert_eq!(accept(body), Subscriptions::default(), "{body}");
    }
    let audio = accept(r#"{"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["1"]}}}"#);
    assert_eq!(audio, Subscriptions { audio: Some(UidList::Only(uids(&["1"]))), video: None });
}

#[test]
fn subscriptions_are_refused_with_their_places() {
    let many: Vec<_> = (0..33).map(|uid| format!(r#""{uid}""#)).collect();
    let many = format!(r#"{{"subscribeVideoUids": [{}]}}"#, many.join(","));
    let at = "streamSubscribe.videoUidList";
    for (list, path, kind) in [
        (r#"{"subscribeVideoUids": []}"#, ".subscribeVideoUids", ProblemKind::Empty),
        (r#"{"unSubscribeVideoUids": [""]}"#, ".unSubscribeVideoUids[0]", ProblemKind::Empty),
        (r#"{"subscribeVideoUids": ["1", 2]}"#, ".subscribeVideoUids[1]", ProblemKind::WrongType),
        (r#"{"subscribeVideoUids": "1"}"#, ".subscribeVideoUids", ProblemKind::WrongType),
        (&many, ".subscribeVideoUids", ProblemKind::TooMany { count: 33 }),
        (
            r#"{"unsubscribeVideoUids": ["1"], "subscribeVideoUids": ["2"]}"#,
            ".unsubscribeVideoUids",
            ProblemKind::TwoLists { first: "subscribeVideoUids" },
        ),
        (
            r#"{"unsubscribeVideoUids": ["1"], "unSubscribeVideoUids": ["1"]}"#,
            ".unSubscribeVideoUids",
            ProblemKind::TwoLists { first: "unsubscribeVideoUids" },
        ),
        (
            r##"{"subscribeVideoUids": ["1", "#allstream#"]}"##,
            ".subscribeVideoUids[1]",
            ProblemKind::Everyone,
        ),
        (r##"{"unsubscribeVideoUids": ["#allstream#"]}"##, ".unsubscribeVideoUids[0]", ProblemKind::Everyone),
        ("[]", "", ProblemKind::WrongType),
    ] {
        let refusal = parse_update(video(list).as_bytes(), &Context::default()).expect_err(list);
        assert_eq!(refusal.errors[0].path, format!("{at}{path}"), "{list}");
        assert_eq!(refusal.errors[0].kind, kind, "{list}");
        assert_eq!(refusal.errors.len(), 1, "{list}");
    }
}

#[test]
fn subscriptions_all_problems_are_told_at_once() {
    let body = r#"{"clientRequest": {"streamSubscribe": {
        "audioUidList": {"subscribeAudioUids": [], "unsubscribeAudioUids": [1]}, "videoUidList": 7}}}"#;
    let refusal = parse_update(body.as_bytes(), &Context::default()).expect_err(body);
    let paths: Vec<_> = refusal.errors.iter().map(|problem| &*problem.path).collect();
    let at = "clientRequest.streamSubscribe";
    assert_eq!(
        paths,
        [
            format!("{at}.audioUidList.subscribeAudioUids"),
            format!("{at}.audioUidList.unsubscribeAudioUids"),
            format!("{at}.audioUidList.unsubscribeAudioUids[0]"),
            format!("{at}.videoUidList"),
        ]
    );
}

#[test]
fn subscriptions_doubts_name_the_key_that_was_meant() {
    let users = uids(&["1"]);
    let context = Context { users: Some(&users), ..Context::default() };
    for (body, path, kind) in [
        (
            r#"{"streamSubscibe": {}}"#.to_owned(),
            "streamSubscibe",
            WarningKind::UnknownKey { meant: Some("streamSubscribe") },
        ),
        (
            video(r#"{"subscribeVideoUid": ["1"]}"#),
            "streamSubscribe.videoUidList.subscribeVideoUid",
            WarningKind::UnknownKey { meant: Some("subscribeVideoUids") },
        ),
        (
            video(r#"{"subscribeVideoUids": ["1", "1"]}"#),
            "streamSubscribe.videoUidList.subscribeVideoUids[1]",
            WarningKind::RepeatedUid,
        ),
        (
            video(r#"{"subscribeVideoUids": ["2"]}"#),
            "streamSubscribe.videoUidList.subscribeVideoUids[0]",
            WarningKind::NobodyBears,
        ),
    ] {
        let update = parse_update(body.as_bytes(), &context).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(update.warnings.len(), 1, "{body}");
        assert_eq!((&*update.warnings[0].path, &update.warnings[0].kind), (path, &kind));
        if kind != WarningKind::NobodyBears {
            assert!(parse_update(body.as_bytes(), &strict()).is_err(), "{body}");
        }
    }
}

#[test]
fn subscriptions_show_nothing_of_the_keys_beside_them() {
    let body = r#"{"clientRequest": {"storageConfig": {"accessKey": "hidden", "secretKey": "hidden"},
        "extra": "hidden", "streamSubscribe": [{"token": "hidden"}]}}"#;
    for context in [Context::default(), strict()] {
        let refusal = parse_update(body.as_bytes(), &context).expect_err(body);
        assert_eq!(refusal.errors.len(), 1);
        assert!(!format!("{refusal:?} {refusal}").contains("hidden"), "{refusal:?}");
    }
}
