//! What a recording consists of: participants' files, who was there when, and what was asked for; read from JSON, from
//! the names in a folder, or built by a program.
//!
//! [`parse`] reads all of a description and names every problem, each with its place: the bodies of requests within are
//! read by the engine's own rules. No file is opened here; [`Folder::resolve`] says where a file lies when it is. What
//! comes of a [`Recording`] at which time is the business of [`crate::history`].

mod events;
mod folder;
mod from_folder;
mod keys;
mod name;
mod read;
mod recording;
mod schema;
mod seconds;
mod users;

#[cfg(test)]
mod tests;

pub use crate::media::Started;
pub use folder::{Folder, FolderError, PathFlaw};
pub use from_folder::{FromFolder, from_folder};
pub use name::{Name, NameFlaw};
pub use recording::{Action, Event, Image, Medium, Recording, User};
pub use schema::json_schema;
pub use seconds::{MAX_SECONDS, SecondsFlaw, parse_seconds, print_seconds};

use polyptych::request::{self, Refusal, Strictness, Warning, document};

/// An accepted description.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// What it describes.
    pub recording: Recording,
    /// What is probably not meant, in the order of the document.
    pub warnings: Vec<Warning>,
}

/// What is known beside the description, and how strictly it is read.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Where its files lie.
    pub folder: Folder,
    /// What becomes of warnings.
    pub strictness: Strictness,
    /// Bounds against abuse.
    pub limits: Limits,
}

/// Bounds against abuse; what exceeds one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Those of single requests, but `body_bytes` and `problems` are of the whole description. Default: 10 MiB, else
    /// the engine's own.
    pub request: request::Limits,
    /// Users. Default: 1,000.
    pub users: usize,
    /// Media of all users. Default: 10,000.
    pub media: usize,
    /// Events. Default: 1,000,000.
    pub events: usize,
    /// Images. Default: 10,000.
    pub images: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let request = request::Limits { body_bytes: 10 << 20, ..request::Limits::default() };
        Self { request, users: 1000, media: 10_000, events: 1_000_000, images: 10_000 }
    }
}

/// Reads and validates a description.
///
/// ```
/// use polyptych_recorder::description::{Context, parse};
///
/// let text = br#"{
///     "transcodingConfig": {"width": 1280, "height": 720, "fps": 30, "mixedVideoLayout": 1},
///     "users": [{"uid": "1", "joined": 2.5, "media": [{"file": "1.mp4", "start": 2.5}]}],
///     "events": [{"at": 10, "updateLayout": {"mixedVideoLayout": 2, "maxResolutionUid": "1"}}]
/// }"#;
/// let description = parse(text, &Context::default())?;
/// assert_eq!(description.recording.users[0].media[0].start.as_nanos(), 2_500_000_000);
///
/// let refusal = parse(br#"{"users": [{"uid": "1", "media": [{"start": -1}]}]}"#, &Context::default()).unwrap_err();
/// assert_eq!(refusal.errors[0].path, "users[0].media[0].file");
/// assert_eq!(refusal.errors[1].path, "users[0].media[0].start");
/// # Ok::<(), polyptych::request::Refusal>(())
/// ```
///
/// # Errors
/// Every problem at once, and the warnings; strict reading counts warnings among the problems.
pub fn parse(text: &[u8], context: &Context) -> Result<Description, Refusal> {
    let reading = request::Context {
        strictness: context.strictness,
        limits: context.limits.request,
        ..Default::default()
    };
    let (mut recording, warnings) = document::read(text, &reading, &keys::ALL, |root, findings| {
        read::recording(root, context, findings)
    })?;
    if recording.sid.is_none() {
        recording.sid = Some(Name::of_digest(text));
    }
    Ok(Description { recording, warnings })
}
