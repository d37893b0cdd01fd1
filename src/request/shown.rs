//! What may be shown of a document: no secrets of addresses, nothing of keys that mean nothing to us, long texts cut short.

use serde_json::{Map, Number, Value as Json};

use super::keys;
use super::wire::{Member, Node, Value};
use crate::url::ImageUrl;

/// Longest text of one string that is shown, in bytes.
const SHOWN_STRING_BYTES: usize = 512;
/// How much of a value is shown, counted in bytes of its strings and 8 a value.
const SHOWN_BYTES: usize = 4096;

impl Member<'_> {
    /// The value as it may be shown: `…` where the key is neither known nor a known one misspelt, since it may be anything
    /// then, an access key too.
    ///
    /// `keys` are those that the document knows beside those of requests.
    pub(super) fn shown(&self, keys: Keys) -> Json {
        Shower { keys, budget: SHOWN_BYTES }.member(self, false)
    }
}

impl Node<'_> {
    /// A value without a key as it may be shown. It stands where an object belongs, so texts in it may be addresses.
    pub(super) fn shown(&self, keys: Keys) -> Json {
        Shower { keys, budget: SHOWN_BYTES }.node(self, true)
    }
}

/// Keys that a document knows beside those of requests.
pub(super) type Keys = &'static [&'static str];

struct Shower {
    keys: Keys,
    /// How much may still be shown.
    budget: usize,
}

impl Shower {
    fn member(&mut self, member: &Member<'_>, url: bool) -> Json {
        if self.keys.contains(&&*member.key) {
            return self.node(&member.value, url);
        }
        match keys::meant_anywhere(&member.key) {
            Some(meant) => self.node(&member.value, url || keys::holds_url(meant)),
            None => Json::from("…"),
        }
    }

    /// `url` says that the value stands where an address belongs, so that any text in it may be one.
    fn node(&mut self, node: &Node<'_>, url: bool) -> Json {
        self.spend(8);
        match &node.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => node.text.parse::<i64>().map_or_else(
                // What is beyond an f64 can only be shown as it was written.
                |_| Number::from_f64(*number).map_or_else(|| shorten(node.text).into(), Json::Number),
                Json::from,
            ),
            Value::String(text) => {
                let shown = show_text(text, url);
                self.spend(shown.len());
                Json::String(shown)
            }
            Value::Array(items) => {
                let mut shown = Vec::new();
                for item in items {
                    if self.budget == 0 {
                        shown.push(Json::from("…"));
                        break;
                    }
                    shown.push(self.node(item, url));
                }
                Json::Array(shown)
            }
            Value::Object(members) => {
                let mut shown = Map::new();
                for member in members {
                    if self.budget == 0 {
                        shown.insert("…".to_owned(), Json::from("…"));
                        break;
                    }
                    let key = show_text(&member.key, false);
                    self.spend(8 + key.len());
                    shown.insert(key, self.member(member, url));
                }
                Json::Object(shown)
            }
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes);
    }
}

/// A text that may be shown; whatever looks like an address is taken for one.
pub(super) fn show_text(text: &str, url: bool) -> String {
    if url || ImageUrl::may_be(text) {
        return shorten(&ImageUrl::redact(text));
    }
    shorten(text)
}

fn shorten(text: &str) -> String {
    if text.len() <= SHOWN_STRING_BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(SHOWN_STRING_BYTES)])
}
