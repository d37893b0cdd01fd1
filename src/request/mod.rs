//! Layout requests: the JSON that recorders already send becomes a [`LayoutSpec`], or a [`Refusal`] that names every problem.
//!
//! [`parse`] takes the body of `updateLayout`, its `clientRequest` alone, or the body of `start`; it never panics, whatever it is
//! given, and reads no file, clock or network. A request replaces the whole layout: what it omits goes back to its default.
//! [`parse_update`] takes the body of `update`, which says whose sound and video is received.
//! `wire` reads JSON with places and duplicate keys kept; `convert` and the files it calls turn that into values that cannot be
//! wrong any more, while `findings` collects what is.
//!
//! ```
//! use polyptych::request::{Context, parse};
//!
//! let request = parse(br##"{"mixedVideoLayout": 1, "backgroundColor": "#102030"}"##, &Context::default())?;
//! assert_eq!(request.layout.background_color.b, 0x30);
//!
//! let refusal = parse(br#"{"mixedVideoLayout": "best fit"}"#, &Context::default()).unwrap_err();
//! assert_eq!(refusal.errors[0].path, "mixedVideoLayout");
//! # Ok::<(), polyptych::request::Refusal>(())
//! ```

mod convert;
pub mod document;
mod doubts;
mod envelope;
mod error;
mod fields;
mod findings;
mod keys;
mod path;
mod print;
mod regions;
#[cfg(feature = "schema")]
mod schema;
mod shape;
mod shown;
mod subscription;
mod transcoding;
mod wire;

pub use error::{Problem, ProblemKind, Refusal, Span, Warning, WarningKind};
pub use print::to_json;
#[cfg(feature = "schema")]
pub use schema::{json_schema, update_json_schema};
pub use subscription::{Subscriptions, UidList};
pub use transcoding::Transcoding;

use crate::geometry::Size;
use crate::id::UserId;
use crate::layout::LayoutSpec;
use document::{Path, Requests};

/// An accepted request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// What it asks for.
    pub layout: LayoutSpec,
    /// What the canvas shall be; start requests alone say so.
    pub transcoding: Option<Transcoding>,
    /// What is probably not meant, in the order of the document.
    pub warnings: Vec<Warning>,
}

/// An accepted `update` request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Update {
    /// What it changes of the subscriptions.
    pub subscriptions: Subscriptions,
    /// What is probably not meant, in the order of the document.
    pub warnings: Vec<Warning>,
}

/// What is known beside the request, and how strictly it is read. The default knows nothing and is lenient.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The canvas, for warnings about pixels; where unknown, a start request's own is taken.
    pub canvas: Option<Size>,
    /// Everyone who may be named, for warnings about uids that nobody bears.
    pub users: Option<&'a [UserId]>,
    /// What becomes of warnings.
    pub strictness: Strictness,
    /// Bounds against abuse.
    pub limits: Limits,
}

/// What becomes of warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// They stand beside the accepted request.
    #[default]
    Lenient,
    /// They are errors.
    Strict,
}

/// Bounds against abuse; what exceeds one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The whole document, in bytes. Default: 1 MiB.
    pub body_bytes: usize,
    /// Objects and arrays in one another, the document's own included. Default: 32; above 128 it counts as 128.
    pub nesting: usize,
    /// A `uid`, in bytes. Default: 255.
    pub uid_bytes: usize,
    /// An address, in bytes. Default: 2,048.
    pub url_bytes: usize,
    /// Entries of `backgroundConfig`. Default: 1,000.
    pub user_backgrounds: usize,
    /// Problems, and as many warnings, that are listed. Default: 10,000, more than any document within the other limits
    /// has unless it was made to have them.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            nesting: 32,
            uid_bytes: 255,
            url_bytes: 2048,
            user_backgrounds: 1000,
            problems: 10_000,
        }
    }
}

/// Reads and validates a request.
///
/// # Errors
/// Every problem of the request at once, and its warnings; strict reading counts warnings among the problems.
pub fn parse(body: &[u8], context: &Context<'_>) -> Result<Request, Refusal> {
    let ((layout, transcoding), warnings) = document::read(body, context, &[], |root, findings| {
        Requests::new(context).layout(root, &Path::Root, findings)
    })?;
    Ok(Request { layout, transcoding, warnings })
}

/// Reads and validates an `update` request, whole or its `clientRequest` alone. Of what it may hold only `streamSubscribe` is
/// read; the rest is neither checked nor ever shown.
///
/// ```
/// use polyptych::UserId;
/// use polyptych::request::{Context, parse_update};
///
/// let body = br#"{"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["444"]}}}"#;
/// let update = parse_update(body, &Context::default())?;
/// assert!(!update.subscriptions.video.expect("a list").includes(&UserId::new("444")));
/// assert_eq!(update.subscriptions.audio, None);
/// # Ok::<(), polyptych::request::Refusal>(())
/// ```
///
/// # Errors
/// As [`parse`].
pub fn parse_update(body: &[u8], context: &Context<'_>) -> Result<Update, Refusal> {
    let (subscriptions, warnings) = document::read(body, context, &[], |root, findings| {
        Requests::new(context).update(root, &Path::Root, findings)
    })?;
    Ok(Update { subscriptions, warnings })
}
