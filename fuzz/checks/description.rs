//! Any bytes as the description of a recording: never a panic, and what is accepted becomes a history in order.

use polyptych::Timestamp;
use polyptych_recorder::description::{Context, Limits, Medium, parse};
use polyptych_recorder::history::{Extent, History, Source, Sources};

pub fn check(text: &[u8]) {
    let limits = Limits { users: 50, media: 100, events: 1000, ..Limits::default() };
    let context = Context { limits, ..Context::default() };
    let recording = match parse(text, &context) {
        Ok(description) => description.recording,
        Err(refusal) => {
            assert!(!refusal.errors.is_empty(), "a refusal says why");
            let _ = refusal.to_string();
            return;
        }
    };
    let again = parse(text, &context).expect("the same text is accepted again");
    assert_eq!(again.recording, recording);

    let media = recording.users.iter().map(|user| user.media.iter().map(lasting).collect()).collect();
    let Ok(history) = History::new(&recording, Sources { media, images: Vec::new() }) else { return };
    assert!(history.end() > Timestamp::ZERO, "it has an end");
    assert!(history.happenings().is_sorted_by_key(|happening| happening.at), "what happens comes in order");
    for uid in history.users() {
        assert!(history.turns(uid).is_sorted(), "turns come in order");
        let presence = history.presence(uid);
        assert!(
            presence.iter().all(|(from, to)| from <= to) && presence.is_sorted(),
            "presence comes in order"
        );
    }
}

/// A file of ten seconds; one in three is a still, and one in three cannot be used.
fn lasting(medium: &Medium) -> Option<Source> {
    let kind = medium.file.as_os_str().len() % 3;
    let extent = Extent { from: Timestamp::ZERO, to: (kind == 0).then_some(Timestamp::from_secs(10)) };
    let sound = (kind == 0).then_some(extent);
    (kind < 2).then(|| Source { path: medium.file.clone(), video: Some(extent), sound, is_still: kind == 1 })
}
