//! Blocks, found by walking from element to element (RFC 9559, 5.1.3 and 10).
//!
//! The walk is flat: it steps into segments and clusters and over all else, so that it makes no difference whether
//! they say how long they are. Where what follows is no element, or reaches beyond the file, it goes on at the next
//! cluster.

use super::ebml::{
    BLOCK, BLOCK_DURATION, BLOCK_GROUP, CLUSTER, DISCARD_PADDING, Element, REFERENCE_BLOCK, SEGMENT,
    SIMPLE_BLOCK, TIMESTAMP, variable,
};
use crate::media::MediaError;
use crate::media::input::Input;

/// How many elements a block group may have: it has five kinds.
const MAX_GROUP_ELEMENTS: u32 = 64;

/// A block of one or more frames, its content still in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// The number of its track.
    pub track: u64,
    /// When its first frame is presented, in ticks.
    pub time: i64,
    pub is_key: bool,
    /// How long it lasts, in ticks.
    pub duration: Option<u64>,
    /// Sound at its end that is not presented, in nanoseconds; at its start where negative.
    pub padding: i64,
    pub lacing: Lacing,
    /// Where its frames lie in the file, with what tells one from the next.
    pub data: (u64, u64),
}

/// How a block tells its frames from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacing {
    /// It has one.
    None,
    Xiph,
    Fixed,
    Ebml,
}

/// What a step of the walk came to.
pub(super) enum Step {
    /// A cluster begins, at that byte.
    Cluster(u64),
    /// A block.
    Block(Block),
}

/// A walk through a file's clusters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    position: u64,
    /// Where the cluster that the walk is in ends, where it says so.
    cluster_end: Option<u64>,
    cluster_time: i64,
    /// Where the walk ends if the file does not before.
    until: u64,
    /// Where the first thing lay that is no element, or not whole.
    pub damage: Option<u64>,
    /// Damage that was passed since it was last asked for: from where to where.
    passed: Option<(u64, u64)>,
}

impl Blocks {
    /// Begins at a cluster, or between two.
    pub fn from(position: u64) -> Self {
        Self { position, cluster_end: None, cluster_time: 0, until: u64::MAX, damage: None, passed: None }
    }

    /// The same walk with another end. Walks that each begin at a cluster end at the next one, whatever elements claim to hold in
    /// between: so all of them together pass no byte twice.
    pub fn until(self, until: u64) -> Self {
        Self { until, ..self }
    }

    /// Leaves the cluster, where it says how long it is; never back, where that is less than what it holds.
    pub fn skip_cluster(&mut self) {
        self.position = self.cluster_end.map_or(self.position, |end| end.max(self.position));
    }

    /// The time of the cluster, in ticks; 0 until it was told.
    pub fn cluster_time(&self) -> i64 {
        self.cluster_time
    }

    /// What was passed over since this was last asked, because it is no element or not whole: from one byte to another.
    pub fn take_passed(&mut self) -> Option<(u64, u64)> {
        self.passed.take()
    }

    /// The next block.
    pub fn next_block(&mut self, input: &mut Input) -> Result<Option<Block>, MediaError> {
        while let Some(step) = self.step(input)? {
            if let Step::Block(block) = step {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    /// Goes on to the next cluster or block; `None` at the end.
    pub fn step(&mut self, input: &mut Input) -> Result<Option<Step>, MediaError> {
        while self.position < input.len().min(self.until) {
            let found = Element::at(input, self.position)?;
            let Some(element) = found.filter(|element| is_whole(element, input.len()) && self.fits(element))
            else {
                self.damage = self.damage.or(Some(self.position));
                let Some(next) = find_cluster(input, self.position.saturating_add(1))? else {
                    self.position = input.len();
                    break;
                };
                self.passed = Some((self.passed.map_or(self.position, |(from, _)| from), next));
                self.position = next;
                continue;
            };
            // Only what says how long it is can be stepped over.
            self.position = element.end.unwrap_or(element.body);
            match element.id {
                SEGMENT => self.position = element.body,
                CLUSTER => {
                    self.position = element.body;
                    self.cluster_end = element.end;
                    if element.end.is_some_and(|end| end > input.len()) {
                        self.damage = self.damage.or(Some(element.start));
                        self.cluster_end = None;
                    }
                    self.cluster_time = 0;
                    return Ok(Some(Step::Cluster(element.start)));
                }
                TIMESTAMP => {
                    let time = element.unsigned(input)?.and_then(|time| i64::try_from(time).ok());
                    self.cluster_time = time.unwrap_or(self.cluster_time);
                }
                SIMPLE_BLOCK => {
                    if let Some(block) = self.block(input, &element, true)? {
                        return Ok(Some(Step::Block(block)));
                    }
                }
                BLOCK_GROUP => {
                    if let Some(block) = self.group(input, &element)? {
                        return Ok(Some(Step::Block(block)));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Whether an element ends no later than the cluster that it lies in: a damaged size would step over all that follows.
    fn fits(&self, element: &Element) -> bool {
        let cluster_end = self.cluster_end.filter(|&end| element.start < end);
        matches!(element.id, CLUSTER | SEGMENT)
            || element.end.zip(cluster_end).is_none_or(|(end, cluster_end)| end <= cluster_end)
    }

    /// The head of a block (RFC 9559, 10.1).
    fn block(
        &self,
        input: &mut Input,
        element: &Element,
        is_simple: bool,
    ) -> Result<Option<Block>, MediaError> {
        let end = element.end.unwrap_or(element.body);
        let size = usize::try_from(end - element.body).unwrap_or(usize::MAX);
        let head = input.peek(element.body, size.min(12))?;
        let Some((track, len)) = variable(head) else { return Ok(None) };
        let Some(&[high, low, flags]) = head.get(len..).and_then(|rest| rest.first_chunk::<3>()) else {
            return Ok(None);
        };
        Ok(Some(Block {
            track,
            time: self.cluster_time.saturating_add(i64::from(i16::from_be_bytes([high, low]))),
            is_key: is_simple && flags & 0x80 != 0,
            duration: None,
            padding: 0,
            lacing: match flags >> 1 & 3 {
                0 => Lacing::None,
                1 => Lacing::Xiph,
                2 => Lacing::Fixed,
                _ => Lacing::Ebml,
            },
            data: (element.body + len as u64 + 3, end),
        }))
    }

    /// A block and what its group says of it.
    fn group(&self, input: &mut Input, group: &Element) -> Result<Option<Block>, MediaError> {
        let end = group.end.unwrap_or(group.body);
        let mut position = group.body;
        let mut block = None;
        let (mut duration, mut padding, mut is_key) = (None, 0, true);
        for _ in 0..MAX_GROUP_ELEMENTS {
            let Some(element) = Element::at(input, position)? else { break };
            let Some(element_end) = element.end.filter(|&element_end| element_end <= end) else { break };
            match element.id {
                BLOCK => block = self.block(input, &element, false)?,
                BLOCK_DURATION => duration = element.unsigned(input)?,
                REFERENCE_BLOCK => is_key = false,
                DISCARD_PADDING => padding = element.signed(input)?.unwrap_or(0),
                _ => {}
            }
            position = element_end;
            if position >= end {
                break;
            }
        }
        Ok(block.map(|block| Block { is_key, duration, padding, ..block }))
    }
}

/// Whether the file has all of an element. Of clusters and segments, blocks that are whole are used.
fn is_whole(element: &Element, len: u64) -> bool {
    match element.end {
        Some(end) => end <= len || matches!(element.id, CLUSTER | SEGMENT),
        // No other master is left open by any recorder.
        None => matches!(element.id, CLUSTER | SEGMENT),
    }
}

/// Where the next cluster begins.
fn find_cluster(input: &mut Input, from: u64) -> Result<Option<u64>, MediaError> {
    let name = CLUSTER.to_be_bytes();
    let mut position = from;
    loop {
        let bytes = input.peek(position, 4096)?;
        if let Some(index) = bytes.windows(name.len()).position(|window| window == name) {
            return Ok(Some(position + index as u64));
        }
        if bytes.len() < name.len() {
            return Ok(None);
        }
        position += (bytes.len() - name.len() + 1) as u64;
    }
}

/// The lengths of the frames of a block, from the start of its data, and how many bytes tell them.
pub(super) fn frame_sizes(lacing: Lacing, data: &[u8]) -> Option<(Vec<usize>, usize)> {
    if lacing == Lacing::None {
        return Some((vec![data.len()], 0));
    }
    let count = usize::from(*data.first()?) + 1;
    let mut at = 1;
    let mut sizes: Vec<usize> = Vec::with_capacity(count);
    match lacing {
        Lacing::Fixed => {
            let bytes = data.len() - at;
            return bytes.is_multiple_of(count).then(|| (vec![bytes / count; count], at));
        }
        Lacing::Xiph => {
            for _ in 1..count {
                let mut size = 0;
                loop {
                    let byte = *data.get(at)?;
                    at += 1;
                    size += usize::from(byte);
                    if byte != 255 {
                        break;
                    }
                }
                sizes.push(size);
            }
        }
        Lacing::Ebml | Lacing::None => {
            let mut last = 0_i64;
            for index in 1..count {
                let (value, len) = variable(data.get(at..)?)?;
                at += len;
                // The first is a size, the others by how much they differ: their middle stands for no difference.
                let bias = if index == 1 { 0 } else { (1_i64 << (7 * len - 1)) - 1 };
                last = last.checked_add(i64::try_from(value).ok()?.checked_sub(bias)?)?;
                sizes.push(usize::try_from(last).ok()?);
            }
        }
    }
    let known = sizes.iter().try_fold(at, |sum, &size| sum.checked_add(size))?;
    sizes.push(data.len().checked_sub(known)?);
    Some((sizes, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacing_tells_frames_from_each_other() {
        assert_eq!(frame_sizes(Lacing::None, &[0; 7]), Some((vec![7], 0)));
        assert_eq!(frame_sizes(Lacing::Fixed, &[2, 0, 0, 0, 0, 0, 0]), Some((vec![2, 2, 2], 1)));
        assert_eq!(frame_sizes(Lacing::Fixed, &[2, 0, 0, 0, 0, 0]), None);
        let mut xiph = vec![2, 255, 3, 1];
        xiph.resize(4 + 258 + 1 + 5, 0);
        assert_eq!(frame_sizes(Lacing::Xiph, &xiph), Some((vec![258, 1, 5], 4)));
        // 800, 500 and 1000 bytes: the example of RFC 9559, 10.3.3.
        let mut ebml = vec![2, 0x43, 0x20, 0x5e, 0xd3];
        ebml.resize(5 + 2300, 0);
        assert_eq!(frame_sizes(Lacing::Ebml, &ebml), Some((vec![800, 500, 1000], 5)));
        for (lacing, bad) in [
            (Lacing::Xiph, &[][..]),
            (Lacing::Xiph, &[1, 255]),
            (Lacing::Xiph, &[1, 9, 0]),
            (Lacing::Ebml, &[2, 0x81, 0x80, 0]),
            (Lacing::Ebml, &[1, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ] {
            assert_eq!(frame_sizes(lacing, bad), None, "{lacing:?} {bad:02x?}");
        }
    }
}
