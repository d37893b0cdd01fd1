//! What is fetched, once, and what is kept (contract, section 4).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyptych::ImageUrl;
use polyptych::image::{ImageError, ImageLimits, ImageLoader, ImageStore, Loaded, Picture, decode};

use super::{bmp, pixel, url};

/// A loader whose answers the test gives.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<(Vec<String>, VecDeque<Loaded>)>>);

impl Desk {
    fn requested(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").0.clone()
    }

    fn answer(&self, url: &ImageUrl, result: Result<Picture, ImageError>) {
        self.0.lock().expect("not poisoned").1.push_back(Loaded { url: url.clone(), result });
    }
}

impl ImageLoader for Desk {
    fn request(&mut self, url: &ImageUrl) {
        self.0.lock().expect("not poisoned").0.push(url.as_str().to_owned());
    }

    fn poll(&mut self) -> Option<Loaded> {
        self.0.lock().expect("not poisoned").1.pop_front()
    }

    fn wait(&mut self, _: Duration) -> Option<Loaded> {
        self.poll()
    }
}

/// What a small picture counts as: 64 KiB.
const ROOM: u64 = 65_536;
const PER_IMAGE: Duration = Duration::from_secs(10);

fn store(max_bytes: u64) -> (ImageStore, Desk) {
    let desk = Desk::default();
    (ImageStore::new(Some(Box::new(desk.clone())), max_bytes), desk)
}

fn urls<const N: usize>(names: [&str; N]) -> [ImageUrl; N] {
    names.map(|name| url(&format!("http://images.test/{name}")))
}

/// A small picture.
fn picture(shade: u8) -> Picture {
    decode(&bmp(4, 4, [shade; 3]), &ImageLimits::default()).expect("a picture")
}

fn shade(store: &ImageStore, url: &ImageUrl) -> Option<u8> {
    store.get(url).map(|picture| pixel(picture, 0, 0)[0])
}

#[test]
fn store_requests_one_url_once_however_often_it_is_named() {
    let (mut store, desk) = store(100 * ROOM);
    let [a, b] = urls(["a", "b"]);
    store.want([&a, &b, &a]);
    store.want([&a]);
    assert_eq!(desk.requested(), [a.as_str(), b.as_str()]);
    desk.answer(&a, Ok(picture(7)));
    assert_eq!(store.drain(), []);
    assert_eq!((shade(&store, &a), shade(&store, &b)), (Some(7), None));
    // Already there: used at once, not fetched again.
    store.want([&a]);
    assert_eq!(desk.requested().len(), 2);
}

#[test]
fn store_tells_of_a_failure_once_and_tries_again_when_named_again() {
    let (mut store, desk) = store(100 * ROOM);
    let secret = url("http://images.test/a?token=secret#part");
    store.want([&secret]);
    desk.answer(&secret, Err(ImageError::Status { found: 404 }));
    let failures = store.drain();
    let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["image http://images.test/a: status 404, expected 200"]);
    assert!(!format!("{failures:?}").contains("secret"));
    assert_eq!(store.drain(), []);
    assert_eq!(desk.requested().len(), 1, "not tried again by itself");
    store.want([&secret]);
    desk.answer(&secret, Ok(picture(1)));
    assert_eq!(store.drain(), []);
    assert_eq!((desk.requested().len(), shade(&store, &secret)), (2, Some(1)));
}

#[test]
fn store_asks_for_four_at_once() {
    let (mut store, desk) = store(100 * ROOM);
    let all = urls(["a", "b", "c", "d", "e", "f"]);
    store.want(&all);
    assert_eq!(desk.requested().len(), 4);
    desk.answer(&all[2], Ok(picture(3)));
    store.drain();
    assert_eq!(desk.requested().last().map(String::as_str), Some(all[4].as_str()));
    assert_eq!(desk.requested().len(), 5);
}

#[test]
fn store_forgets_what_is_released_before_it_was_started() {
    let (mut store, desk) = store(100 * ROOM);
    let all = urls(["a", "b", "c", "d", "e", "f"]);
    store.want(&all);
    store.release([&all[4]]);
    desk.answer(&all[0], Ok(picture(1)));
    store.drain();
    assert_eq!(desk.requested().last().map(String::as_str), Some(all[5].as_str()));
}

#[test]
fn store_makes_room_by_dropping_what_nobody_wants_the_oldest_first() {
    let (mut store, _) = store(3 * ROOM);
    let [a, b, c, d] = urls(["a", "b", "c", "d"]);
    store.want([&a, &b, &c]);
    for (url, shade) in [(&a, 1), (&b, 2), (&c, 3)] {
        store.ready(url, Ok(picture(shade))).expect("room");
    }
    store.release([&a, &b]);
    assert_eq!(shade(&store, &a), Some(1), "kept while there is room");
    store.want([&d]);
    store.ready(&d, Ok(picture(4))).expect("room");
    let kept = [&a, &b, &c, &d].map(|url| shade(&store, url));
    assert_eq!(kept, [None, Some(2), Some(3), Some(4)]);
}

#[test]
fn store_never_drops_what_is_wanted_and_refuses_what_has_no_room() {
    let (mut store, _) = store(ROOM);
    let [a, b] = urls(["a", "b"]);
    store.want([&a, &b]);
    store.want([&a]);
    store.release([&a]);
    store.ready(&a, Ok(picture(1))).expect("room");
    let refused = store.ready(&b, Ok(picture(2))).expect_err("no room");
    assert_eq!(refused.error, ImageError::NoRoom { limit_bytes: ROOM });
    assert_eq!((shade(&store, &a), shade(&store, &b)), (Some(1), None));
    // Another picture of the same URL takes its own place.
    store.ready(&a, Ok(picture(9))).expect("its own room");
    assert_eq!(shade(&store, &a), Some(9));
}

#[test]
fn store_takes_what_is_handed_in_without_a_loader() {
    let mut store = ImageStore::new(None, ROOM);
    let [a, b] = urls(["a", "b"]);
    store.want([&a, &b]);
    assert_eq!(store.drain(), []);
    store.ready(&a, Ok(picture(5))).expect("room");
    assert_eq!(shade(&store, &a), Some(5));
    let failures = store.wait_all(PER_IMAGE);
    assert_eq!(failures.len(), 1);
    assert_eq!((&failures[0].url, &failures[0].error), (&b, &ImageError::NotHandedIn));
}

#[test]
fn store_waits_for_all_and_its_outcome_does_not_depend_on_the_order_of_arrival() {
    // Offline output depends on nothing but its input: of three pictures two have room, the first two named.
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let (mut store, desk) = store(2 * ROOM);
        let all = urls(["a", "b", "c", "d"]);
        store.want(&all);
        for index in order {
            let failed = ImageError::Status { found: 500 };
            desk.answer(&all[index], if index == 1 { Err(failed) } else { Ok(picture(index as u8)) });
        }
        let failures = store.wait_all(PER_IMAGE);
        let told: Vec<_> = failures.iter().map(|failure| (&failure.url, &failure.error)).collect();
        let no_room = ImageError::NoRoom { limit_bytes: 2 * ROOM };
        assert_eq!(told, [(&all[1], &ImageError::Status { found: 500 }), (&all[3], &no_room)], "{order:?}");
        let kept = [0, 1, 2, 3].map(|index| shade(&store, &all[index]));
        assert_eq!(kept, [Some(0), None, Some(2), None], "{order:?}");
    }
}

#[test]
fn store_gives_up_on_what_does_not_come_and_goes_on() {
    let (mut store, desk) = store(100 * ROOM);
    let all = urls(["a", "b", "c"]);
    store.want(&all);
    desk.answer(&all[1], Ok(picture(2)));
    let failures = store.wait_all(PER_IMAGE);
    let timed_out = ImageError::TimedOut { limit: PER_IMAGE };
    let told: Vec<_> = failures.iter().map(|failure| (&failure.url, &failure.error)).collect();
    assert_eq!(told, [(&all[0], &timed_out), (&all[2], &timed_out)]);
    assert_eq!(shade(&store, &all[1]), Some(2));
    // What comes after all is not shown: the failure has been told.
    desk.answer(&all[0], Ok(picture(1)));
    assert_eq!((store.drain(), shade(&store, &all[0])), (Vec::new(), None));
}

#[test]
fn store_counts_large_pictures_by_their_pixels() {
    let [a, b] = urls(["a", "b"]);
    let large = || decode(&bmp(256, 128, [1; 3]), &ImageLimits::default()).expect("a picture");
    let (mut roomy, _) = store(3 * ROOM);
    roomy.want([&a, &b]);
    roomy.ready(&a, Ok(large())).expect("two thirds");
    roomy.ready(&b, Ok(picture(1))).expect("one third");
    let (mut narrow, _) = store(3 * ROOM - 1);
    narrow.want([&a, &b]);
    narrow.ready(&a, Ok(large())).expect("two thirds");
    assert!(narrow.ready(&b, Ok(picture(1))).is_err());
}
