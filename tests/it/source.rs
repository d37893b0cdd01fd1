//! Who is in the channel and what each shows: sections 2, 3 and 6 of the layout contract.

mod counting;
mod frames;
mod liveness;
mod membership;
mod model;
mod mute;
mod roster;
mod timeline;

use polyptych::channel::{Channel, ChannelNotice, UserEvent};
use polyptych::source::{Liveness, SourceCounts};
use polyptych::{Frame, FrameBuffer, PixelFormat, Size, Timestamp, UserId};

/// Milliseconds of recording time.
fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A picture of one pixel that carries a number.
fn numbered(number: u32) -> Frame {
    let size = Size::from_wh(1, 1).expect("not empty");
    let pixel = number.to_le_bytes().to_vec();
    FrameBuffer::from_packed(PixelFormat::Rgba, size, pixel).expect("four bytes").into()
}

fn number_of(frame: &Frame) -> u32 {
    let view = frame.view().expect("the buffer is as long as it was");
    u32::from_le_bytes(view.plane(0).row(0).try_into().expect("four bytes"))
}

/// What a user shows, by the number of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Nothing,
    NeverSent,
    Live(u32),
    Stalled(u32),
}

/// A channel told in milliseconds and short names.
#[derive(Default)]
struct Scene {
    channel: Channel,
    released: Vec<Frame>,
}

impl Scene {
    /// A channel with `a` in it from 0 on, composed at 0.
    fn with_a() -> Self {
        let mut scene = Self::default();
        scene.event(0, "a", UserEvent::Join);
        scene.compose(0);
        scene
    }

    fn event(&mut self, at: i64, uid: &str, event: UserEvent) {
        self.channel.push_event(ms(at), &uid.into(), event);
    }

    /// Pushes a frame that carries `number`.
    fn push(&mut self, uid: &str, stamp: i64, number: u32) {
        self.channel.push_frame(&uid.into(), ms(stamp), numbered(number), &mut self.released);
    }

    /// Pushes frames of `a` that carry their stamps.
    fn push_all(&mut self, stamps: impl IntoIterator<Item = i64>) {
        for stamp in stamps {
            self.push("a", stamp, u32::try_from(stamp).expect("not negative"));
        }
    }

    fn compose(&mut self, t: i64) -> bool {
        self.channel.advance(ms(t), &mut self.released).users_changed
    }

    fn shows(&self, uid: &str) -> Shows {
        match self.channel.shown(&uid.into()) {
            None => Shows::Nothing,
            Some(Liveness::NeverSent) => Shows::NeverSent,
            Some(Liveness::Live(frame)) => Shows::Live(number_of(frame)),
            Some(Liveness::Stalled(frame)) => Shows::Stalled(number_of(frame)),
        }
    }

    /// What `a` shows at `t`.
    fn a_at(&mut self, t: i64) -> Shows {
        self.compose(t);
        self.shows("a")
    }

    fn users(&self) -> Vec<&str> {
        self.channel.users().iter().map(UserId::as_str).collect()
    }

    fn counts(&self) -> SourceCounts {
        self.channel.total_counts()
    }

    fn notices(&mut self) -> Vec<ChannelNotice> {
        self.channel.drain_notices().collect()
    }

    /// The numbers of the frames let go since the last call, sorted.
    fn released(&mut self) -> Vec<u32> {
        let mut numbers: Vec<_> = self.released.drain(..).map(|frame| number_of(&frame)).collect();
        numbers.sort_unstable();
        numbers
    }
}
