//! Any bytes as a request: never a panic, and what is accepted survives being resolved, written out and read again.

use polyptych::layout::{MAX_REGIONS, expand, resolve};
use polyptych::request::{Context, Request, Strictness, parse, to_json};
use polyptych::{ColumnOrder, Size, UserId};

pub fn check(body: &[u8]) {
    let users: Vec<UserId> = (1..=20).map(|number| UserId::from(number.to_string())).collect();
    let strict = Context { strictness: Strictness::Strict, ..Context::default() };
    let informed = Context { canvas: Size::from_wh(1281, 719), users: Some(&users), ..Context::default() };
    let lenient = parse(body, &Context::default());
    match (&lenient, parse(body, &strict)) {
        (Ok(lenient), Ok(strict)) => assert_eq!(lenient.layout, strict.layout),
        (Ok(lenient), Err(_)) => {
            assert!(!lenient.warnings.is_empty(), "strict reading refuses warnings alone");
        }
        (Err(_), Ok(_)) => panic!("strict reading accepts what lenient reading refuses"),
        (Err(refusal), Err(_)) => {
            assert!(!refusal.errors.is_empty(), "a refusal says why");
            let _ = refusal.to_string();
        }
    }
    // What else is known adds warnings, never errors.
    assert_eq!(parse(body, &informed).is_ok(), lenient.is_ok());
    if let Ok(request) = lenient {
        follow(&request, &users);
    }
}

fn follow(request: &Request, users: &[UserId]) {
    let again = parse(to_json(&request.layout).as_bytes(), &Context::default());
    assert_eq!(again.expect("what is printed is accepted").layout, request.layout);
    for order in [ColumnOrder::OuterFirst, ColumnOrder::InnerFirst] {
        for user_count in 0..=users.len() {
            let users = &users[..user_count];
            let layout = resolve(&request.layout.arrangement, users, order);
            assert!(layout.regions.len() <= MAX_REGIONS + 1, "the large area and 16 others are 17");
            let Ok(expanded) = expand(&request.layout, users, order) else { continue };
            let text = to_json(&expanded);
            let parsed =
                parse(text.as_bytes(), &Context::default()).expect("what is written out is accepted");
            same_pixels(&resolve(&parsed.layout.arrangement, users, order), &layout);
        }
    }
}

/// Regions that show somebody have the same edges on any canvas.
fn same_pixels(written: &polyptych::layout::Layout, asked: &polyptych::layout::Layout) {
    for canvas in [(1280, 720), (641, 359)] {
        let canvas = Size::from_wh(canvas.0, canvas.1).expect("a canvas");
        let edges = |layout: &polyptych::layout::Layout| -> Vec<_> {
            let shown = layout.regions.iter().filter(|region| region.occupant.user().is_some());
            shown.map(|region| (region.occupant.clone(), region.rect.snap(canvas))).collect()
        };
        assert_eq!(edges(written), edges(asked));
    }
}
