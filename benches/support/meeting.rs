//! A meeting: users who send a frame each tick, and the compositor that shows them.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, CompositorBuilder, Frame, FrameBuffer, FrameRate, LayoutSpec, PixelFormat, RenderMode,
    Size, UnitRect, UserId,
};

use super::measure::Tick;
use super::photo::Photo;
use super::size;

/// Pictures of one user, made beforehand and sent in turn.
pub type Ring = Rc<[Arc<FrameBuffer>]>;

/// A compositor and all that it is given.
pub struct Meeting {
    compositor: Compositor,
    users: Vec<(UserId, Ring)>,
    /// Sets of canvases, one for each output.
    canvases: Vec<Vec<FrameBuffer>>,
    ticks: u64,
}

impl Meeting {
    /// Lets a user join for each ring. `set_count` sets of frames and canvases are used in turn; 1 keeps them in the cache.
    pub fn new(builder: CompositorBuilder, layout: LayoutSpec, rings: &[Ring], set_count: usize) -> Self {
        let compositor = builder.build().expect("the system has threads");
        let start = polyptych::Timestamp::ZERO;
        compositor.update_layout(start, layout);
        let users: Vec<_> =
            rings.iter().enumerate().map(|(index, ring)| (user(index), Rc::clone(ring))).collect();
        users.iter().for_each(|(uid, _)| compositor.join(start, uid));
        let outputs = || compositor.canvases().iter().map(|shape| FrameBuffer::new(shape.format, shape.size));
        let canvases = (0..set_count).map(|_| outputs().collect()).collect();
        let mut meeting = Self { compositor, users, canvases, ticks: 0 };
        // The system hands out memory when it is first written: that shall not be measured.
        (0..set_count).for_each(|_| meeting.tick());
        meeting
    }

    /// The first canvas of the first output, as it was composed last.
    pub fn canvas(&self) -> &FrameBuffer {
        &self.canvases[0][0]
    }
}

impl Tick for Meeting {
    /// Every user sends a new frame, and the moment is composed. The picture may be an old one: a frame is new when it is
    /// made, so that nothing of the canvas may be taken for painted already.
    fn tick(&mut self) {
        let t = FrameRate::new(30, 1).expect("a rate").tick(self.ticks);
        let set = self.ticks as usize % self.canvases.len();
        for (uid, ring) in &self.users {
            self.compositor.push_frame(uid, t, frame(&ring[set % ring.len()]));
        }
        let mut views: Vec<_> = self.canvases[set].iter_mut().map(FrameBuffer::view_mut).collect();
        self.compositor.compose_all_into(t, &mut views).expect("time goes on");
        self.ticks += 1;
    }
}

/// A frame of its own over a shared picture, which is opaque.
pub fn frame(picture: &Arc<FrameBuffer>) -> Frame {
    let (format, size, strides) = (picture.format(), picture.size(), picture.strides());
    Frame::opaque(Arc::<FrameBuffer>::clone(picture), format, size, strides)
        .expect("a buffer holds its planes")
}

/// The uid of the user who joins as number `index`.
pub fn user(index: usize) -> UserId {
    UserId::new(&format!("user {index}"))
}

/// The rings of users with frames of these sizes. Rings are shared between calls through `made`.
pub fn cameras(
    made: &mut HashMap<(usize, Size), Ring>,
    sizes: &[Size],
    format: PixelFormat,
    set_count: usize,
) -> Vec<Ring> {
    let mut photos: HashMap<Size, Photo> = HashMap::new();
    let mut ring = |(user, &frame_size): (usize, &Size)| {
        let ring = made.entry((user, frame_size)).or_insert_with(|| {
            let photo = photos.entry(frame_size).or_insert_with(|| Photo::new(frame_size, format));
            (0..set_count).map(|tick| Arc::new(photo.picture(user, tick))).collect()
        });
        Rc::clone(ring)
    };
    sizes.iter().enumerate().map(&mut ring).collect()
}

/// The four kinds of layout.
#[derive(Clone, Copy)]
pub enum Layout {
    Floating,
    BestFit,
    Vertical,
    /// The first user over the whole canvas with bars, the others upon it in a grid, overlapping, at alpha 0.8.
    Custom,
}

impl Layout {
    pub const ALL: [Self; 4] = [Self::Floating, Self::BestFit, Self::Vertical, Self::Custom];

    pub fn spec(self, user_count: usize) -> LayoutSpec {
        let arrangement = match self {
            Self::Floating => Arrangement::Floating,
            Self::BestFit => Arrangement::BestFit,
            Self::Vertical => Arrangement::Vertical { large: Some(user(0)) },
            Self::Custom => Arrangement::Custom((0..user_count).map(overlapping).collect()),
        };
        LayoutSpec { arrangement, ..LayoutSpec::default() }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Floating => "floating",
            Self::BestFit => "best_fit",
            Self::Vertical => "vertical",
            Self::Custom => "custom",
        })
    }
}

fn overlapping(index: usize) -> RegionSpec {
    let (rect, alpha, render_mode) = match index.checked_sub(1) {
        None => (UnitRect::WHOLE, Alpha::OPAQUE, RenderMode::Fit),
        Some(small) => {
            let (column, row) = (small as u32 % 4, small as u32 / 4);
            let rect = UnitRect::from_ratios((2 + 23 * column, 27, 100), (2 + 23 * row, 27, 100));
            (rect, Alpha::new(0.8).expect("an alpha"), RenderMode::Crop)
        }
    };
    RegionSpec { uid: Some(user(index)), rect, alpha, render_mode }
}

/// What the users of a meeting send: 1280×720 where they are at most four, else 640×360; who is shown large, always 1280×720.
pub fn gallery(layout: Layout, user_count: usize) -> Vec<Size> {
    let is_large = |index: usize| user_count <= 4 || (index == 0 && !matches!(layout, Layout::BestFit));
    (0..user_count).map(|index| if is_large(index) { size(1280, 720) } else { size(640, 360) }).collect()
}
