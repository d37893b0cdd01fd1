//! The users of a description: who they are, when they are there, and their files.

use std::collections::HashMap;

use polyptych::Timestamp;
use polyptych::request::ProblemKind;
use polyptych::request::document::{Field, Findings, Node, Object, Path, Reported, Value};

use super::read::{OBJECT, SECONDS, file, items, seconds, time};
use super::{Context, Medium, User, keys};

const PAIRS: &str = "an array of [from, to], in order, the last with null where the user stays";
const PAIR: &str = "[from, to] in seconds, or [from, null]";

type Presence = Vec<(Timestamp, Option<Timestamp>)>;

/// Reads `users`; those with problems are left out.
pub(super) fn users(object: Object<'_>, context: &Context, findings: &mut Findings<'_>) -> Vec<User> {
    let path = object.path.key("users");
    let mut users = Vec::new();
    let (mut named, mut media_count) = (HashMap::new(), 0);
    for (index, item) in items(object, "users", context.limits.users, findings).iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let path = path.index(index);
        let Some(object) = Object::of(item, &path) else {
            findings.wrong_node(&path, item, ProblemKind::WrongType, OBJECT);
            continue;
        };
        object.warn_of_unknown_keys(findings, &[&keys::USER], &[], &[]);
        let uid = object.uid(findings, "uid", &context.limits.request).and_then(|uid| match uid {
            Some((member, uid)) => match named.insert(uid.clone(), index) {
                Some(first) => {
                    let kind = ProblemKind::Other(format!("user of users[{first}] again").into());
                    Err(object.wrong(findings, member, kind, "every uid once"))
                }
                None => Ok(uid),
            },
            None => Err(object.missing(findings, "uid", ProblemKind::Missing, "a uid that is not empty")),
        });
        let present = present(object, findings);
        let media = media(object, &mut media_count, context, findings);
        if let (Ok(uid), Ok(present)) = (uid, present) {
            users.push(User { uid, present, media });
        }
    }
    users
}

/// When a user is there, in the long or in the short form.
fn present(object: Object<'_>, findings: &mut Findings<'_>) -> Field<Presence> {
    let (joined, left) = (seconds(object, "joined", findings), seconds(object, "left", findings));
    let (joined, left) = (joined?, left?);
    if let Some(member) = object.get("present") {
        let mut result = Ok(());
        for key in ["joined", "left"] {
            if let Some(member) = object.get(key) {
                let kind = ProblemKind::Other("present is there too".into());
                result = Err(object.wrong(findings, member, kind, "either present, or joined and left"));
            }
        }
        let path = object.path.key("present");
        let Value::Array(items) = &member.value.value else {
            return Err(object.wrong(findings, member, ProblemKind::WrongType, PAIRS));
        };
        let pairs = pairs(items, &path, findings)?;
        return result.map(|()| Some(pairs));
    }
    let from = joined.unwrap_or(Timestamp::ZERO);
    if let (Some(to), Some(member)) = (left, object.get("left"))
        && to <= from
    {
        return Err(object.wrong(findings, member, ProblemKind::OutOfRange, "a time after joined"));
    }
    Ok((joined.is_some() || left.is_some()).then(|| vec![(from, left)]))
}

/// Reads the pairs of `present`.
fn pairs(items: &[Node<'_>], path: &Path<'_>, findings: &mut Findings<'_>) -> Result<Presence, Reported> {
    let (mut pairs, mut result) = (Presence::with_capacity(items.len()), Ok(()));
    for (index, item) in items.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        match pair(item, &path.index(index), pairs.last(), findings) {
            Ok(pair) => pairs.push(pair),
            Err(reported) => result = Err(reported),
        }
    }
    result.map(|()| pairs)
}

fn pair(
    item: &Node<'_>,
    path: &Path<'_>,
    last: Option<&(Timestamp, Option<Timestamp>)>,
    findings: &mut Findings<'_>,
) -> Result<(Timestamp, Option<Timestamp>), Reported> {
    let mut wrong = |path: &Path<'_>, node: &Node<'_>, kind, expected| {
        findings.wrong_node(path, node, kind, expected);
        Reported
    };
    let (from, to) = match &item.value {
        Value::Array(ends) if ends.len() == 2 => (&ends[0], &ends[1]),
        Value::Array(_) => return Err(wrong(path, item, ProblemKind::NotAllowed, PAIR)),
        _ => return Err(wrong(path, item, ProblemKind::WrongType, PAIR)),
    };
    let (from_path, to_path) = (path.index(0), path.index(1));
    let start = time(from).map_err(|kind| wrong(&from_path, from, kind, SECONDS));
    let end = match to.value {
        Value::Null => Ok(None),
        _ => time(to).map(Some).map_err(|kind| wrong(&to_path, to, kind, SECONDS)),
    };
    let (start, end) = (start?, end?);
    match last {
        Some((_, None)) => {
            return Err(wrong(path, item, ProblemKind::NotAllowed, "nothing after [from, null]"));
        }
        Some((_, Some(before))) if start < *before => {
            let expected = "a time not before the end of the pair before";
            return Err(wrong(&from_path, from, ProblemKind::OutOfRange, expected));
        }
        _ => {}
    }
    if end.is_some_and(|end| end <= start) {
        return Err(wrong(&to_path, to, ProblemKind::OutOfRange, "a time after the first of the pair"));
    }
    Ok((start, end))
}

/// Reads `media`; those with problems are left out.
fn media(
    object: Object<'_>,
    count: &mut usize,
    context: &Context,
    findings: &mut Findings<'_>,
) -> Vec<Medium> {
    let path = object.path.key("media");
    let items = items(object, "media", context.limits.media.saturating_sub(*count), findings);
    *count += items.len();
    let mut media = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let path = path.index(index);
        match Object::of(item, &path) {
            Some(object) => media.extend(medium(object, context, findings).ok()),
            None => findings.wrong_node(&path, item, ProblemKind::WrongType, OBJECT),
        }
    }
    media
}

fn medium(object: Object<'_>, context: &Context, findings: &mut Findings<'_>) -> Result<Medium, Reported> {
    object.warn_of_unknown_keys(findings, &[&keys::MEDIUM], &[], &[]);
    // Every field is read before the first error ends it, so that all of them are reported.
    let file = file(object, "file", context, findings);
    let start = seconds(object, "start", findings);
    let end = seconds(object, "end", findings);
    let is_sparse = object.flag(findings, "sparse");
    let (start, end) = (start?.unwrap_or(Timestamp::ZERO), end?);
    if let (Some(end), Some(member)) = (end, object.get("end"))
        && end <= start
    {
        return Err(object.wrong(findings, member, ProblemKind::OutOfRange, "a time after start"));
    }
    Ok(Medium { file: file?, start, end, is_sparse: is_sparse?.unwrap_or(false) })
}
