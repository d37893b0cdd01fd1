//! Reads single keys of an object: null and absence, types, ranges, addresses, uids.

use std::borrow::Cow;

use super::Limits;
use super::error::{ProblemKind, WarningKind};
use super::findings::Findings;
use super::keys;
use super::path::Path;
use super::wire::{Member, Node, Value};
use crate::color::Rgb;
use crate::id::UserId;
use crate::layout::RenderMode;
use crate::url::ImageUrl;

/// A field was wrong and has been reported.
#[derive(Clone, Copy, Debug)]
pub struct Reported;

/// A field that may be absent.
pub type Field<T> = Result<Option<T>, Reported>;

/// An object and where it stands.
#[derive(Clone, Copy)]
pub struct Object<'n> {
    pub(super) text: &'n str,
    /// In the order of the document, duplicates included.
    pub members: &'n [Member<'n>],
    /// Where it stands.
    pub path: &'n Path<'n>,
}

impl<'n> Object<'n> {
    /// The object that `node` is, if it is one.
    #[must_use]
    pub fn of(node: &'n Node<'n>, path: &'n Path<'n>) -> Option<Self> {
        match &node.value {
            Value::Object(members) => Some(Self { text: node.text, members, path }),
            _ => None,
        }
    }

    /// The member of that name, null or not. Of duplicates, which are refused elsewhere, the first.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&'n Member<'n>> {
        self.members.iter().find(|member| member.key == key)
    }

    /// The member of that name; null is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'n Member<'n>> {
        self.member(key).filter(|member| !matches!(member.value.value, Value::Null))
    }

    /// Reports a mandatory key that is missing, or null.
    pub fn missing(
        &self,
        findings: &mut Findings<'_>,
        key: &str,
        kind: ProblemKind,
        expected: impl Into<Cow<'static, str>>,
    ) -> Reported {
        let path = self.path.key(key);
        match self.member(key) {
            Some(member) => findings.wrong(&path, member, kind, expected),
            None => {
                let place = findings.place_of_text(self.text);
                findings.error(&path, place, kind, serde_json::Value::Null, expected);
            }
        }
        Reported
    }

    /// Reports a wrong value.
    pub fn wrong(
        &self,
        findings: &mut Findings<'_>,
        member: &Member<'_>,
        kind: ProblemKind,
        expected: impl Into<Cow<'static, str>>,
    ) -> Reported {
        findings.wrong(&self.path.key(&member.key), member, kind, expected);
        Reported
    }

    /// Warns of a value.
    pub fn warn(&self, findings: &mut Findings<'_>, member: &Member<'_>, kind: WarningKind) {
        let (place, keys) = (findings.place_of_value(member), findings.keys());
        findings.warn(&self.path.key(&member.key), place, || member.shown(keys), || kind);
    }

    /// Warns of a key.
    pub fn warn_of_key(&self, findings: &mut Findings<'_>, member: &Member<'_>, kind: WarningKind) {
        let (place, keys) = (findings.place_of_key(member), findings.keys());
        findings.warn(&self.path.key(&member.key), place, || member.shown(keys), || kind);
    }

    /// Warns of every key that is not among `known`, with the key that was meant where `known` or `near` holds it.
    ///
    /// `foreign` are keys of the canvas where only a layout can be asked for.
    pub fn warn_of_unknown_keys(
        &self,
        findings: &mut Findings<'_>,
        known: &[&[&'static str]],
        near: &[&'static str],
        foreign: &[&'static str],
    ) {
        let unknown = |member: &&Member<'_>| !known.iter().any(|keys| keys.contains(&&*member.key));
        for member in self.members.iter().filter(unknown) {
            let place = findings.place_of_key(member);
            let path = self.path.key(&member.key);
            let kind = || {
                if foreign.contains(&&*member.key) {
                    return WarningKind::CanvasKey;
                }
                let candidates = [&known.concat(), near].concat();
                WarningKind::UnknownKey { meant: keys::nearest(&member.key, &candidates) }
            };
            let shown = findings.keys();
            findings.warn(&path, place, || member.shown(shown), kind);
        }
    }

    /// An integer within `min..=max`; `1.0` and `1e0` are integers too.
    ///
    /// # Errors
    /// Where it is none; it has been reported.
    pub fn integer(
        &self,
        findings: &mut Findings<'_>,
        key: &str,
        (min, max): (u32, u32),
        expected: impl Into<Cow<'static, str>>,
    ) -> Field<u32> {
        let Some(member) = self.get(key) else { return Ok(None) };
        let kind = match member.value.value {
            Value::Number(number) if number.fract() != 0.0 && number.is_finite() => ProblemKind::NotAllowed,
            Value::Number(number) if (f64::from(min)..=f64::from(max)).contains(&number) => {
                return Ok(Some(number as u32));
            }
            Value::Number(_) => ProblemKind::OutOfRange,
            _ => ProblemKind::WrongType,
        };
        Err(self.wrong(findings, member, kind, expected))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// Where it is neither; it has been reported.
    pub fn flag(&self, findings: &mut Findings<'_>, key: &str) -> Field<bool> {
        let Some(member) = self.get(key) else { return Ok(None) };
        match member.value.value {
            Value::Bool(flag) => Ok(Some(flag)),
            _ => Err(self.wrong(findings, member, ProblemKind::WrongType, "true or false")),
        }
    }

    /// A number within `0.0..=1.0`.
    pub(super) fn fraction(&self, findings: &mut Findings<'_>, key: &str) -> Field<f64> {
        let Some(member) = self.get(key) else { return Ok(None) };
        let kind = match member.value.value {
            // Adding zero turns -0 into 0.
            Value::Number(number) if (0.0..=1.0).contains(&number) => return Ok(Some(number + 0.0)),
            Value::Number(_) => ProblemKind::OutOfRange,
            _ => ProblemKind::WrongType,
        };
        Err(self.wrong(findings, member, kind, FRACTION))
    }

    /// A text.
    ///
    /// # Errors
    /// Where it is none; it has been reported.
    pub fn text(&self, findings: &mut Findings<'_>, key: &str, expected: &'static str) -> Field<Text<'n>> {
        let Some(member) = self.get(key) else { return Ok(None) };
        match &member.value.value {
            Value::String(text) => Ok(Some(Text { member, text })),
            _ => Err(self.wrong(findings, member, ProblemKind::WrongType, expected)),
        }
    }

    /// A uid; `""` is absent.
    ///
    /// # Errors
    /// Where it is none, or too long; it has been reported.
    pub fn uid(
        &self,
        findings: &mut Findings<'_>,
        key: &str,
        limits: &Limits,
    ) -> Field<(&'n Member<'n>, UserId)> {
        let Some(Text { member, text }) = self.text(findings, key, "a string")? else { return Ok(None) };
        let (bytes, most) = (text.len(), limits.uid_bytes);
        if bytes > most {
            let kind = ProblemKind::TooLong { bytes };
            return Err(self.wrong(findings, member, kind, format!("at most {most} bytes")));
        }
        Ok((bytes > 0).then(|| (member, UserId::new(text))))
    }

    /// The address of an image.
    pub(super) fn url(&self, findings: &mut Findings<'_>, key: &str, limits: &Limits) -> Field<ImageUrl> {
        let Some(Text { member, text }) = self.text(findings, key, URL)? else { return Ok(None) };
        let (bytes, most) = (text.len(), limits.url_bytes);
        if bytes > most {
            let kind = ProblemKind::TooLong { bytes };
            return Err(self.wrong(findings, member, kind, format!("at most {most} bytes")));
        }
        match ImageUrl::parse(text) {
            Ok(url) => Ok(Some(url)),
            Err(error) => Err(self.wrong(findings, member, ProblemKind::Url(error), URL)),
        }
    }

    /// A colour: `#` and six hexadecimal digits.
    pub(super) fn color(&self, findings: &mut Findings<'_>, key: &str) -> Field<Rgb> {
        let Some(Text { member, text }) = self.text(findings, key, COLOR)? else { return Ok(None) };
        match parse_color(text) {
            Some(color) => Ok(Some(color)),
            None => Err(self.wrong(findings, member, ProblemKind::Color, COLOR)),
        }
    }

    /// How a picture is placed; crop where absent.
    pub(super) fn render_mode(&self, findings: &mut Findings<'_>) -> Result<RenderMode, Reported> {
        let mode = self.integer(findings, "render_mode", (0, 1), "0 (crop) or 1 (fit)")?;
        Ok(if mode == Some(1) { RenderMode::Fit } else { RenderMode::Crop })
    }
}

/// A text and the member that holds it.
pub struct Text<'n> {
    /// The member.
    pub member: &'n Member<'n>,
    /// The text, its escapes resolved.
    pub text: &'n str,
}

/// What fields of a fraction take.
pub(super) const FRACTION: &str = "a number from 0 to 1";
/// What fields of an address take.
pub(super) const URL: &str = "an http or https URL without user info";
const COLOR: &str = "# and six hexadecimal digits, such as #1a2B3c";

fn parse_color(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#')?;
    // from_str_radix alone would take a sign.
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Rgb { r, g, b })
}
