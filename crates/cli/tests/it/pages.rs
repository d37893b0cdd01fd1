//! What the command says about itself, and how it behaves in a pipe.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::run::run;

#[test]
fn schema_is_a_json_schema() {
    let run = run(&["schema"], "").exits_with(0);
    assert!(run.json()["$schema"].is_string());
    assert!(run.text().contains("mixedVideoLayout"));
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(&["completions", shell], "").exits_with(0).text().contains("layout"), "{shell}");
    }
    run(&["completions", "unheard-of"], "").exits_with(2);
}

#[test]
fn man_prints_the_page_of_the_program_and_of_each_command() {
    let page = run(&["man"], "").exits_with(0);
    assert!(page.text().contains(".TH polyptych 1") && page.text().contains("layout"), "{}", page.text());
    assert!(run(&["man", "layout"], "").exits_with(0).text().contains(r"\-\-canvas"));
    run(&["man", "unheard-of"], "").exits_with(2);
}

#[test]
fn help_teaches_with_examples() {
    assert!(run(&["--help"], "").exits_with(0).text().contains("Exit codes:"));
    for command in ["check", "layout", "frame", "completions", "man"] {
        let help = run(&[command, "--help"], "").exits_with(0);
        assert!(help.text().contains("Examples:\n  polyptych"), "{command}");
    }
    assert_eq!(run(&[], "").exits_with(2).stdout, b"");
    assert!(run(&["--version"], "").exits_with(0).text().starts_with("polyptych "));
}

/// No other code is ever left behind.
#[test]
fn help_lists_the_exit_codes_there_are() {
    let help = run(&["--help"], "").exits_with(0);
    let listed = help.text().split("Exit codes:\n").nth(1).expect("a list").trim_end().lines();
    let codes: Vec<_> = listed.map(|line| line.split_whitespace().next().expect("a code")).collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_polyptych"))
        .args(["layout", "-", "--canvas", "4000x4000", "--users", "1", "--format", "png"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // Closed before the request is sent, so before anything can be written.
    drop(child.stdout.take());
    child.stdin.take().expect("a pipe").write_all(b"{}").expect("it reads");
    let mut told = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
    assert_eq!(told, "");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
