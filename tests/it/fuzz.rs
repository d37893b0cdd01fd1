//! What fuzzing begins with and what it has found, judged as it judges.

#[path = "../../fuzz/checks/compose.rs"]
mod compose;
#[path = "../../fuzz/checks/image.rs"]
mod image;
#[path = "../../fuzz/checks/kernels.rs"]
mod kernels;
#[path = "../../fuzz/checks/paint.rs"]
mod paint;
#[path = "../../fuzz/replay.rs"]
mod replay;
#[path = "../../fuzz/checks/request.rs"]
mod request;

use replay::replay;

#[test]
fn requests_hold() {
    replay(&["fuzz/seeds/request", "fuzz/found/request", "assets/layouts"], request::check);
}

#[test]
fn images_hold() {
    replay(&["fuzz/seeds/image", "fuzz/found/image", "tests/data"], image::check);
}

#[test]
fn compositors_hold() {
    replay(&["fuzz/seeds/compose", "fuzz/found/compose"], compose::check);
}

#[test]
fn paint_holds() {
    replay(&["fuzz/seeds/paint", "fuzz/found/paint"], paint::check);
}

#[test]
fn kernels_hold() {
    replay(&["fuzz/seeds/kernels", "fuzz/found/kernels"], kernels::check);
}
