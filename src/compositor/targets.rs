//! Where the outputs of one moment are composed: onto canvases of the pool's, canvases of the caller's, or into plain buffers.

use super::canvas::{Canvas, PooledFrame};
use super::easel::{Easel, Moment};
use crate::damage::{PixelCounts, Record, Source};
use crate::frame::{FrameViewMut, PixelFormat};
use crate::geometry::Size;
use crate::paint::Painter;

/// A place for every output, in their order.
pub(super) enum Targets<'a, 'v> {
    /// Frames to be filled in.
    Pool(&'a mut [Option<PooledFrame>]),
    /// Canvases that are kept.
    Kept(&'a mut [Canvas]),
    /// Buffers of which nothing is known.
    Buffers(&'a mut [FrameViewMut<'v>]),
}

/// An output composed earlier in the same call: its index, and what it holds.
pub(super) type Sibling<'a> = (usize, &'a Record);

impl Targets<'_, '_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Pool(frames) => frames.len(),
            Self::Kept(canvases) => canvases.len(),
            Self::Buffers(buffers) => buffers.len(),
        }
    }

    /// What the caller has brought for an output; nothing where the pool has the canvas.
    pub(super) fn shape(&self, index: usize) -> Option<(PixelFormat, Size)> {
        match self {
            Self::Pool(_) => None,
            Self::Kept(canvases) => canvases.get(index).map(|canvas| (canvas.format(), canvas.size())),
            Self::Buffers(buffers) => buffers.get(index).map(|buffer| (buffer.format(), buffer.size())),
        }
    }

    /// Composes one output, with the help of another one.
    pub(super) fn compose(
        &mut self,
        index: usize,
        sibling: Option<Sibling<'_>>,
        easel: &mut Easel,
        painter: &mut Painter,
        moment: Moment<'_>,
    ) -> PixelCounts {
        let other = sibling.map(|(other, _)| other);
        let record = sibling.map(|(_, record)| record);
        match self {
            Self::Pool(frames) => {
                let (frame, other) = pair(frames, index, other);
                let other = other.and_then(Option::as_ref);
                let sibling =
                    other.zip(record).map(|(other, record)| Source { record, canvas: other.view() });
                let (composed, pixels) = easel.compose(painter, Moment { sibling, ..moment });
                *frame = Some(composed);
                pixels
            }
            Self::Kept(canvases) => {
                let (canvas, other) = pair(canvases, index, other);
                let sibling =
                    other.zip(record).map(|(other, record)| Source { record, canvas: other.view() });
                easel.compose_onto(painter, Moment { sibling, ..moment }, canvas)
            }
            Self::Buffers(buffers) => {
                let (buffer, other) = pair(buffers, index, other);
                let sibling =
                    other.zip(record).map(|(other, record)| Source { record, canvas: other.as_view() });
                easel.compose_into(painter, Moment { sibling, ..moment }, buffer.reborrow())
            }
        }
    }
}

/// One element to write, and another one, if any, to read.
pub(super) fn pair<T>(elements: &mut [T], index: usize, other: Option<usize>) -> (&mut T, Option<&T>) {
    match other {
        None => (&mut elements[index], None),
        Some(other) => {
            let [element, other] =
                elements.get_disjoint_mut([index, other]).expect("an output and one composed before it");
            (element, Some(other))
        }
    }
}
