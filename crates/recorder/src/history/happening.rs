//! What happens at one moment, as a compositor is told.

use std::sync::Arc;

use polyptych::timeline::Rank;
use polyptych::{Compositor, LayoutSpec, Timestamp, UserId};

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When, in recording time.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The whole layout is replaced.
    Layout(Arc<LayoutSpec>),
    /// A user leaves.
    Leave(UserId),
    /// A user joins behind everyone else, subscribed, unmuted and not sparse.
    Join(UserId),
    /// A user's video is subscribed, or not any more.
    SubscribeVideo(UserId, bool),
    /// A user's video is sparse, or not any more.
    DeclareSparse(UserId, bool),
    /// A user's video stops, until the next frame.
    StopVideo(UserId),
    /// Frames of a user stamped from now on are ignored.
    Mute(UserId),
    /// Frames of a user stamped from now on count again.
    Unmute(UserId),
}

impl What {
    /// Its place among what happens at one time.
    #[must_use]
    pub const fn rank(&self) -> Rank {
        match self {
            Self::Layout(_) => Rank::Request,
            Self::Leave(_) => Rank::Leave,
            Self::Join(_) => Rank::Join,
            Self::SubscribeVideo(..) | Self::DeclareSparse(..) => Rank::Subscription,
            Self::StopVideo(_) => Rank::Stop,
            Self::Mute(_) | Self::Unmute(_) => Rank::Mute,
        }
    }

    /// The user to whom it happens in a way that decides which frames count.
    pub(super) fn turned_user(&self) -> Option<&UserId> {
        match self {
            Self::Layout(_) | Self::SubscribeVideo(..) | Self::DeclareSparse(..) => None,
            Self::Leave(uid)
            | Self::Join(uid)
            | Self::StopVideo(uid)
            | Self::Mute(uid)
            | Self::Unmute(uid) => Some(uid),
        }
    }
}

impl Happening {
    /// Tells a compositor.
    pub fn tell(&self, compositor: &Compositor) {
        let at = self.at;
        match &self.what {
            What::Layout(layout) => compositor.update_layout(at, LayoutSpec::clone(layout)),
            What::Leave(uid) => compositor.leave(at, uid),
            What::Join(uid) => compositor.join(at, uid),
            What::SubscribeVideo(uid, is_subscribed) => {
                compositor.set_video_subscribed(at, uid, *is_subscribed);
            }
            What::DeclareSparse(uid, is_sparse) => compositor.set_video_sparse(at, uid, *is_sparse),
            What::StopVideo(uid) => compositor.video_stopped(at, uid),
            What::Mute(uid) => compositor.mute(at, uid),
            What::Unmute(uid) => compositor.unmute(at, uid),
        }
    }
}
