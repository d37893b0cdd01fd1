//! The counts of a source and of the channel.

use polyptych::channel::UserEvent;
use polyptych::source::SourceCounts;

use super::Scene;

#[test]
fn counting_tells_every_fate_once() {
    let mut scene = Scene::with_a();
    scene.push_all([2000, 1500, 0, 100_000]);
    let expected = SourceCounts { taken: 3, late: 1, restarts: 2, ..SourceCounts::default() };
    assert_eq!(scene.channel.counts(&"a".into()), Some(expected));
}

#[test]
fn counting_keeps_what_those_who_left_have_sent() {
    let mut scene = Scene::with_a();
    scene.event(0, "b", UserEvent::Join);
    scene.push_all([10, 20]);
    scene.push("b", 10, 1);
    scene.event(15, "a", UserEvent::Leave);
    scene.compose(15);
    assert_eq!(scene.channel.counts(&"a".into()), None);
    assert_eq!(scene.counts(), SourceCounts { taken: 3, not_in_channel: 1, ..SourceCounts::default() });
}
