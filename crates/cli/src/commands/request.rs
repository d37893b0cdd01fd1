//! A request from its file to its meaning, for every command that takes one.

use polyptych::image::FetchPolicy;
use polyptych::request::{self, Context, Limits, Refusal, Request, Strictness};
use polyptych::{Size, UserId};

use crate::failure::{self, Failure, Outcome};
use crate::input::Input;
use crate::report::Document;

/// The most of a file that is read; a request may have less.
const MAX_READ_BYTES: u64 = 64 << 20;

/// A request as it was read, and where from.
pub struct Body {
    /// Its file's name.
    pub name: String,
    bytes: Vec<u8>,
}

impl Body {
    /// Reads the request's file, enough of it to see whether it is too large.
    ///
    /// # Errors
    /// [`Failure::Unreadable`].
    pub fn read(file: &Input) -> Outcome<Self> {
        Ok(Self { name: file.to_string(), bytes: file.read(MAX_READ_BYTES)? })
    }

    /// Parses it for the canvas and the users that the command line names.
    pub fn parse(
        &self,
        canvas: Option<Size>,
        users: Option<&[UserId]>,
        strictness: Strictness,
    ) -> Result<Request, Refusal> {
        request::parse(&self.bytes, &Context { canvas, users, strictness, limits: Limits::default() })
    }

    /// The request, or its problems told on stderr. Its warnings are left to the caller.
    ///
    /// # Errors
    /// [`Failure::Refused`] where it is not valid.
    pub fn accept(&self, canvas: Option<Size>, users: Option<&[UserId]>) -> Outcome<Request> {
        self.parse(canvas, users, Strictness::Lenient).map_err(|refusal| {
            failure::tell(&self.document().explain(&refusal.errors, &refusal.warnings));
            Failure::Refused
        })
    }

    /// What problems are shown in.
    pub fn document(&self) -> Document<'_> {
        let lister = Some("polyptych check --format json");
        Document { name: &self.name, bytes: &self.bytes, lister }
    }
}

/// The canvas of the command line, or else that of the request.
///
/// # Errors
/// [`Failure::Usage`] where neither states one.
pub fn canvas(stated: Option<Size>, request: &Request) -> Outcome<Size> {
    stated.or(request.transcoding.as_ref().map(|transcoding| transcoding.size)).ok_or_else(|| {
        let message = "the request does not state a canvas; pass one with --canvas WIDTHxHEIGHT";
        Failure::Usage(message.to_owned())
    })
}

/// All addresses.
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Where image URLs may lead: everywhere, or to public addresses alone.
pub fn fetch_policy(allow_private: bool) -> FetchPolicy {
    let mut policy = FetchPolicy::default();
    if allow_private {
        policy.also_allowed = EVERYWHERE.map(|range| range.parse().expect("a range")).into();
        policy.ports = vec![1..=u16::MAX];
    }
    policy
}
