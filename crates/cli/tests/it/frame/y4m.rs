//! Y4M in and out of `polyptych frame`.

use super::{GREEN, RED, Studio, assert_near, open};

/// A file of grey frames, one for each luma value given, 4:2:0, a second each.
fn grey(tags: &str, side: usize, lumas: &[u8]) -> Vec<u8> {
    let mut file = format!("YUV4MPEG2 W{side} H{side} F1:1 {tags}\n").into_bytes();
    for luma in lumas {
        file.extend(b"FRAME\n");
        file.extend(vec![*luma; side * side]);
        file.extend(vec![128; 2 * side.div_ceil(2).pow(2)]);
    }
    file
}

fn middle(studio: &Studio, flags: &str) -> u8 {
    studio.composed(&format!("--canvas 16x16 --user 1=in.y4m {flags}"), "{}").get_pixel(8, 8).0[1]
}

#[test]
fn frame_takes_the_y4m_frame_of_the_moment() {
    let studio = Studio::new();
    studio.write("in.y4m", grey("C420jpeg", 15, &[16, 125, 235]));
    let greys = ["", "--at 0.999", "--at 1", "--at 1.5", "--at 2", "--at 77"].map(|at| middle(&studio, at));
    assert_eq!(greys, [0, 0, 127, 127, 255, 255]);
}

/// Section 5: a frame whose range is not stated has the canvas's.
#[test]
fn frame_reads_the_range_of_a_y4m() {
    let studio = Studio::new();
    for (tags, expected) in [("", 0), ("XCOLORRANGE=LIMITED", 0), ("XCOLORRANGE=FULL", 16)] {
        studio.write("in.y4m", grey(tags, 16, &[16]));
        assert_eq!(middle(&studio, ""), expected, "{tags}");
    }
}

#[test]
fn frame_reads_the_matrix_that_is_stated() {
    let studio = Studio::new();
    let mut file = b"YUV4MPEG2 W2 H2 F1:1\nFRAME\n".to_vec();
    file.extend([81, 81, 81, 81, 90, 240]);
    studio.write("in.y4m", file);
    // Full red by BT.601.
    let red = |flags: &str| studio.composed(&format!("--canvas 16x16 --user 1=in.y4m {flags}"), "{}");
    assert_near(red("--matrix 1=bt601").get_pixel(8, 8), [255, 0, 0], 2);
    assert!(red("").get_pixel(8, 8).0[1] > 10);
}

#[test]
fn frame_reads_grey_y4m() {
    let studio = Studio::new();
    let mut file = b"YUV4MPEG2 W4 H4 F25:1 Cmono\nFRAME\n".to_vec();
    file.extend([235; 16]);
    studio.write("in.y4m", file);
    assert_eq!(studio.composed("--canvas 16x16 --user 1=in.y4m", "{}").get_pixel(8, 8).0, [255; 3]);
}

#[test]
fn frame_reads_the_pixel_aspect_of_a_y4m() {
    let studio = Studio::new();
    let request = r#"{"mixedVideoLayout": 2, "maxResolutionUid": "1"}"#;
    for (tags, flags, luma) in
        [("A2:1", "", 255), ("A0:0", "", 0), ("", "", 0), ("A2:1", "--pixel-aspect 1=1:1", 0)]
    {
        studio.write("in.y4m", grey(tags, 16, &[235]));
        let frame = studio.composed(&format!("--canvas 40x16 --user 1=in.y4m {flags}"), request);
        assert_eq!(frame.get_pixel(1, 8).0[0], luma, "{tags} {flags}");
    }
}

#[test]
fn frame_says_what_it_does_not_know_of_a_y4m() {
    let studio = Studio::new();
    let cut = {
        let mut file = grey("", 16, &[16]);
        file.truncate(200);
        file
    };
    for (file, word) in [
        (grey("C422", 16, &[16]), "422"),
        (grey("C420p10", 16, &[16]), "420p10"),
        (grey("It", 16, &[16]), "interlaced"),
        (grey("", 16, &[]), "ends within a frame"),
        (cut, "ends within a frame"),
        (b"YUV4MPEG2 W4294967296 H4294967296 F1:1\n".to_vec(), "width and height"),
        (b"YUV4MPEG2 W18446744073709551615 H2 F1:1\n".to_vec(), "width and height"),
        (b"YUV4MPEG2 W9000 H2\n".to_vec(), "width and height"),
        (b"YUV4MPEG2 F1:1\n".to_vec(), "width and height"),
        (b"YUV4MPEG2 W2 H2 F1\n".to_vec(), "frame rate"),
        (b"YUV4MPEG2 W2 H2".to_vec(), "no end"),
        (b"YUV4MPEG2 W2 H2 F1:1\nFRAM".to_vec(), "ends"),
        (b"YUV4MPEG2 W2 H2 F1:1\nOTHER\n123456".to_vec(), "not a Y4M"),
    ] {
        studio.write("in.y4m", file);
        let refused = studio.frame("--canvas 16x16 --user 1=in.y4m", "{}").exits_with(4);
        assert!(refused.stderr.contains("in.y4m") && refused.stderr.contains(word), "{}", refused.stderr);
    }
}

#[test]
fn frame_of_a_file_that_ends_within_a_later_frame_takes_the_last_whole_one() {
    let studio = Studio::new();
    let mut file = grey("", 16, &[125, 235]);
    file.truncate(file.len() - 5);
    studio.write("in.y4m", file);
    assert_eq!(middle(&studio, "--at 5"), 127);
}

#[test]
fn frame_goes_to_stdout_as_y4m_of_any_canvas() {
    let studio = Studio::new();
    studio.paint("green.png", (32, 18), GREEN);
    let y4m = |format: &str| {
        let run = studio.frame(&format!("--canvas 31x17 --user 1=green.png --pixel-format {format}"), "{}");
        run.exits_with(0).stdout
    };
    let header = b"YUV4MPEG2 W31 H17 F1:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\nFRAME\n";
    let i420 = y4m("i420");
    assert!(i420.starts_with(header), "{:?}", String::from_utf8_lossy(&i420[..60]));
    assert_eq!(i420.len(), header.len() + 31 * 17 + 2 * 16 * 9);
    assert!(y4m("nv12") == i420);
    assert!(y4m("rgba") == i420);
}

#[test]
fn frame_reads_what_it_writes() {
    let studio = Studio::new();
    studio.paint("red.png", (32, 32), RED);
    studio.frame("--canvas 32x32 --user 1=red.png -o in.y4m", "{}").exits_with(0);
    studio.frame("--canvas 32x32 --user 1=in.y4m -o out.y4m", "{}").exits_with(0);
    let read = |name| std::fs::read(studio.path(name)).expect("written");
    assert!(read("in.y4m") == read("out.y4m"));
    studio.frame("--canvas 32x32 --user 1=in.y4m -o out.png", "{}").exits_with(0);
    assert_near(open(&studio.path("out.png")).to_rgb8().get_pixel(16, 16), RED, 3);
}
