//! Section 6: the order of events.

use polyptych::timeline::{Rank, Timeline};
use proptest::prelude::*;

use super::ms;

const RANKS: [Rank; 7] =
    [Rank::Request, Rank::Leave, Rank::Join, Rank::Subscription, Rank::Stop, Rank::Mute, Rank::Image];

#[test]
fn timeline_orders_kinds_at_one_time() {
    // Section 6: requests, then leaves, joins, subscriptions, stops, mutes and unmutes, images.
    let mut timeline = Timeline::new();
    for rank in RANKS.into_iter().rev() {
        timeline.push(ms(1), rank, rank);
    }
    for rank in RANKS {
        assert_eq!(timeline.pop_until(ms(1)), Some((ms(1), rank)));
    }
    assert!(timeline.is_empty());
}

#[test]
fn timeline_keeps_what_lies_ahead() {
    let mut timeline = Timeline::new();
    timeline.push(ms(2), Rank::Join, 'b');
    timeline.push(ms(1), Rank::Join, 'a');
    assert_eq!(timeline.pop_until(ms(0)), None);
    assert_eq!(timeline.pop_until(ms(1)), Some((ms(1), 'a')));
    assert_eq!(timeline.pop_until(ms(1)), None);
    assert_eq!(timeline.pop_until(ms(9)), Some((ms(2), 'b')));
}

#[test]
fn timeline_pops_late_events_next_and_by_their_own_times() {
    let mut timeline = Timeline::new();
    timeline.push(ms(9), Rank::Leave, "in time");
    assert_eq!(timeline.pop_until(ms(8)), None);
    timeline.push(ms(5), Rank::Leave, "late");
    timeline.push(ms(4), Rank::Join, "later still");
    let popped: Vec<_> = std::iter::from_fn(|| timeline.pop_until(ms(9))).map(|(_, event)| event).collect();
    assert_eq!(popped, ["later still", "late", "in time"]);
}

proptest! {
    /// Against a stable sort of what was pushed.
    #[test]
    fn timeline_equals_a_stable_sort(pushes in prop::collection::vec((-3_i64..4, 0_usize..7), 0..60), cut in -4_i64..5) {
        let mut timeline = Timeline::new();
        for (index, &(at, rank)) in pushes.iter().enumerate() {
            timeline.push(ms(at), RANKS[rank], index);
        }
        let mut expected: Vec<_> = (0..pushes.len()).collect();
        expected.sort_by_key(|&index| pushes[index]);
        let due = expected.iter().filter(|&&index| pushes[index].0 <= cut).count();
        for (popped, &index) in expected.iter().enumerate() {
            let until = if popped < due { cut } else { 9 };
            prop_assert_eq!(timeline.pop_until(ms(until)), Some((ms(pushes[index].0), index)));
            if popped + 1 == due {
                prop_assert_eq!(timeline.pop_until(ms(cut)), None);
            }
        }
        prop_assert!(timeline.is_empty());
    }
}
