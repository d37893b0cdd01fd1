//! What is wrong or doubtful in a request, each with its place in the document.

use std::borrow::Cow;
use std::fmt;

use crate::url::UrlError;

/// A stretch of the document, in bytes from its start.
///
/// The text there may be an address with its secrets: of a value show [`Problem::found`], not the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// How many bytes; 0 where the document ends too early.
    pub len: usize,
}

impl Span {
    /// The first byte after it.
    #[must_use]
    pub const fn end(self) -> usize {
        self.start + self.len
    }
}

/// One reason why a request is refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// Where in the document as given, such as `clientRequest.layoutConfig[2].width`; empty for the document itself.
    ///
    /// Keys that are not plain identifiers are written `["a b"]`.
    pub path: String,
    /// The offending value; of objects and arrays only the opening bracket, so that an excerpt shows nothing beside the matter.
    ///
    /// For a missing key: the object that lacks it. For an unknown or a duplicate key: the key.
    pub span: Span,
    /// The key of the offending value, quotes included, where it has one.
    pub key_span: Option<Span>,
    /// What is wrong.
    pub kind: ProblemKind,
    /// The offending value, fit to be shown; null where the key is missing or the document cannot be read.
    ///
    /// Addresses are without user info, query and fragment. What is long is cut short with `…`, and values of unknown keys are
    /// nothing else, since they may be secret. Numbers beyond an `f64` are strings.
    pub found: serde_json::Value,
    /// What is allowed there.
    pub expected: Cow<'static, str>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}, expected {}", self.kind, self.expected)
    }
}

impl std::error::Error for Problem {}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The document is larger than the limit.
    #[error("too large: {bytes} bytes")]
    BodyTooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// The document is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The document is not JSON.
    #[error("not JSON: {message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// Objects and arrays lie too deep in one another.
    #[error("nested too deep")]
    TooDeep,
    /// A key stands more than once in one object.
    #[error("duplicate key")]
    DuplicateKey,
    /// A mandatory key is missing, or null.
    #[error("missing")]
    Missing,
    /// The value is of another type than the key takes.
    #[error("wrong type")]
    WrongType,
    /// The type is right and the value is none of those allowed.
    #[error("value not allowed")]
    NotAllowed,
    /// A number outside its range.
    #[error("out of range")]
    OutOfRange,
    /// A region reaches over the right or the lower edge of the canvas.
    #[error("beyond the canvas: {start} {from} + {extent} {by} = {}", from + by)]
    BeyondCanvas {
        /// The key of the region's position.
        start: &'static str,
        /// Its value.
        from: f64,
        /// The key of the region's extent.
        extent: &'static str,
        /// Its value.
        by: f64,
    },
    /// Text that is no colour.
    #[error("not a colour")]
    Color,
    /// Text that is not the address of an image.
    #[error("not the address of an image: {0}")]
    Url(UrlError),
    /// Text over its limit.
    #[error("too long: {bytes} bytes")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// An array over its limit.
    #[error("too many entries: {count}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A custom layout without regions.
    #[error("a custom layout (3) has at least one region")]
    NoRegions,
    /// A predefined layout with regions.
    #[error("only a custom layout (3) has regions, not layout {layout}")]
    RegionsOfPreset {
        /// The layout asked for.
        layout: u32,
    },
    /// Both places where a start request may say what the canvas is.
    #[error("two transcodingConfig objects in one request")]
    TwoTranscodings,
    /// A list of subscriptions beside its opposite, or in two spellings.
    #[error("{first} is there too")]
    TwoLists {
        /// The key that came first.
        first: &'static str,
    },
    /// A list of subscriptions without an entry.
    #[error("empty")]
    Empty,
    /// The word for everyone where it cannot stand.
    #[error("#allstream# stands alone, and in a list of subscriptions only")]
    Everyone,
    /// What a document asks for that holds requests among other things.
    #[error("{0}")]
    Other(Cow<'static, str>),
    /// A warning, where a strict check was asked for.
    #[error("{0}")]
    Warning(WarningKind),
    /// There are more problems than the limit allows to list.
    #[error("more problems than the {listed} listed")]
    MoreProblems {
        /// How many are listed.
        listed: usize,
    },
}

/// Something in an accepted request that is probably not meant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Warning {
    /// Where in the document as given, as in [`Problem::path`].
    pub path: String,
    /// The doubtful value, or the unknown key, as in [`Problem::span`].
    pub span: Span,
    /// The key of the doubtful value, quotes included, where it has one.
    pub key_span: Option<Span>,
    /// What is doubtful.
    pub kind: WarningKind,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.kind.fmt(f)
    }
}

/// What is doubtful.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WarningKind {
    /// A key that means nothing there.
    #[error("unknown key{}", meant.map(|key| format!(", did you mean {key}?")).unwrap_or_default())]
    UnknownKey {
        /// The key that was probably meant.
        meant: Option<&'static str>,
    },
    /// A key of the canvas in a request that cannot change it.
    #[error(
        "unknown key: a layout request cannot change it, it belongs to transcodingConfig of a start request"
    )]
    CanvasKey,
    /// A frame rate that is not offered.
    #[error("frame rate is not one of 1, 7, 10, 15, 24, 30, 60: 15 is taken")]
    FrameRate,
    /// A user named by an earlier region too.
    #[error("user of layoutConfig[{first}] again: both regions show them")]
    RepeatedUser {
        /// The earlier region.
        first: usize,
    },
    /// A user named by an earlier entry too.
    #[error("user of backgroundConfig[{first}] again: the last entry wins")]
    RepeatedBackground {
        /// The earlier entry.
        first: usize,
    },
    /// A user who is not among those known.
    #[error("no user has this uid")]
    NobodyBears,
    /// A region that cannot be seen.
    #[error("alpha 0 makes the region invisible")]
    Invisible,
    /// A region too small for a pixel.
    #[error("region covers no pixel")]
    NoPixel,
    /// A region that later ones hide.
    #[error("region lies wholly under later ones")]
    Hidden,
    /// A uid that stands in a list already.
    #[error("uid again in one list")]
    RepeatedUid,
    /// What is doubtful in a document that holds requests among other things.
    #[error("{doubt}")]
    Other {
        /// What is doubtful.
        doubt: Cow<'static, str>,
        /// What a strict check would rather see.
        expected: Cow<'static, str>,
    },
    /// There are more warnings than the limit allows to list.
    #[error("more warnings than the {listed} listed")]
    MoreWarnings {
        /// How many are listed.
        listed: usize,
    },
}

/// Why a request is refused: every problem in it, and the warnings beside them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// In the order of the document; never empty.
    pub errors: Vec<Problem>,
    /// In the order of the document; empty where a strict check turned them into errors.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused: ")?;
        for (index, problem) in self.errors.iter().take(3).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        match self.errors.len() {
            0..=3 => Ok(()),
            count => write!(f, "; and {} more", count - 3),
        }
    }
}

impl std::error::Error for Refusal {}
