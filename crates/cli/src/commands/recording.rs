//! A recording from its description, or from a folder, to what can be rendered.

use std::path::Path;

use polyptych_recorder::decode::{Backend, Decoders};
use polyptych_recorder::description::{self, Context, Folder, Recording};
use polyptych_recorder::ffmpeg::{self, Ffmpeg, InputOptions};
use polyptych_recorder::history::{Owner, Unusable};
use polyptych_recorder::media::TrackKind;
use polyptych_recorder::render::{LeftOut, Prepared, prepare};

use crate::args::{BackendKind, SourceArgs};
use crate::failure::{self, Failure, Outcome};
use crate::input::Input;
use crate::placement::printable;
use crate::report::Document;

/// The most of a description that is read; it may have less.
const MAX_READ_BYTES: u64 = 64 << 20;

/// A description as JSON, and where its files lie.
pub struct Body {
    name: String,
    bytes: Vec<u8>,
    folder: Folder,
}

impl Body {
    /// Reads the description's file, or makes one of a folder.
    ///
    /// # Errors
    /// [`Failure::Unreadable`].
    pub fn read(args: &SourceArgs) -> Outcome<Self> {
        let mut body = match (&args.from_folder, &args.description) {
            (Some(folder), _) => Self::of_folder(folder)?,
            (None, Some(input)) => {
                let folder = match input {
                    Input::File(path) => Folder::of(path),
                    Input::Stdin => Folder::default(),
                };
                Self { name: input.to_string(), bytes: input.read(MAX_READ_BYTES)?, folder }
            }
            (None, None) => {
                return Err(Failure::Usage("name a description, or a folder with --from-folder".to_owned()));
            }
        };
        body.folder.allows_outside = args.allow_outside;
        Ok(body)
    }

    fn of_folder(folder: &Path) -> Outcome<Self> {
        let made =
            description::from_folder(folder).map_err(|error| Failure::unreadable(folder.display(), error))?;
        for remark in &made.remarks {
            failure::tell(&format!("note: {}\n", printable(remark)));
        }
        let folder_of_files = Folder { path: folder.to_owned(), allows_outside: false };
        Ok(Self {
            name: folder.display().to_string(),
            bytes: made.json.into_bytes(),
            folder: folder_of_files,
        })
    }

    /// The description as JSON.
    pub fn json(&self) -> &[u8] {
        &self.bytes
    }

    /// The recording, its warnings told, or its problems.
    ///
    /// # Errors
    /// [`Failure::Refused`] where it is not valid.
    pub fn accept(&self) -> Outcome<Recording> {
        let context = Context { folder: self.folder.clone(), ..Context::default() };
        let document = Document { name: &self.name, bytes: &self.bytes, lister: None };
        match description::parse(&self.bytes, &context) {
            Ok(description) => {
                failure::tell(&document.explain(&[], &description.warnings));
                Ok(description.recording)
            }
            Err(refusal) => {
                failure::tell(&document.explain(&refusal.errors, &refusal.warnings));
                Err(Failure::Refused)
            }
        }
    }
}

/// What ffmpeg could be of use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Decoding alone.
    Decoding,
    /// Encoding as well.
    Encoding,
}

/// The decoders that the command line asks for, and ffmpeg. It is neither looked for nor run where it would be of no use.
///
/// # Errors
/// [`Failure::Usage`] where ffmpeg is asked for and is not there.
pub fn decoders(args: &SourceArgs, of_use: Use) -> Outcome<(Decoders, Option<Ffmpeg>)> {
    let ffmpeg = match &args.ffmpeg {
        _ if args.backend == BackendKind::Embedded && of_use == Use::Decoding => None,
        Some(program) => Some(Ffmpeg::at(program).map_err(|error| Failure::Usage(error.to_string()))?),
        None => ffmpeg::find(),
    };
    let backend = match args.backend {
        BackendKind::Auto => Backend::Auto,
        BackendKind::Embedded => Backend::Embedded,
        BackendKind::Ffmpeg if ffmpeg.is_none() => {
            let message = "ffmpeg is not on this machine; name it with --ffmpeg, or leave out --backend";
            return Err(Failure::Usage(message.to_owned()));
        }
        BackendKind::Ffmpeg => Backend::Ffmpeg,
    };
    Ok((Decoders::new(backend, ffmpeg.clone(), InputOptions::default()), ffmpeg))
}

/// What the recording's files hold and when what happens; what is odd is told.
///
/// # Errors
/// [`Failure::Unreadable`] where the recording has no history, or where a file or a track cannot be used and `is_strict`.
pub fn prepared(recording: &Recording, decoders: &Decoders, is_strict: bool) -> Outcome<Prepared> {
    let prepared = prepare(recording, decoders).map_err(|error| Failure::Contradiction(error.to_string()))?;
    for (kind, remark) in remarks(&prepared) {
        failure::tell(&format!("{kind}: {}\n", printable(&remark)));
    }
    match prepared.unusable.first() {
        Some(unusable) if is_strict => Err(Failure::unreadable(whose(unusable), &unusable.error)),
        _ => match prepared.left_out.first() {
            Some(LeftOut { uid, track, error }) if is_strict => {
                Err(Failure::unreadable(format!("{} of user {uid:?}", name_of(*track)), error))
            }
            _ => Ok(prepared),
        },
    }
}

fn name_of(track: TrackKind) -> &'static str {
    match track {
        TrackKind::Video => "the video",
        TrackKind::Sound => "the sound",
    }
}

/// What is to be told of the files before the first frame, each with how grave it is.
pub fn remarks(prepared: &Prepared) -> impl Iterator<Item = (&'static str, String)> {
    let unusable = prepared.unusable.iter().map(|unusable| ("warning", told(unusable)));
    let left_out = prepared.left_out.iter().map(|left_out| {
        let track = name_of(left_out.track);
        ("warning", format!("user {:?} is without {track} of a file: {}", left_out.uid, left_out.error))
    });
    let odd = prepared.remarks.iter().map(|remark| ("note", remark.clone()));
    let doubts = prepared.history.doubts().iter().map(|doubt| ("warning", doubt.to_string()));
    unusable.chain(left_out).chain(odd).chain(doubts)
}

/// A file, and what it was meant for.
fn whose(unusable: &Unusable) -> String {
    match &unusable.owner {
        Owner::User(uid) => format!("{} of user {uid:?}", unusable.file.display()),
        Owner::Image(url) => format!("{} for image {url}", unusable.file.display()),
    }
}

fn told(unusable: &Unusable) -> String {
    match &unusable.owner {
        Owner::User(uid) => {
            format!("user {uid:?} is without {}: {}", unusable.file.display(), unusable.error)
        }
        Owner::Image(url) => {
            format!("image {url} is without {}: {}", unusable.file.display(), unusable.error)
        }
    }
}
