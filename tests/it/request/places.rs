//! Spans: what an excerpt of the document may show.

use super::{custom, refuse, region};

fn text(body: &str, span: polyptych::request::Span) -> &str {
    &body[span.start..span.end()]
}

#[test]
fn spans_cover_value_and_key() {
    let body = custom(&region(r#""wi\u0064th" : 1.50"#)).replace("\"width\":1,", "");
    let refusal = refuse(&body);
    let problem = &refusal.errors[0];
    assert_eq!(problem.path, "layoutConfig[0].width");
    assert_eq!(text(&body, problem.span), "1.50");
    assert_eq!(problem.key_span.map(|span| text(&body, span)), Some(r#""wi\u0064th""#));
}

/// The neighbours of what is wrong may be secret.
#[test]
fn spans_of_objects_and_arrays_are_their_opening_bracket() {
    let body = r#" {"backgroundColor":["secret"],"backgroundConfig":[{"image_url":"http://h/?secret"}]}"#;
    let refusal = refuse(body);
    assert_eq!(refusal.errors.iter().map(|p| text(body, p.span)).collect::<Vec<_>>(), ["[", "{"]);
    assert_eq!(refusal.errors[1].key_span, None);
}

#[test]
fn spans_of_keys_are_the_key_alone() {
    let body = r#"{"a":1,"secret":"x","a":"y"}"#;
    let refusal = refuse(body);
    assert_eq!(refusal.errors[0].span.start, 20);
    assert_eq!(text(body, refusal.errors[0].span), "\"a\"");
    assert_eq!(refusal.errors[0].key_span, Some(refusal.errors[0].span));
    assert_eq!(
        refusal.warnings.iter().map(|w| text(body, w.span)).collect::<Vec<_>>(),
        ["\"a\"", "\"secret\"", "\"a\""]
    );
}

#[test]
fn refusals_read_as_a_sentence() {
    let refusal = refuse(r#"{"backgroundColor":"red","mixedVideoLayout":7}"#);
    assert_eq!(
        refusal.to_string(),
        "refused: backgroundColor: not a colour, expected # and six hexadecimal digits, such as #1a2B3c; \
         mixedVideoLayout: out of range, expected 0 (floating), 1 (best fit), 2 (vertical) or 3 (custom)"
    );
}
