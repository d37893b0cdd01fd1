//! The keys that descriptions know beside those of requests.

/// Of the description itself.
pub(super) const RECORDING: [&str; 8] =
    ["transcodingConfig", "cname", "sid", "users", "events", "images", "duration", "started"];
/// Of a user.
pub(super) const USER: [&str; 5] = ["uid", "present", "joined", "left", "media"];
/// Of a medium.
pub(super) const MEDIUM: [&str; 4] = ["file", "start", "end", "sparse"];
/// Of an event: its time, and what happens.
pub(super) const EVENT: [&str; 7] = ["at", "updateLayout", "update", "mute", "join", "leave", "videoStopped"];
/// Of a mute.
pub(super) const MUTE: [&str; 3] = ["uid", "video", "audio"];
/// Of what happens to a user otherwise.
pub(super) const WHO: [&str; 1] = ["uid"];

/// All of them: their values may be shown.
pub(super) const ALL: [&str; 26] = [
    "transcodingConfig",
    "cname",
    "sid",
    "users",
    "events",
    "images",
    "duration",
    "started",
    "uid",
    "present",
    "joined",
    "left",
    "media",
    "file",
    "start",
    "end",
    "sparse",
    "at",
    "updateLayout",
    "update",
    "mute",
    "join",
    "leave",
    "videoStopped",
    "video",
    "audio",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_all_known_where_values_are_shown() {
        let each = [&RECORDING[..], &USER, &MEDIUM, &EVENT, &MUTE, &WHO].concat();
        for key in each {
            assert!(ALL.contains(&key), "{key}");
        }
    }
}
