//! What a recording consists of, whoever said so.

use std::path::PathBuf;
use std::sync::Arc;

use polyptych::request::{Subscriptions, Transcoding};
use polyptych::{ImageUrl, LayoutSpec, Timestamp, UserId};

use super::{Folder, Name, Started};

/// What a recording consists of: [`super::parse`] reads it, or a program sets what differs from [`Recording::default`].
///
/// All times are recording time, from 0 on. What contradicts itself is told by [`crate::history::History::new`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// Size, frame rate and bitrate. Default: 360x640, 15 frames a second, 500 kbit/s.
    pub transcoding: Transcoding,
    /// The layout at the beginning. Default: floating.
    pub layout: LayoutSpec,
    /// The channel's name, a part of file names. Default: `recording`.
    pub cname: Name,
    /// The recording's own name, a part of file names; a description without one gets 32 digits of its digest.
    pub sid: Option<Name>,
    /// When it began. Default: 1970-01-01T00:00:00Z.
    pub started: Started,
    /// Who takes part, everyone once. Who joins at one time joins in this order.
    pub users: Vec<User>,
    /// What happens. Events of one time happen in the order of ranks that [`crate::history`] states, then in this one.
    pub events: Vec<Event>,
    /// Files that stand for addresses.
    pub images: Vec<Image>,
    /// Where it ends; `None` is the last end of a medium in presence.
    pub duration: Option<Timestamp>,
    /// Where its files lie.
    pub folder: Folder,
}

/// Someone who takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Their name in requests.
    pub uid: UserId,
    /// When they are there: from, and until, where they leave. `None` where nothing is said: then join and leave events
    /// decide, and where there are none, they are there from the start of their first medium to the end of their last one.
    pub present: Option<Vec<(Timestamp, Option<Timestamp>)>>,
    /// Their files.
    pub media: Vec<Medium>,
}

/// A file of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Its path, from the recording's folder.
    pub file: PathBuf,
    /// The recording time of the file's zero.
    pub start: Timestamp,
    /// From when on nothing of it is used. A still without one lasts as long as its user is there.
    pub end: Option<Timestamp>,
    /// Whether its video has a frame when something changes, so that silence does not mean that it stopped. Stills are
    /// sparse anyway.
    pub is_sparse: bool,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: Action,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The whole layout is replaced.
    UpdateLayout(Arc<LayoutSpec>),
    /// Subscriptions change.
    Update(Arc<Subscriptions>),
    /// A user's video and sound are muted (`true`), unmuted (`false`) or left as they are.
    Mute {
        /// Whose.
        uid: UserId,
        /// Whether their video is muted from now on.
        video: Option<bool>,
        /// Whether their sound is muted from now on.
        audio: Option<bool>,
    },
    /// A user joins, behind everyone else.
    Join(UserId),
    /// A user leaves.
    Leave(UserId),
    /// A user's video stops, until its next frame.
    StopVideo(UserId),
}

/// A file that stands for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The address that requests name.
    pub url: ImageUrl,
    /// The file's path, from the recording's folder.
    pub file: PathBuf,
}
