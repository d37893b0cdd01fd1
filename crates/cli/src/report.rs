//! Problems of a request, told to people (a caret into their own JSON) and to programs (JSON).
//!
//! Diagnostic crates print the source line, and an access key may stand on it: the excerpts here are written anew
//! from the offending key and its redacted value, with the line and the column where they stand.

use std::fmt;

use clap::builder::styling::{AnsiColor, Style};
use polyptych::ImageUrl;
use polyptych::request::{Problem, Span, Warning};
use serde::Serialize;
use serde_json::Value;

use crate::placement::printable;

/// The most characters of a key or a value that are shown.
const MAX_SHOWN_CHARS: usize = 60;
/// The most problems that people are shown.
const MAX_EXPLAINED: usize = 30;

/// An error as JSON.
#[derive(Debug, Serialize)]
pub struct ErrorEntry<'a> {
    path: &'a str,
    problem: String,
    /// Bytes from the start of the file.
    offset: usize,
    found: &'a Value,
    expected: &'a str,
}

impl<'a> From<&'a Problem> for ErrorEntry<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            path: &problem.path,
            problem: problem.kind.to_string(),
            offset: problem.span.start,
            found: &problem.found,
            expected: &problem.expected,
        }
    }
}

/// A warning as JSON.
#[derive(Debug, Serialize)]
pub struct WarningEntry<'a> {
    path: &'a str,
    /// Bytes from the start of the file.
    offset: usize,
    problem: String,
}

impl<'a> From<&'a Warning> for WarningEntry<'a> {
    fn from(warning: &'a Warning) -> Self {
        Self { path: &warning.path, offset: warning.span.start, problem: warning.kind.to_string() }
    }
}

/// The document that problems are shown in.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Its file's name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The command that tells all of its problems, where one does.
    pub lister: Option<&'static str>,
}

impl Document<'_> {
    /// Problems and warnings for people, each with its place, styled for a terminal.
    pub fn explain(self, errors: &[Problem], warnings: &[Warning]) -> String {
        let (all_errors, all_warnings) = (errors.len(), warnings.len());
        let errors = errors.iter().map(|problem| {
            let value = match &problem.found {
                Value::Null => self.text(problem.span),
                Value::Object(_) => "{".to_owned(),
                Value::Array(_) => "[".to_owned(),
                found => found.to_string(),
            };
            let excerpt = self.excerpt(problem.span, problem.key_span, &value);
            let hint = format!(" expected {}", problem.expected);
            self.render(ERROR, &title(&problem.path, &problem.kind), problem.span, &excerpt, &hint)
        });
        let warnings = warnings.iter().map(|warning| {
            let excerpt = self.excerpt(warning.span, warning.key_span, &self.text(warning.span));
            self.render(WARNING, &title(&warning.path, &warning.kind), warning.span, &excerpt, "")
        });
        let mut told: String = errors.chain(warnings).take(MAX_EXPLAINED).collect();
        if let Some(more @ 1..) = (all_errors + all_warnings).checked_sub(MAX_EXPLAINED) {
            let all = self.lister.map(|command| format!("; all of them: {command}")).unwrap_or_default();
            told += &format!("… and {more} more{all}\n\n");
        }
        told
    }

    /// What stands at `span`, without what an address may hide.
    fn text(self, span: Span) -> String {
        let bytes = self.bytes.get(span.start..span.end()).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes).into_owned();
        match serde_json::from_str::<String>(&text) {
            Ok(string) if ImageUrl::may_be(&string) => Value::from(ImageUrl::redact(&string)).to_string(),
            _ => text,
        }
    }

    /// The offending key and value and nothing beside them.
    fn excerpt(self, span: Span, key_span: Option<Span>, value: &str) -> Excerpt {
        match key_span {
            Some(key) if key == span => Excerpt::new(String::new(), &self.text(key)),
            Some(key) => Excerpt::new(format!("{}: ", shortened(&self.text(key))), value),
            None => Excerpt::new(String::new(), value),
        }
    }

    /// A problem in the form that compilers use.
    fn render(self, level: Level, title: &str, span: Span, excerpt: &Excerpt, hint: &str) -> String {
        let before = &self.bytes[..span.start.min(self.bytes.len())];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        let Level { word, style } = level;
        let Excerpt { lead, marked } = excerpt;
        let gutter = " ".repeat(line.to_string().len());
        let indent = " ".repeat(lead.chars().count());
        let caret = "^".repeat(marked.chars().count().max(1));
        let name = printable(self.name);
        format!(
            "{style}{word}{style:#}{BOLD}: {title}{BOLD:#}\n\
             {FRAME}{gutter}-->{FRAME:#} {name}:{line}:{column}\n\
             {FRAME}{gutter} |{FRAME:#}\n\
             {FRAME}{line} |{FRAME:#} {lead}{marked}\n\
             {FRAME}{gutter} |{FRAME:#} {indent}{style}{caret}{hint}{style:#}\n\n"
        )
    }
}

/// How grave a problem is, and how that is shown.
#[derive(Clone, Copy)]
struct Level {
    word: &'static str,
    style: Style,
}

const BOLD: Style = Style::new().bold();
const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
const ERROR: Level = Level { word: "error", style: AnsiColor::BrightRed.on_default().bold() };
const WARNING: Level = Level { word: "warning", style: AnsiColor::Yellow.on_default().bold() };

/// A line made of an offending key and value.
struct Excerpt {
    /// What stands before the matter.
    lead: String,
    /// What the caret points to.
    marked: String,
}

impl Excerpt {
    fn new(lead: String, marked: &str) -> Self {
        let marked = match marked {
            "{" => "{…}".to_owned(),
            "[" => "[…]".to_owned(),
            text => shortened(text),
        };
        Self { lead, marked }
    }
}

fn title(path: &str, problem: &impl fmt::Display) -> String {
    let separator = if path.is_empty() { "" } else { ": " };
    printable(&format!("{path}{separator}{problem}"))
}

fn shortened(text: &str) -> String {
    let mut shown: String = printable(text).chars().take(MAX_SHOWN_CHARS + 1).collect();
    if let Some((cut, _)) = shown.char_indices().nth(MAX_SHOWN_CHARS) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}
