//! What went otherwise than asked, without failing anything.

use std::collections::VecDeque;
use std::fmt;

use crate::channel::ChannelNotice;
use crate::id::UserId;
use crate::image::ImageFailure;

/// Something the caller may want to know. No text holds a query, a fragment or user info of a URL.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// An event of a user that changed nothing.
    Channel(ChannelNotice),
    /// An image that did not come; the next lower choice shows.
    Image(ImageFailure),
    /// A pixel aspect that cannot be; the frame counts as having square pixels.
    PixelAspect {
        /// Whose frame.
        uid: UserId,
        /// The width that was stated.
        num: i32,
        /// The height that was stated.
        den: i32,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(notice) => notice.fmt(f),
            Self::Image(failure) => failure.fmt(f),
            Self::PixelAspect { uid, num, den } => {
                write!(f, "user {uid:?} sends pixels of {num}:{den}, beyond 1:16..=16:1: taken as square")
            }
        }
    }
}

/// Notices that wait to be taken; the oldest give way.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<Notice>,
    dropped: u64,
}

impl Notices {
    const MAX: usize = 1000;

    /// Adds a notice, unless one that waits says the same: two users who send impossible pixels in turn drive out nothing.
    pub(super) fn push(&mut self, notice: Notice) {
        if self.waiting.contains(&notice) {
            return;
        }
        if self.waiting.len() == Self::MAX {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.waiting.push_back(notice);
    }

    pub(super) fn take(&mut self) -> Vec<Notice> {
        self.waiting.drain(..).collect()
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
