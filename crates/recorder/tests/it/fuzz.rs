//! What fuzzing begins with and what it has found, judged as it judges.

#[path = "../../../../fuzz/checks/decode.rs"]
mod decode;
#[path = "../../../../fuzz/checks/description.rs"]
mod description;
#[path = "../../../../fuzz/checks/media.rs"]
mod media;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn descriptions_hold() {
    replay(&["fuzz/seeds/description", "fuzz/found/description"], description::check);
}

#[test]
fn media_hold() {
    replay(&["fuzz/seeds/media", "fuzz/found/media", "fuzz/found/decode"], media::check);
}

#[test]
fn decoders_hold() {
    replay(&["fuzz/seeds/media", "fuzz/found/decode", "fuzz/found/media"], decode::check);
}
