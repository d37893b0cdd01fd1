//! Who stands where as users come and go (section 2).

use polyptych::channel::ChannelNotice;
use polyptych::layout::Arrangement;
use polyptych::{Notice, Timestamp};

use super::{Meeting, id, layout, ms, row_of};

const SEVENTEEN: &str = "abcdefghijklmnopq";

// No users: the canvas alone. Before any request: black.
#[test]
fn members_none_show_the_canvas() {
    let meeting = Meeting::new();
    meeting.layout(100, layout(Arrangement::Floating));
    assert_eq!(meeting.at(0).grid(2, 2), "../..");
    assert_eq!(meeting.at(100).grid(2, 2), "../..");
    let without_request = Meeting::with(|builder| builder);
    assert_eq!(without_request.at(-1).grid(2, 2), "##/##");
}

// Join order is the order of places; before any request the layout is floating.
#[test]
fn members_take_places_in_join_order() {
    let meeting = Meeting::new();
    for (at, uid) in [(200, 'a'), (100, 'b'), (300, 'c')] {
        meeting.join(at, uid);
        meeting.push(uid, 0, uid);
        meeting.push(uid, at, uid);
    }
    let table =
        [(0, "../.."), (100, "bb/bb"), (199, "bb/bb"), (200, "ba/ba"), (299, "ba/ba"), (300, "ba/c.")];
    for (t, expected) in table {
        assert_eq!(meeting.at(t).grid(2, 2), expected, "at {t}");
    }
}

// When a user leaves, everyone behind moves up one; one who comes back stands last and has sent no frame yet.
#[test]
fn members_move_up_and_who_comes_back_stands_last() {
    let meeting = Meeting::of("abcd");
    meeting.leave(100, 'a');
    meeting.join(200, 'a');
    assert_eq!(meeting.at(0).grid(2, 2), "ab/cd");
    assert_eq!(meeting.at(100).grid(2, 2), "bc/d.");
    assert_eq!(meeting.at(200).grid(2, 2), "bc/d.");
    meeting.push('a', 250, 'A');
    assert_eq!(meeting.at(250).grid(2, 2), "bc/dA");
}

// A user who joins, leaves and joins within one step of time is the same as in many steps.
#[test]
fn members_end_the_same_in_one_step_or_many() {
    let play = |steps: &[i64]| {
        let meeting = Meeting::of("abc");
        meeting.leave(10, 'a');
        meeting.join(20, 'a');
        meeting.push('a', 30, 'x');
        meeting.leave(40, 'b');
        meeting.join(50, 'd');
        meeting.push('d', 60, 'd');
        let mut shot = meeting.at(0);
        steps.iter().for_each(|&t| shot = meeting.at(t));
        shot.0
    };
    assert_eq!(play(&[100]), play(&[10, 20, 30, 40, 50, 60, 100]));
    assert_eq!(play(&[100]), play(&[35, 55, 100]));
}

// A second join changes nothing (a notice).
#[test]
fn members_who_join_twice_keep_their_place() {
    let meeting = Meeting::of("ab");
    meeting.join(100, 'a');
    assert_eq!(meeting.at(100).grid(2, 1), "ab");
    let notice = Notice::Channel(ChannelNotice::AlreadyPresent { at: ms(100), uid: id('a') });
    assert_eq!(meeting.notices(), [notice]);
    assert_eq!(meeting.notices(), []);
}

// Presets show the first 17 in join order; an 18th waits until one leaves.
#[test]
fn members_beyond_17_wait() {
    let meeting = Meeting::of(SEVENTEEN);
    meeting.join(0, 'r');
    meeting.push('r', 0, 'r');
    let [x, y] = [16, 34];
    let last = |t| super::letter(meeting.at(t).pixel(x + 4, y + 2));
    assert_eq!(meeting.at(0).grid(5, 5).len(), 29);
    assert_eq!(last(0), 'q');
    assert_eq!(meeting.0.statistics().users_shown, 17);
    meeting.leave(100, 'c');
    assert_eq!(last(100), 'r');
    assert_eq!(meeting.0.statistics().users_shown, 17);
    meeting.leave(200, 'a');
    assert_eq!(meeting.at(200).grid(4, 4), "bdef/ghij/klmn/opqr");
}

// A user whose video is not subscribed takes no place; subscribed again, the old one. The newest frame shows at once.
#[test]
fn members_unsubscribed_give_up_their_place_for_a_time() {
    let meeting = Meeting::of("abc");
    meeting.subscribed(100, 'a', false);
    meeting.subscribed(200, 'a', true);
    meeting.push('a', 150, 'x');
    assert_eq!(meeting.at(99).grid(2, 2), "ab/c.");
    assert_eq!(meeting.at(100).grid(2, 1), "bc");
    assert_eq!(meeting.at(199).grid(2, 1), "bc");
    assert_eq!(meeting.at(200).grid(2, 2), "xb/c.");
}

// Everyone who joins is subscribed: a new stay forgets an unsubscription.
#[test]
fn members_who_come_back_are_subscribed() {
    let meeting = Meeting::of("ab");
    meeting.subscribed(100, 'a', false);
    meeting.leave(200, 'a');
    meeting.join(200, 'a');
    meeting.push('a', 200, 'a');
    assert_eq!(meeting.at(100).grid(2, 1), "bb");
    assert_eq!(meeting.at(200).grid(2, 1), "ba");
}

// One who sends only audio has a place, and it is transparent.
#[test]
fn members_without_video_have_a_place() {
    let meeting = Meeting::of("a");
    meeting.join(0, 'b');
    meeting.join(0, 'c');
    meeting.push('c', 0, 'c');
    assert_eq!(meeting.at(0).grid(2, 2), "a./c.");
}

// Custom: free regions go to users in join order whom no entry names; a named user who is absent leaves theirs empty.
#[test]
fn members_fill_free_regions_in_join_order() {
    let meeting = Meeting::of("abc");
    meeting.layout(0, row_of(&[None, Some("b"), Some("x"), None, None]));
    assert_eq!(meeting.at(0).grid(5, 1), "ab.c.");
    meeting.join(100, 'x');
    meeting.push('x', 100, 'x');
    meeting.leave(100, 'a');
    assert_eq!(meeting.at(100).grid(5, 1), "cbx..");
}

// Custom: the limit of 17 is one of regions; any user in the channel may be named.
#[test]
fn members_beyond_17_may_be_named() {
    let meeting = Meeting::of(SEVENTEEN);
    meeting.join(0, 'r');
    meeting.push('r', 0, 'r');
    meeting.layout(0, row_of(&[Some("r"), None]));
    assert_eq!(meeting.at(0).grid(2, 1), "ra");
}

// Vertical: the large user leaves the columns and comes back to them (tier of 2 to 5 users).
#[test]
fn members_of_a_vertical_layout_follow_the_large_user() {
    let meeting = Meeting::of("abc");
    meeting.layout(0, layout(Arrangement::Vertical { large: Some(id('b')) }));
    meeting.leave(100, 'b');
    let columns = |t| meeting.at(t).grid(5, 4);
    // The large picture is square, its area 32×40: fitted, with bars above and below.
    assert_eq!(columns(0), "bbbba/bbbbc/bbbb./bbbb.");
    assert_eq!(columns(100), "....a/....c/...../.....");
}

// Section 6: frames of one not in the channel are dropped and counted; leaving drops the frames held.
#[test]
fn members_absent_have_their_frames_dropped_and_counted() {
    let meeting = Meeting::of("a");
    meeting.push('x', 50, 'x');
    meeting.push('a', 300, 'y');
    meeting.leave(200, 'a');
    meeting.join(250, 'a');
    assert_eq!(meeting.at(100).grid(1, 1), "a");
    assert_eq!(meeting.0.statistics().frames.not_in_channel, 1);
    // The frame stamped after the rejoin belongs to the new stay.
    assert_eq!(meeting.at(250).grid(1, 1), ".");
    assert_eq!(meeting.at(300).grid(1, 1), "y");
    meeting.0.leave(Timestamp::MAX, &id('a'));
    assert_eq!(meeting.at(301).grid(1, 1), "y");
}
