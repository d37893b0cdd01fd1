//! Bodies made to hurt: nothing panics, nothing hangs, nothing grows beyond its bounds.

use polyptych::request::{Context, ProblemKind, parse};
use proptest::prelude::*;

use super::LAYOUTS;

const MIB: usize = 1 << 20;

fn repeat(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

#[test]
fn large_bodies_have_a_bounded_number_of_findings() {
    let long_keys = format!("{{\"{}\":", "k".repeat(10_000)).repeat(30);
    for body in [
        format!("{{{}}}", repeat(140_000, |_| r#""a":0"#.to_owned())),
        format!("{{{}}}", repeat(80_000, |index| format!(r#""a{index}":0"#))),
        format!("{{{}}}", repeat(25_000, |index| format!(r#""backgroudColor{index:018}":0"#))),
        format!(r#"{{"layoutConfig":[{}]}}"#, repeat(500_000, |_| "0".to_owned())),
        format!(r#"{{"layoutConfig":[{}]}}"#, repeat(340_000, |_| "{}".to_owned())),
        format!(r#"{{"backgroundConfig":[{}]}}"#, repeat(340_000, |_| "{}".to_owned())),
        format!("{}{{{}}}{}", long_keys, repeat(100_000, |_| r#""b":0"#.to_owned()), "}".repeat(30)),
    ] {
        assert!(body.len() <= MIB, "{}", body.len());
        let (errors, warnings) = match parse(body.as_bytes(), &Context::default()) {
            Ok(request) => (vec![], request.warnings),
            Err(refusal) => (refusal.errors, refusal.warnings),
        };
        let limit = Context::default().limits.problems;
        assert!(errors.len() <= limit + 1 && warnings.len() <= limit + 1);
        assert!(errors.len() > limit || warnings.len() > limit, "the list is cut, and says so");
        assert!(errors.iter().all(|problem| problem.path.len() < 4096));
        assert!(errors.iter().all(|problem| problem.found.to_string().len() < 16_384));
    }
}

/// Contract, section 1: nesting 32. Also where the document breaks off before anything is closed.
#[test]
fn nesting_is_refused_before_the_stack_is() {
    for body in [
        "[".repeat(MIB),
        format!("{}{}", "[".repeat(MIB / 2), "]".repeat(MIB / 2)),
        r#"{"a":"#.repeat(MIB / 5),
        r#"[{"":"#.repeat(MIB / 5),
    ] {
        let refusal = parse(body.as_bytes(), &Context::default()).expect_err("too deep");
        assert_eq!(refusal.errors[0].kind, ProblemKind::TooDeep);
        assert!((32..=160).contains(&refusal.errors[0].span.start));
    }
    let quoted = format!(r#"{{"a":"{}"#, "[".repeat(100));
    let refusal = parse(quoted.as_bytes(), &Context::default()).expect_err("unclosed");
    assert!(matches!(refusal.errors[0].kind, ProblemKind::Syntax { .. }), "brackets in a text do not nest");
}

#[test]
fn long_texts_are_cut_short_where_they_are_shown() {
    let body = format!(r#"{{"backgroundColor":"{}","{}":1}}"#, "é".repeat(300_000), "k".repeat(200_000));
    let refusal = parse(body.as_bytes(), &Context::default()).expect_err("no colour");
    assert!(refusal.errors[0].found.as_str().is_some_and(|text| text.len() < 600 && text.ends_with('…')));
    assert!(refusal.warnings[0].path.len() < 100);
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, &Context::default());
    }

    #[test]
    fn json_like_text_does_not_panic(text in r#"[\[\]{}",:0-9eE.+\\ \-unlltrasé#/@?]{0,80}"#) {
        let _ = parse(text.as_bytes(), &Context::default());
    }

    /// A few bytes of a sound request replaced: it is accepted, or refused with places that lie in it.
    #[test]
    fn mutated_requests_do_not_panic(
        which in 0..LAYOUTS.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let mut body = LAYOUTS[which].1.as_bytes().to_vec();
        for (index, byte, action) in edits {
            let at = index.index(body.len());
            match action {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => drop(body.remove(at)),
            }
        }
        if let Err(refusal) = parse(&body, &Context::default()) {
            prop_assert!(!refusal.errors.is_empty());
            for problem in refusal.errors {
                prop_assert!(problem.span.end() <= body.len());
            }
        }
    }
}
