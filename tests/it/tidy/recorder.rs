//! The recorder's rules: which file names which crate, where the world outside is touched, who imports whom.

use super::{assert_none, code_lines, has_word, read, rust_files, words};

const SOURCES: &str = "crates/recorder/src/";

/// The crates that do work, and the files that name them.
const NAMED_IN: [(&str, &[&str]); 12] = [
    ("hound", &[]),
    ("image", &["decode/still.rs"]),
    ("jiff", &["media/started.rs", "write/hls/names.rs"]),
    ("mpeg2ts", &["write/hls/ts.rs"]),
    ("openh264", &["encode/openh264.rs"]),
    ("opus_pure", &["decode/opus.rs"]),
    ("oxideav_vp8", &["decode/vp8.rs"]),
    ("rusty_aac", &["decode/aac.rs"]),
    ("rusty_h264", &["decode/h264/mod.rs"]),
    ("rusty_vp9", &["decode/vp9.rs"]),
    ("sha2", &["description/name.rs"]),
    ("syom", &["encode/aac.rs"]),
];

/// Modules in the order of the flow, and what each may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    // How large a still is, its decoder says.
    ("media", &["decode"]),
    // When a playlist began, its reader says.
    ("description", &["media"]),
    ("history", &["description", "media"]),
    // The other program is a decoder and an encoder among the others, and they choose it.
    ("decode", &["media", "ffmpeg"]),
    // Which encoder is chosen depends on the file that is written.
    ("encode", &["ffmpeg", "write"]),
    ("ffmpeg", &["media", "decode", "encode"]),
    ("sound", &["media", "decode", "encode"]),
    ("write", &["encode"]),
    ("render", &["description", "history", "media", "decode", "encode", "sound", "write", "ffmpeg"]),
    ("live", &["sound", "render"]),
    ("parts", &[]),
    // What a byte stream of H.264 consists of, its decoder knows.
    ("concat", &["media", "decode", "encode", "sound", "write", "render"]),
    ("resume", &["media", "concat", "encode", "render", "write"]),
];

/// The recorder's files without those that hold tests alone, by path from its sources.
fn sources() -> Vec<String> {
    let inner = |path: String| path.strip_prefix(SOURCES).map(str::to_owned);
    let files = rust_files(SOURCES).into_iter().filter_map(inner);
    files.filter(|path| !path.ends_with("tests.rs") && !path.contains("/tests/")).collect()
}

/// The code of a file in front of its tests.
fn code(path: &str) -> Vec<(usize, String)> {
    let text = read(&format!("{SOURCES}{path}"));
    let body = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code_lines(body).map(|(number, line)| (number, line.to_owned())).collect()
}

fn sources_where(is_named: impl Fn(&str) -> bool) -> Vec<String> {
    sources().into_iter().filter(|path| code(path).iter().any(|(_, line)| is_named(line))).collect()
}

/// The folder or file of the first level that a file belongs to.
fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Whether a word begins a path in the line, as a crate's name does.
fn begins_path(line: &str, name: &str) -> bool {
    words(line).any(|(before, word, after)| {
        word == name && after.starts_with("::") && !before.trim_end_matches("r#").ends_with("::")
    })
}

fn assert_only_in(allowed: &[&str], rule: &str, is_named: impl Fn(&str) -> bool) {
    let is_allowed = |path: &String| {
        allowed.iter().any(|allowed| path == allowed || allowed.strip_suffix('/') == Some(module_of(path)))
    };
    let mut findings = sources_where(is_named);
    assert!(!findings.is_empty(), "{rule}: nothing is found, so this test looks for the wrong thing");
    findings.retain(|path| !is_allowed(path));
    assert_none(&findings, rule);
}

#[test]
fn recorder_crates_are_named_in_their_own_files() {
    let openh264 =
        |line: &str| begins_path(line, "openh264") && !line.contains("use openh264::OpenH264Encoder");
    for (name, files) in NAMED_IN {
        let found = match name {
            "openh264" => sources_where(openh264),
            _ => sources_where(|line| begins_path(line, name)),
        };
        assert_eq!(found, files, "crate {name}");
    }
    let is_mp4 = |path: &String| path.starts_with("media/mp4/") || path.starts_with("write/mp4/");
    let mut strangers = sources_where(|line| has_word(line, "shiguredo_mp4"));
    strangers.retain(|path| !is_mp4(path));
    assert_none(&strangers, "shiguredo_mp4 outside of MP4");
}

#[test]
fn recorder_touches_the_world_where_it_belongs() {
    let through_std = |name: &'static str| {
        move |line: &str| words(line).any(|(before, word, _)| word == name && before.ends_with("std::"))
    };
    assert_only_in(&["ffmpeg/carrier.rs", "ffmpeg/child.rs"], "processes", through_std("process"));
    assert_only_in(&["ffmpeg/"], "the environment", through_std("env"));
    assert_only_in(&["ffmpeg/", "render/"], "threads", through_std("thread"));
    let is_clock = |line: &str| has_word(line, "Instant") || has_word(line, "SystemTime");
    assert_only_in(&["ffmpeg/child.rs", "render/"], "clocks", is_clock);
    assert_only_in(&["description/", "media/", "render/", "write/"], "files", through_std("fs"));
    let printed =
        sources_where(|line| ["println", "eprintln", "print"].iter().any(|name| has_word(line, name)));
    assert_none(&printed, "what a library prints");
}

#[test]
fn recorder_imports_follow_the_flow() {
    let mut findings = Vec::new();
    for path in sources().iter().filter(|path| *path != "lib.rs") {
        let module = module_of(path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            findings.push(format!("{path}: no rule for {module}"));
            continue;
        };
        for (number, line) in code(path) {
            let imported = words(&line).filter(|(before, ..)| before.ends_with("crate::"));
            let wrong = imported.filter(|(_, word, _)| *word != module && !allowed.contains(word));
            findings.extend(
                wrong.map(|(_, word, _)| format!("{path}:{number}: {module} must not import {word}")),
            );
        }
    }
    assert_none(&findings, "imports against the flow");
}
