//! What may happen to a user, and what there is to tell about it.

use std::fmt;

use crate::id::UserId;
use crate::time::Timestamp;
use crate::timeline::Rank;

/// Something that happens to one user at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserEvent {
    /// They leave the channel: their frames are dropped, and all that was set for them is forgotten.
    Leave,
    /// They join behind everyone else, subscribed, unmuted and continuous.
    Join,
    /// Their video is subscribed again: they take their old place in join order.
    Subscribe,
    /// Their video is not subscribed any more: they take no place. Frames are taken as ever.
    Unsubscribe,
    /// They send frame upon frame: silence means that the video has stopped.
    DeclareContinuous,
    /// They send a frame when something changes: silence means nothing.
    DeclareSparse,
    /// Their video stops, until the next frame.
    StopVideo,
    /// Their video stops, and frames stamped from now on are ignored.
    Mute,
    /// Frames stamped from now on resume the video.
    Unmute,
}

impl UserEvent {
    /// Its place among events of one time.
    #[must_use]
    pub const fn rank(self) -> Rank {
        match self {
            Self::Leave => Rank::Leave,
            Self::Join => Rank::Join,
            Self::Subscribe | Self::Unsubscribe | Self::DeclareContinuous | Self::DeclareSparse => {
                Rank::Subscription
            }
            Self::StopVideo => Rank::Stop,
            Self::Mute | Self::Unmute => Rank::Mute,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Join => "join",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::DeclareContinuous => "declare continuous",
            Self::DeclareSparse => "declare sparse",
            Self::StopVideo => "stop video",
            Self::Mute => "mute",
            Self::Unmute => "unmute",
        }
    }
}

impl fmt::Display for UserEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An event that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelNotice {
    /// A join of one who is in the channel; they keep their place.
    AlreadyPresent {
        /// The event's time.
        at: Timestamp,
        /// Who joined again.
        uid: UserId,
    },
    /// Any other event for one who is not in the channel.
    NotPresent {
        /// The event's time.
        at: Timestamp,
        /// Whom it was meant for.
        uid: UserId,
        /// What was to happen.
        event: UserEvent,
    },
}

impl fmt::Display for ChannelNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyPresent { at, uid } => {
                write!(f, "join of {uid:?} at {at} changes nothing: the user is in the channel already")
            }
            Self::NotPresent { at, uid, event } => {
                write!(f, "{event} of {uid:?} at {at} changes nothing: the user is not in the channel")
            }
        }
    }
}
