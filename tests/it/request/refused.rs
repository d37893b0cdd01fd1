//! Requests that are refused: the path and the offset of every problem.
//!
//! A broken bar in a body marks where its problems stand, one bar a problem, in the order of their paths below.

use polyptych::request::{Context, Limits, ProblemKind, parse};

use super::{custom, refuse, region, strict};

fn marked(body: &str) -> (String, Vec<usize>) {
    let offsets = body.match_indices('¦').enumerate().map(|(index, (at, bar))| at - index * bar.len());
    (body.replace('¦', ""), offsets.collect())
}

fn check(body: &str, paths: &[&str], context: &Context<'_>) {
    let (body, offsets) = marked(body);
    let refusal = parse(body.as_bytes(), context).expect_err(&body);
    let found: Vec<_> = refusal.errors.iter().map(|p| (p.path.as_str(), p.span.start)).collect();
    let expected: Vec<_> = paths.iter().copied().zip(offsets.iter().copied()).collect();
    assert_eq!(paths.len(), offsets.len(), "a bar a problem: {body}");
    assert_eq!(found, expected, "{body}");
    for problem in &refusal.errors {
        assert!(!problem.expected.is_empty(), "{body}");
        assert!(problem.span.end() <= body.len(), "{body}");
    }
}

#[test]
fn problems_of_the_document_itself() {
    for body in ["¦[]", "¦1", "¦\"x\"", " ¦null", "\n¦true"] {
        check(body, &[""], &Context::default());
    }
    let (body, offsets) = (b"{\"a\":\"\xff\"}", 6);
    let refusal = parse(body, &Context::default()).expect_err("not UTF-8");
    assert_eq!((&refusal.errors[0].kind, refusal.errors[0].span.start), (&ProblemKind::NotUtf8, offsets));
}

/// RFC 8259 and nothing else; the bar stands before the byte where the sound part ends.
#[test]
fn syntax_errors_name_the_offending_byte() {
    for body in [
        "¦",
        "  ¦",
        "¦\u{feff}{}",
        "¦'a'",
        "nul¦",
        "n¦il",
        "{¦'a':1}",
        "{¦a:1}",
        "{¦/**/}",
        "{¦1:1}",
        "{\"a\":1¦",
        "{\"a\" ¦1}",
        "{\"a\":1,¦}",
        "[1,¦]",
        "[1 ¦2]",
        "{}¦,",
        "{}¦{}",
        "{}¦//",
        "[¦NaN]",
        "[¦Infinity]",
        "[¦+1]",
        "[¦.5]",
        "[0¦1]",
        "[0¦x10]",
        "[1.¦]",
        "[1e¦]",
        "[-¦]",
        "{\"a\":1,\r\n\"é\":¦é}",
        "[\"x¦\ny\"]",
        "[\"¦\n\"]",
        "[\"a¦\tb\"]",
        "[\"\\¦x\"]",
        "[\"abc¦",
        "[1,\n\n2,\n¦]",
        "[¦\u{a0}1]",
    ] {
        let (text, offsets) = marked(body);
        let refusal = refuse(&text);
        let [problem] = &refusal.errors[..] else { panic!("{text}: one problem") };
        assert!(matches!(problem.kind, ProblemKind::Syntax { .. }), "{text}");
        assert_eq!((problem.path.as_str(), problem.span.start), ("", offsets[0]), "{text}");
        assert!(problem.found.is_null());
    }
    // Half of a surrogate pair is no text: somewhere in that string.
    for string in [r#""\ud800""#, r#""\udc00x""#, r#""\ud800\u0041""#] {
        let at = refuse(&format!(r#"{{"a":{string}}}"#)).errors[0].span.start;
        assert!((5..=5 + string.len()).contains(&at), "{string}");
    }
}

/// Contract, section 1, row by row.
#[test]
fn problems_of_single_keys() {
    let check = |body: &str, path: &str| check(body, &[path], &Context::default());
    for value in ["4", "-1", "1.5", "\"1\"", "true", "[]", "{}", "1e400", "-1e400", "255", "1e-3"] {
        check(&format!(r#"{{"mixedVideoLayout":¦{value}}}"#), "mixedVideoLayout");
    }
    for value in ["5", "false", "[\"a\"]"] {
        check(&format!(r#"{{"maxResolutionUid":¦{value}}}"#), "maxResolutionUid");
    }
    for value in [
        "\"000000\"",
        "\"#00000\"",
        "\"#0000000\"",
        "\"#00000g\"",
        "\"#+00001\"",
        "\"red\"",
        "\"\"",
        "0",
        "\"#fff\"",
    ] {
        check(&format!(r#"{{"backgroundColor":¦{value}}}"#), "backgroundColor");
    }
    for key in ["backgroundImage", "defaultUserBackgroundImage"] {
        for value in [
            "\"\"",
            "\"a.jpg\"",
            "\"ftp://h/a\"",
            "\"https://u@h/a\"",
            "\"https://u:p@h/a\"",
            "\"//h/a\"",
            "7",
            "\"http://\"",
        ] {
            check(&format!(r#"{{"{key}":¦{value}}}"#), key);
        }
    }
    for value in ["{}", "\"a\"", "0"] {
        check(&format!(r#"{{"layoutConfig":¦{value}}}"#), "layoutConfig");
        check(&format!(r#"{{"backgroundConfig":¦{value}}}"#).replace("{}", "true"), "backgroundConfig");
    }
}

#[test]
fn problems_of_regions() {
    let check_region = |keys: &str, path: &str| {
        let path = format!("layoutConfig[0].{path}");
        check(&custom(&region(keys)), &[&path], &Context::default());
    };
    for key in ["x_axis", "y_axis", "width", "height", "alpha"] {
        for value in ["-0.1", "1.1", "-1e-300", "1.0000001", "1e400", "-1e400", "\"1\"", "true", "[]"] {
            check_region(&format!(r#""{key}":¦{value}"#), key);
        }
    }
    for key in ["x_axis", "y_axis", "width", "height"] {
        check_region(&format!(r#""{key}":¦null"#), key);
    }
    for value in ["2", "-1", "0.5", "\"fit\"", "true"] {
        check_region(&format!(r#""render_mode":¦{value}"#), "render_mode");
    }
    check_region(r#""uid":¦1001"#, "uid");
    // Over 1 by more than 1e-6, computed as f64.
    for (start, extent) in [("x_axis", "width"), ("y_axis", "height")] {
        check_region(&format!(r#""{start}":0.5,"{extent}":¦0.500002"#), extent);
        check_region(&format!(r#""{start}":1,"{extent}":¦0.00001"#), extent);
        check_region(&format!(r#""{start}":1.1e-6,"{extent}":¦1"#), extent);
    }
    let missing: Vec<_> =
        ["x_axis", "width", "y_axis", "height"].map(|key| format!("layoutConfig[1].{key}")).into();
    let missing: Vec<_> = missing.iter().map(String::as_str).collect();
    check(&custom(&format!("{},¦¦¦¦{{}}", region(""))), &missing, &Context::default());
    check(
        &custom("¦null,¦[],¦1"),
        &["layoutConfig[0]", "layoutConfig[1]", "layoutConfig[2]"],
        &Context::default(),
    );
}

#[test]
fn problems_of_region_counts() {
    let check = |body: &str, paths: &[&str]| check(body, paths, &Context::default());
    check(r#"¦{"mixedVideoLayout":3}"#, &["layoutConfig"]);
    check(r#"{"mixedVideoLayout":3,"layoutConfig":¦null}"#, &["layoutConfig"]);
    check(r#"{"mixedVideoLayout":3,"layoutConfig":¦[]}"#, &["layoutConfig"]);
    for layout in [r#""mixedVideoLayout":0,"#, r#""mixedVideoLayout":1,"#, r#""mixedVideoLayout":2,"#, ""] {
        check(&format!(r#"{{{layout}"layoutConfig":¦[{}]}}"#, region("")), &["layoutConfig"]);
    }
    // Of too many regions each is still checked.
    let mut regions = vec![region(r#""alpha":0.5"#); 17];
    regions.push(region(r#""width":¦2"#));
    let body = custom(&regions.join(",")).replace("layoutConfig\":", "layoutConfig\":¦");
    check(&body, &["layoutConfig", "layoutConfig[17].width"]);
}

#[test]
fn problems_of_user_backgrounds() {
    let check = |entries: &str, paths: &[&str]| {
        check(&format!(r#"{{"backgroundConfig":[{entries}]}}"#), paths, &Context::default());
    };
    let (uid, url) = ("backgroundConfig[0].uid", "backgroundConfig[0].image_url");
    check("¦¦{}", &[uid, url]);
    check(r#"¦{"image_url":"http://h/a"}"#, &[uid]);
    for value in ["\"\"", "null", "5"] {
        check(&format!(r#"{{"uid":¦{value},"image_url":"http://h/a"}}"#), &[uid]);
    }
    check(r#"¦{"uid":"a"}"#, &[url]);
    for value in ["\"\"", "null", "5", "\"h/a\"", "\"http://u@h/a\""] {
        check(&format!(r#"{{"uid":"a","image_url":¦{value}}}"#), &[url]);
    }
    check(r#"{"uid":"a","image_url":"http://h/a","render_mode":¦2}"#, &["backgroundConfig[0].render_mode"]);
    check("¦0", &["backgroundConfig[0]"]);
}

#[test]
fn problems_of_envelopes() {
    let check = |body: &str, paths: &[&str]| check(body, paths, &Context::default());
    check(r#"¦{"cname":"c"}"#, &["clientRequest"]);
    check(r#"¦{"resourceId":"c","mixedVideoLayout":1}"#, &["clientRequest"]);
    for value in ["null", "[]", "\"{}\"", "1"] {
        check(&format!(r#"{{"clientRequest":¦{value}}}"#), &["clientRequest"]);
    }
    let whole = format!(r#"{{"cname":"c","clientRequest":{}}}"#, custom(&region(r#""width":¦2"#)));
    check(&whole, &["clientRequest.layoutConfig[0].width"]);
}

#[test]
fn problems_of_start_requests() {
    let check = |body: &str, paths: &[&str]| check(body, paths, &Context::default());
    for value in ["1", "8193", "0", "-2", "360.5", "\"360\"", "true"] {
        check(&format!(r#"{{"transcodingConfig":{{"width":¦{value}}}}}"#), &["transcodingConfig.width"]);
        check(&format!(r#"{{"transcodingConfig":{{"height":¦{value}}}}}"#), &["transcodingConfig.height"]);
    }
    for value in ["0", "1000001", "0.5", "\"500\""] {
        check(&format!(r#"{{"transcodingConfig":{{"bitrate":¦{value}}}}}"#), &["transcodingConfig.bitrate"]);
    }
    for value in ["\"15\"", "true", "[]", "{}"] {
        check(&format!(r#"{{"transcodingConfig":{{"fps":¦{value}}}}}"#), &["transcodingConfig.fps"]);
    }
    for value in ["5", "[]", "\"\""] {
        check(&format!(r#"{{"transcodingConfig":¦{value}}}"#), &["transcodingConfig"]);
        let path = "clientRequest.recordingConfig.transcodingConfig";
        check(
            &format!(r#"{{"clientRequest":{{"recordingConfig":{{"transcodingConfig":¦{value}}}}}}}"#),
            &[path],
        );
    }
    check(
        r#"{"transcodingConfig":¦{"fps":¦""},"recordingConfig":{"transcodingConfig":{"width":¦1}}}"#,
        &["transcodingConfig", "transcodingConfig.fps", "recordingConfig.transcodingConfig.width"],
    );
    check(
        r#"{"recordingConfig":{"transcodingConfig":{"mixedVideoLayout":¦9}},"mixedVideoLayout":"left alone"}"#,
        &["recordingConfig.transcodingConfig.mixedVideoLayout"],
    );
}

/// Contract, section 1: all problems of one request are reported together.
#[test]
fn problems_are_reported_together_in_the_order_of_the_document() {
    check(
        r#"{"clientRequest":{"backgroundColor":¦"red","mixedVideoLayout":3,
            "layoutConfig":[{"x_axis":0,"y_axis":0,"width":¦2,"height":¦null,"alpha":¦9},¦7],
            "backgroundConfig":[{"uid":"a","image_url":¦"nowhere"}],¦"mixedVideoLayout":3}}"#,
        &[
            "clientRequest.backgroundColor",
            "clientRequest.layoutConfig[0].width",
            "clientRequest.layoutConfig[0].height",
            "clientRequest.layoutConfig[0].alpha",
            "clientRequest.layoutConfig[1]",
            "clientRequest.backgroundConfig[0].image_url",
            "clientRequest.mixedVideoLayout",
        ],
        &Context::default(),
    );
}

/// Contract, section 1: a duplicate key in one object is an error, wherever the object stands.
#[test]
fn duplicate_keys_anywhere() {
    let check = |body: &str, paths: &[&str]| check(body, paths, &Context::default());
    check(r#"{"mixedVideoLayout":1,¦"mixedVideoLayout":1}"#, &["mixedVideoLayout"]);
    check(r#"{"a":1,¦"\u0061":1,¦"a":2}"#, &["a", "a"]);
    check(&custom(&region(r#""width":1,¦"width":1"#)), &["layoutConfig[0].width"]);
    let aside = r#"{"cname":"c","extra":[{"x y":{"a":1,¦"a":1}}],"clientRequest":{}}"#;
    check(aside, &[r#"extra[0]["x y"].a"#]);
    check(r#"{"":1,¦"":1,"a-b":{"é":0,¦"é":0}}"#, &[r#"[""]"#, r#"["a-b"]["é"]"#]);
    // The same key in two objects is none.
    super::accept(r#"{"cname":{"uid":1},"uid":2,"clientRequest":{}}"#);
}

/// Contract, section 1: limits, all configurable.
#[test]
fn limits_are_errors_one_beyond_them() {
    let context = Context::default();
    let uid = |bytes: usize| "é".repeat(bytes / 2) + &"a".repeat(bytes % 2);
    super::accept(&custom(&region(&format!(r#""uid":"{}""#, uid(255)))));
    check(&custom(&region(&format!(r#""uid":¦"{}""#, uid(256)))), &["layoutConfig[0].uid"], &context);
    let url = |bytes: usize| format!("http://h/{}", "a".repeat(bytes - 9));
    super::accept(&format!(r#"{{"backgroundImage":"{}"}}"#, url(2048)));
    check(&format!(r#"{{"backgroundImage":¦"{}"}}"#, url(2049)), &["backgroundImage"], &context);
    let entries = |count: usize| {
        let entry = |index| format!(r#"{{"uid":"{index}","image_url":"http://h/a"}}"#);
        (0..count).map(entry).collect::<Vec<_>>().join(",")
    };
    super::accept(&format!(r#"{{"backgroundConfig":[{}]}}"#, entries(1000)));
    check(&format!(r#"{{"backgroundConfig":¦[{}]}}"#, entries(1001)), &["backgroundConfig"], &context);
    let nested = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
    super::accept(&nested(32));
    let refusal = refuse(&nested(33));
    assert_eq!(refusal.errors[0].kind, ProblemKind::TooDeep);
    assert_eq!(refusal.errors[0].path, format!("a{}", "[0]".repeat(31)));
    assert_eq!(refusal.errors[0].span.start, 5 + 31);
    let body = format!("{{}}{}", " ".repeat((1 << 20) - 2));
    super::accept(&body);
    check(&format!("{body}¦ "), &[""], &context);

    let limits =
        Limits { body_bytes: 40, nesting: 2, uid_bytes: 1, url_bytes: 9, user_backgrounds: 0, problems: 1 };
    let context = Context { limits, ..Context::default() };
    check(r#"{"maxResolutionUid":¦"ab"}"#, &["maxResolutionUid"], &context);
    check(r#"{"backgroundImage":¦"http://h/a"}"#, &["backgroundImage"], &context);
    check(r#"{"a":{"b":¦{}}}"#, &["a.b"], &context);
    check(&format!("{{}}{}¦ ", " ".repeat(38)), &[""], &context);
    let refusal = parse(br#"{"a":1,"a":1,"a":1}"#, &context).expect_err("duplicates");
    assert_eq!(refusal.errors[1].kind, ProblemKind::MoreProblems { listed: 1 });
}

/// Contract, section 1: strict mode turns warnings into errors.
#[test]
fn strict_reading_makes_warnings_errors() {
    let body = r#"{¦"backgroudColor":"x","maxResolutionUid":¦5}"#;
    check(body, &["backgroudColor", "maxResolutionUid"], &strict());
    let (body, _) = marked(body);
    let refusal = parse(body.as_bytes(), &strict()).expect_err("two problems");
    assert_eq!(refusal.warnings, []);
    assert_eq!(refusal.errors[0].expected, "backgroundColor");
    let lenient = refuse(&body);
    assert_eq!((lenient.errors.len(), lenient.warnings.len()), (1, 1));
    check(r#"{"transcodingConfig":{"fps":¦29.97}}"#, &["transcodingConfig.fps"], &strict());
}

#[test]
fn problems_say_what_was_found() {
    let found = |body: &str| refuse(body).errors[0].found.clone();
    assert_eq!(found(r#"{"mixedVideoLayout":1.5}"#), 1.5);
    assert_eq!(found(r#"{"mixedVideoLayout":"1"}"#), "1");
    assert_eq!(found(r#"{"mixedVideoLayout":7}"#), 7);
    assert_eq!(found(r#"{"mixedVideoLayout":[1,{"uid":null}]}"#), serde_json::json!([1, {"uid": null}]));
    assert_eq!(found(r#"{"mixedVideoLayout":1e400}"#), "1e400");
    assert!(found(r#"{"cname":"c"}"#).is_null());
    assert_eq!(found(r#"{"mixedVideoLayout":3,"layoutConfig":[]}"#), serde_json::json!([]));
}
