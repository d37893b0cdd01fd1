//! The two arrays of a request: regions of a custom layout, and images of single users.

use std::collections::{HashMap, HashSet};

use super::Limits;
use super::error::{ProblemKind, WarningKind};
use super::fields::{FRACTION, Object, Reported, URL};
use super::findings::Findings;
use super::keys;
use super::path::Path;
use super::wire::{Member, Node, Value};
use crate::color::Alpha;
use crate::geometry::UnitRect;
use crate::id::UserId;
use crate::layout::{RegionSpec, UserBackground};

/// How far a region may reach over the canvas's edge, as a fraction of the canvas: decimal fractions rarely add up to 1.
const BEYOND_CANVAS: f64 = 1e-6;

type Users<'u> = Option<&'u HashSet<&'u str>>;

/// Reads the entries of `layoutConfig`; `None` where one has a problem.
pub(super) fn regions(
    path: &Path<'_>,
    items: &[Node<'_>],
    limits: &Limits,
    users: Users<'_>,
    findings: &mut Findings<'_>,
) -> Vec<Option<RegionSpec>> {
    let mut named = HashMap::new();
    let mut regions = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let path = path.index(index);
        let Some(object) = entry(item, &path, &keys::REGION, findings) else {
            regions.push(None);
            continue;
        };
        let uid = object.uid(findings, "uid", limits);
        if let Ok(Some((member, uid))) = &uid {
            if let Some(first) = named.get(uid) {
                object.warn(findings, member, WarningKind::RepeatedUser { first: *first });
            } else {
                named.insert(uid.clone(), index);
            }
            warn_of_nobody(object, member, uid, users, findings);
        }
        regions.push(region(object, uid.map(|uid| uid.map(|(_, uid)| uid)), findings).ok());
    }
    regions
}

fn region(
    object: Object<'_>,
    uid: Result<Option<UserId>, Reported>,
    findings: &mut Findings<'_>,
) -> Result<RegionSpec, Reported> {
    // Every field is read before the first error ends it, so that all of them are reported.
    let horizontal = axis(object, "x_axis", "width", findings);
    let vertical = axis(object, "y_axis", "height", findings);
    let alpha = object.fraction(findings, "alpha");
    if let (Ok(Some(0.0)), Some(member)) = (alpha, object.get("alpha")) {
        object.warn(findings, member, WarningKind::Invisible);
    }
    let render_mode = object.render_mode(findings);
    let ((x, width), (y, height)) = (horizontal?, vertical?);
    Ok(RegionSpec {
        uid: uid?,
        rect: UnitRect::from_fractions(x, y, width, height),
        alpha: alpha?.and_then(Alpha::new).unwrap_or(Alpha::OPAQUE),
        render_mode: render_mode?,
    })
}

/// Position and extent along one axis.
fn axis(
    object: Object<'_>,
    start: &'static str,
    extent: &'static str,
    findings: &mut Findings<'_>,
) -> Result<(f64, f64), Reported> {
    let mut mandatory = |key| {
        let value = object.fraction(findings, key)?;
        value.ok_or_else(|| object.missing(findings, key, ProblemKind::Missing, FRACTION))
    };
    let (from, by) = (mandatory(start), mandatory(extent));
    let (from, by) = (from?, by?);
    if let Some(member) = object.get(extent)
        && from + by > 1.0 + BEYOND_CANVAS
    {
        let kind = ProblemKind::BeyondCanvas { start, from, extent, by };
        return Err(object.wrong(findings, member, kind, format!("{start} + {extent} of at most 1")));
    }
    Ok((from, by))
}

/// Reads `backgroundConfig`; no user is in the result twice, the last entry of each wins.
pub(super) fn backgrounds(
    parent: &Path<'_>,
    member: &Member<'_>,
    limits: &Limits,
    users: Users<'_>,
    findings: &mut Findings<'_>,
) -> Vec<UserBackground> {
    let path = parent.key(&member.key);
    let Value::Array(items) = &member.value.value else {
        findings.wrong(&path, member, ProblemKind::WrongType, "an array of {uid, image_url, render_mode}");
        return Vec::new();
    };
    let (count, most) = (items.len(), limits.user_backgrounds);
    if count > most {
        findings.wrong(&path, member, ProblemKind::TooMany { count }, format!("at most {most} entries"));
    }
    let mut named: HashMap<UserId, usize> = HashMap::new();
    let mut backgrounds: Vec<Option<UserBackground>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let path = path.index(index);
        let Some(object) = entry(item, &path, &keys::BACKGROUND, findings) else {
            backgrounds.push(None);
            continue;
        };
        let uid = object.uid(findings, "uid", limits).and_then(|uid| {
            uid.ok_or_else(|| {
                object.missing(findings, "uid", ProblemKind::Missing, "a uid that is not empty")
            })
        });
        if let Ok((member, uid)) = &uid {
            if let Some(first) = named.insert(uid.clone(), index) {
                object.warn(findings, member, WarningKind::RepeatedBackground { first });
                backgrounds[first] = None;
            }
            warn_of_nobody(object, member, uid, users, findings);
        }
        let image = object.url(findings, "image_url", limits).and_then(|url| {
            url.ok_or_else(|| object.missing(findings, "image_url", ProblemKind::Missing, URL))
        });
        let render_mode = object.render_mode(findings);
        backgrounds.push(match (uid, image, render_mode) {
            (Ok((_, uid)), Ok(image), Ok(render_mode)) => Some(UserBackground { uid, image, render_mode }),
            _ => None,
        });
    }
    backgrounds.into_iter().flatten().collect()
}

/// The object that an entry of an array is, its unknown keys warned of.
fn entry<'n>(
    item: &'n Node<'n>,
    path: &'n Path<'n>,
    known: &[&'static str],
    findings: &mut Findings<'_>,
) -> Option<Object<'n>> {
    let object = Object::of(item, path);
    match object {
        Some(object) => object.warn_of_unknown_keys(findings, &[known], &[], &[]),
        None => {
            findings.wrong_node(path, item, ProblemKind::WrongType, "an object");
        }
    }
    object
}

/// Warns of a uid that none of the users bears, where they are known.
pub(super) fn warn_of_nobody(
    object: Object<'_>,
    member: &Member<'_>,
    uid: &UserId,
    users: Users<'_>,
    findings: &mut Findings<'_>,
) {
    if users.is_some_and(|users| !users.contains(uid.as_str())) {
        object.warn(findings, member, WarningKind::NobodyBears);
    }
}
