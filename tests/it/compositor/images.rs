//! When images show (section 4): their arrival is an event.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyptych::image::{ImageError, ImageLimits, ImageLoader, Loaded, decode};
use polyptych::layout::Arrangement;
use polyptych::{ImageUrl, Notice};

use super::{Meeting, bmp, layout, url, with_images};

/// A meeting of one who has sent nothing, with an image in their place.
fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting.join(0, 'a');
    meeting.layout(0, with_images(None, None, &[("a", "one")]));
    meeting
}

// An image takes effect at the first composed time not before the time it was handed in with.
#[test]
fn images_show_from_their_time_on() {
    let meeting = meeting();
    meeting.image(100, "one", 'i');
    meeting.assert_middle(&[(0, '.'), (99, '.'), (101, 'i')]);
    let meeting = self::meeting();
    meeting.image(100, "one", 'i');
    meeting.assert_middle(&[(100, 'i')]);
}

// Handed in for a time that has been composed: at the next frame, be it of the same time.
#[test]
fn images_handed_in_late_show_at_the_next_frame() {
    let meeting = meeting();
    meeting.assert_middle(&[(500, '.')]);
    meeting.image(100, "one", 'i');
    meeting.assert_middle(&[(500, 'i'), (501, 'i')]);
}

// Handed in again, the newer one replaces the older.
#[test]
fn images_handed_in_again_replace_the_older() {
    let meeting = meeting();
    meeting.image(200, "one", 'k');
    meeting.image(100, "one", 'i');
    meeting.image(200, "one", 'l');
    meeting.assert_middle(&[(0, '.'), (100, 'i'), (199, 'i'), (200, 'l')]);
}

// Until then the next lower choice shows; the previous layout's image is not kept.
#[test]
fn images_of_the_previous_layout_are_not_kept() {
    let meeting = meeting();
    meeting.image(0, "one", 'i');
    meeting.layout(100, with_images(Some("canvas two"), None, &[("a", "two")]));
    meeting.image(200, "canvas two", 'c');
    meeting.image(300, "two", 'k');
    meeting.layout(400, layout(Arrangement::BestFit));
    let table = [(99, 'i'), (100, '.'), (199, '.'), (200, 'c'), (300, 'k'), (399, 'k'), (400, '.')];
    meeting.assert_middle(&table);
}

// A request that names an already loaded URL uses it at once, also after a time in which none did.
#[test]
fn images_that_are_loaded_are_used_at_once() {
    let meeting = meeting();
    meeting.image(0, "one", 'i');
    meeting.image(0, "two", 'k');
    meeting.layout(100, with_images(None, Some("two"), &[]));
    meeting.layout(200, with_images(Some("one"), None, &[]));
    meeting.assert_middle(&[(0, 'i'), (100, 'k'), (200, 'i')]);
}

// One that cannot be read fails nothing; a notice names it without its query.
#[test]
fn images_that_fail_are_told_and_change_nothing() {
    let meeting = Meeting::of("a");
    let secret = ImageUrl::parse("http://images.test/one?key=secret").expect("a URL");
    meeting.0.image_ready(super::ms(100), &secret, b"no image");
    meeting.assert_middle(&[(99, 'a')]);
    assert_eq!(meeting.notices(), []);
    meeting.assert_middle(&[(100, 'a')]);
    let notices = meeting.notices();
    assert!(matches!(&notices[..], [Notice::Image(_)]), "{notices:?}");
    let text = format!("{} {notices:?}", notices[0]);
    assert!(text.contains("images.test/one") && !text.contains("secret"), "{text}");
}

// Offline: images that were handed in, for any time, are not waited for; one that was not is reported.
#[test]
fn images_handed_in_are_not_missed_by_the_wait() {
    let meeting = meeting();
    meeting.layout(50, with_images(Some("missing"), None, &[]));
    meeting.image(100, "one", 'i');
    meeting.0.wait_for_images(Duration::ZERO);
    let notices = meeting.notices();
    let [Notice::Image(failure)] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!((&failure.url, &failure.error), (&url("missing"), &ImageError::NotHandedIn));
    meeting.layout(100, with_images(None, None, &[("a", "one")]));
    meeting.assert_middle(&[(100, 'i')]);
    assert_eq!(meeting.notices(), []);
}

/// A loader whose answers the test gives.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<(Vec<ImageUrl>, VecDeque<Loaded>)>>);

impl ImageLoader for Desk {
    fn request(&mut self, url: &ImageUrl) {
        self.0.lock().expect("not poisoned").0.push(url.clone());
    }

    fn poll(&mut self) -> Option<Loaded> {
        self.0.lock().expect("not poisoned").1.pop_front()
    }

    fn wait(&mut self, _: Duration) -> Option<Loaded> {
        self.poll()
    }
}

// One URL named many times is fetched once; what the loader brings shows at the next frame.
#[test]
fn images_are_fetched_once_and_show_when_they_come() {
    let desk = Desk::default();
    let loader = Box::new(desk.clone());
    let meeting = Meeting::with(|builder| builder.image_loader(loader));
    for uid in ['a', 'b', 'c'] {
        meeting.join(0, uid);
    }
    meeting.layout(0, with_images(Some("one"), Some("one"), &[("b", "one"), ("c", "two")]));
    meeting.layout(100, with_images(None, Some("one"), &[]));
    let requested = desk.0.lock().expect("not poisoned").0.clone();
    assert_eq!(requested, [url("one"), url("two")]);
    assert_eq!(meeting.at(0).grid(2, 2), "../..");
    let result = decode(&bmp('i'), &ImageLimits::default());
    desk.0.lock().expect("not poisoned").1.push_back(Loaded { url: url("one"), result });
    assert_eq!(meeting.at(0).grid(2, 2), "ii/ii");
    let failed = Loaded { url: url("two"), result: Err(ImageError::Status { found: 404 }) };
    desk.0.lock().expect("not poisoned").1.push_back(failed);
    assert_eq!(meeting.at(100).grid(2, 2), "ii/i.");
    assert_eq!(meeting.notices().len(), 1);
}
