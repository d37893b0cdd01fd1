//! What requests are accepted, what they mean, and what is said of those that are not.

mod accepted;
mod doubts;
mod hostile;
mod places;
mod printed;
mod redacted;
mod refused;
#[cfg(feature = "schema")]
mod schema;
mod subscriptions;

use polyptych::request::{Context, Refusal, Request, Strictness, parse};

fn read(body: &str) -> Result<Request, Refusal> {
    parse(body.as_bytes(), &Context::default())
}

fn accept(body: &str) -> Request {
    read(body).unwrap_or_else(|refusal| panic!("{body}: {refusal}"))
}

fn refuse(body: &str) -> Refusal {
    read(body).expect_err(body)
}

fn strict() -> Context<'static> {
    Context { strictness: Strictness::Strict, ..Context::default() }
}

/// A custom layout of these entries of `layoutConfig`.
fn custom(regions: &str) -> String {
    format!(r#"{{"mixedVideoLayout":3,"layoutConfig":[{regions}]}}"#)
}

/// An entry of `layoutConfig` that fills the canvas, but for what `keys` say first.
fn region(keys: &str) -> String {
    let rest: Vec<_> = [("x_axis", 0), ("y_axis", 0), ("width", 1), ("height", 1)]
        .iter()
        .filter(|(key, _)| !keys.contains(key))
        .map(|(key, value)| format!(r#""{key}":{value}"#))
        .collect();
    let separator = if keys.is_empty() || rest.is_empty() { "" } else { "," };
    format!("{{{keys}{separator}{}}}", rest.join(","))
}

/// The layouts that documentation, examples and benchmarks share.
const LAYOUTS: [(&str, &str); 9] = [
    ("floating", include_str!("../../assets/layouts/floating.json")),
    ("best_fit", include_str!("../../assets/layouts/best_fit.json")),
    ("vertical", include_str!("../../assets/layouts/vertical.json")),
    ("custom_grid", include_str!("../../assets/layouts/custom_grid.json")),
    ("custom_overlap", include_str!("../../assets/layouts/custom_overlap.json")),
    ("picture_in_picture", include_str!("../../assets/layouts/picture_in_picture.json")),
    ("interview", include_str!("../../assets/layouts/interview.json")),
    ("update_layout_body", include_str!("../../assets/layouts/update_layout_body.json")),
    ("start_body", include_str!("../../assets/layouts/start_body.json")),
];

#[test]
fn shared_layouts_are_accepted_without_a_warning() {
    for (name, body) in LAYOUTS {
        let request = read(body).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(request.warnings, [], "{name}");
    }
}
