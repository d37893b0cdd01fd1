//! Turns a description as it reads into a [`Recording`]: the document itself; users and events have files of their own.

use std::collections::HashSet;

use polyptych::request::document::{Field, Findings, Member, Node, Object, Path, Reported, Requests, Value};
use polyptych::request::{self, ProblemKind};
use polyptych::{ImageUrl, Timestamp, UserId};

use super::seconds::parse_seconds;
use super::{Context, Image, Name, Recording, Started, events, keys, users};

pub(super) const OBJECT: &str = "an object";
pub(super) const SECONDS: &str = "seconds from 0 to 31536000";
const FILE: &str = "a file's path, from the folder of the description";
const MOMENT: &str = "a date and a time (RFC 3339), such as 2026-03-01T09:30:00Z";

/// What the document describes; meaningless where a problem was reported.
pub(super) fn recording(root: &Node<'_>, context: &Context, findings: &mut Findings<'_>) -> Recording {
    let path = Path::Root;
    let Some(object) = Object::of(root, &path) else {
        findings.wrong_node(&path, root, ProblemKind::WrongType, OBJECT);
        return Recording::default();
    };
    object.warn_of_unknown_keys(findings, &[&keys::RECORDING], &[], &[]);
    let users = users::users(object, context, findings);
    let uids: Vec<UserId> = users.iter().map(|user| user.uid.clone()).collect();
    // A canvas of its own is known only once this is read; there it is told by the object itself.
    let limits = context.limits.request;
    let first = request::Context { users: Some(&uids), limits, ..Default::default() };
    let (layout, transcoding) = match object.get("transcodingConfig") {
        Some(member) => {
            Requests::new(&first).transcoding(&member.value, &path.key("transcodingConfig"), findings)
        }
        None => Default::default(),
    };
    let transcoding = transcoding.unwrap_or_default();
    let later = request::Context { canvas: Some(transcoding.size), ..first };
    let events = events::events(object, &Requests::new(&later), &uids, context, findings);
    Recording {
        transcoding,
        layout,
        cname: name(object, "cname", findings).ok().flatten().unwrap_or_default(),
        sid: name(object, "sid", findings).ok().flatten(),
        started: started(object, findings).ok().flatten().unwrap_or_default(),
        users,
        events,
        images: images(object, context, findings),
        duration: duration(object, findings).ok().flatten(),
        folder: context.folder.clone(),
    }
}

fn name(object: Object<'_>, key: &str, findings: &mut Findings<'_>) -> Field<Name> {
    let Some(text) = object.text(findings, key, Name::EXPECTED)? else { return Ok(None) };
    match Name::new(text.text) {
        Ok(name) => Ok(Some(name)),
        Err(flaw) => {
            let kind = ProblemKind::Other(flaw.to_string().into());
            Err(object.wrong(findings, text.member, kind, Name::EXPECTED))
        }
    }
}

fn started(object: Object<'_>, findings: &mut Findings<'_>) -> Field<Started> {
    let Some(text) = object.text(findings, "started", MOMENT)? else { return Ok(None) };
    match Started::parse(text.text) {
        Some(started) => Ok(Some(started)),
        None => Err(object.wrong(findings, text.member, ProblemKind::NotAllowed, MOMENT)),
    }
}

fn duration(object: Object<'_>, findings: &mut Findings<'_>) -> Field<Timestamp> {
    match (seconds(object, "duration", findings)?, object.get("duration")) {
        (Some(Timestamp::ZERO), Some(member)) => {
            Err(object.wrong(findings, member, ProblemKind::OutOfRange, "seconds above 0"))
        }
        (duration, _) => Ok(duration),
    }
}

/// Reads an optional time.
pub(super) fn seconds(object: Object<'_>, key: &str, findings: &mut Findings<'_>) -> Field<Timestamp> {
    let Some(member) = object.get(key) else { return Ok(None) };
    time(&member.value).map(Some).map_err(|kind| object.wrong(findings, member, kind, SECONDS))
}

/// The time that a number is.
pub(super) fn time(node: &Node<'_>) -> Result<Timestamp, ProblemKind> {
    let text = node.number_text().ok_or(ProblemKind::WrongType)?;
    parse_seconds(text).map_err(|_| ProblemKind::OutOfRange)
}

/// Reads a mandatory path.
pub(super) fn file(
    object: Object<'_>,
    key: &str,
    context: &Context,
    findings: &mut Findings<'_>,
) -> Result<std::path::PathBuf, Reported> {
    match object.text(findings, key, FILE)? {
        Some(text) => checked_file(object, text.member, text.text, context, findings),
        None => Err(object.missing(findings, key, ProblemKind::Missing, FILE)),
    }
}

fn checked_file(
    object: Object<'_>,
    member: &Member<'_>,
    text: &str,
    context: &Context,
    findings: &mut Findings<'_>,
) -> Result<std::path::PathBuf, Reported> {
    match context.folder.check(text) {
        Ok(()) => Ok(text.into()),
        Err(flaw) => Err(object.wrong(findings, member, ProblemKind::Other(flaw.to_string().into()), FILE)),
    }
}

/// The items of an array, within its limit; none where there is a problem.
pub(super) fn items<'n>(
    object: Object<'n>,
    key: &str,
    limit: usize,
    findings: &mut Findings<'_>,
) -> &'n [Node<'n>] {
    let Some(member) = object.get(key) else { return &[] };
    let Value::Array(items) = &member.value.value else {
        object.wrong(findings, member, ProblemKind::WrongType, "an array");
        return &[];
    };
    let count = items.len();
    if count > limit {
        object.wrong(findings, member, ProblemKind::TooMany { count }, format!("at most {limit} entries"));
        return &[];
    }
    items
}

fn images(object: Object<'_>, context: &Context, findings: &mut Findings<'_>) -> Vec<Image> {
    const IMAGES: &str = "an object of addresses and files";
    let Some(member) = object.get("images") else { return Vec::new() };
    let path = object.path.key("images");
    let Some(listed) = Object::of(&member.value, &path) else {
        object.wrong(findings, member, ProblemKind::WrongType, IMAGES);
        return Vec::new();
    };
    let (count, limit) = (listed.members.len(), context.limits.images);
    if count > limit {
        object.wrong(findings, member, ProblemKind::TooMany { count }, format!("at most {limit} entries"));
        return Vec::new();
    }
    let (mut images, mut seen) = (Vec::with_capacity(count), HashSet::new());
    for member in listed.members {
        if findings.is_full() {
            break;
        }
        let (bytes, most) = (member.key.len(), context.limits.request.url_bytes);
        let url = if bytes > most {
            Err(ProblemKind::TooLong { bytes })
        } else {
            ImageUrl::parse(&member.key).map_err(ProblemKind::Url)
        };
        let url = url.and_then(|url| match seen.insert(url.clone()) {
            true => Ok(url),
            false => Err(ProblemKind::Other("address that is listed already".into())),
        });
        let url = url.map_err(|kind| {
            let place = findings.place_of_key(member);
            let expected = format!("an http or https URL without user info, at most {most} bytes, once");
            findings.error(&path.key(&member.key), place, kind, serde_json::Value::Null, expected);
        });
        let file = match &member.value.value {
            Value::String(text) => checked_file(listed, member, text, context, findings),
            _ => Err(listed.wrong(findings, member, ProblemKind::WrongType, FILE)),
        };
        if let (Ok(url), Ok(file)) = (url, file) {
            images.push(Image { url, file });
        }
    }
    images
}
