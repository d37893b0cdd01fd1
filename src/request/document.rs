//! The reader of requests, for documents that hold requests among other things.
//!
//! A log of a meeting holds bodies of requests, each with its time. Whoever reads such a document reads all of it with
//! [`read`], so that every problem in it is told with its place in the whole, and hands what is a request to [`Requests`],
//! so that the rules of requests are written once.
//!
//! ```
//! use polyptych::request::document::{Object, Path, Requests, read};
//! use polyptych::request::Context;
//!
//! let body = br#"{"at": 2, "layout": {"mixedVideoLayout": "grid"}}"#;
//! let context = Context::default();
//! let refusal = read(body, &context, &["at", "layout"], |root, findings| {
//!     let object = Object::of(root, &Path::Root)?;
//!     let member = object.get("layout")?;
//!     Some(Requests::new(&context).layout(&member.value, &object.path.key("layout"), findings))
//! })
//! .unwrap_err();
//! assert_eq!(refusal.errors[0].path, "layout.mixedVideoLayout");
//! ```

pub use super::convert::Requests;
pub use super::fields::{Field, Object, Reported, Text};
pub use super::findings::{Findings, Place};
pub use super::path::Path;
pub use super::wire::{Member, Node, Value};

use super::error::{ProblemKind, Refusal, Span, Warning};
use super::{Context, wire};

/// Reads a document and converts it with `convert`, which reports what is wrong to the findings and goes on.
///
/// Of the context its limits and its strictness count. `keys` are those that the document knows beside those of requests:
/// values of other keys are never shown, since they may be secret.
///
/// # Errors
/// Every problem at once, and the warnings; strict reading counts warnings among the problems.
pub fn read<T>(
    body: &[u8],
    context: &Context<'_>,
    keys: &'static [&'static str],
    convert: impl FnOnce(&Node<'_>, &mut Findings<'_>) -> T,
) -> Result<(T, Vec<Warning>), Refusal> {
    let limits = &context.limits;
    let mut findings = Findings::new(body, keys, context.strictness, limits);
    let mut converted = None;
    if let Some(text) = text_of(body, limits.body_bytes, &mut findings)
        && let Ok(root) = wire::read(text, limits.nesting, &mut findings)
    {
        converted = Some(convert(&root, &mut findings));
    }
    let warnings = findings.finish()?;
    Ok((converted.expect("what cannot be read was reported"), warnings))
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
