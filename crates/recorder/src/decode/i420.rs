//! Packed planes of 4:2:0: what Y4M holds is a picture already.

use polyptych::{Frame, FrameBuffer, PixelFormat, Size};

use super::{DecodeError, Picture, VideoDecoder};
use crate::media::{Packet, VideoTrack};

const NAME: &str = "I420";

/// Makes a frame of each packet.
pub(super) struct I420Decoder {
    track: VideoTrack,
    size: Size,
}

impl I420Decoder {
    /// For a track that states its size.
    ///
    /// # Errors
    /// Where it does not.
    pub fn new(track: &VideoTrack) -> Result<Self, DecodeError> {
        let size = track
            .size
            .ok_or_else(|| error("the container does not state the size of the pictures".to_owned()))?;
        Ok(Self { track: track.clone(), size })
    }
}

impl VideoDecoder for I420Decoder {
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        if let Some(change) = &packet.change {
            *self = Self::new(change)?;
        }
        if !packet.is_shown {
            return Ok(());
        }
        let buffer = FrameBuffer::from_packed(PixelFormat::I420, self.size, packet.data.clone());
        let mut frame =
            Frame::from(buffer.map_err(|found| error(found.to_string()))?).with_rotation(self.track.rotation);
        if let Some((num, den)) = self.track.pixel_aspect {
            frame = frame.with_pixel_aspect(num, den);
        }
        if let Some(matrix) = self.track.matrix {
            frame = frame.with_matrix(matrix);
        }
        if let Some(range) = self.track.range {
            frame = frame.with_range(range);
        }
        pictures.push(Picture { at: packet.at, frame });
        Ok(())
    }

    fn flush(&mut self, _pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        Ok(())
    }
}

fn error(problem: String) -> DecodeError {
    DecodeError { codec: NAME, problem }
}

#[cfg(test)]
mod tests {
    use polyptych::{Range, Rotation, Timestamp};

    use super::*;
    use crate::media::VideoCodec;

    #[test]
    fn planes_are_those_of_the_packet() {
        let track = VideoTrack {
            size: Size::from_wh(3, 2),
            rotation: Rotation::Clockwise90,
            pixel_aspect: Some((4, 3)),
            range: Some(Range::Full),
            ..VideoTrack::new(VideoCodec::I420)
        };
        let mut decoder = I420Decoder::new(&track).expect("a decoder");
        let mut packet = Packet::new(Timestamp::from_millis(40), (0..10).collect());
        let mut pictures = Vec::new();
        decoder.decode(&packet, &mut pictures).expect("decoded");
        let frame = &pictures[0].frame;
        let view = frame.view().expect("planes");
        assert_eq!((view.plane(0).row(1), view.plane(2).row(0)), (&[3, 4, 5][..], &[8, 9][..]));
        let shape = frame.shape();
        assert_eq!(
            (shape.range, shape.rotation, shape.matrix),
            (Some(Range::Full), Rotation::Clockwise90, None)
        );
        packet.data.pop();
        assert!(decoder.decode(&packet, &mut pictures).is_err());
    }
}
