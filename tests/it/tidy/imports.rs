//! A module imports those that come before it in the flow, never one that comes after.

use super::{assert_none, code_lines, read, rust_files, words};

const VOCABULARY: [&str; 5] = ["color", "geometry", "id", "time", "url"];

/// What each module may import; vocabulary is open to all that say so.
const MAY_IMPORT: [(&str, bool, &[&str]); 16] = [
    ("color", false, &[]),
    ("geometry", false, &[]),
    ("id", false, &[]),
    ("time", false, &[]),
    ("url", false, &[]),
    ("frame", true, &[]),
    ("layout", true, &["frame"]),
    ("request", true, &["frame", "layout"]),
    ("roster", false, &["id", "time"]),
    ("timeline", false, &["time"]),
    ("source", false, &["frame", "time"]),
    ("channel", false, &["frame", "id", "time", "timeline", "roster", "source"]),
    ("image", true, &["frame"]),
    ("plan", true, &["frame", "layout"]),
    ("damage", true, &["frame", "plan"]),
    ("paint", true, &["frame", "layout", "plan", "damage"]),
];

/// They may import everything.
const TOPMOST: [&str; 2] = ["compositor", "lib"];

/// `src/plan/cull.rs` and `src/plan.rs` belong to `plan`.
fn module_of(path: &str) -> &str {
    let inner = path.strip_prefix("src/").expect("a file of the engine");
    inner.split('/').next().expect("a name").trim_end_matches(".rs")
}

fn may_import(module: &str, imported: &str) -> bool {
    let row = MAY_IMPORT.iter().find(|(name, ..)| *name == module);
    TOPMOST.contains(&module)
        || module == imported
        || row.is_some_and(|(_, uses_vocabulary, others)| {
            others.contains(&imported) || (*uses_vocabulary && VOCABULARY.contains(&imported))
        })
}

#[test]
fn imports_follow_the_flow() {
    let mut findings = Vec::new();
    for path in rust_files("src") {
        let module = module_of(&path);
        let is_module_root = path.matches('/').count() == 1 || path.ends_with("/mod.rs");
        for (number, line) in code_lines(&read(&path)) {
            let mut imported: Vec<String> = Vec::new();
            for (before, word, after) in words(line) {
                if before.ends_with("crate::") && !before.ends_with("$crate::") {
                    imported.push(word.to_owned());
                }
                if word == "crate" && after.starts_with("::{") {
                    findings
                        .push(format!("{path}:{number}: one import a module, or this test cannot read it"));
                }
            }
            // Beside the tests of a file itself, this is a way round `crate::`.
            if module != "lib" && is_module_root && line.starts_with("use super::") {
                findings.push(format!("{path}:{number}: {line}: import through `crate::`"));
            }
            imported.retain(|imported| !may_import(module, imported));
            findings.extend(
                imported
                    .iter()
                    .map(|imported| format!("{path}:{number}: {module} must not import {imported}")),
            );
        }
    }
    assert_none(&findings, "imports against the flow");
}

#[test]
fn imports_of_every_module_are_ruled() {
    let mut found: Vec<String> = rust_files("src").iter().map(|path| module_of(path).to_owned()).collect();
    found.dedup();
    found.sort();
    let mut ruled: Vec<&str> = MAY_IMPORT.iter().map(|(name, ..)| *name).chain(TOPMOST).collect();
    ruled.sort_unstable();
    assert_eq!(found, ruled);
}

#[test]
fn imports_that_are_allowed_do_not_go_round_in_circles() {
    for (index, (module, uses_vocabulary, others)) in MAY_IMPORT.iter().enumerate() {
        let comes_before = |imported: &str| MAY_IMPORT[..index].iter().any(|(name, ..)| *name == imported);
        assert!(others.iter().all(|imported| comes_before(imported)), "{module}");
        assert!(!uses_vocabulary || index >= VOCABULARY.len(), "{module}");
    }
}
