//! The rules of the source tree, held by reading it: who imports whom, which file names which crate, what is found nowhere.

mod crates;
mod imports;
mod recorder;
mod text;
mod unsafety;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a directory of the repository, by path from the root with `/` between its parts; sorted.
/// What is built or ignored is left out.
fn files_below(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![root().join(directory)];
    while let Some(directory) = waiting.pop() {
        for entry in
            fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        {
            let path = entry.expect("an entry of a directory").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_left_out = name == "target" || name == ".git" || name == "node_modules";
                let is_fuzzers = path.parent().is_some_and(|parent| parent.ends_with("fuzz"))
                    && (name == "corpus" || name == "artifacts");
                if !is_left_out && !is_fuzzers {
                    waiting.push(path);
                }
            } else {
                let relative = path.strip_prefix(root()).expect("below the root");
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                found.push(parts.join("/"));
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust files below a directory.
fn rust_files(directory: &str) -> Vec<String> {
    files_below(directory).into_iter().filter(|path| path.ends_with(".rs")).collect()
}

/// The lines of a file without comments, with their numbers from 1. What follows `//` in a string is lost too.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .zip(1..)
        .map(|(line, number)| (number, line))
}

/// The words of a line: runs of letters, digits and `_`, with what stands right before and after each.
fn words(line: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].find(is_part)?;
        let end = line[start..].find(|c| !is_part(c)).map_or(line.len(), |length| start + length);
        at = end;
        Some((&line[..start], &line[start..end], &line[end..]))
    })
}

/// The files of `paths` in whose code `is_named` finds something on a line.
fn files_where(paths: &[String], is_named: impl Fn(&str) -> bool) -> Vec<String> {
    let names = |path: &&String| code_lines(&read(path)).any(|(_, line)| is_named(line));
    paths.iter().filter(names).cloned().collect()
}

fn has_word(line: &str, wanted: &str) -> bool {
    words(line).any(|(_, word, _)| word == wanted)
}

/// Fails with every finding on a line of its own.
fn assert_none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n{}", findings.join("\n"));
}
