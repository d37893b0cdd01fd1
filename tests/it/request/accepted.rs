//! Requests that mean something, borderline ones above all.

use polyptych::layout::{Arrangement, RenderMode};
use polyptych::{FrameRate, LayoutSpec, Rgb, Size, UnitRect, UserId};

use super::{LAYOUTS, accept, custom, region};

/// Contract, section 1: what a request omits goes back to its default; null is absent.
#[test]
fn defaults_of_an_empty_request_and_of_nulls() {
    let nulls = r#"{"mixedVideoLayout":null,"maxResolutionUid":null,"backgroundColor":null,"backgroundImage":null,
        "defaultUserBackgroundImage":null,"layoutConfig":null,"backgroundConfig":null,
        "recordingConfig":null,"transcodingConfig":null}"#;
    for body in ["{}", " {\r\n\t} ", r#"{"clientRequest":{}}"#, r#"{"cname":null,"clientRequest":{}}"#, nulls]
    {
        let request = accept(body);
        assert_eq!(request.layout, LayoutSpec::default(), "{body}");
        assert_eq!((request.transcoding, request.warnings), (None, vec![]), "{body}");
    }
    let spec = accept(&custom(&region(r#""uid":null,"alpha":null,"render_mode":null"#))).layout;
    let Arrangement::Custom(regions) = spec.arrangement else { panic!("custom") };
    assert_eq!(regions[0].uid, None);
    assert!(regions[0].alpha.is_opaque());
    assert_eq!(regions[0].render_mode, RenderMode::Crop);
}

/// Contract, section 1: integers may be written `1.0` or `1e0`.
#[test]
fn integers_in_every_spelling() {
    for one in ["1", "1.0", "1e0", "1E+0", "10e-1", "0.1e1", "1.000"] {
        let body = format!(r#"{{"mixedVideoLayout":{one}}}"#);
        assert_eq!(accept(&body).layout.arrangement, Arrangement::BestFit, "{one}");
    }
    for zero in ["0", "-0", "0.0", "0e9", "-0.0"] {
        let body = format!(r#"{{"mixedVideoLayout":{zero}}}"#);
        assert_eq!(accept(&body).layout.arrangement, Arrangement::Floating, "{zero}");
    }
}

#[test]
fn colors_in_either_case() {
    let color = |text: &str| accept(&format!(r#"{{"backgroundColor":"{text}"}}"#)).layout.background_color;
    assert_eq!(color("#1a2B3c"), Rgb { r: 0x1a, g: 0x2b, b: 0x3c });
    assert_eq!(color("#FFFFFF"), Rgb { r: 255, g: 255, b: 255 });
    assert_eq!(color(r"\u0023000001"), Rgb { r: 0, g: 0, b: 1 });
}

#[test]
fn escaped_keys_equal_plain_ones() {
    let spec = accept(r#"{"\u006dixedVideoLayout":2,"maxResolution\u0055id":"a\"b"}"#).layout;
    assert_eq!(spec.arrangement, Arrangement::Vertical { large: Some(UserId::new("a\"b")) });
}

/// Contract, section 1: `""` is unset, and a free region.
#[test]
fn empty_uids_name_nobody() {
    let spec = accept(r#"{"mixedVideoLayout":2,"maxResolutionUid":""}"#).layout;
    assert_eq!(spec.arrangement, Arrangement::Vertical { large: None });
    let spec = accept(&custom(&region(r#""uid":"""#))).layout;
    assert!(matches!(spec.arrangement, Arrangement::Custom(regions) if regions[0].uid.is_none()));
}

/// Contract, section 1: layouts 0 to 2 refuse a non-empty `layoutConfig` only; 1 to 17 regions.
#[test]
fn region_counts_at_their_limits() {
    assert_eq!(
        accept(r#"{"mixedVideoLayout":1,"layoutConfig":[]}"#).layout.arrangement,
        Arrangement::BestFit
    );
    let regions = vec![region(r#""alpha":0.5"#); 17].join(",");
    let Arrangement::Custom(regions) = accept(&custom(&regions)).layout.arrangement else { panic!("custom") };
    assert_eq!(regions.len(), 17);
}

/// Contract, section 1: over 1 by at most 1e-6.
#[test]
fn regions_that_end_at_the_canvas_edge() {
    for (x, width) in [("0.1", "0.9"), ("0.7", "0.3"), ("0.5", "0.5000009"), ("1", "0"), ("1e-6", "1.0")] {
        let body = custom(&region(&format!(r#""x_axis":{x},"width":{width}"#)));
        let Arrangement::Custom(regions) = accept(&body).layout.arrangement else { panic!("custom") };
        let (x, width) = (x.parse().expect("a number"), width.parse().expect("a number"));
        assert_eq!(regions[0].rect, UnitRect::from_fractions(x, 0.0, width, 1.0));
    }
}

/// Contract, section 1: of two entries for one uid in `backgroundConfig` the last wins.
#[test]
fn user_backgrounds_hold_no_user_twice() {
    let spec = accept(
        r#"{"backgroundConfig":[{"uid":"a","image_url":"http://h/1"},{"uid":"b","image_url":"http://h/2"},
            {"uid":"a","image_url":"http://h/3","render_mode":1}]}"#,
    )
    .layout;
    assert_eq!(spec.user_backgrounds.len(), 2);
    let a = spec.user_background(&UserId::new("a")).expect("a has an image");
    assert_eq!((a.image.as_str(), a.render_mode), ("http://h/3", RenderMode::Fit));
}

/// Contract, section 1: start requests; their layout stands in `transcodingConfig` only.
#[test]
fn start_requests_in_all_four_places() {
    let inner = r#"{"width":1280,"height":720.0,"fps":24,"bitrate":1e3,"mixedVideoLayout":1}"#;
    for body in [
        format!(r#"{{"transcodingConfig":{inner}}}"#),
        format!(r#"{{"recordingConfig":{{"transcodingConfig":{inner},"channelType":0}},"token":"x"}}"#),
        format!(r#"{{"clientRequest":{{"transcodingConfig":{inner},"mixedVideoLayout":"ignored"}}}}"#),
        format!(
            r#"{{"cname":"c","uid":5,"clientRequest":{{"recordingConfig":{{"transcodingConfig":{inner}}}}}}}"#
        ),
        format!(r#"{{"transcodingConfig":{inner},"recordingConfig":{{"transcodingConfig":null}}}}"#),
        format!(r#"{{"transcodingConfig":{inner},"recordingConfig":"left alone"}}"#),
    ] {
        let request = accept(&body);
        assert_eq!(request.warnings, [], "{body}");
        assert_eq!(request.layout.arrangement, Arrangement::BestFit, "{body}");
        let transcoding = request.transcoding.expect("a start request");
        assert_eq!(Some(transcoding.size), Size::from_wh(1280, 720));
        assert_eq!(Some(transcoding.fps), FrameRate::new(24, 1));
        assert_eq!(transcoding.bitrate_kbps, 1000);
    }
}

#[test]
fn start_requests_have_defaults() {
    let transcoding = accept(r#"{"transcodingConfig":{}}"#).transcoding.expect("a start request");
    assert_eq!(Some(transcoding.size), Size::from_wh(360, 640));
    assert_eq!(Some(transcoding.fps), FrameRate::new(15, 1));
    assert_eq!(transcoding.bitrate_kbps, 500);
    for (width, bitrate) in [(2, 1), (8192, 1_000_000)] {
        accept(&format!(r#"{{"transcodingConfig":{{"width":{width},"bitrate":{bitrate}}}}}"#));
    }
}

#[test]
fn start_body_of_the_assets_is_read_whole() {
    let (_, body) = LAYOUTS.iter().find(|(name, _)| *name == "start_body").expect("it is listed");
    let request = accept(body);
    assert_eq!(request.transcoding.map(|transcoding| transcoding.size), Size::from_wh(1280, 720));
    assert_eq!(request.layout.arrangement, Arrangement::Vertical { large: Some(UserId::new("1001")) });
}
