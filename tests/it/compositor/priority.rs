//! What a region shows, row by row of the table of section 3.

use polyptych::layout::{Arrangement, UserBackground};
use polyptych::{LayoutSpec, RenderMode, StalledPicture};

use super::{Meeting, row_of, url, with_images};

/// What user `a` has done by the time that is looked at.
#[derive(Clone, Copy, Debug)]
enum Video {
    Live,
    /// Stopped more than 3.5 s ago.
    Stalled,
    NeverSent,
}

/// What shows of `a`, `o`wn, `d`efault and `c`anvas image being named or not, and loaded or not.
fn shown(video: Video, stalled_picture: StalledPicture, named: &str, loaded: &str) -> char {
    let meeting = Meeting::with(|builder| builder.stalled_picture(stalled_picture));
    meeting.join(0, 'a');
    let image = |letter: char| named.contains(letter);
    let own: &[_] = if image('o') { &[("a", "o")] } else { &[] };
    let layout: LayoutSpec = with_images(image('c').then_some("c"), image('d').then_some("d"), own);
    meeting.layout(0, layout);
    for name in loaded.chars() {
        meeting.image(0, &name.to_string(), name);
    }
    match video {
        Video::Live => meeting.push('a', 9000, 'a'),
        Video::Stalled => meeting.push('a', 1000, 'a'),
        Video::NeverSent => {}
    }
    meeting.at(1000);
    meeting.at(9000).grid(1, 1).chars().next().expect("one cell")
}

#[test]
fn priority_table_of_section_3() {
    use StalledPicture::{Canvas, LastFrame};
    use Video::{Live, NeverSent, Stalled};
    let table = [
        // Live: the frame, whatever else there is.
        (Live, LastFrame, "odc", "odc", 'a'),
        (Live, Canvas, "odc", "odc", 'a'),
        (Live, Canvas, "", "", 'a'),
        // Stalled: the first that has loaded.
        (Stalled, LastFrame, "odc", "odc", 'o'),
        (Stalled, LastFrame, "odc", "dc", 'd'),
        (Stalled, LastFrame, "odc", "c", 'c'),
        (Stalled, LastFrame, "odc", "", 'a'),
        (Stalled, LastFrame, "dc", "odc", 'd'),
        (Stalled, LastFrame, "oc", "c", 'c'),
        (Stalled, LastFrame, "od", "", 'a'),
        (Stalled, LastFrame, "", "odc", 'a'),
        // The other reading of the last row: the canvas.
        (Stalled, Canvas, "odc", "odc", 'o'),
        (Stalled, Canvas, "odc", "d", 'd'),
        (Stalled, Canvas, "odc", "c", 'c'),
        (Stalled, Canvas, "odc", "", '.'),
        (Stalled, Canvas, "", "", '.'),
        // Never sent: the image at once, otherwise the canvas, never a frame.
        (NeverSent, LastFrame, "odc", "odc", 'o'),
        (NeverSent, LastFrame, "odc", "dc", 'd'),
        (NeverSent, LastFrame, "odc", "c", 'c'),
        (NeverSent, LastFrame, "odc", "", '.'),
        (NeverSent, Canvas, "od", "", '.'),
        (NeverSent, Canvas, "", "", '.'),
    ];
    for (video, option, named, loaded, expected) in table {
        let found = shown(video, option, named, loaded);
        assert_eq!(found, expected, "{video:?} {option:?}, named {named:?}, loaded {loaded:?}");
    }
}

// An image stands in for its own user alone.
#[test]
fn priority_own_image_is_of_one_user() {
    let meeting = Meeting::new();
    for uid in ['a', 'b', 'c'] {
        meeting.join(0, uid);
    }
    meeting.layout(0, with_images(None, Some("default"), &[("b", "own")]));
    meeting.image(0, "default", 'd');
    meeting.image(0, "own", 'o');
    assert_eq!(meeting.at(0).grid(2, 2), "do/d.");
}

// An own image is placed as its entry says and the default one cropped, whatever the region does with frames.
#[test]
fn priority_images_are_placed_by_their_own_mode() {
    let meeting = Meeting::new();
    meeting.join(0, 'a');
    meeting.join(0, 'b');
    let mut layout = row_of(&[Some("a"), Some("b")]);
    let Arrangement::Custom(regions) = &mut layout.arrangement else { panic!("a custom layout") };
    regions[1].render_mode = RenderMode::Fit;
    let own = UserBackground { uid: "a".into(), image: url("own"), render_mode: RenderMode::Fit };
    layout.user_backgrounds = vec![own];
    layout.default_user_background_image = Some(url("default"));
    meeting.layout(0, layout);
    meeting.image(0, "own", 'o');
    meeting.image(0, "default", 'd');
    assert_eq!(meeting.at(0).grid(2, 4), "#d/od/od/#d");
}

// Left the channel or video not subscribed: nothing, whatever images there are.
#[test]
fn priority_absent_users_show_no_image() {
    let meeting = Meeting::of("ab");
    let layout = row_of(&[Some("a"), Some("b"), Some("x")]);
    meeting.layout(0, LayoutSpec { default_user_background_image: Some(url("d")), ..layout });
    meeting.image(0, "d", 'd');
    meeting.leave(100, 'a');
    meeting.subscribed(100, 'b', false);
    assert_eq!(meeting.at(0).grid(3, 1), "ab.");
    assert_eq!(meeting.at(100).grid(3, 1), "...");
}

// The canvas's image covers the canvas and lies under everything, cropped.
#[test]
fn priority_canvas_image_lies_under_all_regions() {
    let meeting = Meeting::of("abc");
    meeting.layout(0, with_images(Some("c"), None, &[]));
    meeting.image(0, "c", 'z');
    assert_eq!(meeting.at(0).grid(2, 2), "ab/cz");
}
