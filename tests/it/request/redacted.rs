//! No query, fragment or user info of an address reaches a problem or a warning.

use polyptych::request::{Context, parse};

use super::strict;

/// Everything that a refusal, or the warnings of an accepted request, can show.
fn shown(body: &str, context: &Context<'_>) -> String {
    match parse(body.as_bytes(), context) {
        Ok(request) => format!("{request:?}"),
        Err(refusal) => {
            let found: Vec<_> = refusal.errors.iter().map(|problem| problem.found.to_string()).collect();
            format!("{refusal} {refusal:?} {found:?}")
        }
    }
}

const LEAKY: [&str; 16] = [
    "https://h/a?token=hush",
    "https://h/a#hush",
    "https://hush@h/a",
    "https://u:hush@h/a",
    "https://hush:p@h:99999/a",
    "https://u:hu@hush@h/a",
    "https://u:x#hush@h/a",
    "https://u:x/hush@h/a",
    "https:hush@h",
    "https:\\\\\\\\hush:p@h",
    "https//hush:p@h/",
    "hush:p@h/a.jpg",
    "hush@h/a.jpg",
    "ftp://hush:p@h/a?hush",
    "h/a.jpg?hush",
    "  HTTPS://u:hush@ h /?hush",
];

#[test]
fn addresses_are_redacted_wherever_they_stand() {
    for url in LEAKY {
        for body in [
            format!(r#"{{"backgroundImage":"{url}","mixedVideoLayout":9}}"#),
            format!(r#"{{"backgroundImage":["{url}",{{"a":"{url}"}}]}}"#),
            format!(r#"{{"backgroundImage":{{"uid":"{url}"}}}}"#),
            format!(r#"{{"bakgroundImage":"{url}"}}"#),
            format!(r#"{{"backgroundConfig":[{{"uid":"","image_url":"{url}"}}]}}"#),
            format!(r#"{{"backgroundConfig":["{url}"]}}"#),
            format!(r#"{{"backgroundConfig":{{"uid":"a","image_url":"{url}"}}}}"#),
            format!(r#"{{"backgroundConfig":[{{"uid":"a","imageUrl":"{url}"}}]}}"#),
            format!(r#"{{"backgroundImage":1,"backgroundImage":"{url}"}}"#),
            format!(r#"["{url}"]"#),
        ] {
            for context in [Context::default(), strict()] {
                let shown = shown(&body, &context);
                assert!(!shown.contains("hush"), "{body}\n{shown}");
            }
        }
    }
}

/// Whatever looks like an address is taken for one, also where none belongs.
#[test]
fn addresses_in_odd_places_are_redacted() {
    for url in LEAKY.iter().filter(|url| url.to_lowercase().trim().starts_with("http") && url.contains(':')) {
        for body in [
            format!(r#"{{"backgroundColor":"{url}"}}"#),
            format!(r#"{{"{url}":1}}"#),
            format!(r#"{{"a":{{"{url}":1,"{url}":2}}}}"#),
            format!(r#"{{"layoutConfig":[{{"uid":5,"width":"{url}"}}]}}"#),
            format!(r#"{{"layoutConfig":[{{"thumbnail":"{url}"}}]}}"#),
        ] {
            for context in [Context::default(), strict()] {
                let shown = shown(&body, &context);
                assert!(!shown.contains("hush"), "{body}\n{shown}");
            }
        }
    }
}

/// A body may hold access keys, and where it does is not for us to know.
#[test]
fn values_of_unknown_keys_are_not_shown() {
    for body in [
        r#"{"storageConfig":{"secretKey":"hush"},"mixedVideoLayout":9}"#,
        r#"{"a":{"secretKey":"hush","secretKey":"hush"}}"#,
        r#"{"clientRequest":[{"token":"hush"}]}"#,
        r#"[{"accessKey":"hush"}]"#,
        r#"{"layoutConfig":[{"width":{"accessKey":["hush"]}}]}"#,
    ] {
        for context in [Context::default(), strict()] {
            let shown = shown(body, &context);
            assert!(!shown.contains("hush"), "{body}\n{shown}");
        }
    }
}

#[test]
fn values_of_misspelt_keys_are_shown_as_those_of_the_keys_that_were_meant() {
    let body = r##"{"backgroudColor":"#00ff00","backgroundImge":"https://host.example/a?token=hush"}"##;
    let refusal = parse(body.as_bytes(), &strict()).expect_err("unknown keys");
    let found: Vec<_> = refusal.errors.iter().map(|error| error.found.clone()).collect();
    assert_eq!(found, ["#00ff00", "https://host.example/a"]);
}

#[test]
fn found_addresses_keep_what_is_not_secret() {
    let body = r#"{"backgroundImage":"https://user:pass@host.example/a/b.png?token=1#2"}"#;
    let refusal = parse(body.as_bytes(), &Context::default()).expect_err("user info");
    assert_eq!(refusal.errors[0].found, "https://host.example/a/b.png");
    let body = r#"{"backgroundImage":"https://user:p/ass@host.example/a"}"#;
    let refusal = parse(body.as_bytes(), &Context::default()).expect_err("malformed");
    assert_eq!(refusal.errors[0].found, "https://…");
}
