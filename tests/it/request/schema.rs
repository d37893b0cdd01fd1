//! The JSON Schema states types, ranges and what is mandatory.

use polyptych::request::json_schema;
use serde_json::json;

#[test]
fn schema_states_ranges_choices_and_mandatory_keys() {
    let schema = json_schema();
    let definitions = &schema["$defs"];
    let layout = &definitions["Layout"]["properties"];
    assert_eq!(layout["mixedVideoLayout"]["enum"], json!([0, 1, 2, 3, null]));
    assert_eq!(layout["backgroundColor"]["pattern"], "^#[0-9A-Fa-f]{6}$");
    assert_eq!(layout["layoutConfig"]["maxItems"], 17);
    assert_eq!(layout["backgroundConfig"]["maxItems"], 1000);
    let region = &definitions["Region"];
    assert_eq!(region["required"], json!(["x_axis", "y_axis", "width", "height"]));
    for key in ["x_axis", "y_axis", "width", "height", "alpha"] {
        assert_eq!(region["properties"][key]["minimum"], 0, "{key}");
        assert_eq!(region["properties"][key]["maximum"], 1, "{key}");
    }
    assert_eq!(region["properties"]["x_axis"]["type"], "number");
    assert_eq!(region["properties"]["render_mode"]["enum"], json!([0, 1, null]));
    assert_eq!(definitions["Background"]["required"], json!(["uid", "image_url"]));
    assert_eq!(definitions["Canvas"]["properties"]["width"]["maximum"], 8192);
}
