//! Pictures come in decoding order and leave in the order of presentation.

use crate::decode::Picture;

/// Holds back as many pictures as may be overtaken by a later one, and no more: the depth is the stream's own bound.
#[derive(Default)]
pub(super) struct Reorder {
    depth: usize,
    /// By the time of presentation, the latest first.
    waiting: Vec<Picture>,
}

impl Reorder {
    /// States how many pictures may stand before one in decoding order and behind it in presentation.
    pub fn set_depth(&mut self, depth: usize) {
        self.depth = depth;
    }

    /// Takes the next picture in decoding order and gives those that nothing can overtake any more.
    pub fn push(&mut self, picture: Picture, ready: &mut Vec<Picture>) {
        let place = self.waiting.partition_point(|waiting| waiting.at > picture.at);
        self.waiting.insert(place, picture);
        while self.waiting.len() > self.depth {
            ready.extend(self.waiting.pop());
        }
    }

    /// Gives all that wait: at the end, and before a picture that none refers behind.
    pub fn drain(&mut self, ready: &mut Vec<Picture>) {
        ready.extend(self.waiting.drain(..).rev());
    }
}

#[cfg(test)]
mod tests {
    use polyptych::{FrameBuffer, PixelFormat, Size, Timestamp};

    use super::*;

    fn order(depth: usize, decoded: &[i64]) -> (Vec<i64>, usize) {
        let frame = FrameBuffer::new(PixelFormat::I420, Size::from_wh(2, 2).expect("2x2"));
        let frame = polyptych::Frame::from(frame);
        let mut reorder = Reorder::default();
        reorder.set_depth(depth);
        let (mut ready, mut most_waiting) = (Vec::new(), 0);
        for at in decoded {
            reorder.push(Picture { at: Timestamp::from_nanos(*at), frame: frame.clone() }, &mut ready);
            most_waiting = most_waiting.max(reorder.waiting.len());
        }
        reorder.drain(&mut ready);
        (ready.iter().map(|picture| picture.at.as_nanos()).collect(), most_waiting)
    }

    #[test]
    fn a_pyramid_of_depth_two_comes_out_in_order() {
        let (presented, most_waiting) = order(2, &[0, 4, 2, 1, 3, 8, 6, 5, 7]);
        assert_eq!(presented, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(most_waiting, 2);
    }

    #[test]
    fn without_reordering_nothing_waits() {
        assert_eq!(order(0, &[0, 1, 2]), (vec![0, 1, 2], 0));
    }
}
