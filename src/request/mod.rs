//! Layout requests: the JSON that recorders already send becomes a [`LayoutSpec`], or a [`Refusal`] that names every problem.
//!
//! [`parse`] takes the body of `updateLayout`, its `clientRequest` alone, or the body of `start`; it never panics, whatever it is
//! given, and reads no file, clock or network. A request replaces the whole layout: what it omits goes back to its default.
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
mod doubts;
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
mod transcoding;
mod wire;

pub use error::{Problem, ProblemKind, Refusal, Span, Warning, WarningKind};
pub use print::to_json;
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use transcoding::Transcoding;

use crate::geometry::Size;
use crate::id::UserId;
use crate::layout::LayoutSpec;
use findings::{Findings, Place};
use path::Path;

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
    let mut findings = Findings::new(body, context);
    let mut result = (LayoutSpec::default(), None);
    if let Some(text) = text_of(body, context.limits.body_bytes, &mut findings)
        && let Ok(root) = wire::read(text, context.limits.nesting, &mut findings)
    {
        result = convert::request(&root, context, &mut findings);
    }
    let warnings = findings.finish()?;
    let (layout, transcoding) = result;
    Ok(Request { layout, transcoding, warnings })
}

/// The document as text, if it is not too large.
fn text_of<'b>(body: &'b [u8], limit: usize, findings: &mut Findings<'_>) -> Option<&'b str> {
    let mut refuse = |start, kind, expected| {
        let place = Place { span: Span { start, len: 1 }, key_span: None };
        findings.error(&Path::Root, place, kind, serde_json::Value::Null, expected);
        None
    };
    if body.len() > limit {
        let kind = ProblemKind::BodyTooLarge { bytes: body.len() };
        return refuse(limit, kind, format!("at most {limit} bytes"));
    }
    match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) => refuse(error.valid_up_to(), ProblemKind::NotUtf8, "UTF-8".to_owned()),
    }
}
