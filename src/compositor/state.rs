//! What waits for its time: events, frames, requests and images.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::notice::{Notice, Notices};
use crate::channel::{Advance, Channel};
use crate::frame::Frame;
use crate::id::UserId;
use crate::image::{ImageError, ImageStore, Picture};
use crate::layout::LayoutSpec;
use crate::time::Timestamp;
use crate::timeline::{Rank, Timeline};
use crate::url::ImageUrl;

/// Everything that calls from other threads change.
#[derive(Debug)]
pub(super) struct State {
    pub(super) channel: Channel,
    pub(super) images: ImageStore,
    pub(super) notices: Notices,
    /// The layout of each output at the last composed time.
    pub(super) layouts: Vec<Arc<LayoutSpec>>,
    /// Layouts, each with the index of its output.
    requests: Timeline<(usize, Arc<LayoutSpec>)>,
    arrivals: Timeline<(ImageUrl, Result<Picture, ImageError>)>,
}

impl State {
    pub(super) fn new(output_count: usize, images: ImageStore) -> Self {
        Self {
            channel: Channel::new(),
            images,
            notices: Notices::default(),
            layouts: vec![Arc::default(); output_count],
            requests: Timeline::new(),
            arrivals: Timeline::new(),
        }
    }

    /// Replaces the layout of these outputs, by their indices; each wants its images once more.
    pub(super) fn update_layout(&mut self, outputs: Range<usize>, at: Timestamp, layout: &Arc<LayoutSpec>) {
        for output in outputs {
            self.images.want(layout.images());
            self.requests.push(at, Rank::Request, (output, Arc::clone(layout)));
        }
    }

    pub(super) fn push_frame(
        &mut self,
        uid: &UserId,
        stamp: Timestamp,
        frame: Frame,
        released: &mut Vec<Frame>,
    ) {
        if let Some((num, den)) = frame.refused_pixel_aspect() {
            self.notices.push(Notice::PixelAspect { uid: uid.clone(), num, den });
        }
        self.channel.push_frame(uid, stamp, frame, released);
    }

    pub(super) fn image_ready(
        &mut self,
        at: Timestamp,
        url: &ImageUrl,
        picture: Result<Picture, ImageError>,
    ) {
        self.arrivals.push(at, Rank::Image, (url.clone(), picture));
    }

    pub(super) fn wait_for_images(&mut self, per_image: Duration) {
        // Images that were handed in for any time are not waited for.
        for (url, _) in self.arrivals.waiting() {
            self.images.expect_handed_in(url);
        }
        for failure in self.images.wait_all(per_image) {
            self.notices.push(Notice::Image(failure));
        }
    }

    /// Lets everything up to `t` take effect; says whether the users with a place have changed.
    pub(super) fn advance(&mut self, t: Timestamp, released: &mut Vec<Frame>) -> Advance {
        while let Some((_, (output, layout))) = self.requests.pop_until(t) {
            let replaced = std::mem::replace(&mut self.layouts[output], layout);
            self.images.release(replaced.images());
        }
        let advance = self.channel.advance(t, released);
        for notice in self.channel.drain_notices() {
            self.notices.push(Notice::Channel(notice));
        }
        while let Some((_, (url, picture))) = self.arrivals.pop_until(t) {
            if let Err(failure) = self.images.ready(&url, picture) {
                self.notices.push(Notice::Image(failure));
            }
        }
        for failure in self.images.drain() {
            self.notices.push(Notice::Image(failure));
        }
        advance
    }
}
