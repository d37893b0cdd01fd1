//! Whose sound and whose video is received: the lists of an `update` request.

use std::collections::HashSet;

use super::Limits;
use super::envelope;
use super::error::{ProblemKind, WarningKind};
use super::fields::{Field, Object, Reported};
use super::findings::Findings;
use super::keys;
use super::path::Path;
use super::wire::{Member, Node, Value};
use crate::id::UserId;

/// What an `update` request changes of the subscriptions. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Whose sound is received from now on; where `None`, that of the same users as before.
    pub audio: Option<UidList>,
    /// Whose video is received from now on; where `None`, that of the same users as before.
    pub video: Option<UidList>,
}

/// Users, those who join later included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UidList {
    /// Everyone.
    #[default]
    All,
    /// These alone; no uid twice.
    Only(Vec<UserId>),
    /// Everyone but these; no uid twice.
    AllBut(Vec<UserId>),
}

impl UidList {
    /// Whether a user is meant.
    #[must_use]
    pub fn includes(&self, uid: &UserId) -> bool {
        match self {
            Self::All => true,
            Self::Only(uids) => uids.contains(uid),
            Self::AllBut(uids) => !uids.contains(uid),
        }
    }
}

/// The word for everyone. Source: the vendor's documentation of `update`, as are the other rules of this file.
const EVERYONE: &str = "#allstream#";
/// The most uids in one list.
const MAX_UIDS: usize = 32;
const UIDS: &str = "an array of 1 to 32 uids, or [\"#allstream#\"]";
const UID: &str = "a uid that is not empty";

/// Reads an `update` request, whole or bare; meaningless where a problem was reported.
///
/// What else an update may change is left alone without a word: access keys stand there.
pub(super) fn update(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    users: Option<&HashSet<&str>>,
    findings: &mut Findings<'_>,
) -> Subscriptions {
    let read = envelope::open(node, path, findings, |request, _, findings| {
        for member in request.members.iter().filter(|member| member.key != keys::SUBSCRIBE) {
            if let Some(meant) = keys::nearest(&member.key, &[keys::SUBSCRIBE]) {
                request.warn_of_key(findings, member, WarningKind::UnknownKey { meant: Some(meant) });
            }
        }
        let subscribe = request.get(keys::SUBSCRIBE)?;
        envelope::object(request.path, subscribe, findings, |lists, findings| {
            lists.warn_of_unknown_keys(findings, &[&keys::LISTS], &[], &[]);
            let reader = Reader { limits, users };
            let [audio, video] = keys::LISTS;
            let audio = reader.medium(lists, audio, &keys::AUDIO, findings);
            let video = reader.medium(lists, video, &keys::VIDEO, findings);
            Subscriptions { audio: audio.ok().flatten(), video: video.ok().flatten() }
        })
    });
    read.flatten().unwrap_or_default()
}

struct Reader<'c> {
    limits: &'c Limits,
    users: Option<&'c HashSet<&'c str>>,
}

impl Reader<'_> {
    /// The list of one medium.
    fn medium(
        &self,
        lists: Object<'_>,
        key: &str,
        known: &[&'static str; 3],
        findings: &mut Findings<'_>,
    ) -> Field<UidList> {
        let Some(member) = lists.get(key) else { return Ok(None) };
        let read = envelope::object(lists.path, member, findings, |object, findings| {
            object.warn_of_unknown_keys(findings, &[known], &[], &[]);
            let mut listed = None;
            let mut first = None;
            for key in known {
                let Some(member) = object.get(key) else { continue };
                match first {
                    // Both are checked: the request is refused, but with all its problems.
                    Some(first) => {
                        object.wrong(
                            findings,
                            member,
                            ProblemKind::TwoLists { first },
                            "one list for a medium",
                        );
                    }
                    None => first = Some(*key),
                }
                listed = Some(self.list(object, member, *key == known[0], findings));
            }
            listed.transpose()
        });
        read.unwrap_or(Err(Reported))
    }

    fn list(
        &self,
        object: Object<'_>,
        member: &Member<'_>,
        is_subscribed: bool,
        findings: &mut Findings<'_>,
    ) -> Result<UidList, Reported> {
        let Value::Array(items) = &member.value.value else {
            return Err(object.wrong(findings, member, ProblemKind::WrongType, UIDS));
        };
        let count = items.len();
        if count == 0 {
            return Err(object.wrong(findings, member, ProblemKind::Empty, UIDS));
        }
        if count > MAX_UIDS {
            return Err(object.wrong(findings, member, ProblemKind::TooMany { count }, UIDS));
        }
        let path = object.path.key(&member.key);
        let is_everyone = |item: &Node<'_>| matches!(&item.value, Value::String(text) if text == EVERYONE);
        if is_subscribed && count == 1 && is_everyone(&items[0]) {
            return Ok(UidList::All);
        }
        let (mut uids, mut result) = (Vec::with_capacity(count), Ok(()));
        for (index, item) in items.iter().enumerate() {
            let path = path.index(index);
            if is_everyone(item) {
                findings.wrong_node(&path, item, ProblemKind::Everyone, UID);
                result = Err(Reported);
                continue;
            }
            match self.uid(item, &path, findings) {
                Ok(uid) if uids.contains(&uid) => findings.warn_node(&path, item, WarningKind::RepeatedUid),
                Ok(uid) => {
                    if self.users.is_some_and(|users| !users.contains(uid.as_str())) {
                        findings.warn_node(&path, item, WarningKind::NobodyBears);
                    }
                    uids.push(uid);
                }
                Err(reported) => result = Err(reported),
            }
        }
        result.map(|()| if is_subscribed { UidList::Only(uids) } else { UidList::AllBut(uids) })
    }

    fn uid(&self, item: &Node<'_>, path: &Path<'_>, findings: &mut Findings<'_>) -> Result<UserId, Reported> {
        let most = self.limits.uid_bytes;
        let (kind, expected) = match &item.value {
            Value::String(text) if text.is_empty() => (ProblemKind::Empty, UID.into()),
            Value::String(text) if text.len() > most => {
                (ProblemKind::TooLong { bytes: text.len() }, format!("at most {most} bytes"))
            }
            Value::String(text) => return Ok(UserId::new(text)),
            _ => (ProblemKind::WrongType, UID.into()),
        };
        findings.wrong_node(path, item, kind, expected);
        Err(Reported)
    }
}
