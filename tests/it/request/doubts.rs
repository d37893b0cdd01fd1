//! Warnings: what is accepted and probably not meant.

use polyptych::request::{Context, Request, WarningKind, parse};
use polyptych::{Size, UserId};

use super::{accept, custom, region};

fn warnings(request: &Request) -> Vec<(&str, &WarningKind)> {
    request.warnings.iter().map(|warning| (warning.path.as_str(), &warning.kind)).collect()
}

fn unknown(meant: &'static str) -> WarningKind {
    WarningKind::UnknownKey { meant: Some(meant) }
}

/// Contract, section 1: unknown keys are named, and the key that was meant where one is near.
#[test]
fn unknown_keys_with_the_key_that_was_meant() {
    for (key, meant) in [
        ("backgroudColor", "backgroundColor"),
        ("background_color", "backgroundColor"),
        ("BackgroundColor", "backgroundColor"),
        ("mixedVideoLayuot", "mixedVideoLayout"),
        ("layoutType", "mixedVideoLayout"),
        ("maxResolutionUID", "maxResolutionUid"),
        ("layoutConfigs", "layoutConfig"),
        ("defaultUserBackgroundImg", "defaultUserBackgroundImage"),
        ("clientRequst", "clientRequest"),
        ("transcodingConf", "transcodingConfig"),
    ] {
        let body = format!(r#"{{"{key}":1}}"#);
        let request = accept(&body);
        assert_eq!(warnings(&request), [(key, &unknown(meant))]);
        assert_eq!(
            &body[request.warnings[0].span.start..request.warnings[0].span.end()],
            format!("\"{key}\"")
        );
        assert!(request.warnings[0].to_string().contains(meant));
    }
    for key in ["token", "x", "recordingConfig", "a_key_of_no_kind", "streamTypes"] {
        let request = accept(&format!(r#"{{"{key}":1}}"#));
        assert_eq!(warnings(&request), [(key, &WarningKind::UnknownKey { meant: None })]);
    }
    let request = accept(&custom(&region(r#""hieght":1,"x":0"#)));
    assert_eq!(
        warnings(&request),
        [("layoutConfig[0].hieght", &unknown("height")), ("layoutConfig[0].x", &unknown("x_axis"))]
    );
    let request = accept(r#"{"backgroundConfig":[{"uid":"a","image_url":"http://h/a","imageUrl":""}]}"#);
    assert_eq!(warnings(&request), [("backgroundConfig[0].imageUrl", &unknown("image_url"))]);
    let request = accept(r#"{"transcodingConfig":{"bitRate":5}}"#);
    assert_eq!(warnings(&request), [("transcodingConfig.bitRate", &unknown("bitrate"))]);
}

/// Contract, section 1: a layout request cannot change the canvas; keys beside `clientRequest` are left alone.
#[test]
fn keys_of_the_canvas_in_a_layout_request() {
    let request = accept(r#"{"cname":"c","width":1,"clientRequest":{"width":1280,"fps":"x"}}"#);
    assert_eq!(
        warnings(&request),
        [("clientRequest.width", &WarningKind::CanvasKey), ("clientRequest.fps", &WarningKind::CanvasKey)]
    );
}

/// Contract, section 1: any other number becomes 15 with a warning.
#[test]
fn frame_rates_that_are_not_offered() {
    for fps in ["29.97", "0", "-1", "25", "1e400", "15.5"] {
        let request = accept(&format!(r#"{{"transcodingConfig":{{"fps":{fps}}}}}"#));
        assert_eq!(warnings(&request), [("transcodingConfig.fps", &WarningKind::FrameRate)], "{fps}");
        assert_eq!(request.transcoding.map(|transcoding| transcoding.fps.num()), Some(15));
    }
    for fps in ["1", "7", "10.0", "15", "24e0", "30", "6e1"] {
        assert_eq!(accept(&format!(r#"{{"transcodingConfig":{{"fps":{fps}}}}}"#)).warnings, [], "{fps}");
    }
}

#[test]
fn uids_that_are_named_twice() {
    let half = |uid: &str, x: &str| region(&format!(r#""uid":"{uid}","width":0.2,"x_axis":{x}"#));
    let request =
        accept(&custom(&[half("a", "0"), half("b", "0.2"), half("a", "0.4"), half("a", "0.6")].join(",")));
    let first = WarningKind::RepeatedUser { first: 0 };
    assert_eq!(warnings(&request), [("layoutConfig[2].uid", &first), ("layoutConfig[3].uid", &first)]);
    let request = accept(&custom(&[half("", "0"), half("", "0.2")].join(",")));
    assert_eq!(warnings(&request), [], "free regions name nobody");
    let entry = r#"{"uid":"a","image_url":"http://h/a"}"#;
    let request = accept(&format!(r#"{{"backgroundConfig":[{entry},{entry}]}}"#));
    assert_eq!(
        warnings(&request),
        [("backgroundConfig[1].uid", &WarningKind::RepeatedBackground { first: 0 })]
    );
}

#[test]
fn uids_that_nobody_bears() {
    let users = [UserId::new("a")];
    let context = Context { users: Some(&users), ..Context::default() };
    let read = |body: &str| parse(body.as_bytes(), &context).expect(body);
    let background = |uid: &str| format!(r#"{{"uid":"{uid}","image_url":"http://h/a"}}"#);
    let body = format!(
        r#"{{"mixedVideoLayout":2,"maxResolutionUid":"b","backgroundConfig":[{},{}]}}"#,
        background("a"),
        background("A")
    );
    assert_eq!(
        warnings(&read(&body)),
        [
            ("maxResolutionUid", &WarningKind::NobodyBears),
            ("backgroundConfig[1].uid", &WarningKind::NobodyBears)
        ]
    );
    let body = custom(
        &[region(r#""uid":"b","width":0.5"#), region(r#""uid":"a","x_axis":0.5,"width":0.5"#)].join(","),
    );
    assert_eq!(warnings(&read(&body)), [("layoutConfig[0].uid", &WarningKind::NobodyBears)]);
    // Layouts other than 2 ignore it, and without users nobody can tell.
    assert_eq!(read(r#"{"mixedVideoLayout":1,"maxResolutionUid":"b"}"#).warnings, []);
    assert_eq!(accept(r#"{"mixedVideoLayout":2,"maxResolutionUid":"b"}"#).warnings, []);
}

#[test]
fn regions_with_alpha_zero() {
    for alpha in ["0", "0.0", "-0.0", "0e5"] {
        let request = accept(&custom(&region(&format!(r#""alpha":{alpha}"#))));
        assert_eq!(warnings(&request), [("layoutConfig[0].alpha", &WarningKind::Invisible)], "{alpha}");
    }
}

/// Contract, section 1: no pixel by snapping where a canvas is known, else by an extent of 0.
#[test]
fn regions_without_a_pixel() {
    let no_pixel = [("layoutConfig[0]", &WarningKind::NoPixel)];
    assert_eq!(warnings(&accept(&custom(&region(r#""width":0"#)))), no_pixel);
    assert_eq!(warnings(&accept(&custom(&region(r#""height":0.0"#)))), no_pixel);
    assert_eq!(accept(&custom(&region(r#""width":1e-12"#))).warnings, []);
    let on = |width, body: &str| {
        let context = Context { canvas: Size::from_wh(width, 100), ..Context::default() };
        parse(body.as_bytes(), &context).expect(body)
    };
    let narrow = custom(&region(r#""width":0.009"#));
    assert_eq!(warnings(&on(100, &narrow)), no_pixel, "0.9 px round to 0");
    assert_eq!(on(200, &narrow).warnings, [], "1.8 px round to 2");
    // A start request brings its canvas.
    let start = format!(r#"{{"transcodingConfig":{{"width":100,{}}}"#, narrow.trim_start_matches('{'));
    assert_eq!(warnings(&accept(&start)), [("transcodingConfig.layoutConfig[0]", &WarningKind::NoPixel)]);
    let start = start.replace("\"width\":100", "\"width\":200");
    assert_eq!(accept(&start).warnings, []);
}

/// Contract, section 1: wholly under the union of later regions with alpha 1.
#[test]
fn regions_under_later_ones() {
    let at = |x: f64, width: f64, rest: &str| region(&format!(r#""x_axis":{x},"width":{width}{rest}"#));
    let hidden = [("layoutConfig[0]", &WarningKind::Hidden)];
    let over = |regions: &[String]| accept(&custom(&regions.join(",")));
    let whole = at(0.0, 1.0, "");
    assert_eq!(warnings(&over(&[whole.clone(), whole.clone()])), hidden);
    assert_eq!(warnings(&over(&[whole.clone(), at(0.0, 0.3, ""), at(0.3, 0.7, "")])), hidden);
    assert_eq!(
        warnings(&over(&[whole.clone(), at(0.0, 0.1, ""), at(0.1, 0.2, ""), at(0.3, 0.7, "")])),
        hidden
    );
    assert_eq!(over(&[whole.clone(), at(0.0, 0.3, ""), at(0.31, 0.69, "")]).warnings, []);
    assert_eq!(over(&[whole.clone(), at(0.0, 1.0, r#","alpha":0.99"#)]).warnings, []);
    assert_eq!(over(&[at(0.0, 0.5, ""), whole.clone()]).warnings.len(), 1);
    assert_eq!(over(&[whole.clone(), at(0.0, 0.5, "")]).warnings, [], "earlier ones hide nothing");
    // 0.004 of 100 px vanish in the rounding, so there the region is hidden.
    let body = custom(&[whole, at(0.004, 0.996, "")].join(","));
    assert_eq!(accept(&body).warnings, []);
    let context = Context { canvas: Size::from_wh(100, 100), ..Context::default() };
    assert_eq!(warnings(&parse(body.as_bytes(), &context).expect("accepted")), hidden);
}
