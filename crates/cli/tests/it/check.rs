//! `polyptych check`.

use std::fs;

use serde_json::json;

use crate::run::{run, run_in};

#[test]
fn check_of_a_valid_request_says_so_and_exits_with_0() {
    let run = run(&["check", "-"], "{}").exits_with(0);
    assert_eq!(run.text(), "<stdin>: valid\n");
    assert_eq!(run.stderr, "");
}

#[test]
fn check_as_json_has_the_documented_keys() {
    let valid = run(&["check", "-", "--format", "json"], "{}").exits_with(0);
    assert_eq!(valid.json(), json!({"valid": true, "errors": [], "warnings": []}));
    assert!(valid.text().starts_with(r#"{"valid":true,"errors":[],"warnings":[]}"#));

    let request = r#"{"backgroudColor": "x", "mixedVideoLayout": 7}"#;
    let refused = run(&["check", "-", "--format", "json"], request).exits_with(3);
    assert_eq!(refused.stderr, "");
    let verdict = refused.json();
    assert_eq!(verdict["valid"], json!(false));
    let error = verdict["errors"][0].as_object().expect("an object");
    assert_eq!(error.keys().collect::<Vec<_>>(), ["path", "problem", "offset", "found", "expected"]);
    assert_eq!(error["path"], "mixedVideoLayout");
    assert_eq!(error["offset"], request.find('7').expect("there"));
    assert_eq!(error["found"], 7);
    let warning = verdict["warnings"][0].as_object().expect("an object");
    assert_eq!(warning.keys().collect::<Vec<_>>(), ["path", "offset", "problem"]);
    assert_eq!(warning["path"], "backgroudColor");
    assert_eq!(warning["offset"], 1);
}

#[test]
fn check_of_a_missing_key_finds_null() {
    let request = r#"{"mixedVideoLayout": 3, "layoutConfig": [{"x_axis": 0, "y_axis": 0, "width": 1}]}"#;
    let verdict = run(&["check", "-", "--format", "json"], request).exits_with(3).json();
    assert_eq!(verdict["errors"][0]["path"], "layoutConfig[0].height");
    assert_eq!(verdict["errors"][0]["found"], json!(null));
}

#[test]
fn check_of_what_is_no_json_is_an_invalid_request() {
    for request in ["", "{", "[1,", "\u{feff}x", "nul"] {
        let verdict = run(&["check", "-", "--format", "json"], request).exits_with(3).json();
        assert_eq!(verdict["errors"][0]["path"], "", "{request:?}");
        assert_eq!(verdict["errors"][0]["found"], json!(null), "{request:?}");
        let text = run(&["check", "-"], request).exits_with(3);
        assert!(text.text().contains("not valid, 1 error"), "{}", text.text());
    }
}

#[test]
fn check_of_bytes_that_are_no_text_is_an_invalid_request() {
    let folder = tempfile::tempdir().expect("a folder");
    run_in(folder.path(), &["check", "-"], b"{\"a\": \"\xff\"}").exits_with(3);
}

#[test]
fn check_of_a_file_that_is_not_there_exits_with_4() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run_in(folder.path(), &["check", "missing.json", "--format", "json"], b"").exits_with(4);
    assert_eq!(run.stdout, b"");
    assert!(run.stderr.contains("missing.json"), "{}", run.stderr);
    run_in(folder.path(), &["check", "."], b"").exits_with(4);
}

#[test]
fn check_points_at_the_value_on_its_own_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let request = "{\n  \"mixedVideoLayout\": 1,\n  \"token\": \"secret\", \"backgroundColor\": \"red\"\n}\n";
    fs::write(folder.path().join("request.json"), request).expect("written");
    let run = run_in(folder.path(), &["check", "request.json"], b"").exits_with(3);
    let shown = run.text();
    assert!(shown.contains("backgroundColor: not a colour"), "{shown}");
    assert!(shown.contains("request.json:3:41"), "{shown}");
    assert!(shown.contains("3 | \"backgroundColor\": \"red\""), "{shown}");
    let caret = shown.lines().find(|line| line.contains('^')).expect("a caret");
    let value = shown.lines().find(|line| line.contains("\"red\"")).expect("the value");
    assert_eq!(caret.find('^'), value.find("\"red\""));
    assert_eq!(caret.matches('^').count(), "\"red\"".len());
}

/// The same line may hold an access key, an address its token, an unknown key a password.
#[test]
fn check_shows_no_secret() {
    let request = r#"{"accessKey": "SECRET1", "mixedVideoLayout": 9, "token": ["SECRET2"], "backgroundImage":
        "ftp://user:SECRET3@host/a.jpg?k=SECRET4#SECRET5", "layoutConfig": {"secretKey": "SECRET6"},
        "defaultUserBackgroundImage": "https:\/\/u:SECRET3@host\/b.jpg?k=SECRET4", "backgroundConfig": [{"uid": "1",
        "image_url": "https://SECRET3@host/b.jpg?k=SECRET4"}]}"#;
    for args in
        [&["check", "-"][..], &["check", "-", "--users", "7"], &["layout", "-", "--canvas", "640x360"]]
    {
        let run = run(args, request).exits_with(3);
        let told = format!("{}{}", run.text(), run.stderr);
        assert!(told.contains("mixedVideoLayout"), "{told}");
        assert!(!told.contains("SECRET"), "{told}");
    }
    for args in [&["check", "-", "--format", "json"][..], &["check", "-", "--format", "json", "--strict"]] {
        let told = run(args, request).exits_with(3);
        for secret in ["SECRET3", "SECRET4", "SECRET5"] {
            assert!(!told.text().contains(secret), "{}", told.text());
        }
    }
}

/// A key may be an address as well, and parsers take one without slashes, or with backslashes, for one with them.
#[test]
fn check_shows_no_secret_of_a_key_that_is_an_address() {
    for key in ["https://u:SECRET@h/x?SECRET", "https:u:SECRET@h/x?SECRET", r"HTTP:\\\\u:SECRET@h/x#SECRET"] {
        let request = format!(r#"{{"{key}": 1}}"#);
        for args in [&["check", "-"][..], &["check", "-", "--strict"], &["check", "-", "--format", "json"]] {
            let told = run(args, &request);
            assert!(told.text().contains("unknown key"), "{}", told.text());
            assert!(!told.text().contains("SECRET"), "{}", told.text());
        }
    }
}

/// Section 1: strict mode turns warnings into errors.
#[test]
fn check_strict_counts_warnings_among_the_errors() {
    let request = r#"{"backgroudColor": "x"}"#;
    let lenient = run(&["check", "-", "--format", "json"], request).exits_with(0).json();
    assert_eq!(lenient["warnings"].as_array().map(Vec::len), Some(1));
    let strict = run(&["check", "-", "--format", "json", "--strict"], request).exits_with(3).json();
    assert_eq!(strict["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(strict["warnings"], json!([]));
}

#[test]
fn check_knows_users_and_canvas_only_where_they_are_named() {
    let region = r#""x_axis": 0, "y_axis": 0, "height": 1"#;
    let request =
        format!(r#"{{"mixedVideoLayout": 3, "layoutConfig": [{{"uid": "7", "width": 0.0001, {region}}}]}}"#);
    let warnings = |extra: &[&str]| {
        let args = [&["check", "-", "--format", "json"], extra].concat();
        run(&args, &request).exits_with(0).json()["warnings"].as_array().map(Vec::len)
    };
    assert_eq!(warnings(&[]), Some(0));
    assert_eq!(warnings(&["--users", "7,8"]), Some(0));
    assert_eq!(warnings(&["--users", "8"]), Some(1));
    assert_eq!(warnings(&["--canvas", "1280x720"]), Some(1));
}

#[test]
fn check_lists_a_flood_of_problems_shortened_for_people() {
    let entries = vec!["1"; 900].join(",");
    let request = format!(r#"{{"backgroundConfig": [{entries}]}}"#);
    let text = run(&["check", "-"], &request).exits_with(3);
    assert!(text.text().matches("error").count() < 100);
    assert!(text.text().contains("--format json"), "{}", text.text());
    let json = run(&["check", "-", "--format", "json"], &request).exits_with(3).json();
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(900));
}

#[test]
fn check_of_a_file_beyond_the_limit_is_an_invalid_request() {
    run(&["check", "-"], &" ".repeat((1 << 20) + 1)).exits_with(3);
}

#[test]
fn check_usage_errors_exit_with_2() {
    for args in [
        &["check"][..],
        &["check", "-", "--canvas", "0x5"],
        &["check", "-", "--canvas", "wide"],
        &["check", "-", "--users", "1,,2"],
        &["check", "-", "--users", "1,2,1"],
        &["check", "-", "--format", "xml"],
        &["check", "-", "--unknown"],
    ] {
        let run = run(args, "{}").exits_with(2);
        assert_eq!(run.stdout, b"", "{args:?}");
        assert!(run.stderr.contains("--") || run.stderr.contains("REQUEST"), "{}", run.stderr);
    }
}

#[test]
fn check_colours_nothing_where_nobody_sees_it() {
    let run = run(&["check", "-"], "{\"mixedVideoLayout\": 9}").exits_with(3);
    assert!(!run.text().contains('\u{1b}'));
}
