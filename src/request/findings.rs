//! Collects problems and warnings while a document is walked.

use std::borrow::Cow;

use super::error::{Problem, ProblemKind, Refusal, Span, Warning, WarningKind};
use super::fields::Object;
use super::path::Path;
use super::shown::Keys;
use super::wire::{Member, Node};
use super::{Limits, Strictness};

/// Where in the document a finding stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// As [`Problem::span`].
    pub span: Span,
    /// As [`Problem::key_span`].
    pub key_span: Option<Span>,
}

/// All findings of one document, each bounded by the limit on problems.
pub struct Findings<'t> {
    document: &'t [u8],
    keys: Keys,
    strictness: Strictness,
    limit: usize,
    errors: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl<'t> Findings<'t> {
    /// `keys` are those that the document knows beside those of requests.
    pub(super) fn new(document: &'t [u8], keys: Keys, strictness: Strictness, limits: &Limits) -> Self {
        let limit = limits.problems.max(1);
        Self { document, keys, strictness, limit, errors: Vec::new(), warnings: Vec::new() }
    }

    /// Whether further errors would not be listed, so that looking for them is vain.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.errors.len() > self.limit
    }

    /// Reports a wrong value that has no key, such as an entry of an array.
    pub fn wrong_node(
        &mut self,
        path: &Path<'_>,
        node: &Node<'_>,
        kind: ProblemKind,
        expected: impl Into<Cow<'static, str>>,
    ) {
        let place = self.place_of(node);
        self.error(path, place, kind, node.shown(self.keys), expected);
    }

    /// Warns of a value that has no key: an error where the check is strict.
    pub fn warn_node(&mut self, path: &Path<'_>, node: &Node<'_>, kind: WarningKind) {
        let (place, keys) = (self.place_of(node), self.keys);
        self.warn(path, place, || node.shown(keys), || kind);
    }

    /// The keys that the document knows beside those of requests.
    pub(super) fn keys(&self) -> Keys {
        self.keys
    }

    fn is_full_of_warnings(&self) -> bool {
        match self.strictness {
            Strictness::Lenient => self.warnings.len() > self.limit,
            Strictness::Strict => self.is_full(),
        }
    }

    /// Reports an error.
    pub fn error(
        &mut self,
        path: &Path<'_>,
        place: Place,
        kind: ProblemKind,
        found: serde_json::Value,
        expected: impl Into<Cow<'static, str>>,
    ) {
        if self.is_full() {
            return;
        }
        let problem = Problem {
            path: path.to_string(),
            span: place.span,
            key_span: place.key_span,
            kind,
            found,
            expected: expected.into(),
        };
        self.errors.push(problem);
    }

    /// Reports a wrong value that has a key.
    pub fn wrong(
        &mut self,
        path: &Path<'_>,
        member: &Member<'_>,
        kind: ProblemKind,
        expected: impl Into<Cow<'static, str>>,
    ) {
        let place = self.place_of_value(member);
        self.error(path, place, kind, member.shown(self.keys), expected);
    }

    /// Reports a doubtful value: an error where the check is strict.
    ///
    /// `found` and `kind` are called only where they will be listed.
    pub fn warn(
        &mut self,
        path: &Path<'_>,
        place: Place,
        found: impl FnOnce() -> serde_json::Value,
        kind: impl FnOnce() -> WarningKind,
    ) {
        if self.is_full_of_warnings() {
            return;
        }
        let kind = kind();
        match self.strictness {
            Strictness::Lenient => {
                let Place { span, key_span } = place;
                self.warnings.push(Warning { path: path.to_string(), span, key_span, kind });
            }
            Strictness::Strict => {
                let expected = expected_instead(&kind);
                self.error(path, place, ProblemKind::Warning(kind), found(), expected);
            }
        }
    }

    /// All findings in the order of the document: a refusal where there is an error.
    pub(super) fn finish(mut self) -> Result<Vec<Warning>, Refusal> {
        self.errors.sort_by_key(|problem| problem.span.start);
        self.warnings.sort_by_key(|warning| warning.span.start);
        let start = Span::default();
        // One more than the limit was kept as the sign that the list is not whole.
        if self.errors.len() > self.limit {
            self.errors.truncate(self.limit);
            self.errors.push(Problem {
                path: String::new(),
                span: start,
                key_span: None,
                kind: ProblemKind::MoreProblems { listed: self.limit },
                found: serde_json::Value::Null,
                expected: Cow::Borrowed("a document without problems"),
            });
        }
        if self.warnings.len() > self.limit {
            self.warnings.truncate(self.limit);
            let kind = WarningKind::MoreWarnings { listed: self.limit };
            self.warnings.push(Warning { path: String::new(), span: start, key_span: None, kind });
        }
        if self.errors.is_empty() {
            Ok(self.warnings)
        } else {
            Err(Refusal { errors: self.errors, warnings: self.warnings })
        }
    }

    /// Where `text`, a part of the document, stands in it.
    pub(super) fn span_of(&self, text: &str) -> Span {
        let start = text.as_ptr() as usize - self.document.as_ptr() as usize;
        let len = if text.starts_with(['{', '[']) { 1 } else { text.len() };
        Span { start, len }
    }

    /// The place of a value without a key, or of an object that lacks one.
    #[must_use]
    pub fn place_of(&self, node: &Node<'_>) -> Place {
        self.place_of_text(node.text)
    }

    /// The place of an object itself.
    #[must_use]
    pub fn place_of_object(&self, object: Object<'_>) -> Place {
        self.place_of_text(object.text)
    }

    /// The place of a part of the document.
    pub(super) fn place_of_text(&self, text: &str) -> Place {
        Place { span: self.span_of(text), key_span: None }
    }

    /// The place of a key's value.
    #[must_use]
    pub fn place_of_value(&self, member: &Member<'_>) -> Place {
        let key_span = Some(self.span_of(member.key_text));
        Place { span: self.span_of(member.value.text), key_span }
    }

    /// The place of a key itself.
    #[must_use]
    pub fn place_of_key(&self, member: &Member<'_>) -> Place {
        let span = self.span_of(member.key_text);
        Place { span, key_span: Some(span) }
    }
}

/// What a strict check would rather see.
fn expected_instead(kind: &WarningKind) -> Cow<'static, str> {
    if let WarningKind::Other { expected, .. } = kind {
        return expected.clone();
    }
    Cow::Borrowed(match kind {
        WarningKind::UnknownKey { meant: Some(key) } => key,
        WarningKind::UnknownKey { meant: None } => "a key that is known",
        WarningKind::CanvasKey => "no canvas key in a layout request",
        WarningKind::FrameRate => "one of 1, 7, 10, 15, 24, 30, 60",
        WarningKind::RepeatedUser { .. } | WarningKind::RepeatedBackground { .. } => "every uid once",
        WarningKind::NobodyBears => "the uid of a user",
        WarningKind::Invisible => "a number above 0",
        WarningKind::NoPixel => "a region of at least one pixel",
        WarningKind::Hidden => "a region that can be seen",
        WarningKind::RepeatedUid => "every uid once",
        WarningKind::MoreWarnings { .. } | WarningKind::Other { .. } => "a document without warnings",
    })
}
