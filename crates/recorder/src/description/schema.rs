//! The JSON Schema of a description, for editors and for whoever checks descriptions elsewhere.

use polyptych::request;
use serde_json::{Map, Value, json};

use super::Limits;
use super::seconds::MAX_SECONDS;

/// The JSON Schema (draft 2020-12) of what [`super::parse`] takes.
///
/// It accepts every description that is accepted, and refuses what a schema can: not the order of times, duplicate keys and
/// uids, where paths lead, nor the finer points of times and addresses. Bodies of requests are those of
/// [`request::json_schema`] and [`request::update_json_schema`].
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let layout = embed(request::json_schema(), &mut definitions);
    let update = embed(request::update_json_schema(), &mut definitions);
    definitions.insert("LayoutRequest".to_owned(), layout);
    definitions.insert("UpdateRequest".to_owned(), update);
    definitions.insert("Seconds".to_owned(), json!({"type": "number", "minimum": 0, "maximum": MAX_SECONDS}));
    definitions.insert(
        "Name".to_owned(),
        json!({"type": "string", "pattern": r"^[^/\\\u0000-\u001f\u007f-\u009f]{1,100}$"}),
    );
    definitions.insert("Uid".to_owned(), json!({"type": "string", "minLength": 1, "maxLength": 255}));
    definitions.insert("File".to_owned(), json!({"type": "string", "minLength": 1, "maxLength": 4096}));
    definitions.insert("Medium".to_owned(), medium());
    definitions.insert("User".to_owned(), user());
    definitions.insert("Event".to_owned(), event());
    let limits = Limits::default();
    let described = |what: &str, schema: Value| described(what, &schema);
    let list = |of: &str, most: usize| json!({"type": "array", "maxItems": most, "items": reference(of)});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recording",
        "type": "object",
        "properties": {
            "transcodingConfig": described("The canvas, and the layout at the beginning.", reference("Start")),
            "cname": described("The channel's name, a part of file names. Default: recording.", reference("Name")),
            "sid": described("The recording's own name, a part of file names. Default: 32 digits of the description's digest.", reference("Name")),
            "users": described("Who takes part, everyone once.", list("User", limits.users)),
            "events": described("What happens. Events of one time happen in the order of their kinds, then in this one.", list("Event", limits.events)),
            "images": described(
                "Files that stand for addresses of images, by address.",
                json!({"type": "object", "maxProperties": limits.images, "additionalProperties": {"$ref": "#/$defs/File"}}),
            ),
            "duration": described("Where it ends, in seconds. Default: the last end of a medium in presence.", json!({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_SECONDS})),
            "started": described("When it began (RFC 3339). Default: 1970-01-01T00:00:00Z.", json!({"type": "string", "format": "date-time"})),
        },
        "$defs": definitions,
    })
}

/// A schema whose definitions are moved beside ours.
fn embed(mut schema: Value, definitions: &mut Map<String, Value>) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        if let Some(Value::Object(inner)) = object.remove("$defs") {
            definitions.extend(inner);
        }
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Null is absent, wherever a key may be.
fn described(what: &str, schema: &Value) -> Value {
    json!({"description": what, "anyOf": [schema, {"type": "null"}]})
}

fn medium() -> Value {
    json!({
        "description": "A file of a user.",
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"description": "Its path, from the folder of the description.", "$ref": "#/$defs/File"},
            "start": described("When its zero lies, in seconds. Default: 0.", &reference("Seconds")),
            "end": described("From when on nothing of it is used, in seconds; how long a still lasts.", &reference("Seconds")),
            "sparse": described("Whether its video has a frame only when something changes. Default: false.", &json!({"type": "boolean"})),
        },
    })
}

fn user() -> Value {
    let to = json!({"anyOf": [reference("Seconds"), {"type": "null"}]});
    let pair =
        json!({"type": "array", "prefixItems": [reference("Seconds"), to], "minItems": 2, "maxItems": 2});
    let stated = |key: &str| json!({"required": [key], "properties": {key: {"not": {"type": "null"}}}});
    json!({
        "description": "Someone who takes part. With neither present, joined nor left, nor such events: there while their media last.",
        "type": "object",
        "required": ["uid"],
        "properties": {
            "uid": {"description": "Their name in requests.", "$ref": "#/$defs/Uid"},
            "present": described("When they are there: [from, to] in seconds, in order, the last with null where they stay.", &json!({"type": "array", "items": pair})),
            "joined": described("The short form of present: when they join. Default, where left is there: 0.", &reference("Seconds")),
            "left": described("The short form of present: when they leave, if they do.", &reference("Seconds")),
            "media": described("Their files.", &json!({"type": "array", "items": reference("Medium")})),
        },
        "not": {"allOf": [stated("present"), {"anyOf": [stated("joined"), stated("left")]}]},
    })
}

fn event() -> Value {
    let who = json!({"type": "object", "required": ["uid"], "properties": {"uid": reference("Uid")}});
    let flag = json!({"anyOf": [{"type": "boolean"}, {"type": "null"}]});
    let muted =
        ["video", "audio"].map(|key| json!({"required": [key], "properties": {key: {"type": "boolean"}}}));
    let mute = json!({
        "type": "object",
        "required": ["uid"],
        "properties": {"uid": reference("Uid"), "video": flag, "audio": flag},
        "anyOf": muted,
    });
    let stated = super::keys::EVENT[1..]
        .iter()
        .map(|key| json!({"required": [key], "properties": {*key: {"not": {"type": "null"}}}}));
    json!({
        "description": "Something that happens: one thing, and when.",
        "type": "object",
        "required": ["at"],
        "properties": {
            "at": {"description": "When, in seconds.", "$ref": "#/$defs/Seconds"},
            "updateLayout": described("A body of updateLayout, whole or bare.", &reference("LayoutRequest")),
            "update": described("A body of update, whole or bare.", &reference("UpdateRequest")),
            "mute": described("Video or sound of a user is muted (true) or unmuted (false).", &mute),
            "join": described("A user joins, behind everyone else.", &who),
            "leave": described("A user leaves.", &who),
            "videoStopped": described("A user's video stops, until its next frame.", &who),
        },
        "oneOf": stated.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::json_schema;

    /// The keys that are read are those that the schema states.
    #[test]
    fn schema_states_the_keys_that_are_read() {
        let schema = json_schema();
        let stated = |schema: &serde_json::Value| -> Vec<String> {
            let properties = schema["properties"].as_object().expect("an object's schema");
            let mut keys: Vec<String> = properties.keys().cloned().collect();
            keys.sort();
            keys
        };
        let read = |keys: &[&str]| {
            let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            keys.sort();
            keys
        };
        assert_eq!(stated(&schema), read(&keys::RECORDING));
        let definitions = &schema["$defs"];
        assert_eq!(stated(&definitions["User"]), read(&keys::USER));
        assert_eq!(stated(&definitions["Medium"]), read(&keys::MEDIUM));
        assert_eq!(stated(&definitions["Event"]), read(&keys::EVENT));
        let event = &definitions["Event"]["properties"];
        assert_eq!(stated(&event["mute"]["anyOf"][0]), read(&keys::MUTE));
        assert_eq!(stated(&event["join"]["anyOf"][0]), read(&keys::WHO));
    }

    #[test]
    fn schema_defines_what_it_refers_to() {
        let schema = json_schema();
        let text = schema.to_string();
        let references: Vec<&str> =
            text.split("#/$defs/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(references.len() > 20, "{references:?}");
        for name in references {
            assert!(schema["$defs"].get(name).is_some(), "{name}");
        }
    }
}
