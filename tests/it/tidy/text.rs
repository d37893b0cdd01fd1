//! What no file has: leftovers, trailing space, endless length.

use std::fs;

use super::{assert_none, files_below, read, root, rust_files};

const TEXT: [&str; 8] = [".rs", ".toml", ".md", ".json", ".yml", ".yaml", ".sh", ".html"];

fn text_files() -> Vec<String> {
    let is_text = |path: &String| TEXT.iter().any(|ending| path.ends_with(ending));
    files_below("").into_iter().filter(is_text).collect()
}

fn lines_where(paths: &[String], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for path in paths {
        let text = read(path);
        let wrong = text.lines().zip(1..).filter(|(line, _)| is_wrong(line));
        findings.extend(wrong.map(|(line, number)| format!("{path}:{number}: {line}")));
    }
    findings
}

#[test]
fn text_has_no_leftovers() {
    // Put together here, so that this file has none itself.
    let leftovers = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("db", "g!("),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X:"),
        concat!("<<<<", "<<<"),
        concat!(">>>>", ">>>"),
    ];
    let findings =
        lines_where(&text_files(), |line| leftovers.iter().any(|leftover| line.contains(leftover)));
    assert_none(&findings, "leftovers");
}

#[test]
fn text_lines_end_where_their_words_do() {
    let findings = lines_where(&text_files(), |line| line.ends_with([' ', '\t', '\r']));
    assert_none(&findings, "trailing space");
    let findings: Vec<_> = text_files().into_iter().filter(|path| !read(path).ends_with('\n')).collect();
    assert_none(&findings, "no newline at the end");
}

#[test]
fn text_of_a_source_file_has_at_most_600_lines() {
    let sources = ["src", "crates"].into_iter().flat_map(rust_files);
    let long: Vec<_> = sources.filter(|path| read(path).lines().count() > 600).collect();
    assert_none(&long, "more than one thought");
}

#[test]
fn text_of_every_source_file_begins_with_what_it_is() {
    let begins = |path: &String| {
        let text = read(path);
        let mut lines = text.lines().skip_while(|line| line.starts_with("#!["));
        lines.next().is_some_and(|line| line.starts_with("//! "))
    };
    let silent: Vec<_> = rust_files("").into_iter().filter(|path| !begins(path)).collect();
    assert_none(&silent, "no module documentation");
}

#[test]
fn files_are_at_most_a_mebibyte() {
    let bytes = |path: &String| fs::metadata(root().join(path)).expect("a file").len();
    // The root itself is where the commands of the documents put their pictures, and git ignores those.
    let tracked = files_below("").into_iter().filter(|path| path.contains('/'));
    let large: Vec<_> = tracked.filter(|path| bytes(path) > 1 << 20).collect();
    assert_none(&large, "too large to track");
}
