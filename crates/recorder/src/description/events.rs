//! The events of a description: requests as they were sent, and what happened to users.

use std::collections::HashSet;
use std::sync::Arc;

use polyptych::UserId;
use polyptych::request::document::{Findings, Member, Object, Path, Reported, Requests};
use polyptych::request::{ProblemKind, WarningKind};

use super::read::{OBJECT, SECONDS, items, seconds};
use super::{Action, Context, Event, keys};

const ONE: &str = "one of updateLayout, update, mute, join, leave, videoStopped";

/// Reads `events`, in the order of the document; those with problems are left out.
pub(super) fn events(
    object: Object<'_>,
    requests: &Requests<'_>,
    uids: &[UserId],
    context: &Context,
    findings: &mut Findings<'_>,
) -> Vec<Event> {
    let path = object.path.key("events");
    let items = items(object, "events", context.limits.events, findings);
    let reader = Reader { requests, users: uids.iter().collect(), context };
    let mut events = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let path = path.index(index);
        match Object::of(item, &path) {
            Some(object) => events.extend(reader.event(object, findings).ok()),
            None => findings.wrong_node(&path, item, ProblemKind::WrongType, OBJECT),
        }
    }
    events
}

struct Reader<'c> {
    requests: &'c Requests<'c>,
    users: HashSet<&'c UserId>,
    context: &'c Context,
}

impl Reader<'_> {
    fn event(&self, event: Object<'_>, findings: &mut Findings<'_>) -> Result<Event, Reported> {
        event.warn_of_unknown_keys(findings, &[&keys::EVENT], &[], &[]);
        let at = seconds(event, "at", findings)
            .and_then(|at| at.ok_or_else(|| event.missing(findings, "at", ProblemKind::Missing, SECONDS)));
        let mut actions = keys::EVENT[1..].iter().filter_map(|key| event.get(key));
        let action = match (actions.next(), actions.next()) {
            (Some(member), None) => self.action(event, member, findings),
            (Some(_), Some(second)) => {
                let kind = ProblemKind::Other("second thing in one event".into());
                Err(event.wrong(findings, second, kind, ONE))
            }
            (None, _) => {
                let place = findings.place_of_object(event);
                findings.error(event.path, place, ProblemKind::Missing, serde_json::Value::Null, ONE);
                Err(Reported)
            }
        };
        Ok(Event { at: at?, action: action? })
    }

    fn action(
        &self,
        event: Object<'_>,
        member: &Member<'_>,
        findings: &mut Findings<'_>,
    ) -> Result<Action, Reported> {
        let path = event.path.key(&member.key);
        match &*member.key {
            "updateLayout" => {
                let (layout, transcoding) = self.requests.layout(&member.value, &path, findings);
                if transcoding.is_some() {
                    let kind = WarningKind::Other {
                        doubt: "body of a start request: its layout is taken, its canvas is not".into(),
                        expected: "the body of updateLayout".into(),
                    };
                    event.warn(findings, member, kind);
                }
                Ok(Action::UpdateLayout(Arc::new(layout)))
            }
            "update" => Ok(Action::Update(Arc::new(self.requests.update(&member.value, &path, findings)))),
            "mute" => self.mute(&path, event, member, findings),
            "join" => self.who(&path, event, member, findings).map(Action::Join),
            "leave" => self.who(&path, event, member, findings).map(Action::Leave),
            _ => self.who(&path, event, member, findings).map(Action::StopVideo),
        }
    }

    fn mute(
        &self,
        path: &Path<'_>,
        event: Object<'_>,
        member: &Member<'_>,
        findings: &mut Findings<'_>,
    ) -> Result<Action, Reported> {
        let Some(mute) = Object::of(&member.value, path) else {
            return Err(event.wrong(findings, member, ProblemKind::WrongType, OBJECT));
        };
        mute.warn_of_unknown_keys(findings, &[&keys::MUTE], &[], &[]);
        let uid = self.uid(mute, findings);
        let (video, audio) = (mute.flag(findings, "video"), mute.flag(findings, "audio"));
        let (video, audio) = (video?, audio?);
        if video.is_none() && audio.is_none() {
            let expected = "video, audio or both, true or false";
            return Err(event.wrong(findings, member, ProblemKind::Missing, expected));
        }
        Ok(Action::Mute { uid: uid?, video, audio })
    }

    /// The user that an object names.
    fn who(
        &self,
        path: &Path<'_>,
        event: Object<'_>,
        member: &Member<'_>,
        findings: &mut Findings<'_>,
    ) -> Result<UserId, Reported> {
        let Some(who) = Object::of(&member.value, path) else {
            return Err(event.wrong(findings, member, ProblemKind::WrongType, OBJECT));
        };
        who.warn_of_unknown_keys(findings, &[&keys::WHO], &[], &[]);
        self.uid(who, findings)
    }

    fn uid(&self, object: Object<'_>, findings: &mut Findings<'_>) -> Result<UserId, Reported> {
        let Some((member, uid)) = object.uid(findings, "uid", &self.context.limits.request)? else {
            return Err(object.missing(findings, "uid", ProblemKind::Missing, "a uid that is not empty"));
        };
        if !self.users.contains(&uid) {
            object.warn(findings, member, WarningKind::NobodyBears);
        }
        Ok(uid)
    }
}
