//! Flags of `polyptych frame`, right and wrong.

use std::fs;

use super::{BEST_FIT, BLUE, GREEN, RED, Studio, assert_near, open};

#[test]
fn frame_shows_users_in_join_order() {
    let studio = Studio::new();
    studio.paint("red.png", (64, 64), RED);
    studio.paint("green.png", (64, 64), GREEN);
    let frame = studio.composed("--canvas 128x64 --user b=green.png --user a=red.png", BEST_FIT);
    assert_eq!(frame.dimensions(), (128, 64));
    assert_eq!(frame.get_pixel(30, 30).0, GREEN);
    assert_eq!(frame.get_pixel(90, 30).0, RED);
}

/// Section 3: one who has sent no frame lets the canvas show through.
#[test]
fn frame_leaves_the_canvas_to_a_user_without_a_picture() {
    let studio = Studio::new();
    studio.paint("red.png", (64, 64), RED);
    let request = r##"{"mixedVideoLayout": 1, "backgroundColor": "#0a141e"}"##;
    let frame = studio.composed("--canvas 128x64 --user 1 --user 2=red.png", request);
    assert_eq!(frame.get_pixel(30, 30).0, [10, 20, 30]);
    assert_eq!(frame.get_pixel(90, 30).0, RED);
}

#[test]
fn frame_takes_the_canvas_of_a_start_body() {
    let studio = Studio::new();
    let request = r#"{"transcodingConfig": {"width": 48, "height": 32}}"#;
    assert_eq!(studio.composed("", request).dimensions(), (48, 32));
    let refused = studio.frame("-o out2.png", "{}").exits_with(2);
    assert!(refused.stderr.contains("--canvas"), "{}", refused.stderr);
}

/// Section 3: the rotation applies before crop or fit, clockwise.
#[test]
fn frame_turns_a_picture_clockwise() {
    let studio = Studio::new();
    studio.paint_halves("halves.png", (64, 64));
    let corners = |degrees: u32| {
        let frame =
            studio.composed(&format!("--canvas 64x64 --user 1=halves.png --rotate 1={degrees}"), "{}");
        [frame.get_pixel(2, 2).0, frame.get_pixel(61, 61).0]
    };
    assert_eq!(corners(0), [RED, BLUE]);
    assert_eq!(corners(90), [RED, BLUE]);
    assert_eq!(corners(180), [BLUE, RED]);
    assert_eq!(corners(270), [BLUE, RED]);
    let top_right = |degrees: u32| {
        let frame =
            studio.composed(&format!("--canvas 64x64 --user 1=halves.png --rotate 1={degrees}"), "{}");
        frame.get_pixel(61, 2).0
    };
    assert_eq!([top_right(0), top_right(90)], [BLUE, RED]);
}

/// Section 3: the pixel aspect applies before fit.
#[test]
fn frame_widens_pixels_that_are_not_square() {
    let studio = Studio::new();
    studio.paint("red.png", (64, 64), RED);
    // The large area of one user is 4/5 of the canvas: 128 by 64.
    let request = r#"{"mixedVideoLayout": 2, "maxResolutionUid": "1"}"#;
    let left = |aspect: &str| {
        studio.composed(&format!("--canvas 160x64 --user 1=red.png {aspect}"), request).get_pixel(4, 32).0
    };
    assert_eq!(left(""), [0, 0, 0], "a bar");
    assert_eq!(left("--pixel-aspect 1=2:1"), RED);
}

#[test]
fn frame_fills_the_column_that_was_asked_for_first() {
    let studio = Studio::new();
    studio.paint("red.png", (16, 16), RED);
    let users: String =
        (1..=10).map(|uid| format!(" --user {uid}{}", if uid == 2 { "=red.png" } else { "" })).collect();
    let request = r#"{"mixedVideoLayout": 2, "maxResolutionUid": "1"}"#;
    let outer = studio.composed(&format!("--canvas 160x160 {users}"), request);
    let inner = studio.composed(&format!("--canvas 160x160 {users} --column-order inner_first"), request);
    assert_eq!([outer.get_pixel(150, 5).0, outer.get_pixel(134, 5).0], [RED, [0, 0, 0]]);
    assert_eq!([inner.get_pixel(150, 5).0, inner.get_pixel(134, 5).0], [[0, 0, 0], RED]);
}

#[test]
fn frame_is_the_same_whatever_the_number_of_threads() {
    let studio = Studio::new();
    studio.paint_halves("halves.png", (61, 43));
    let frame = |threads: &str| {
        let run = studio.frame(&format!("--canvas 128x96 --user 1=halves.png --threads {threads}"), "{}");
        run.exits_with(0).stdout
    };
    assert!(frame("1") == frame("3"));
}

#[test]
fn frame_takes_every_filter_and_every_pixel_format() {
    let studio = Studio::new();
    studio.paint_halves("halves.png", (61, 43));
    let flags = "--canvas 32x32 --user 1=halves.png";
    let mut frames = Vec::new();
    for filter in ["area", "triangle", "nearest", "catmull-rom", "lanczos3"] {
        frames.push(studio.composed(&format!("{flags} --filter {filter}"), "{}").into_raw());
    }
    for (index, frame) in frames.iter().enumerate() {
        assert!(!frames[..index].contains(frame), "filter {index} does what another one does");
    }
    for format in ["i420", "nv12", "rgba"] {
        studio.frame(&format!("{flags} --pixel-format {format} --force -o out.png"), "{}").exits_with(0);
        assert_near(open(&studio.path("out.png")).to_rgb8().get_pixel(4, 4), RED, 4);
    }
}

#[test]
fn frame_writes_what_the_name_says_and_keeps_what_is_there() {
    let studio = Studio::new();
    studio.paint("red.png", (16, 16), RED);
    for (name, magic) in [
        ("o.png", &b"\x89PNG"[..]),
        ("o.jpg", b"\xff\xd8\xff"),
        ("o.JPEG", b"\xff\xd8\xff"),
        ("o.bmp", b"BM"),
        ("o.y4m", b"YUV4MPEG2 W16 H16"),
    ] {
        let flags = format!("--canvas 16x16 --user 1=red.png -o {name}");
        assert_eq!(studio.frame(&flags, "{}").exits_with(0).stdout, b"", "{name}");
        assert!(fs::read(studio.path(name)).expect("written").starts_with(magic), "{name}");
        if !name.ends_with("y4m") {
            assert_near(open(&studio.path(name)).to_rgb8().get_pixel(8, 8), RED, 4);
        }
        let refused = studio.frame(&flags, "{}").exits_with(2);
        assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
        studio.frame(&format!("{flags} --force"), "{}").exits_with(0);
    }
}

#[test]
fn frame_refuses_flags_that_make_no_sense() {
    let studio = Studio::new();
    studio.paint("red.png", (16, 16), RED);
    for flags in [
        "--user 1=red.png --user 1",
        "--user 1=red.png --rotate 2=90",
        "--user 1=red.png --rotate 1=45",
        "--user 1=red.png --rotate 1=90 --rotate 1=180",
        "--user 1=red.png --pixel-aspect 2=4:3",
        "--user 1=red.png --pixel-aspect 1=0:3",
        "--user 1=red.png --pixel-aspect 1=17:1",
        "--user 1=red.png --stalled 2",
        "--user 1=red.png --matrix 1=rgb",
        "--user =red.png",
        "--user 1=",
        "--user 1=-",
        "--user 1=red.png --filter sharp",
        "--user 1=red.png --threads 0",
        "--user 1=red.png --threads 99999",
        "--user 1=red.png --at -1",
        "--user 1=red.png -o out.gif",
        "--user 1=red.png -o out",
    ] {
        let refused = studio.frame(&format!("--canvas 16x16 {flags}"), "{}").exits_with(2);
        assert_eq!(refused.stdout, b"", "{flags}");
        assert!(
            refused.stderr.contains("--") || refused.stderr.contains("-o"),
            "{flags}: {}",
            refused.stderr
        );
    }
}

#[test]
fn frame_of_an_invalid_request_is_none() {
    let studio = Studio::new();
    let refused = studio.frame("--canvas 16x16 -o out.png", r#"{"mixedVideoLayout": 5}"#).exits_with(3);
    assert!(refused.stderr.contains("mixedVideoLayout"), "{}", refused.stderr);
    assert!(!studio.path("out.png").exists());
}

#[test]
fn frame_reads_a_picture_from_stdin() {
    let studio = Studio::new();
    studio.write("request.json", "{}");
    studio.paint("red.png", (16, 16), RED);
    let picture = fs::read(studio.path("red.png")).expect("written");
    let args = ["frame", "request.json", "--canvas", "16x16", "--user", "1=-", "-o", "out.png"];
    crate::run::run_in(&studio.path("."), &args, &picture).exits_with(0);
    assert_near(open(&studio.path("out.png")).to_rgb8().get_pixel(8, 8), RED, 3);
}
