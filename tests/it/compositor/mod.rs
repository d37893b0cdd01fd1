//! The facade: what shows where at which time (contract, sections 2, 3, 4 and 6).
//!
//! Users send plain colours, each named by a letter, onto a canvas of 40×40 pixels: `.` is its colour, `#` black, `?` any other.
//! So a test reads as a table of times and letters.

mod buffers;
mod concurrency;
mod frames;
mod images;
mod members;
mod order;
mod outputs;
mod priority;
mod random;
mod stall;
mod statistics;
mod threads;
mod unchanged;

use polyptych::layout::{Arrangement, RegionSpec, UserBackground};
use polyptych::{
    Alpha, Compositor, CompositorBuilder, Frame, FrameBuffer, ImageUrl, LayoutSpec, Notice, PixelFormat,
    RenderMode, Rgb, Sharing, Size, Timestamp, UnitRect, UserId,
};

/// Milliseconds of recording time.
fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

/// The colour of a letter.
fn color(letter: char) -> Rgb {
    match letter {
        '.' => Rgb { r: 10, g: 20, b: 30 },
        '#' => Rgb::BLACK,
        _ => {
            let number = letter as u8;
            Rgb { r: number, g: number.wrapping_mul(7), b: 255 - number }
        }
    }
}

/// The letter of a colour.
fn letter(color_found: Rgb) -> char {
    let mut letters = ".#".chars().chain('a'..='z').chain('A'..='Z');
    letters.find(|&letter| color(letter) == color_found).unwrap_or('?')
}

/// A plain RGBA picture.
fn plain(letter: char, size: Size) -> FrameBuffer {
    let Rgb { r, g, b } = color(letter);
    let samples = [r, g, b, 255].repeat(size.area() as usize);
    FrameBuffer::from_packed(PixelFormat::Rgba, size, samples).expect("four bytes a pixel")
}

/// A BMP of one colour.
fn bmp(letter: char) -> Vec<u8> {
    crate::engine::bmp(&plain(letter, size(4, 4)))
}

fn url(name: &str) -> ImageUrl {
    ImageUrl::parse(&format!("http://images.test/{name}")).expect("a URL")
}

/// A layout upon the colour `.`.
fn layout(arrangement: Arrangement) -> LayoutSpec {
    LayoutSpec { arrangement, background_color: color('.'), ..LayoutSpec::default() }
}

/// Best fit, with images by name: of the canvas, for all users, for single ones.
fn with_images(canvas: Option<&str>, default: Option<&str>, own: &[(&str, &str)]) -> LayoutSpec {
    let own = own.iter().map(|&(uid, image)| UserBackground {
        uid: uid.into(),
        image: url(image),
        render_mode: RenderMode::Crop,
    });
    LayoutSpec {
        background_image: canvas.map(url),
        default_user_background_image: default.map(url),
        user_backgrounds: own.collect(),
        ..layout(Arrangement::BestFit)
    }
}

/// A custom layout of regions side by side, for these users; `None` is a free region.
fn row_of(uids: &[Option<&str>]) -> LayoutSpec {
    let count = uids.len() as u32;
    let regions = uids.iter().zip(0..).map(|(uid, index)| RegionSpec {
        uid: uid.map(UserId::from),
        rect: UnitRect::from_ratios((index, 1, count), (0, 1, 1)),
        alpha: Alpha::OPAQUE,
        render_mode: RenderMode::Crop,
    });
    layout(Arrangement::Custom(regions.collect()))
}

/// A compositor told in milliseconds, names and letters.
struct Meeting(Compositor);

impl Meeting {
    /// Best fit from the beginning.
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(set: impl FnOnce(CompositorBuilder) -> CompositorBuilder) -> Self {
        // Canvases as small as these are worth no second thread.
        let builder = Compositor::builder(size(40, 40)).format(PixelFormat::Rgba).sharing(Sharing::Always);
        let meeting = Self(set(builder).build().expect("threads"));
        meeting.layout(0, layout(Arrangement::BestFit));
        meeting
    }

    /// Best fit, and at 0 these users join, each sending the colour of their name.
    fn of(uids: &str) -> Self {
        let meeting = Self::new();
        for uid in uids.chars() {
            meeting.join(0, uid);
            meeting.push(uid, 0, uid);
        }
        meeting
    }

    fn layout(&self, at: i64, layout: LayoutSpec) {
        self.0.update_layout(ms(at), layout);
    }

    fn join(&self, at: i64, uid: char) {
        self.0.join(ms(at), &id(uid));
    }

    fn leave(&self, at: i64, uid: char) {
        self.0.leave(ms(at), &id(uid));
    }

    fn mute(&self, at: i64, uid: char) {
        self.0.mute(ms(at), &id(uid));
    }

    fn unmute(&self, at: i64, uid: char) {
        self.0.unmute(ms(at), &id(uid));
    }

    fn stop(&self, at: i64, uid: char) {
        self.0.video_stopped(ms(at), &id(uid));
    }

    fn subscribed(&self, at: i64, uid: char, is_subscribed: bool) {
        self.0.set_video_subscribed(ms(at), &id(uid), is_subscribed);
    }

    fn sparse(&self, at: i64, uid: char, is_sparse: bool) {
        self.0.set_video_sparse(ms(at), &id(uid), is_sparse);
    }

    /// Pushes a plain frame.
    fn push(&self, uid: char, stamp: i64, letter: char) {
        self.push_frame(uid, stamp, plain(letter, size(4, 4)).into());
    }

    fn push_frame(&self, uid: char, stamp: i64, frame: Frame) {
        self.0.push_frame(&id(uid), ms(stamp), frame);
    }

    /// Hands in a plain image.
    fn image(&self, at: i64, name: &str, letter: char) {
        self.0.image_ready(ms(at), &url(name), &bmp(letter));
    }

    fn at(&self, t: i64) -> Shot {
        Shot(self.0.compose(ms(t)).expect("not below the last").clone())
    }

    /// The middle of the canvas at each of these times.
    fn assert_middle(&self, rows: &[(i64, char)]) {
        for &(t, expected) in rows {
            assert_eq!(self.at(t).grid(1, 1), expected.to_string(), "at {t} ms");
        }
    }

    fn notices(&self) -> Vec<Notice> {
        self.0.take_notices()
    }
}

fn id(uid: char) -> UserId {
    UserId::from(uid.to_string())
}

/// A composed canvas, RGBA.
struct Shot(FrameBuffer);

impl Shot {
    fn pixel(&self, x: usize, y: usize) -> Rgb {
        let view = self.0.view();
        let [r, g, b, a] = view.plane(0).row(y)[4 * x..][..4].try_into().expect("four bytes");
        assert_eq!(a, 255, "a composed canvas is opaque");
        Rgb { r, g, b }
    }

    /// The letters in the middles of so many cells; rows are separated by `/`.
    fn grid(&self, columns: usize, rows: usize) -> String {
        let (width, height) = (self.0.size().width() as usize, self.0.size().height() as usize);
        let row = |row: usize| -> String {
            let y = (2 * row + 1) * height / (2 * rows);
            (0..columns)
                .map(|column| letter(self.pixel((2 * column + 1) * width / (2 * columns), y)))
                .collect()
        };
        (0..rows).map(row).collect::<Vec<_>>().join("/")
    }
}
