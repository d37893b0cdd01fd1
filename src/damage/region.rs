//! Sets of pixels as rows and spans, in memory that is used again.

use crate::geometry::Rect;
use crate::plan::Slab;

/// Columns, half-open.
pub type Span = (u32, u32);

/// Rows that have the same columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip<'a> {
    /// First row.
    pub y0: u32,
    /// Row after the last.
    pub y1: u32,
    /// Ascending, apart from each other, not empty.
    pub spans: &'a [Span],
}

impl Strip<'_> {
    /// Pixels of one row.
    pub fn width(self) -> u64 {
        self.spans.iter().map(|&(x0, x1)| u64::from(x1 - x0)).sum()
    }

    /// Pixels of all rows.
    pub fn area(self) -> u64 {
        self.width() * u64::from(self.y1 - self.y0)
    }
}

impl<'a> From<&'a Slab> for Strip<'a> {
    fn from(slab: &'a Slab) -> Self {
        Self { y0: slab.y0, y1: slab.y1, spans: &slab.spans }
    }
}

/// Strips one after the other. As a set of pixels, their rows ascend and do not overlap.
#[derive(Debug, Default)]
pub struct Region {
    strips: Vec<Rows>,
    spans: Vec<Span>,
}

/// A strip, as it is kept.
#[derive(Clone, Copy, Debug)]
struct Rows {
    y0: u32,
    y1: u32,
    first_span: usize,
    end_span: usize,
}

impl Region {
    pub fn clear(&mut self) {
        self.strips.clear();
        self.spans.clear();
    }

    /// Strips, not pixels.
    pub fn len(&self) -> usize {
        self.strips.len()
    }

    pub fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }

    /// All strips.
    pub fn strips(&self) -> impl Iterator<Item = Strip<'_>> {
        self.strips_of(0..self.len())
    }

    /// The strips of a range of their indices.
    pub fn strips_of(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = Strip<'_>> {
        self.strips[range].iter().map(|rows| self.strip(*rows))
    }

    fn strip(&self, Rows { y0, y1, first_span, end_span }: Rows) -> Strip<'_> {
        Strip { y0, y1, spans: &self.spans[first_span..end_span] }
    }

    pub fn area(&self) -> u64 {
        self.strips().map(Strip::area).sum()
    }

    /// Adds a strip with the spans that `add` pushes; nothing where it pushes none.
    fn push(&mut self, (y0, y1): (u32, u32), add: impl FnOnce(&mut Vec<Span>)) {
        let first_span = self.spans.len();
        add(&mut self.spans);
        let end_span = self.spans.len();
        if first_span < end_span {
            self.strips.push(Rows { y0, y1, first_span, end_span });
        }
    }

    /// Adds a strip as it is.
    pub fn push_strip(&mut self, strip: Strip<'_>) {
        self.push((strip.y0, strip.y1), |spans| spans.extend_from_slice(strip.spans));
    }

    /// Adds the pixels that are in both `a` and `b`, whose rows ascend.
    pub fn push_common<'a>(
        &mut self,
        a: impl Iterator<Item = Strip<'a>>,
        b: impl Iterator<Item = Strip<'a>>,
    ) {
        let (mut a, mut b) = (a.peekable(), b.peekable());
        while let (Some(&left), Some(&right)) = (a.peek(), b.peek()) {
            let rows = (left.y0.max(right.y0), left.y1.min(right.y1));
            if rows.0 < rows.1 {
                self.push(rows, |spans| push_common_spans(left.spans, right.spans, spans));
            }
            if left.y1 <= right.y1 {
                a.next()
            } else {
                b.next()
            };
        }
    }

    /// Adds the pixels of `a` that are not in `b`; the rows of both ascend.
    pub fn push_rest<'a>(&mut self, a: impl Iterator<Item = Strip<'a>>, b: impl Iterator<Item = Strip<'a>>) {
        let mut b = b.peekable();
        for strip in a {
            let mut y = strip.y0;
            while y < strip.y1 {
                while b.next_if(|hole| hole.y1 <= y).is_some() {}
                let (end, holes): (u32, &[Span]) = match b.peek() {
                    Some(hole) if hole.y0 <= y => (hole.y1.min(strip.y1), hole.spans),
                    Some(hole) => (hole.y0.min(strip.y1), &[]),
                    None => (strip.y1, &[]),
                };
                self.push((y, end), |spans| push_rest_spans(strip.spans, holes, spans));
                y = end;
            }
        }
    }
}

fn push_common_spans(a: &[Span], b: &[Span], out: &mut Vec<Span>) {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(&&left), Some(&&right)) = (a.peek(), b.peek()) {
        let span = (left.0.max(right.0), left.1.min(right.1));
        if span.0 < span.1 {
            out.push(span);
        }
        if left.1 <= right.1 {
            a.next()
        } else {
            b.next()
        };
    }
}

fn push_rest_spans(spans: &[Span], holes: &[Span], out: &mut Vec<Span>) {
    let mut holes = holes.iter().peekable();
    for &(x0, x1) in spans {
        let mut x = x0;
        while let Some(&&(hole_start, hole_end)) = holes.peek().filter(|hole| hole.0 < x1) {
            if x < hole_start {
                out.push((x, hole_start));
            }
            x = x.max(hole_end);
            if hole_end > x1 {
                break;
            }
            holes.next();
        }
        if x < x1 {
            out.push((x, x1));
        }
    }
}

/// Rectangles in any order, overlapping or not, on their way to becoming a region.
#[derive(Debug, Default)]
pub struct Rects {
    rects: Vec<Rect>,
    edges: Vec<u32>,
}

impl Rects {
    pub fn push(&mut self, rect: Rect) {
        if !rect.is_empty() {
            self.rects.push(rect);
        }
    }

    /// Empties this into the region of all that it covered, which replaces what `region` was.
    pub fn drain_into(&mut self, region: &mut Region) {
        let Self { rects, edges } = self;
        region.clear();
        rects.sort_unstable_by_key(|rect| (rect.y0, rect.x0));
        edges.clear();
        edges.extend(rects.iter().flat_map(|rect| [rect.y0, rect.y1]));
        edges.sort_unstable();
        edges.dedup();
        let mut first = 0;
        for rows in edges.windows(2) {
            let (y0, y1) = (rows[0], rows[1]);
            while rects.get(first).is_some_and(|rect| rect.y1 <= y0) {
                first += 1;
            }
            let here = rects[first..].iter().take_while(|rect| rect.y0 <= y0).filter(|rect| rect.y1 > y0);
            region.push((y0, y1), |spans| {
                let start = spans.len();
                spans.extend(here.map(|rect| (rect.x0, rect.x1)));
                join_spans(spans, start);
            });
            region.join_last();
        }
        rects.clear();
    }
}

/// Makes the spans from `start` on ascend, apart from each other.
fn join_spans(spans: &mut Vec<Span>, start: usize) {
    spans[start..].sort_unstable();
    let mut end = start;
    for index in start..spans.len() {
        let span = spans[index];
        if end > start && span.0 <= spans[end - 1].1 {
            spans[end - 1].1 = spans[end - 1].1.max(span.1);
        } else {
            spans[end] = span;
            end += 1;
        }
    }
    spans.truncate(end);
}

impl Region {
    /// Makes one strip of the last two, where they are one.
    fn join_last(&mut self) {
        let [.., above, below] = self.strips[..] else { return };
        if above.y1 == below.y0 && self.strip(above).spans == self.strip(below).spans {
            self.strips.pop();
            self.spans.truncate(below.first_span);
            if let Some(last) = self.strips.last_mut() {
                last.y1 = below.y1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: u32 = 12;

    fn region(rects: &[Rect]) -> Region {
        let mut bag = Rects::default();
        rects.iter().for_each(|rect| bag.push(*rect));
        let mut region = Region::default();
        bag.drain_into(&mut region);
        region
    }

    /// Every pixel, in the order of the strips.
    fn pixels(region: &Region) -> Vec<(u32, u32)> {
        let rows = region.strips().flat_map(|strip| (strip.y0..strip.y1).map(move |y| (strip, y)));
        rows.flat_map(|(strip, y)| {
            strip.spans.iter().flat_map(move |&(x0, x1)| (x0..x1).map(move |x| (y, x)))
        })
        .collect()
    }

    /// The pixels of a square that `holds` says are in; ascending, so equal lists are equal sets without doubles.
    fn expected(holds: impl Fn(u32, u32) -> bool) -> Vec<(u32, u32)> {
        let all = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x)));
        all.filter(|&(y, x)| holds(x, y)).collect()
    }

    fn any_holds(rects: &[Rect], x: u32, y: u32) -> bool {
        rects.iter().any(|rect| rect.x0 <= x && x < rect.x1 && rect.y0 <= y && y < rect.y1)
    }

    fn rects() -> impl Strategy<Value = Vec<Rect>> {
        let axis = || (0..=SIDE, 0..=SIDE);
        let rect = (axis(), axis()).prop_map(|((x0, x1), (y0, y1))| Rect::new(x0, y0, x1, y1));
        prop::collection::vec(rect, 0..9)
    }

    proptest! {
        #[test]
        fn regions_are_sets(a in rects(), b in rects()) {
            let [left, right] = [&a, &b].map(|rects| region(rects));
            prop_assert_eq!(pixels(&left), expected(|x, y| any_holds(&a, x, y)));
            let (mut common, mut rest) = (Region::default(), Region::default());
            common.push_common(left.strips(), right.strips());
            rest.push_rest(left.strips(), right.strips());
            prop_assert_eq!(pixels(&common), expected(|x, y| any_holds(&a, x, y) && any_holds(&b, x, y)));
            prop_assert_eq!(pixels(&rest), expected(|x, y| any_holds(&a, x, y) && !any_holds(&b, x, y)));
            prop_assert_eq!(common.area() + rest.area(), left.area());
            for pair in left.strips().collect::<Vec<_>>().windows(2) {
                prop_assert!(pair[0].y1 < pair[1].y0 || pair[0].spans != pair[1].spans, "one strip would do");
            }
        }
    }

    #[test]
    fn regions_join_what_touches() {
        let grid = region(&[
            Rect::new(0, 0, 4, 4),
            Rect::new(4, 0, 8, 4),
            Rect::new(0, 4, 4, 8),
            Rect::new(4, 4, 8, 8),
        ]);
        let strips: Vec<_> = grid.strips().collect();
        assert_eq!(strips, [Strip { y0: 0, y1: 8, spans: &[(0, 8)] }]);
    }
}
