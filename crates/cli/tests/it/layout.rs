//! `polyptych layout`.

use std::fs;

use serde_json::{Value, json};

use crate::run::{run, run_in};

const BEST_FIT: &str = r#"{"mixedVideoLayout": 1}"#;

#[test]
fn layout_as_json_is_exactly_as_documented() {
    let run =
        run(&["layout", "-", "--canvas", "1280x720", "--users", "1", "--format", "json"], "{}").exits_with(0);
    assert_eq!(
        run.text(),
        concat!(
            r#"{"canvas":{"width":1280,"height":720},"regions":[{"uid":"1","x":0,"y":0,"width":1280,"height":720,"#,
            r#""z":0,"alpha":1.0,"render_mode":"crop","fraction":{"x":0.0,"y":0.0,"width":1.0,"height":1.0}}],"#,
            r#""unplaced":[],"warnings":[]}"#,
            "\n"
        )
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn layout_without_users_is_the_canvas_alone() {
    let shown =
        run(&["layout", "-", "--canvas", "1280x720", "--format", "json"], BEST_FIT).exits_with(0).json();
    assert_eq!(shown["regions"], json!([]));
}

/// Section 5 of the contract: edges are rounded to even pixels, not sizes.
#[test]
fn layout_rounds_to_pixels_as_the_engine_does() {
    let args = ["layout", "-", "--canvas", "1280x720", "--users", "a,b,c,d,e", "--format", "json"];
    let shown = run(&args, BEST_FIT).exits_with(0).json();
    let edges = |index: usize| {
        let region = &shown["regions"][index];
        ["x", "y", "width", "height"].map(|key| region[key].as_u64().expect("a number"))
    };
    assert_eq!(edges(0), [0, 0, 426, 240]);
    assert_eq!(edges(1), [426, 0, 428, 240]);
    assert_eq!(edges(4), [426, 240, 428, 240]);
    assert_eq!(shown["regions"][4]["z"], 4);
}

/// Section 2: a preset shows 17 users, the others wait.
#[test]
fn layout_lists_who_waits_in_join_order() {
    let users: Vec<_> = (1..=19).map(|uid| uid.to_string()).collect();
    let users = users.join(",");
    let args = ["layout", "-", "--canvas", "1280x720", "--users", &users];
    let shown = run(&[&args[..], &["--format", "json"]].concat(), BEST_FIT).exits_with(0).json();
    assert_eq!(shown["unplaced"], json!(["18", "19"]));
    assert!(run(&args, BEST_FIT).text().contains("without a region: 18, 19\n"));
}

#[test]
fn layout_says_why_a_region_shows_nobody() {
    let region = r#""x_axis": 0, "y_axis": 0, "width": 0.5, "height": 0.5"#;
    let request = format!(
        r#"{{"mixedVideoLayout": 3, "layoutConfig": [{{"uid": "7", {region}}}, {{{region}}}, {{{region}, "alpha": 0.5}}]}}"#
    );
    let args = ["layout", "-", "--canvas", "1280x720", "--users", "1", "--format", "json"];
    let shown = run(&args, &request).exits_with(0).json();
    let regions = shown["regions"].as_array().expect("a list");
    assert_eq!((&regions[0]["uid"], &regions[0]["shown"]), (&json!("7"), &json!(false)));
    assert!(regions[0]["reason"].is_string());
    assert_eq!(regions[1]["uid"], "1");
    assert_eq!(
        (regions[1].get("shown"), regions[1].get("reason"), regions[1].get("role")),
        (None, None, None)
    );
    assert_eq!((&regions[2]["uid"], &regions[2]["shown"]), (&Value::Null, &json!(false)));
    assert_eq!((&regions[2]["alpha"], regions[2].get("role")), (&json!(0.5), None));

    let vertical = r#"{"mixedVideoLayout": 2, "maxResolutionUid": "9"}"#;
    let shown = run(&args, vertical).exits_with(0).json();
    let large = &shown["regions"][0];
    assert_eq!(
        (&large["uid"], &large["role"], &large["shown"]),
        (&Value::Null, &json!("large"), &json!(false))
    );
    assert_eq!(large["render_mode"], "fit");
}

/// Section 2: the outer column first, unless asked otherwise.
#[test]
fn layout_fills_the_column_that_was_asked_for_first() {
    let users = "1,2,3,4,5,6,7,8,9,10";
    let x_of_first = |order: &[&str]| {
        let args = ["layout", "-", "--canvas", "1000x1000", "--users", users, "--format", "json"];
        let request = r#"{"mixedVideoLayout": 2, "maxResolutionUid": "1"}"#;
        run(&[&args[..], order].concat(), request).exits_with(0).json()["regions"][1]["x"].clone()
    };
    assert_eq!(x_of_first(&[]), 900);
    assert_eq!(x_of_first(&["--column-order", "outer_first"]), 900);
    assert_eq!(x_of_first(&["--column-order", "inner_first"]), 800);
}

/// Section 1: only a start body states a canvas.
#[test]
fn layout_takes_the_canvas_of_a_start_body_unless_told_another() {
    let start = r#"{"transcodingConfig": {"width": 640, "height": 480, "mixedVideoLayout": 1}}"#;
    let canvas = |args: &[&str]| {
        let args = [&["layout", "-", "--format", "json"], args].concat();
        run(&args, start).exits_with(0).json()["canvas"].clone()
    };
    assert_eq!(canvas(&[]), json!({"width": 640, "height": 480}));
    assert_eq!(canvas(&["--canvas", "100x50"]), json!({"width": 100, "height": 50}));
}

#[test]
fn layout_without_any_canvas_names_the_flag() {
    let run = run(&["layout", "-", "--users", "1"], "{}").exits_with(2);
    assert!(run.stderr.contains("--canvas"), "{}", run.stderr);
    assert_eq!(run.stdout, b"");
}

#[test]
fn layout_of_an_invalid_request_leaves_stdout_empty() {
    for format in ["text", "json", "svg", "png"] {
        let args = ["layout", "-", "--canvas", "640x360", "--format", format];
        let run = run(&args, r#"{"mixedVideoLayout": 4}"#).exits_with(3);
        assert_eq!(run.stdout, b"");
        assert!(run.stderr.contains("mixedVideoLayout"), "{}", run.stderr);
    }
}

#[test]
fn layout_tells_warnings_beside_the_result() {
    let request = r#"{"backgroudColor": "x"}"#;
    let args = ["layout", "-", "--canvas", "640x360", "--users", "1"];
    let text = run(&args, request).exits_with(0);
    assert!(text.stderr.contains("backgroundColor"), "{}", text.stderr);
    assert!(!text.text().contains("backgr"), "{}", text.text());
    let json = run(&[&args[..], &["--format", "json"]].concat(), request).exits_with(0);
    assert_eq!(json.stderr, "");
    assert_eq!(json.json()["warnings"][0]["path"], "backgroudColor");
}

#[test]
fn layout_expand_gives_a_request_with_the_same_pixels() {
    let request = r##"{"mixedVideoLayout": 2, "maxResolutionUid": "2", "backgroundColor": "#102030",
        "backgroundImage": "https://host/a.jpg?token=1"}"##;
    let args = ["--canvas", "1279x719", "--users", "1,2,3,4,5,6,7"];
    let expanded = run(&[&["layout", "-", "--expand"][..], &args].concat(), request).exits_with(0);
    assert_eq!(expanded.json()["mixedVideoLayout"], 3);
    assert_eq!(expanded.json()["backgroundColor"], "#102030");
    assert_eq!(expanded.json()["backgroundImage"], "https://host/a.jpg?token=1");
    let pixels = |request: &str| {
        let shown =
            run(&[&["layout", "-", "--format", "json"][..], &args].concat(), request).exits_with(0).json();
        let regions = shown["regions"].as_array().expect("a list").clone();
        let keys = ["uid", "x", "y", "width", "height", "z", "render_mode"];
        regions.into_iter().map(|region| keys.map(|key| region[key].clone())).collect::<Vec<_>>()
    };
    assert_eq!(pixels(request), pixels(expanded.text()));
}

#[test]
fn layout_expand_without_a_region_is_a_usage_error() {
    let run = run(&["layout", "-", "--canvas", "640x360", "--expand"], "{}").exits_with(2);
    assert_eq!(run.stdout, b"");
    assert!(run.stderr.contains("--users"), "{}", run.stderr);
}

#[test]
fn layout_expand_is_json_and_nothing_else() {
    let args = ["layout", "-", "--canvas", "640x360", "--users", "1", "--expand", "--format"];
    run(&[&args[..], &["json"]].concat(), "{}").exits_with(0);
    run(&[&args[..], &["svg"]].concat(), "{}").exits_with(2);
    run(&[&args[..], &["png"]].concat(), "{}").exits_with(2);
}

#[test]
fn layout_as_svg_labels_every_region() {
    let args = ["layout", "-", "--canvas", "1280x720", "--users", "anna,<b&n>", "--format", "svg"];
    let run = run(&args, BEST_FIT).exits_with(0);
    let drawing = run.text();
    assert!(drawing.starts_with("<svg ") && drawing.ends_with("</svg>\n"));
    assert!(drawing.contains(">anna</text>") && drawing.contains(">&lt;b&amp;n&gt;</text>"), "{drawing}");
    assert_eq!(drawing.matches("<rect ").count(), 3);
}

#[test]
fn layout_as_png_has_a_pixel_a_pixel_of_the_canvas() {
    let args = ["layout", "-", "--canvas", "320x180", "--users", "1,2", "--format", "png"];
    let run = run(&args, BEST_FIT).exits_with(0);
    let picture = image::load_from_memory(&run.stdout).expect("a PNG").into_rgb8();
    assert_eq!(picture.dimensions(), (320, 180));
    assert_ne!(picture.get_pixel(80, 120), picture.get_pixel(240, 120));
}

#[test]
fn layout_draws_on_the_smallest_canvas() {
    for format in ["text", "svg", "png"] {
        run(&["layout", "-", "--canvas", "1x1", "--users", "1,2,3,4,5", "--format", format], "{}")
            .exits_with(0);
    }
}

#[test]
fn layout_steers_no_terminal() {
    let args = ["layout", "-", "--canvas", "640x360", "--users", "\u{1b}[31mred,\u{202e}x"];
    let run = run(&args, BEST_FIT).exits_with(0);
    assert!(run.text().contains(r"\u{1b}[31mred") && run.text().contains(r"\u{202e}x"), "{}", run.text());
}

#[test]
fn layout_writes_a_file_and_overwrites_none_without_force() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layout.svg");
    let args = ["layout", "-", "--canvas", "640x360", "--users", "1", "--format", "svg", "-o", "layout.svg"];
    let first = run_in(folder.path(), &args, b"{}").exits_with(0);
    assert_eq!(first.stdout, b"");
    let drawn = fs::read(&path).expect("written");

    fs::write(&path, "mine").expect("written");
    let refused = run_in(folder.path(), &args, b"{}").exits_with(2);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(fs::read(&path).expect("still there"), b"mine");

    run_in(folder.path(), &[&args[..], &["--force"]].concat(), b"{}").exits_with(0);
    assert_eq!(fs::read(&path).expect("written"), drawn);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn layout_writes_through_devices_and_links_and_replaces_neither() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let layout = |output: &str| {
        let args = ["layout", "-", "--canvas", "640x360", "--users", "1", "--force", "-o", output];
        run_in(folder.path(), &args, b"{}").exits_with(0)
    };
    layout("/dev/null");
    assert!(fs::metadata("/dev/null").expect("there").file_type().is_char_device());

    fs::write(folder.path().join("target"), "old").expect("written");
    symlink("target", folder.path().join("link")).expect("linked");
    layout("link");
    assert!(fs::symlink_metadata(folder.path().join("link")).expect("there").is_symlink());
    let target = folder.path().join("target");
    assert!(fs::read_to_string(&target).expect("written").starts_with("canvas 640x360"));
    // Readable by others as far as the user's umask allows, unlike a temporary file.
    let mode = |name: &str| fs::metadata(folder.path().join(name)).expect("there").permissions().mode();
    fs::write(folder.path().join("plain"), "").expect("written");
    assert_eq!(mode("target"), mode("plain"));
}

#[test]
fn layout_to_where_nothing_can_be_written_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["layout", "-", "--canvas", "640x360", "--users", "1", "-o"];
    run_in(folder.path(), &[&args[..], &["missing/layout.txt"]].concat(), b"{}").exits_with(1);
    run_in(folder.path(), &[&args[..], &["."]].concat(), b"{}").exits_with(2);
}
