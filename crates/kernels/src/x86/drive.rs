//! What every level does around its passes: one row after the other, by the form of the job. Functions that are compiled for
//! some features cannot be generic over them, so these are macros: each level has them beside its own passes.

/// Runs bodies compiled for some features.
macro_rules! compiled_for {
    ($features:literal; $(fn $name:ident $(<const $generic:ident: usize>)? ($($argument:ident: $type:ty),*) = $body:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name $(<const $generic: usize>)? ($($argument: $type),*) {
            #[target_feature(enable = $features)]
            fn compiled $(<const $generic: usize>)? ($($argument: $type),*) {
                $body($($argument),*);
            }
            // SAFETY: the functions of a level are reached through its `Level` only, and one is only made after the
            // processor was asked.
            unsafe { compiled $(::<$generic>)? ($($argument),*) }
        }
    )*};
}

/// `scale`, around `vertical`, `horizontal` and `lay_row` of the level. `$one_window` is what the tables of unrolled steps must
/// say of their windows.
macro_rules! scale_for {
    ($features:literal, $one_window:pat) => {
        compiled_for! { $features; fn scale(job: Job<'_>) = by_taps; }

        #[target_feature(enable = $features)]
        fn by_taps(job: Job<'_>) {
            let is_opaque = job.alpha == ONE;
            match (job.taps, is_opaque) {
                (1, true) => by_steps::<1, true>(job),
                (1, false) => by_steps::<1, false>(job),
                (2, true) => by_steps::<2, true>(job),
                (2, false) => by_steps::<2, false>(job),
                (3, true) => by_steps::<3, true>(job),
                (3, false) => by_steps::<3, false>(job),
                (_, true) => by_steps::<4, true>(job),
                (_, false) => by_steps::<4, false>(job),
            }
        }

        /// Chooses the second pass.
        #[inline]
        #[target_feature(enable = $features)]
        fn by_steps<const TAPS: usize, const IS_OPAQUE: bool>(job: Job<'_>) {
            match job.shuffles() {
                Some(Shuffles { steps: 1, .. }) => rows::<TAPS, IS_OPAQUE, 1>(job),
                Some(Shuffles { steps: 2, is_one_window: $one_window, .. }) => {
                    rows::<TAPS, IS_OPAQUE, 2>(job)
                }
                _ => rows::<TAPS, IS_OPAQUE, 0>(job),
            }
        }

        /// Makes every row of a job. `STEPS` of 0 stands for any number of windows.
        #[target_feature(enable = $features)]
        fn rows<const TAPS: usize, const IS_OPAQUE: bool, const STEPS: usize>(job: Job<'_>) {
            let shuffles = job.shuffles();
            let Job { from, starts, weights, taps, reach, outputs, alpha, onto, between, .. } = job;
            let stride = from.stride_bytes;
            let lay = Lay::new(alpha);
            let ahead = onto.stride_bytes.wrapping_mul(CANVAS_ROWS_AHEAD);
            for (index, (&start, weights)) in starts.iter().zip(weights.chunks_exact(taps)).enumerate() {
                let row = from.data.as_ptr().wrapping_add(start as usize * stride);
                // SAFETY: the job was checked: row `start` and the `taps - 1` after it hold the bytes of `reach`, row `index` of
                // the canvas holds the outputs, and `between` holds what windows and registers touch.
                unsafe {
                    let canvas = onto.data.as_mut_ptr().add(index * onto.stride_bytes);
                    let between = between.as_mut_ptr();
                    match *weights {
                        [HALF, HALF] => vertical::<MEAN>(row, stride, &[], reach.start, reach.end, between),
                        _ => match whole_tap(weights) {
                            Some(tap) => {
                                vertical::<1>(
                                    row.add(tap * stride),
                                    stride,
                                    &[],
                                    reach.start,
                                    reach.end,
                                    between,
                                );
                            }
                            None => vertical::<TAPS>(row, stride, weights, reach.start, reach.end, between),
                        },
                    }
                    match shuffles {
                        Some(shuffles) => {
                            horizontal::<IS_OPAQUE, STEPS>(
                                between,
                                shuffles,
                                outputs.start,
                                outputs.end,
                                lay,
                                canvas,
                                ahead,
                            );
                        }
                        None => lay_row::<IS_OPAQUE>(between.add(reach.start), outputs.len(), lay, canvas),
                    }
                }
            }
        }
    };
}

/// `scale_signed`, around `vertical`, `make`, `narrow` and `blocks` of the level, which are of `$block` samples.
macro_rules! scale_signed_for {
    ($features:literal, $one_window:pat, $block:literal) => {
        compiled_for! { $features; fn scale_signed(job: SignedJob<'_>) = by_alpha; }

        #[target_feature(enable = $features)]
        fn by_alpha(job: SignedJob<'_>) {
            if job.alpha == ONE { by_steps::<true>(job) } else { by_steps::<false>(job) }
        }

        /// Chooses the second pass.
        #[inline]
        #[target_feature(enable = $features)]
        fn by_steps<const IS_OPAQUE: bool>(job: SignedJob<'_>) {
            match job.shuffles() {
                Some(Shuffles { steps: 2, is_one_window: $one_window, .. }) => rows::<IS_OPAQUE, 2>(job),
                Some(Shuffles { steps: 3, is_one_window: $one_window, .. }) => rows::<IS_OPAQUE, 3>(job),
                Some(Shuffles { steps: 4, is_one_window: $one_window, .. }) => rows::<IS_OPAQUE, 4>(job),
                _ => rows::<IS_OPAQUE, 0>(job),
            }
        }

        /// Makes every row of a job, two at a time: they share what the second pass reads of its table. `STEPS` of 0 stands for
        /// any number of windows.
        #[target_feature(enable = $features)]
        fn rows<const IS_OPAQUE: bool, const STEPS: usize>(mut job: SignedJob<'_>) {
            let count = job.starts.len();
            for index in (0..count - count % 2).step_by(2) {
                rows_from::<IS_OPAQUE, STEPS, 2>(&mut job, index);
            }
            if count % 2 == 1 {
                rows_from::<IS_OPAQUE, STEPS, 1>(&mut job, count - 1);
            }
        }

        /// Makes `ROWS` rows of a job.
        #[inline]
        #[target_feature(enable = $features)]
        fn rows_from<const IS_OPAQUE: bool, const STEPS: usize, const ROWS: usize>(
            job: &mut SignedJob<'_>,
            first: usize,
        ) {
            let shuffles = job.shuffles();
            let &mut SignedJob { from, starts, pairs, pairs_each, ref reach, ref outputs, alpha, .. } = job;
            let (stride, lay) = (from.stride_bytes, Lay::new(alpha));
            let both = job.between.rows();
            let between = std::array::from_fn(|row| both[row]);
            let (onto, onto_stride) = (job.onto.data.as_mut_ptr(), job.onto.stride_bytes);
            // SAFETY: the job was checked: row `start` and those of its pairs hold the bytes of `reach`, rows of the canvas hold the
            // outputs, and rows between the passes hold what windows touch and 64 samples more than `reach`.
            unsafe {
                for (index, between) in (first..).zip(between) {
                    let row = from.data.as_ptr().wrapping_add(starts[index] as usize * stride);
                    match &pairs[index * pairs_each..][..pairs_each] {
                        [a] => vertical(row, stride, [a], reach.start, reach.end, between),
                        [a, b] => vertical(row, stride, [a, b], reach.start, reach.end, between),
                        [a, b, c] => vertical(row, stride, [a, b, c], reach.start, reach.end, between),
                        [a, b, c, d] => vertical(row, stride, [a, b, c, d], reach.start, reach.end, between),
                        _ => unreachable!("{MAX_SIGNED_TAPS} taps are 4 pairs"),
                    }
                }
                let onto: [*mut u8; ROWS] = std::array::from_fn(|row| onto.add((first + row) * onto_stride));
                let between = between.map(<*mut i16>::cast_const);
                match shuffles {
                    Some(shuffles) => {
                        let make = |block: usize| make::<STEPS, ROWS>(between, shuffles, block);
                        blocks::<IS_OPAQUE, ROWS>(make, outputs.start, outputs.end, lay, onto);
                    }
                    None => {
                        let make =
                            |block: usize| between.map(|row| narrow(row.add(reach.start + $block * block)));
                        blocks::<IS_OPAQUE, ROWS>(make, 0, outputs.len(), lay, onto);
                    }
                }
            }
        }
    };
}
