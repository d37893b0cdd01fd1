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
    /// AVX-512 F, BW, VL, VBMI and VNNI, which came together but for VBMI and VNNI: processors that lack these two lower
    /// their clock for wide registers, and are as well served by AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Default for Level {
    /// The best of this processor.
    fn default() -> Self {
        Self::detect()
    }
}

impl Level {
    /// Plain code: on every processor, and the definition of right.
    pub const SCALAR: Self = Self(Instructions::Scalar);

    /// The best level of this processor.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::SCALAR)
    }

    /// Every level of this processor, the plainest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let levels = [
            Some(Self::SCALAR),
            #[cfg(target_arch = "x86_64")]
            std::arch::is_x86_feature_detected!("avx2").then_some(Self(Instructions::Avx2)),
            #[cfg(target_arch = "x86_64")]
            has_avx512().then_some(Self(Instructions::Avx512)),
        ];
        levels.into_iter().flatten()
    }

    /// The level's name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Instructions::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "avx512",
        }
    }
}

/// Whether the processor has all that [`Instructions::Avx512`] stands for, and AVX2 with it.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx2")
        && has!("avx512f")
        && has!("avx512bw")
        && has!("avx512vl")
        && has!("avx512vbmi")
        && has!("avx512vnni")
}
