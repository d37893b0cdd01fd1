//! The JSON as it reads: a small tree that keeps places, duplicate keys and every number's text.
//!
//! Typed deserialisation stops at the first problem, knows no offsets and drops duplicate keys. Here `serde_json` reads one level
//! at a time, handing out the children as raw text; where they stand in the document follows from their address in it.
//! So its grammar decides what JSON is, and no tokenizer of ours does. Each level is read once for every level above it,
//! which the bound on nesting keeps small. The one file that reads JSON.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{ProblemKind, Span};
use super::findings::{Findings, Place};
use super::path::Path;

/// A value and the text it was read from.
pub struct Node<'a> {
    pub(super) text: &'a str,
    /// What it is.
    pub value: Value<'a>,
}

/// What a value is.
pub enum Value<'a> {
    /// `null`, which counts as absent.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Infinite where the number is too large for an `f64`. As it was written: [`Node::number_text`].
    Number(f64),
    /// A text, its escapes resolved.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object's members in the order of the document, duplicates included.
    Object(Vec<Member<'a>>),
}

/// A key and its value.
pub struct Member<'a> {
    /// The key, its escapes resolved.
    pub key: Cow<'a, str>,
    /// The key as it stands in the document, quotes included.
    pub(super) key_text: &'a str,
    /// The value.
    pub value: Node<'a>,
}

impl Node<'_> {
    /// A number as it was written, every digit of it; `None` where the value is no number.
    #[must_use]
    pub fn number_text(&self) -> Option<&str> {
        matches!(self.value, Value::Number(_)).then_some(self.text)
    }
}

/// Reading stopped; the reason is among the findings.
pub(super) struct Unreadable;

/// What the limit on nesting may be set to at most: reading recurses that deep, and each level is read again for every one above.
pub(super) const MAX_NESTING: usize = 128;

/// Reads a document. Duplicate keys anywhere in it are reported, and reading goes on.
///
/// Syntax errors and too deep nesting end it: nothing below them could be trusted, or bounded.
pub(super) fn read<'a>(
    text: &'a str,
    nesting: usize,
    findings: &mut Findings<'_>,
) -> Result<Node<'a>, Unreadable> {
    let mut reader = Reader { nesting: nesting.min(MAX_NESTING), findings };
    let root = reader.parse::<&RawValue>(text)?;
    reader.node(root, &Path::Root, 1)
}

struct Reader<'f, 't> {
    nesting: usize,
    findings: &'f mut Findings<'t>,
}

impl Reader<'_, '_> {
    fn node<'a>(&mut self, raw: &'a RawValue, path: &Path<'_>, depth: usize) -> Result<Node<'a>, Unreadable> {
        let text = raw.get();
        if depth > self.nesting && text.starts_with(['{', '[']) {
            let place = self.findings.place_of_text(text);
            return Err(self.refuse_depth(path, place));
        }
        let value = match text.as_bytes().first() {
            Some(b'{') => Value::Object(self.members(text, path, depth)?),
            Some(b'[') => Value::Array(self.items(text, path, depth)?),
            Some(b'"') => Value::String(self.string(text)?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            // JSON's numbers are a subset of Rust's; the nearest f64 is taken, infinity beyond the largest.
            _ => Value::Number(text.parse().unwrap_or(f64::NAN)),
        };
        Ok(Node { text, value })
    }

    fn items<'a>(
        &mut self,
        text: &'a str,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Vec<Node<'a>>, Unreadable> {
        let items = self.parse::<Vec<&RawValue>>(text)?;
        items.into_iter().enumerate().map(|(i, raw)| self.node(raw, &path.index(i), depth + 1)).collect()
    }

    fn members<'a>(
        &mut self,
        text: &'a str,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Vec<Member<'a>>, Unreadable> {
        let pairs = self.parse::<Pairs<'a>>(text)?.0;
        let mut members = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key_text = key.get();
            let key = self.string(key_text)?;
            let value = self.node(value, &path.key(&key), depth + 1)?;
            members.push(Member { key, key_text, value });
        }
        let mut seen = HashSet::with_capacity(members.len());
        for member in &members {
            if !seen.insert(&*member.key) && !self.findings.is_full() {
                let place = self.findings.place_of_key(member);
                let found = member.shown(self.findings.keys());
                let path = path.key(&member.key);
                self.findings.error(&path, place, ProblemKind::DuplicateKey, found, "every key once");
            }
        }
        Ok(members)
    }

    fn string<'a>(&mut self, text: &'a str) -> Result<Cow<'a, str>, Unreadable> {
        if text.contains('\\') {
            // Only here does serde_json look at what escapes mean: half a surrogate pair is refused.
            return self.parse::<String>(text).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(&text[1..text.len() - 1]))
    }

    fn refuse_depth(&mut self, path: &Path<'_>, place: Place) -> Unreadable {
        let expected = format!("at most {} objects and arrays in one another", self.nesting);
        self.findings.error(path, place, ProblemKind::TooDeep, serde_json::Value::Null, expected);
        Unreadable
    }

    fn parse<'a, T: Deserialize<'a>>(&mut self, text: &'a str) -> Result<T, Unreadable> {
        serde_json::from_str(text).map_err(|error| {
            let offset = offset_of(&error, text);
            if let Some(bracket) = too_deep(&text[..text.floor_char_boundary(offset)], self.nesting) {
                let place = self.findings.place_of_text(&text[bracket..]);
                return self.refuse_depth(&Path::Root, place);
            }
            let at = self.findings.span_of(text).start + offset;
            let len = if error.is_eof() { 0 } else { 1 };
            let place = Place { span: Span { start: at, len }, key_span: None };
            let mut message = error.to_string();
            message.truncate(message.rfind(" at line ").unwrap_or(message.len()));
            let kind = ProblemKind::Syntax { message };
            self.findings.error(&Path::Root, place, kind, serde_json::Value::Null, "JSON (RFC 8259)");
            Unreadable
        })
    }
}

/// Where a syntax error stands, in bytes: `serde_json` counts columns in bytes, up to and including the offending one,
/// but for a control character, which it does not include.
fn offset_of(error: &serde_json::Error, text: &str) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let mut newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let line_start = match error.line() {
        0..=1 => 0,
        line => newlines.nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    let included = usize::from(!error.to_string().starts_with("control character"));
    (line_start + error.column()).saturating_sub(included)
}

/// The bracket that goes deeper than the limit in `json`, the sound part of a document that breaks off.
///
/// Without it, a million brackets would be called a document that ends too early.
fn too_deep(json: &str, nesting: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > nesting {
            return Some(at);
        }
    }
    None
}

/// An object as a list of raw keys and values.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}
