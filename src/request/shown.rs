//! What may be shown of a document: addresses without their secrets, long texts cut short.

use serde_json::{Map, Number, Value as Json};

use super::wire::{Node, Value};
use crate::url::ImageUrl;

/// Longest text of one string that is shown, in bytes.
const SHOWN_STRING_BYTES: usize = 512;
/// How much of a value is shown, counted in bytes of its strings and 8 a value.
const SHOWN_BYTES: usize = 4096;

impl Node<'_> {
    /// The value as it may be shown: addresses redacted, what is long cut short with `…`.
    ///
    /// `url` says that the value stands where an address belongs, so that any text in it may be one.
    pub(super) fn shown(&self, url: bool) -> Json {
        self.shown_within(url, &mut SHOWN_BYTES.clone())
    }

    fn shown_within(&self, url: bool, budget: &mut usize) -> Json {
        *budget = budget.saturating_sub(8);
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => self.text.parse::<i64>().map_or_else(
                // What is beyond an f64 can only be shown as it was written.
                |_| Number::from_f64(*number).map_or_else(|| shorten(self.text).into(), Json::Number),
                Json::from,
            ),
            Value::String(text) => {
                let shown = show_text(text, url);
                *budget = budget.saturating_sub(shown.len());
                Json::String(shown)
            }
            Value::Array(items) => {
                let mut shown = Vec::new();
                for item in items {
                    if *budget == 0 {
                        shown.push(Json::from("…"));
                        break;
                    }
                    shown.push(item.shown_within(url, budget));
                }
                Json::Array(shown)
            }
            Value::Object(members) => {
                let mut shown = Map::new();
                for member in members {
                    if *budget == 0 {
                        shown.insert("…".to_owned(), Json::from("…"));
                        break;
                    }
                    let key = show_text(&member.key, false);
                    *budget = budget.saturating_sub(key.len());
                    shown.insert(key, member.value.shown_within(url || member.holds_url(), budget));
                }
                Json::Object(shown)
            }
        }
    }
}

/// A text that may be shown; `url` as in [`Node::shown`], and whatever looks like an address is taken for one.
pub(super) fn show_text(text: &str, url: bool) -> String {
    if url || looks_like_url(text) {
        return shorten(&ImageUrl::redact(text));
    }
    shorten(text)
}

/// Whether a text may be an address, well-formed or not.
pub(super) fn looks_like_url(text: &str) -> bool {
    let start = text.trim_start().get(..5).unwrap_or_default();
    text.contains("://") || start.eq_ignore_ascii_case("http:") || start.eq_ignore_ascii_case("https")
}

fn shorten(text: &str) -> String {
    if text.len() <= SHOWN_STRING_BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(SHOWN_STRING_BYTES)])
}
