//! Whole pictures, byte for byte as they were when somebody looked at them: from a request and photographs to the canvas.
//!
//! Where a picture has changed on purpose, run with `POLYPTYCH_BLESS=1`, look at what it wrote, and run again without.

mod judge;

use std::path::Path;

use polyptych::request::{Context, parse};
use polyptych::{
    ColorSpace, Compositor, Frame, FrameBuffer, ImageUrl, PixelFormat, Rotation, Size, Timestamp, UserId,
};

use crate::reference::photo_as;
use judge::{assert_golden, planes_of, rgb_of};

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

fn asset(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A channel that is recorded with a layout of `assets/layouts/`.
struct Meeting(Compositor);

impl Meeting {
    fn new(layout: &str, format: PixelFormat, canvas: Size) -> Self {
        let compositor = Compositor::builder(canvas).format(format).build().expect("one thread");
        let body = asset(&format!("layouts/{layout}"));
        let context = Context { canvas: Some(canvas), ..Context::default() };
        let request = parse(&body, &context).expect("an example that we ship");
        assert_eq!(request.warnings, []);
        compositor.update_layout(Timestamp::ZERO, request.layout);
        Self(compositor)
    }

    fn join(&self, uid: &str) -> UserId {
        let uid = UserId::from(uid);
        self.0.join(Timestamp::ZERO, &uid);
        uid
    }

    /// Somebody joins and sends one picture.
    fn send(&self, uid: &str, frame: Frame) {
        let uid = self.join(uid);
        self.0.push_frame(&uid, Timestamp::ZERO, frame);
    }

    fn load(&self, url: &str, background: &str) {
        let url = ImageUrl::parse(url).expect("a URL");
        self.0.image_ready(Timestamp::ZERO, &url, &asset(&format!("backgrounds/{background}")));
    }

    fn compose(&self, t: Timestamp) -> FrameBuffer {
        let composed = self.0.compose(t).expect("time goes on").into_buffer();
        assert_eq!(self.0.take_notices(), []);
        composed
    }
}

/// A photograph of `assets/pictures/` as a camera sends it.
fn camera(name: &str, (width, height): (u32, u32), format: PixelFormat) -> Frame {
    photo_as(&format!("pictures/{name}"), size(width, height), format, ColorSpace::BT709_LIMITED).into()
}

/// Seven cameras of several formats and shapes; the last has a round picture.
fn cameras() -> [Frame; 7] {
    use PixelFormat::{I420, Nv12, Rgba};
    [
        camera("anna.jpg", (320, 240), I420),
        camera("ben.png", (160, 90), Nv12),
        camera("chloe.jpg", (113, 75), I420),
        camera("david.jpg", (320, 180), Rgba),
        camera("elif.jpg", (90, 160), I420),
        camera("farid.jpg", (160, 90), Nv12),
        camera("grace.png", (120, 120), Rgba),
    ]
}

#[test]
fn golden_floating_7() {
    let meeting = Meeting::new("floating.json", PixelFormat::Rgba, size(192, 108));
    for (index, frame) in cameras().into_iter().enumerate() {
        meeting.send(&format!("user {index}"), frame);
    }
    assert_golden("floating_7", &rgb_of(&meeting.compose(Timestamp::ZERO)));
}

#[test]
fn golden_best_fit_5_one_without_camera() {
    let meeting = Meeting::new("best_fit.json", PixelFormat::Rgba, size(192, 108));
    meeting.load("https://images.example.com/recording/no-camera.jpg", "blurred.jpg");
    let [anna, ben, chloe, _, elif, ..] = cameras();
    for (uid, frame) in [("anna", anna), ("ben", ben), ("chloe", chloe)] {
        meeting.send(uid, frame);
    }
    meeting.join("someone");
    meeting.send("elif", elif);
    assert_golden("best_fit_5", &rgb_of(&meeting.compose(Timestamp::ZERO)));
}

#[test]
fn golden_vertical_6_planes_of_an_odd_canvas() {
    let meeting = Meeting::new("vertical.json", PixelFormat::I420, size(161, 91));
    let [anna, ben, chloe, david, elif, farid, _] = cameras();
    let users = [("2", ben), ("3", chloe), ("1001", anna), ("4", david), ("5", elif), ("6", farid)];
    for (uid, frame) in users {
        meeting.send(uid, frame);
    }
    assert_golden("vertical_6_planes", &planes_of(&meeting.compose(Timestamp::ZERO)));
}

#[test]
fn golden_custom_overlap_with_alpha() {
    let meeting = Meeting::new("custom_overlap.json", PixelFormat::Rgba, size(192, 108));
    let [anna, .., farid, grace] = cameras();
    for (uid, frame) in [("1001", anna), ("1002", farid), ("1003", grace)] {
        meeting.send(uid, frame);
    }
    assert_golden("custom_overlap", &rgb_of(&meeting.compose(Timestamp::ZERO)));
}

#[test]
fn golden_turned_and_stretched() {
    let meeting = Meeting::new("custom_grid.json", PixelFormat::Rgba, size(192, 108));
    let [anna, ben, chloe, david, elif, ..] = cameras();
    let users = [
        // The large ones: a quarter turn, a half turn, pixels twice as high as wide.
        anna.clone().with_rotation(Rotation::Clockwise90),
        chloe.clone().with_rotation(Rotation::Clockwise180),
        david.clone().with_pixel_aspect(1, 2),
        // The small ones.
        elif.with_rotation(Rotation::Clockwise270),
        ben.with_rotation(Rotation::Clockwise90).with_pixel_aspect(4, 3),
        anna.with_rotation(Rotation::Clockwise270).with_pixel_aspect(2, 1),
        david.with_rotation(Rotation::Clockwise180),
    ];
    for (index, frame) in users.into_iter().enumerate() {
        meeting.send(&format!("user {index}"), frame);
    }
    assert_golden("turned_and_stretched", &rgb_of(&meeting.compose(Timestamp::ZERO)));
}

#[test]
fn golden_stalled_user_gives_way_to_their_image() {
    let meeting = Meeting::new("vertical.json", PixelFormat::Rgba, size(192, 108));
    meeting.load("https://images.example.com/speakers/1001.jpg", "launch.bmp");
    let [anna, ben, chloe, ..] = cameras();
    for (uid, frame) in [("1001", anna), ("2", ben), ("3", chloe.clone())] {
        meeting.send(uid, frame);
    }
    // User 2 has no image of their own and keeps the last frame; user 3 goes on.
    let t = Timestamp::from_secs(4);
    meeting.0.push_frame(&UserId::from("3"), t, chloe.with_rotation(Rotation::Clockwise180));
    assert_golden("stalled_user", &rgb_of(&meeting.compose(t)));
}

#[test]
fn golden_background_image_behind_a_whole_body() {
    let meeting = Meeting::new("update_layout_body.json", PixelFormat::Rgba, size(192, 108));
    meeting.load("https://images.example.com/recording/stage.jpg", "lake.jpg");
    meeting.load("https://images.example.com/speakers/1002.jpg", "launch.bmp");
    meeting.join("1002");
    let [anna, .., grace] = cameras();
    meeting.send("1001", anna);
    meeting.send("free", grace);
    assert_golden("background_image", &rgb_of(&meeting.compose(Timestamp::ZERO)));
}
