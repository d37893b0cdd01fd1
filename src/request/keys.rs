//! The keys that requests know, and which of them a misspelt one means.

/// Keys of a layout request.
pub(super) const LAYOUT: [&str; 7] = [
    "mixedVideoLayout",
    "maxResolutionUid",
    "backgroundColor",
    "backgroundImage",
    "defaultUserBackgroundImage",
    "layoutConfig",
    "backgroundConfig",
];
/// Keys that a start request has beside those of the layout.
pub(super) const CANVAS: [&str; 4] = ["width", "height", "fps", "bitrate"];
/// Keys of an entry of `layoutConfig`.
pub(super) const REGION: [&str; 7] = ["uid", "x_axis", "y_axis", "width", "height", "alpha", "render_mode"];
/// Keys of an entry of `backgroundConfig`.
pub(super) const BACKGROUND: [&str; 3] = ["uid", "image_url", "render_mode"];
/// Keys that lead to the layout.
pub(super) const ENVELOPE: [&str; 3] = ["clientRequest", "recordingConfig", "transcodingConfig"];

/// Keys of an update that say whose sound and whose video is received.
pub(super) const LISTS: [&str; 2] = ["audioUidList", "videoUidList"];
/// Keys of a list of sound: subscribed, and the two spellings of not subscribed.
pub(super) const AUDIO: [&str; 3] = ["subscribeAudioUids", "unsubscribeAudioUids", "unSubscribeAudioUids"];
/// The same of video.
pub(super) const VIDEO: [&str; 3] = ["subscribeVideoUids", "unsubscribeVideoUids", "unSubscribeVideoUids"];
/// The key of an update that leads to them.
pub(super) const SUBSCRIBE: &str = "streamSubscribe";

/// Keys whose value is an address.
const URLS: [&str; 3] = ["backgroundImage", "defaultUserBackgroundImage", "image_url"];

/// What other names are known for: the vendor's own misprint, and what people write for axes.
const ALIASES: [(&str, &str); 3] = [("layoutType", "mixedVideoLayout"), ("x", "x_axis"), ("y", "y_axis")];

/// Longest key that is compared with others, in bytes. The longest known one has 26.
const COMPARED_BYTES: usize = 40;

/// The known key that `key` probably means. Case, `_` and `-` do not count; one letter in four may be wrong.
pub(super) fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // A key that is right elsewhere, such as recordingConfig without transcodingConfig in it, is not misspelt.
    if key.len() > COMPARED_BYTES || known.contains(&key) {
        return None;
    }
    if let Some((_, meant)) = ALIASES.iter().find(|(alias, meant)| *alias == key && known.contains(meant)) {
        return Some(meant);
    }
    let plain = |key: &str| key.to_lowercase().replace(['_', '-'], "");
    let written = plain(key);
    known
        .iter()
        .map(|known| (strsim::osa_distance(&written, &plain(known)), *known))
        .filter(|(distance, known)| *distance <= (known.len() / 4).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The key that a request has somewhere and that `key` is or probably means.
pub(super) fn meant_anywhere(key: &str) -> Option<&'static str> {
    let known = [&LAYOUT[..], &CANVAS, &REGION, &BACKGROUND, &ENVELOPE, &LISTS, &AUDIO, &VIDEO, &[SUBSCRIBE]]
        .concat();
    known.iter().find(|known| **known == key).copied().or_else(|| nearest(key, &known))
}

/// Whether the value of `key` is an address.
pub(super) fn holds_url(key: &str) -> bool {
    URLS.contains(&key)
}
