//! Where in a document a value stands, as users write it: `clientRequest.layoutConfig[2].width`.

use std::fmt;

use super::shown::show_text;
use crate::url::ImageUrl;

/// A path grows on the stack while a document is walked and is written out only where there is something to report.
#[derive(Clone, Copy, Debug)]
pub enum Path<'p> {
    /// The document itself.
    Root,
    /// The value of a key.
    Key(&'p Path<'p>, &'p str),
    /// An entry of an array, counted from 0.
    Index(&'p Path<'p>, usize),
}

/// Longest key that is written out whole, in bytes: hostile keys would multiply with the problems found below them.
const SHOWN_KEY_BYTES: usize = 64;

impl Path<'_> {
    /// The path of a key below this one.
    #[must_use]
    pub fn key<'p>(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }

    /// The path of an entry below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Path<'_> {
        Path::Index(self, index)
    }
}

/// Keys that are plain identifiers follow a dot, all others stand in brackets as JSON strings: `["a b"].c`.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Path::Root => Ok(()),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Path::Key(parent, key) if is_identifier(key) => {
                let dot = if matches!(parent, Path::Root) { "" } else { "." };
                write!(f, "{parent}{dot}{key}")
            }
            Path::Key(parent, key) => {
                let shown = if key.len() <= SHOWN_KEY_BYTES {
                    show_text(key, false)
                } else {
                    let start = &key[..key.floor_char_boundary(SHOWN_KEY_BYTES)];
                    // Of a long address nothing: where its user info ends may be cut off.
                    format!("{}…", if ImageUrl::may_be(start) { "" } else { start })
                };
                write!(f, "{parent}[{}]", serde_json::Value::from(shown))
            }
        }
    }
}

fn is_identifier(key: &str) -> bool {
    key.len() <= SHOWN_KEY_BYTES
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
