//! The JSON Schema of a request, for editors and for whoever checks requests elsewhere.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::keys;
use super::shape::LayoutWire;

/// What a start request says of the canvas, beside the layout.
#[derive(JsonSchema)]
#[schemars(rename = "Canvas")]
#[expect(dead_code, reason = "only its shape matters")]
struct CanvasWire {
    /// In pixels. Default: 360.
    #[schemars(range(min = 2, max = 8192))]
    width: Option<u32>,
    /// In pixels. Default: 640.
    #[schemars(range(min = 2, max = 8192))]
    height: Option<u32>,
    /// One of 1, 7, 10, 15, 24, 30, 60; any other number becomes 15. Default: 15.
    fps: Option<f64>,
    /// In kbit/s. Default: 500.
    #[schemars(range(min = 1, max = 1_000_000))]
    bitrate: Option<u32>,
}

/// The JSON Schema (draft 2020-12) of what [`parse`](super::parse) takes.
///
/// It accepts every request that is accepted, and refuses what a schema can: not duplicate keys, regions beyond the canvas's edge,
/// the finer points of addresses, nor lengths in bytes. Unknown keys are accepted, as they are with a warning.
#[must_use]
pub fn json_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let layout = generator.subschema_for::<LayoutWire>().to_value();
    let canvas = generator.subschema_for::<CanvasWire>().to_value();
    let mut definitions = generator.take_definitions(true);
    if let Some(Value::Object(layout)) = definitions.get_mut("Layout") {
        let custom =
            json!({"required": ["mixedVideoLayout"], "properties": {"mixedVideoLayout": {"const": 3}}});
        layout.insert("if".to_owned(), custom);
        let regions = json!({"type": "array", "minItems": 1});
        let some = json!({"required": ["layoutConfig"], "properties": {"layoutConfig": regions}});
        layout.insert("then".to_owned(), some);
        layout.insert("else".to_owned(), json!({"properties": {"layoutConfig": {"maxItems": 0}}}));
    }
    let present = json!({
        "type": "object",
        "required": ["transcodingConfig"],
        "properties": {"transcodingConfig": {"not": {"type": "null"}}},
    });
    let nested = json!({"required": ["recordingConfig"], "properties": {"recordingConfig": present}});
    let start = json!({"properties": {"transcodingConfig": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Start"}]}}});
    let request = json!({
        "type": "object",
        "if": {"anyOf": [present, nested]},
        "then": {
            "not": {"allOf": [present, nested]},
            "allOf": [start, {"properties": {"recordingConfig": start}}],
        },
        "else": layout,
    });
    definitions.insert("Start".to_owned(), json!({"allOf": [canvas, layout]}));
    definitions.insert("Request".to_owned(), request);
    let any_of = |keys: [&str; 3]| -> Vec<Value> { keys.map(|key| json!({"required": [key]})).into() };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Layout request",
        "type": "object",
        "if": {"anyOf": any_of(["clientRequest", "cname", "resourceId"])},
        "then": {
            "required": ["clientRequest"],
            "properties": {"clientRequest": {"$ref": "#/$defs/Request"}},
        },
        "else": {"$ref": "#/$defs/Request"},
        "$defs": definitions,
    })
}

/// The JSON Schema (draft 2020-12) of what [`parse_update`](super::parse_update) takes; what it leaves alone is not stated.
#[must_use]
pub fn update_json_schema() -> Value {
    let uid = json!({"type": "string", "minLength": 1, "maxLength": 255, "not": {"const": "#allstream#"}});
    let uids = json!({"type": "array", "minItems": 1, "maxItems": 32, "items": uid});
    let list = |[subscribe, unsubscribe, other]: [&str; 3], what: &str| {
        let present = |key: &str| json!({"required": [key], "properties": {key: {"not": {"type": "null"}}}});
        let pairs = [[subscribe, unsubscribe], [subscribe, other], [unsubscribe, other]];
        json!({
            "description": format!("Whose {what} is received from now on; one list, or none: then it stays as it was."),
            "type": ["object", "null"],
            "properties": {
                subscribe: {
                    "description": "These alone, or [\"#allstream#\"] for everyone.",
                    "anyOf": [{"type": "null"}, {"const": ["#allstream#"]}, uids],
                },
                unsubscribe: {"description": "Everyone but these.", "anyOf": [{"type": "null"}, uids]},
                other: {"description": "The same, as it is also spelt.", "anyOf": [{"type": "null"}, uids]},
            },
            "not": {"anyOf": pairs.map(|pair| json!({"allOf": pair.map(present)}))},
        })
    };
    let [audio, video] = keys::LISTS;
    let lists = json!({audio: list(keys::AUDIO, "sound"), video: list(keys::VIDEO, "video")});
    let request = json!({
        "type": "object",
        "properties": {(keys::SUBSCRIBE): {"type": ["object", "null"], "properties": lists}},
    });
    let any_of = ["clientRequest", "cname", "resourceId"].map(|key| json!({"required": [key]}));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Update request",
        "type": "object",
        "if": {"anyOf": any_of},
        "then": {
            "required": ["clientRequest"],
            "properties": {"clientRequest": {"$ref": "#/$defs/Subscribe"}},
        },
        "else": {"$ref": "#/$defs/Subscribe"},
        "$defs": {"Subscribe": request},
    })
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::json_schema;

    /// The keys that are read are those that the schema states and that requests are written with.
    #[test]
    fn schema_states_the_keys_that_are_read() {
        let schema = json_schema();
        let stated = |name: &str| -> Vec<String> {
            let properties = schema["$defs"][name]["properties"].as_object().expect("an object's schema");
            let mut keys: Vec<String> = properties.keys().cloned().collect();
            keys.sort();
            keys
        };
        let read = |keys: &[&str]| {
            let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            keys.sort();
            keys
        };
        assert_eq!(stated("Layout"), read(&keys::LAYOUT));
        assert_eq!(stated("Region"), read(&keys::REGION));
        assert_eq!(stated("Background"), read(&keys::BACKGROUND));
        assert_eq!(stated("Canvas"), read(&keys::CANVAS));
    }
}
