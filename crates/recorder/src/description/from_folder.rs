//! A description made of the names in a folder: what most people have is a folder of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{FolderError, Limits, Started, print_seconds};
use crate::media;
use polyptych::Timestamp;

/// A description made of a folder, to be read by [`super::parse`] or edited first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FromFolder {
    /// The description, with line breaks and indentation; its paths are from the folder.
    pub json: String,
    /// What was left out, and why, for people.
    pub remarks: Vec<String>,
}

/// Endings of files with sound or video, in lower case.
const MEDIA: [&str; 11] = ["mp4", "m4v", "m4a", "mov", "webm", "mkv", "ts", "m3u8", "y4m", "wav", "ogg"];
/// Endings of stills.
const STILLS: [&str; 3] = ["png", "jpg", "jpeg"];
/// What may follow a user's name, behind `_` or `-`.
const SUFFIXES: [&str; 8] = ["av", "audio", "video", "cam", "camera", "mic", "screen", "share"];

/// A file, as its name says.
struct Named {
    uid: String,
    file: String,
    is_still: bool,
    began: Option<Started>,
}

/// Makes a description of the files that lie right in a folder: best fit, 1280x720, 30 frames a second.
///
/// # Rules
/// - `<sid>_<cname>__uid_s_<uid>__uid_e_<what>.<ending>`, the individual recordings of cloud recorders: the user is
///   `<uid>`; `<what>` is `av`, `audio` or `video`, alone or with `_` and a time. Where there are playlists, `.ts`
///   files are their segments and not media of their own.
/// - Other names are a user's, without a last part behind `_` or `-` that is one letter, a time, or one of `av`,
///   `audio`, `video`, `cam`, `camera`, `mic`, `screen`, `share`: `anna-a.webm`, `anna_screen.mp4` and `anna.mp4` are
///   all of `anna`.
/// - A time is 14 digits, year to second, or 17, with milliseconds, in UTC. A playlist's whose name has none is that in the name of its
///   first segment, else the date that it states for it. The earliest of the folder is second 0; files without one start there too.
///   Of dates that lie over seven days apart those count that most files have within seven days; a file with another one is told of,
///   and starts at second 0.
/// - A still counts for a user without another file, and shows from the beginning to the end.
/// - Users are in the order of their names; numbers by their value.
///
/// Hidden files, folders and other endings are passed over.
///
/// # Errors
/// Where the folder cannot be read.
pub fn from_folder(folder: &Path) -> Result<FromFolder, FolderError> {
    let io = |source| FolderError::Io { path: folder.to_owned(), source };
    let mut remarks = Vec::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        // Of a symbolic link the file it leads to counts.
        if !entry.path().is_file() {
            continue;
        }
        match entry.file_name().into_string() {
            Ok(name) if name.starts_with('.') => {}
            Ok(name) => files.push(name),
            Err(name) => remarks.push(format!("{}: left out, its name is not UTF-8", name.display())),
        }
        if files.len() > MAX_FILES {
            remarks.push(format!("more than {MAX_FILES} files: the rest was not looked at"));
            break;
        }
    }
    files.sort();
    let json = describe(&files, |file| began_of_playlist(&folder.join(file)), &mut remarks);
    Ok(FromFolder { json, remarks })
}

/// When a playlist began; who cannot be read is told of when it is rendered.
fn began_of_playlist(path: &Path) -> Option<Started> {
    let is_playlist = ending(path.file_name()?.to_str()?) == "m3u8";
    is_playlist.then(|| media::began(path).ok().flatten()).flatten()
}

/// The most files of a folder that are looked at.
const MAX_FILES: usize = 100_000;

/// `began` is asked for files whose names do not say when they began.
fn describe(files: &[String], began: impl Fn(&str) -> Option<Started>, remarks: &mut Vec<String>) -> String {
    let has_playlists = files.iter().any(|file| ending(file) == "m3u8");
    let is_segment = |file: &&String| has_playlists && ending(file) == "ts";
    let mut users: BTreeMap<(u64, String), Vec<Named>> = BTreeMap::new();
    for mut named in files.iter().filter(|file| !is_segment(file)).filter_map(|file| read_name(file)) {
        named.began = named.began.or_else(|| began(&named.file));
        // Numbers in the order of their value, then what is no number in that of its bytes.
        let number = named.uid.parse().unwrap_or(u64::MAX);
        users.entry((number, named.uid.clone())).or_default().push(named);
    }
    let limits = Limits::default();
    if users.len() > limits.users {
        remarks.push(format!("{} users: only the first {} were taken", users.len(), limits.users));
    }
    for ((_, uid), named) in &mut users {
        if named.iter().any(|file| !file.is_still) {
            named.retain(|file| {
                if file.is_still {
                    remarks.push(format!("{}: left out, {uid} has other files", file.file));
                }
                !file.is_still
            });
        }
    }
    let mut users: Vec<_> = users.into_values().take(limits.users).collect();
    let first = forget_far_dates(&mut users, remarks);
    let users: Vec<Value> = users.iter().map(|files| user(files, first)).collect();
    let mut description = json!({
        "transcodingConfig": {"width": 1280, "height": 720, "fps": 30, "bitrate": 1710, "mixedVideoLayout": 1},
        "users": users,
    });
    if let Some(first) = first {
        description["started"] = Value::from(first.to_string());
    }
    format!("{description:#}")
}

/// How far apart the files of one meeting may begin, in days.
const MAX_DAYS: i128 = 7;
const DAY_NANOS: i128 = 86_400_000_000_000;

/// Takes from files the dates that do not go with those of most others: their clock was wrong. Gives the first that is left. Of as many on both
/// sides the later ones are right, since clocks that were never set are behind.
fn forget_far_dates(users: &mut [Vec<Named>], remarks: &mut Vec<String>) -> Option<Started> {
    let mut dates: Vec<Started> = users.iter().flatten().filter_map(|file| file.began).collect();
    dates.sort_unstable();
    let is_near = |first: Started, at: Started| at.as_nanos() - first.as_nanos() <= MAX_DAYS * DAY_NANOS;
    let with = |index: usize| dates.partition_point(|at| is_near(dates[index], *at)) - index;
    let first = (0..dates.len()).max_by_key(|index| with(*index)).map(|index| dates[index])?;
    for file in users.iter_mut().flatten() {
        if let Some(began) = file.began.take_if(|began| *began < first || !is_near(first, *began)) {
            remarks.push(format!(
                "{}: its date, {began}, is over {MAX_DAYS} days from the others' ({first}); it starts with the first of them",
                file.file
            ));
        }
    }
    Some(first)
}

fn user(files: &[Named], first: Option<Started>) -> Value {
    let media = files.iter().map(|file| {
        let start = match (file.began, first) {
            (Some(began), Some(first)) => began.as_nanos() - first.as_nanos(),
            _ => 0,
        };
        let start = Timestamp::from_nanos(i64::try_from(start).unwrap_or(i64::MAX));
        json!({"file": file.file, "start": number(start)})
    });
    let media: Vec<Value> = media.collect();
    match files {
        [first, ..] if first.is_still => json!({"uid": first.uid, "joined": 0, "media": media}),
        [first, ..] => json!({"uid": first.uid, "media": media}),
        [] => Value::Null,
    }
}

/// Seconds as a number of JSON; file names and most playlists have milliseconds, which an `f64` prints as they are.
fn number(at: Timestamp) -> Value {
    serde_json::from_str(&print_seconds(at)).unwrap_or(Value::Null)
}

fn ending(file: &str) -> String {
    file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase()
}

/// What a name says; `None` where the ending is none of ours.
fn read_name(file: &str) -> Option<Named> {
    let ending = ending(file);
    let is_still = STILLS.contains(&&*ending);
    if !is_still && !MEDIA.contains(&&*ending) {
        return None;
    }
    let stem = file.rsplit_once('.')?.0;
    let (uid, began) = match individual(stem) {
        Some(read) => read,
        None => plain(stem),
    };
    (!uid.is_empty()).then(|| Named { uid: uid.to_owned(), file: file.to_owned(), is_still, began })
}

/// `<sid>_<cname>__uid_s_<uid>__uid_e_<what>`. Source: the vendor's documentation of recorded files.
fn individual(stem: &str) -> Option<(&str, Option<Started>)> {
    let (_, rest) = stem.split_once("__uid_s_")?;
    let (uid, what) = rest.rsplit_once("__uid_e_")?;
    let (what, began) = match what.split_once('_') {
        Some((what, time)) => (what, Some(Started::parse_stamp(time)?)),
        None => (what, None),
    };
    ["av", "audio", "video"].contains(&what).then_some((uid, began))
}

/// A user's name, perhaps with parts behind it.
fn plain(stem: &str) -> (&str, Option<Started>) {
    let (mut uid, mut began) = (stem, None);
    while let Some(at) = uid.rfind(['_', '-']) {
        let (rest, last) = (&uid[..at], &uid[at + 1..]);
        let is_letter = last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_suffix = SUFFIXES.iter().any(|suffix| suffix.eq_ignore_ascii_case(last));
        match Started::parse_stamp(last) {
            Some(time) if !rest.is_empty() && began.is_none() => began = Some(time),
            None if !rest.is_empty() && (is_letter || is_suffix) => {}
            _ => break,
        }
        uid = rest;
    }
    (uid, began)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::{Context, Recording, parse};

    fn recording(files: &[&str]) -> (Recording, Vec<String>) {
        let mut files: Vec<String> = files.iter().map(ToString::to_string).collect();
        files.sort();
        let mut remarks = Vec::new();
        let json = describe(&files, |_| None, &mut remarks);
        let description =
            parse(json.as_bytes(), &Context::default()).unwrap_or_else(|refusal| panic!("{refusal}\n{json}"));
        assert_eq!(description.warnings, [], "{json}");
        (description.recording, remarks)
    }

    fn summary(files: &[&str]) -> Vec<(String, Vec<(String, i64)>)> {
        let media = |user: &crate::description::User| {
            let media = user.media.iter();
            media
                .map(|medium| (medium.file.display().to_string(), medium.start.as_nanos() / 1_000_000))
                .collect()
        };
        recording(files).0.users.iter().map(|user| (user.uid.to_string(), media(user))).collect()
    }

    #[test]
    fn folder_files_are_named_by_user() {
        assert_eq!(
            summary(&[
                "10.mp4",
                "9.webm",
                "anna-a.webm",
                "anna_screen.MP4",
                "notes.txt",
                "user_1.mp4",
                "550e8400-e29b.ts"
            ]),
            [
                ("9".to_owned(), vec![("9.webm".to_owned(), 0)]),
                ("10".to_owned(), vec![("10.mp4".to_owned(), 0)]),
                ("550e8400-e29b".to_owned(), vec![("550e8400-e29b.ts".to_owned(), 0)]),
                ("anna".to_owned(), vec![("anna-a.webm".to_owned(), 0), ("anna_screen.MP4".to_owned(), 0)]),
                ("user_1".to_owned(), vec![("user_1.mp4".to_owned(), 0)]),
            ]
        );
    }

    #[test]
    fn folder_of_individual_recordings() {
        let name = |rest: &str| format!("38f8e3_weekly__uid_s_{rest}");
        let files = [
            name("2__uid_e_audio.m3u8"),
            name("2__uid_e_video_20260301083001500.m3u8"),
            name("2__uid_e_video_20260301083001500.ts"),
            name("1__uid_e_av_20260301083000000.m3u8"),
        ];
        let listed = summary(&files.each_ref().map(String::as_str));
        assert_eq!(listed[0], ("1".to_owned(), vec![(files[3].clone(), 0)]));
        assert_eq!(listed[1], ("2".to_owned(), vec![(files[0].clone(), 0), (files[1].clone(), 1500)]));
        assert_eq!(listed.len(), 2);
    }

    #[test]
    fn folder_playlists_begin_with_their_first_segments() {
        let folder = tempfile::tempdir().expect("a folder");
        let began = |lines: &str| {
            let path = folder.path().join("0.m3u8");
            fs::write(&path, lines).expect("a file");
            began_of_playlist(&path).map(|began| began.to_string())
        };
        let head = "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T09:30:00.5+01:00\n#EXTINF:10,\n";
        let at = |time: &str| Some(format!("2026-03-01T08:30:{time}Z"));
        let named = "38f8_weekly__uid_s_1__uid_e_av_20260301083001250.ts\n";
        assert_eq!(began(&format!("{head}{named}")), at("01.25"));
        assert_eq!(
            began(&format!("{head}sub-20260401083000/{named}").replace(".ts", ".ts?a=1.2")),
            at("01.25")
        );
        assert_eq!(began(&format!("{head}a_0.ts\n")), at("00.5"));
        assert_eq!(began(&format!("{head}a.ts\n").replace("+01:00", "+0100")), at("00.5"));
        assert_eq!(began(&format!("#EXTM3U\n#EXTINF:10,\na_0.ts\n{head}a_1.ts\n")), None);
        assert_eq!(began(head), None);
        // Far into a playlist, and through one that names others.
        let remarks = "# a remark\n".repeat(10_000);
        fs::write(folder.path().join("low.M3U8"), format!("{remarks}{head}a.ts\n")).expect("a file");
        assert_eq!(began("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.M3U8\n"), at("00.5"));
        assert_eq!(began("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n../low.M3U8\n"), None);

        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("1.m3u8"), format!("{head}a_0.ts\n")).expect("a file");
        fs::write(folder.path().join("2.m3u8"), format!("{head}{named}")).expect("a file");
        let made = from_folder(folder.path()).expect("a description");
        let read = parse(made.json.as_bytes(), &Context::default()).expect("a description");
        let starts = read.recording.users.iter().map(|user| user.media[0].start);
        assert_eq!(starts.collect::<Vec<_>>(), [Timestamp::ZERO, Timestamp::from_millis(750)]);
    }

    #[test]
    fn folder_dates_far_from_the_others_are_told_and_do_not_count() {
        let (found, remarks) = recording(&[
            "anna_20260301083000.mp4",
            "ben_20260301083010.mp4",
            "clara_20000101000000.mp4",
            "dora_20260302083000.mp4",
            "elif_20990101000000.mp4",
        ]);
        let starts: Vec<_> = found.users.iter().map(|user| user.media[0].start.as_nanos()).collect();
        assert_eq!(starts, [0, 10, 0, 86_400, 0].map(|seconds| seconds * 1_000_000_000));
        assert_eq!(found.started, Started::parse("2026-03-01T08:30:00Z").expect("a moment"));
        let named: Vec<_> =
            remarks.iter().filter_map(|remark| remark.split_once(':')).map(|(file, _)| file).collect();
        assert_eq!(named, ["clara_20000101000000.mp4", "elif_20990101000000.mp4"], "{remarks:?}");
        assert!(remarks[0].contains("2000-01-01T00:00:00Z") && remarks[0].contains("2026-03-01T08:30:00Z"));

        let (found, remarks) = recording(&["anna_20000101000000.mp4", "ben_20260301083010.mp4"]);
        assert_eq!(found.started.to_string(), "2026-03-01T08:30:10Z");
        assert!(remarks.len() == 1 && remarks[0].starts_with("anna_"), "{remarks:?}");
    }

    #[test]
    fn folder_stills_stand_for_users_without_other_files() {
        let (recording, remarks) = recording(&["anna.png", "anna.mp4", "ben.jpg"]);
        assert_eq!(remarks, ["anna.png: left out, anna has other files"]);
        assert_eq!(recording.users[0].media.len(), 1);
        assert_eq!(recording.users[1].present, Some(vec![(Timestamp::ZERO, None)]));
    }

    #[test]
    fn folder_is_read_from_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("1.mp4"), "x").expect("a file");
        fs::write(folder.path().join(".2.mp4"), "x").expect("a file");
        fs::create_dir(folder.path().join("3.mp4")).expect("a folder");
        let made = from_folder(folder.path()).expect("a description");
        let read = parse(made.json.as_bytes(), &Context::default()).expect("a description");
        assert_eq!(read.recording.users.len(), 1);
        assert!(from_folder(&folder.path().join("4")).is_err());
    }
}
