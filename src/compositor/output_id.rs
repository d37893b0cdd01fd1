//! Which output of a compositor is meant.

use std::fmt;

/// An output of a compositor, by its place in the order in which they were added. The compositor's own is number 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutputId(usize);

impl OutputId {
    /// The output at `index`, from 0; whether there is one, the compositor knows.
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self(index)
    }

    /// Its place, from 0: that of its canvas in [`Compositor::compose_all`](super::Compositor::compose_all) too.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

impl fmt::Display for OutputId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "output {}", self.0)
    }
}

/// There is no such output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {found}; the compositor has {output_count}, counted from 0")]
pub struct UnknownOutput {
    /// The one that was named.
    pub found: OutputId,
    /// Outputs of the compositor.
    pub output_count: usize,
}
