//! Pictures' memory, used again: what the engine drops is filled anew.

use std::io;
use std::sync::{Arc, Mutex};

use polyptych::{Frame, PixelFormat, PlaneBuffer, Size};

use super::child::lock;

/// Buffers that lie idle; more are given back to the system.
const MAX_IDLE: usize = 4;

/// Hands out memory for pictures of 4:2:0, and takes it back when their frames are dropped.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// A frame of packed planes that `fill` writes; `None` where `fill` says that there is none.
    pub(super) fn frame(
        &self,
        size: Size,
        fill: impl FnOnce(&mut [u8]) -> io::Result<bool>,
    ) -> io::Result<Option<Frame>> {
        let mut bytes = lock(&self.0).pop().unwrap_or_default();
        // Only what was not there before is written twice.
        bytes.resize(PixelFormat::I420.packed_bytes(size), 0);
        if !fill(&mut bytes)? {
            return Ok(None);
        }
        let [luma, chroma] = [0, 1].map(|index| PixelFormat::I420.plane_shape(index, size));
        let ends = [luma.row_bytes * luma.rows, chroma.row_bytes * chroma.rows];
        let strides = [luma.row_bytes, chroma.row_bytes, chroma.row_bytes];
        let planes = Arc::new(Planes { bytes, ends, pool: self.clone() });
        let frame = Frame::opaque(planes, PixelFormat::I420, size, strides);
        frame.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Planes of 4:2:0, one behind the other.
struct Planes {
    bytes: Vec<u8>,
    /// Bytes of the luma plane and of each chroma plane.
    ends: [usize; 2],
    pool: Pool,
}

impl PlaneBuffer for Planes {
    fn plane(&self, index: usize) -> &[u8] {
        let [luma, chroma] = self.ends;
        let range = match index {
            0 => 0..luma,
            1 => luma..luma + chroma,
            2 => luma + chroma..luma + 2 * chroma,
            _ => 0..0,
        };
        self.bytes.get(range).unwrap_or_default()
    }
}

impl Drop for Planes {
    fn drop(&mut self) {
        let mut idle = lock(&self.pool.0);
        if idle.len() < MAX_IDLE {
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_gives_its_memory_back() {
        let pool = Pool::default();
        let size = Size::from_wh(5, 3).expect("a size");
        let frame = pool.frame(size, |bytes| {
            bytes.iter_mut().zip(0..).for_each(|(byte, value)| *byte = value);
            Ok(true)
        });
        let frame = frame.expect("no error").expect("a frame");
        let view = frame.view().expect("planes");
        assert_eq!(
            (view.plane(0).row(2), view.plane(1).row(1), view.plane(2).row(1)),
            (&[10, 11, 12, 13, 14][..], &[18, 19, 20][..], &[24, 25, 26][..])
        );
        assert!(lock(&pool.0).is_empty());
        drop(frame);
        assert_eq!(lock(&pool.0).len(), 1);
        let larger = Size::from_wh(64, 64).expect("a size");
        assert!(pool.frame(larger, |bytes| Ok(bytes.len() != 6144)).expect("no error").is_none());
        assert!(lock(&pool.0).is_empty());
    }
}
