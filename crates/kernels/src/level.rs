//! Which instructions the processor has, found once.

/// A set of instructions that this processor has.
///
/// # Guarantees
/// A level beyond [`Level::SCALAR`] is only ever made after the processor was asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(pub(crate) Instructions);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Instructions {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Level {
    /// Plain code: on every processor, and the definition of right.
    pub const SCALAR: Self = Self(Instructions::Scalar);

    /// The best level of this processor.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Self(Instructions::Avx2);
        }
        Self::SCALAR
    }

    /// Every level of this processor, the plainest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let best = Self::detect();
        [Self::SCALAR].into_iter().chain((best != Self::SCALAR).then_some(best))
    }

    /// The level's name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Instructions::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "avx2",
        }
    }
}
