//! Finds the layout in a document and turns it into a [`LayoutSpec`]: defaults, types, ranges, every problem.

use std::collections::HashSet;

use super::Context;
use super::envelope::{self, OBJECT};
use super::error::ProblemKind;
use super::fields::Object;
use super::findings::Findings;
use super::keys;
use super::path::Path;
use super::subscription::{self, Subscriptions};
use super::transcoding::{self, Transcoding};
use super::wire::{Node, Value};
use super::{doubts, regions};
use crate::geometry::Size;
use crate::id::UserId;
use crate::layout::{Arrangement, LayoutSpec, MAX_REGIONS, RegionSpec};

const REGIONS: &str = "an array of 1 to 17 regions";
const LAYOUTS: &str = "0 (floating), 1 (best fit), 2 (vertical) or 3 (custom)";

/// Turns requests that a document holds into what they ask for.
pub struct Requests<'c> {
    context: &'c Context<'c>,
    users: Option<HashSet<&'c str>>,
}

impl<'c> Requests<'c> {
    /// Of the context everything counts but the strictness and the limits on the document as a whole.
    #[must_use]
    pub fn new(context: &'c Context<'c>) -> Self {
        let users = context.users.map(|users| users.iter().map(UserId::as_str).collect());
        Self { context, users }
    }

    /// A layout request, whole or bare, or a start request; meaningless where a problem was reported.
    pub fn layout(
        &self,
        node: &Node<'_>,
        path: &Path<'_>,
        findings: &mut Findings<'_>,
    ) -> (LayoutSpec, Option<Transcoding>) {
        let read = envelope::open(node, path, findings, |request, is_in_envelope, findings| {
            let near = if is_in_envelope { &keys::ENVELOPE[1..] } else { &keys::ENVELOPE };
            self.bare(request, near, findings)
        });
        read.unwrap_or_default()
    }

    /// The `transcodingConfig` of a start request, which stands at `node`; meaningless where a problem was reported.
    pub fn transcoding(
        &self,
        node: &Node<'_>,
        path: &Path<'_>,
        findings: &mut Findings<'_>,
    ) -> (LayoutSpec, Option<Transcoding>) {
        match Object::of(node, path) {
            Some(object) => self.start(object, findings),
            None => {
                findings.wrong_node(path, node, ProblemKind::WrongType, OBJECT);
                Default::default()
            }
        }
    }

    /// An `update` request, whole or bare; meaningless where a problem was reported.
    pub fn update(&self, node: &Node<'_>, path: &Path<'_>, findings: &mut Findings<'_>) -> Subscriptions {
        subscription::update(node, path, &self.context.limits, self.users.as_ref(), findings)
    }

    /// A request without its envelope; `near` are keys of the envelope that a misspelt key may mean.
    fn bare(
        &self,
        request: Object<'_>,
        near: &[&'static str],
        findings: &mut Findings<'_>,
    ) -> (LayoutSpec, Option<Transcoding>) {
        let direct = request.get("transcodingConfig");
        let recording = request.get("recordingConfig");
        let recording_path = request.path.key("recordingConfig");
        let nested = recording
            .and_then(|member| Object::of(&member.value, &recording_path))
            .and_then(|object| object.get("transcodingConfig"));
        if direct.is_none() && nested.is_none() {
            let layout = self.spec(request, self.context.canvas, findings);
            let mut known = keys::LAYOUT.to_vec();
            // Null is absent, and what is absent is not unknown.
            let null = |key: &&&str| request.member(key).is_some() && request.get(key).is_none();
            known.extend(["recordingConfig", "transcodingConfig"].iter().filter(null));
            request.warn_of_unknown_keys(findings, &[&known], near, &keys::CANVAS);
            return (layout, None);
        }
        if let (Some(direct), Some(_)) = (direct, nested) {
            let expected = "either transcodingConfig or recordingConfig.transcodingConfig";
            request.wrong(findings, direct, ProblemKind::TwoTranscodings, expected);
        }
        // Where there are two, both are checked: the request is refused, but with all its problems.
        let nested = nested
            .and_then(|member| envelope::object(&recording_path, member, findings, |o, f| self.start(o, f)));
        let direct = direct
            .and_then(|member| envelope::object(request.path, member, findings, |o, f| self.start(o, f)));
        nested.or(direct).unwrap_or_default()
    }

    /// The one object of a start request that says what the canvas and the layout are.
    fn start(&self, object: Object<'_>, findings: &mut Findings<'_>) -> (LayoutSpec, Option<Transcoding>) {
        let transcoding = transcoding::read(object, findings).ok();
        let canvas = self.context.canvas.or(transcoding.map(|transcoding| transcoding.size));
        let layout = self.spec(object, canvas, findings);
        object.warn_of_unknown_keys(findings, &[&keys::LAYOUT, &keys::CANVAS], &[], &[]);
        (layout, transcoding)
    }

    fn spec(&self, object: Object<'_>, canvas: Option<Size>, findings: &mut Findings<'_>) -> LayoutSpec {
        let limits = &self.context.limits;
        // Whatever stands for a wrong value is never seen: the request is refused.
        let mut url = |key| object.url(findings, key, limits).ok().flatten();
        let background_image = url("backgroundImage");
        let default_user_background_image = url("defaultUserBackgroundImage");
        let backgrounds = object.get("backgroundConfig");
        LayoutSpec {
            arrangement: self.arrangement(object, canvas, findings),
            background_color: object.color(findings, "backgroundColor").ok().flatten().unwrap_or_default(),
            background_image,
            default_user_background_image,
            user_backgrounds: backgrounds
                .map(|member| {
                    regions::backgrounds(object.path, member, limits, self.users.as_ref(), findings)
                })
                .unwrap_or_default(),
        }
    }

    fn arrangement(
        &self,
        object: Object<'_>,
        canvas: Option<Size>,
        findings: &mut Findings<'_>,
    ) -> Arrangement {
        let chosen = object.integer(findings, "mixedVideoLayout", (0, 3), LAYOUTS);
        let large = object.uid(findings, "maxResolutionUid", &self.context.limits).ok().flatten();
        // Regions where none belong are checked all the same: most likely `"mixedVideoLayout": 3` was forgotten.
        let regions = self.regions(object, canvas, findings);
        let listed = object.get("layoutConfig");
        let chosen = chosen.map(Option::unwrap_or_default);
        if let (Ok(layout @ 0..=2), Some(member)) = (chosen, listed)
            && matches!(&member.value.value, Value::Array(items) if !items.is_empty())
        {
            let kind = ProblemKind::RegionsOfPreset { layout };
            object.wrong(findings, member, kind, "no regions, or mixedVideoLayout 3");
        }
        match chosen {
            Ok(1) => Arrangement::BestFit,
            Ok(2) => {
                if let Some((member, uid)) = &large {
                    regions::warn_of_nobody(object, member, uid, self.users.as_ref(), findings);
                }
                Arrangement::Vertical { large: large.map(|(_, uid)| uid) }
            }
            Ok(3) => {
                if listed.is_none_or(
                    |member| matches!(&member.value.value, Value::Array(items) if items.is_empty()),
                ) {
                    object.missing(findings, "layoutConfig", ProblemKind::NoRegions, REGIONS);
                }
                Arrangement::Custom(regions)
            }
            _ => Arrangement::Floating,
        }
    }

    /// The entries of `layoutConfig` that have no problem.
    fn regions(
        &self,
        object: Object<'_>,
        canvas: Option<Size>,
        findings: &mut Findings<'_>,
    ) -> Vec<RegionSpec> {
        let Some(member) = object.get("layoutConfig") else { return Vec::new() };
        let path = object.path.key("layoutConfig");
        let Value::Array(items) = &member.value.value else {
            findings.wrong(&path, member, ProblemKind::WrongType, REGIONS);
            return Vec::new();
        };
        let count = items.len();
        if count > MAX_REGIONS {
            findings.wrong(&path, member, ProblemKind::TooMany { count }, REGIONS);
        }
        let regions = regions::regions(&path, items, &self.context.limits, self.users.as_ref(), findings);
        // Of more regions than a layout has nobody can say which hide which.
        if count <= MAX_REGIONS {
            doubts::warn_of_unseen(&path, items, &regions, canvas, findings);
        }
        regions.into_iter().flatten().collect()
    }
}
