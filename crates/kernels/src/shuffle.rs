//! How samples that lie apart come to lie side by side in a register, so that one multiply-add serves all its outputs.
//!
//! A register is filled from *windows*, runs of neighbouring samples that are loaded at once: one of 64 bytes, or one of
//! 16 bytes for each half. Each *step* picks two samples for every output out of the windows, with a weight for each; an
//! output's sum over all steps is its filter. How many steps there are depends on the taps and on how far apart the
//! outputs of a register read.

use crate::level::Instructions;

/// What the shuffles of a level can do with samples of some size.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    /// Samples in a window.
    window: usize,
    /// Windows that fill a register.
    windows: usize,
    /// How a picked sample is named: by bytes within its window, or by itself.
    names_bytes: bool,
}

impl Reach {
    /// Of samples of `sample_bytes` bytes, 1 or 2; nothing where a level does not shuffle.
    pub(crate) const fn of(instructions: Instructions, sample_bytes: usize) -> Option<Self> {
        match instructions {
            Instructions::Scalar => None,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Some(Self { window: 16 / sample_bytes, windows: 2, names_bytes: true }),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => Some(Self { window: 64 / sample_bytes, windows: 1, names_bytes: false }),
        }
    }
}

/// A tap of an output: the sample that it reads, and its weight, which is a signed byte where samples are bytes.
pub(crate) type Tap = (u32, i16);

/// Bytes that are loaded at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
struct Line([u8; 64]);

/// The shuffles of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shuffles {
    /// Steps of each register.
    pub(crate) steps: usize,
    /// Registers that make all outputs; the last one may make more.
    pub(crate) registers: usize,
    /// Whether all steps of a register read the same windows.
    pub(crate) is_one_window: bool,
    /// The first sample of each window: by register, step, window.
    pub(crate) offsets: Vec<u32>,
    /// By register and step, a register of picks (which sample of its window comes where, as the level's instruction wants
    /// it) and one of weights.
    lines: Vec<Line>,
    /// Samples that a row must have for every window to lie within it.
    pub(crate) row_len: usize,
}

impl Shuffles {
    /// Plans the shuffles for outputs with these taps, which ascend.
    pub(crate) fn new(reach: Reach, sample_bytes: usize, outputs: &[Vec<Tap>]) -> Self {
        let Reach { window, windows, .. } = reach;
        let plans: Vec<Vec<Step>> = outputs.chunks(window / 2).map(|outputs| plan(window, outputs)).collect();
        let steps = plans.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let registers = plans.len().div_ceil(windows);
        let is_one_window = plans.iter().all(|plan| plan.iter().all(|step| step.offset == plan[0].offset));
        let idle = Step { offset: 0, picks: vec![(0, 0); window] };
        let (mut offsets, mut bytes, mut row_len) = (Vec::new(), Vec::new(), 0);
        for (register, step) in
            (0..registers).flat_map(|register| (0..steps).map(move |step| (register, step)))
        {
            let plans = (0..windows).map(|lane| plans.get(register * windows + lane));
            let lanes: Vec<&Step> =
                plans.map(|plan| plan.and_then(|plan| plan.get(step)).unwrap_or(&idle)).collect();
            for lane in &lanes {
                offsets.push(lane.offset);
                row_len = row_len.max(lane.offset as usize + window);
            }
            let picks = || lanes.iter().flat_map(|lane| &lane.picks);
            for &(sample, _) in picks() {
                match (sample_bytes, reach.names_bytes) {
                    (1, _) => bytes.push(sample),
                    (_, true) => bytes.extend([2 * sample, 2 * sample + 1]),
                    (_, false) => bytes.extend([sample, 0]),
                }
            }
            for &(_, weight) in picks() {
                bytes.extend(&weight.to_le_bytes()[..sample_bytes]);
            }
        }
        let line = |bytes: &[u8]| Line(std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0)));
        let lines = bytes.chunks(64).map(line).collect();
        Self { steps, registers, is_one_window, offsets, lines, row_len }
    }

    /// The picks and weights, for each step of each register.
    pub(crate) const fn table(&self) -> *const u8 {
        self.lines.as_ptr().cast()
    }
}

/// One window and the samples picked out of it, two an output.
struct Step {
    offset: u32,
    picks: Vec<(u8, i16)>,
}

/// Serves every tap of some outputs, as few windows as come of taking the first tap that waits.
fn plan(window: usize, outputs: &[Vec<Tap>]) -> Vec<Step> {
    let mut waiting: Vec<&[Tap]> = outputs.iter().map(Vec::as_slice).collect();
    let mut steps: Vec<Step> = Vec::new();
    while let Some(first) = waiting.iter().filter_map(|taps| taps.first()).map(|tap| tap.0).min() {
        let last = waiting.iter().filter_map(|taps| taps.last()).map(|tap| tap.0).max().unwrap_or(first);
        // A window that has been loaded is read again where it holds all that waits.
        let offset =
            steps.first().map(|step| step.offset).filter(|&at| last < at + window as u32).unwrap_or(first);
        let mut picks = vec![(0, 0); window];
        for (picks, taps) in picks.chunks_exact_mut(2).zip(&mut waiting) {
            let served = taps.iter().take(2).take_while(|tap| tap.0 < offset + window as u32).count();
            let (now, later) = taps.split_at(served);
            for (pick, &(sample, weight)) in picks.iter_mut().zip(now) {
                *pick = ((sample - offset) as u8, weight);
            }
            *taps = later;
        }
        steps.push(Step { offset, picks });
    }
    steps
}
