//! Which file names which crate, and what the engine never touches: clocks, the environment, files, the console.

use super::{files_where, has_word, read, rust_files, words};

/// The crates that do work, and the files that name them.
const NAMED_IN: [(&str, &[&str]); 6] = [
    ("ureq", &["src/image/fetch.rs"]),
    ("rayon", &["src/paint/threads.rs"]),
    ("strsim", &["src/request/keys.rs"]),
    ("serde", &["src/request/shape.rs", "src/request/wire.rs"]),
    ("schemars", &["src/request/schema.rs", "src/request/shape.rs"]),
    (
        "serde_json",
        &[
            "src/request/document.rs",
            "src/request/error.rs",
            "src/request/fields.rs",
            "src/request/findings.rs",
            "src/request/path.rs",
            "src/request/print.rs",
            "src/request/schema.rs",
            "src/request/shown.rs",
            "src/request/wire.rs",
        ],
    ),
];

/// The engine's files without those that hold tests alone.
fn engine() -> Vec<String> {
    rust_files("src").into_iter().filter(|path| !path.ends_with("tests.rs")).collect()
}

#[test]
fn crates_are_named_in_their_own_files() {
    let engine = engine();
    for (name, files) in NAMED_IN {
        assert_eq!(files_where(&engine, |line| has_word(line, name)), files, "crate {name}");
    }
}

#[test]
fn crates_that_share_a_name_with_a_module_are_named_in_one_file() {
    // `image::` after `crate::` is ours; at the start of a path it is the crate.
    let engine: Vec<_> = engine().into_iter().filter(|path| path != "src/lib.rs").collect();
    let starts_path = |line: &str, name: &str| {
        words(line).any(|(before, word, after)| {
            word == name && after.starts_with("::") && !before.trim_end_matches("r#").ends_with("::")
        })
    };
    assert_eq!(files_where(&engine, |line| starts_path(line, "image")), ["src/image/decode.rs"]);
    assert_eq!(files_where(&engine, |line| starts_path(line, "url")), ["src/url.rs"]);
}

#[test]
fn sockets_are_opened_in_one_file() {
    let is_socket = |line: &str| {
        ["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"].iter().any(|name| has_word(line, name))
    };
    assert_eq!(files_where(&engine(), is_socket), ["src/image/fetch.rs"]);
}

#[test]
fn clocks_are_read_by_the_fetcher_alone() {
    let is_clock = |line: &str| has_word(line, "Instant") || has_word(line, "SystemTime");
    assert_eq!(files_where(&engine(), is_clock), ["src/image/fetch.rs"]);
}

#[test]
fn environment_files_processes_and_console_are_not_the_engine_s() {
    let is_outside = |line: &str| {
        let through_std = words(line)
            .any(|(before, word, _)| before.contains("std::") && ["env", "fs", "process"].contains(&word));
        through_std
            || ["println", "eprintln", "stdin", "stdout", "stderr"].iter().any(|name| has_word(line, name))
    };
    assert_eq!(files_where(&engine(), is_outside), [""; 0]);
}

#[test]
fn threads_are_started_by_the_fetcher_and_the_painter() {
    let starts = |line: &str| {
        words(line).any(|(before, word, after)| {
            word == "thread" && (before.ends_with("std::") || after.starts_with("::"))
        })
    };
    assert_eq!(files_where(&engine(), starts), ["src/image/fetch.rs", "src/image/fetcher.rs"]);
}

#[test]
fn crates_the_engine_depends_on_are_at_most_twelve() {
    let manifest = read("Cargo.toml");
    let table = manifest.split("\n[dependencies]\n").nth(1).expect("a table of dependencies");
    let own = |line: &&str| line.contains("path = ");
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let foreign: Vec<&str> = lines.filter(|line| line.contains('=')).filter(|line| !own(line)).collect();
    assert!((1..=12).contains(&foreign.len()), "{foreign:#?}");
}

#[test]
fn no_async_runtime_is_in_the_tree() {
    let locked = read("Cargo.lock");
    let names: Vec<_> = locked.lines().filter_map(|line| line.strip_prefix("name = \"")).collect();
    assert!(names.contains(&"polyptych\""));
    for runtime in
        ["tokio", "async-std", "smol", "async-executor", "async-global-executor", "glommio", "monoio"]
    {
        assert!(!names.contains(&format!("{runtime}\"").as_str()), "{runtime}");
    }
}
