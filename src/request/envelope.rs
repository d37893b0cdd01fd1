//! Requests come whole, as they were sent, or bare: the object within.

use super::error::ProblemKind;
use super::fields::Object;
use super::findings::Findings;
use super::path::Path;
use super::wire::{Member, Node};

/// What stands where an object belongs is told so.
pub(super) const OBJECT: &str = "an object";

/// Goes on with `then` in the bare request, wherever it stands; it is told whether that is in an envelope.
///
/// `None` where there is none, which has been reported. What stands beside `clientRequest` is the transport's business.
pub(super) fn open<T>(
    node: &Node<'_>,
    path: &Path<'_>,
    findings: &mut Findings<'_>,
    then: impl FnOnce(Object<'_>, bool, &mut Findings<'_>) -> T,
) -> Option<T> {
    let Some(body) = Object::of(node, path) else {
        findings.wrong_node(path, node, ProblemKind::WrongType, OBJECT);
        return None;
    };
    if !["clientRequest", "cname", "resourceId"].iter().any(|key| body.member(key).is_some()) {
        return Some(then(body, false, findings));
    }
    let Some(member) = body.get("clientRequest") else {
        body.missing(findings, "clientRequest", ProblemKind::Missing, OBJECT);
        return None;
    };
    object(path, member, findings, |inner, findings| then(inner, true, findings))
}

/// Goes on with `then` in the object that a member holds, or reports that it holds none.
pub(super) fn object<T>(
    parent: &Path<'_>,
    member: &Member<'_>,
    findings: &mut Findings<'_>,
    then: impl FnOnce(Object<'_>, &mut Findings<'_>) -> T,
) -> Option<T> {
    let path = parent.key(&member.key);
    let Some(object) = Object::of(&member.value, &path) else {
        findings.wrong(&path, member, ProblemKind::WrongType, OBJECT);
        return None;
    };
    Some(then(object, findings))
}
