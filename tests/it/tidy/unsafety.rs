//! `unsafe` has one home, and says there why it is sound.

use super::{assert_none, code_lines, files_where, has_word, read, root, rust_files};

const HOME: &str = "crates/kernels/";

#[test]
fn unsafe_code_is_in_the_kernels_alone() {
    let is_home = |path: &String| path.starts_with(HOME);
    let others: Vec<_> = rust_files("").into_iter().filter(|path| !is_home(path)).collect();
    // The word alone: `unsafe_code` is another, and this file has it in strings only.
    let has_block = |line: &str| has_word(line, "unsafe") && !line.contains('"');
    assert_eq!(files_where(&others, has_block), [""; 0]);
}

#[test]
fn unsafe_code_says_why_it_is_sound() {
    let mut findings = Vec::new();
    for path in rust_files(HOME) {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in code_lines(&text).filter(|(_, line)| has_word(line, "unsafe")) {
            // The comment stands before the statement, which may have begun a line or two above.
            let above = lines[..number - 1].iter().rev();
            let mut above =
                above.skip_while(|line| !line.starts_with("//") && !line.ends_with([';', '{', '}']));
            let note = above.by_ref().take_while(|line| line.starts_with("//"));
            if !note.into_iter().any(|line| line.contains("SAFETY:") || line.contains("# Safety")) {
                findings.push(format!("{path}:{number}: {line}"));
            }
        }
    }
    assert_none(&findings, "no SAFETY comment");
}

#[test]
fn unsafe_code_is_forbidden_to_every_other_crate() {
    let mut roots = vec!["src/lib.rs".to_owned()];
    for path in rust_files("crates") {
        let is_root = path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs");
        if is_root && !path.starts_with(HOME) {
            roots.push(path);
        }
    }
    assert!(root().join(HOME).is_dir());
    let open: Vec<_> =
        roots.into_iter().filter(|path| !read(path).starts_with("#![forbid(unsafe_code)]\n")).collect();
    assert_none(&open, "without #![forbid(unsafe_code)] first");
}
