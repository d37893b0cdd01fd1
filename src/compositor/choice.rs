//! What a region shows of its user: the newest frame, an image in its place, or nothing.

use std::sync::Arc;

use super::builder::StalledPicture;
use crate::frame::Frame;
use crate::id::UserId;
use crate::image::{ImageStore, Picture};
use crate::layout::{LayoutSpec, RenderMode};
use crate::source::Liveness;

/// What a region shows.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    /// The user's frame, placed as the region says.
    Frame(Frame),
    /// An image in the user's place, placed as it says itself.
    Image(Arc<Picture>, RenderMode),
}

impl Choice {
    /// Whether it can be painted: a frame whose buffer has become too short is no picture.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Frame(frame) => frame.view().is_ok(),
            Self::Image(..) => true,
        }
    }

    /// Whether it is that very frame.
    pub(super) fn is_frame(&self, frame: &Frame) -> bool {
        matches!(self, Self::Frame(shown) if shown.is_same(frame))
    }
}

/// Chooses for a user who has a place; `None` lets the canvas show.
pub(super) fn choose(
    liveness: Liveness<'_>,
    uid: &UserId,
    layout: &LayoutSpec,
    images: &ImageStore,
    stalled_picture: StalledPicture,
) -> Option<Choice> {
    let last_frame = match liveness {
        Liveness::Live(frame) => return Some(Choice::Frame(frame.clone())),
        Liveness::Stalled(frame) => Some(frame),
        Liveness::NeverSent => None,
    };
    let own = layout.user_background(uid).map(|own| (&own.image, own.render_mode));
    let default = layout.default_user_background_image.as_ref().map(|image| (image, RenderMode::Crop));
    let image = own.into_iter().chain(default).find_map(|(url, render_mode)| {
        images.get(url).map(|picture| Choice::Image(Arc::clone(picture), render_mode))
    });
    if image.is_some() {
        return image;
    }
    let canvas_shows = layout.background_image.as_ref().is_some_and(|url| images.get(url).is_some())
        || stalled_picture == StalledPicture::Canvas;
    last_frame.filter(|_| !canvas_shows).map(|frame| Choice::Frame(frame.clone()))
}
