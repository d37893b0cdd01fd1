//! The resizers, each on one plane of bytes: the crop of a source into a rectangle of a target, no plane between.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use fast_image_resize::images::{CroppedImageMut, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use pic_scale::{
    BufferStore, ImageSize, ImageStore, ImageStoreMut, Resampling, ResamplingFunction, Scaler,
    ThreadingPolicy,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::workload::Rect;

/// A plane without padding, and the part of it that is meant.
pub struct Part<B> {
    pub bytes: B,
    pub width: usize,
    pub height: usize,
    pub rect: Rect,
}

impl<B> Part<B> {
    /// Where the part's first byte lies.
    pub fn offset(&self) -> usize {
        self.rect.y * self.width + self.rect.x
    }
}

/// Scales parts of planes.
pub trait Resize {
    fn resize(&mut self, from: &Part<&[u8]>, to: Part<&mut [u8]>) -> Result<(), Box<dyn Error>>;
}

/// fast_image_resize, on threads of rayon as its own feature uses them.
pub struct FastImageResize {
    threads: ThreadPool,
    resizer: Resizer,
}

impl FastImageResize {
    pub fn new(threads: usize) -> Result<Self, Box<dyn Error>> {
        let threads = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Self { threads, resizer: Resizer::new() })
    }
}

impl Resize for FastImageResize {
    fn resize(&mut self, from: &Part<&[u8]>, to: Part<&mut [u8]>) -> Result<(), Box<dyn Error>> {
        let Self { threads, resizer } = self;
        let source = ImageRef::new(from.width as u32, from.height as u32, from.bytes, PixelType::U8)?;
        let mut canvas = Image::from_slice_u8(to.width as u32, to.height as u32, to.bytes, PixelType::U8)?;
        let Rect { x, y, width, height } = to.rect;
        let mut target = CroppedImageMut::new(&mut canvas, x as u32, y as u32, width as u32, height as u32)?;
        let crop = from.rect;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
            crop.x as f64,
            crop.y as f64,
            crop.width as f64,
            crop.height as f64,
        );
        threads.install(|| resizer.resize(&source, &mut target, &options))?;
        Ok(())
    }
}

/// pic-scale, on as many threads as it starts itself; plans and scratch memory are kept.
pub struct PicScale {
    scaler: Scaler,
    plans: HashMap<[usize; 4], Arc<Resampling<u8, 1>>>,
    scratch: Vec<u8>,
}

impl PicScale {
    pub fn new(threads: usize) -> Result<Self, Box<dyn Error>> {
        let policy = if threads == 1 { ThreadingPolicy::Single } else { ThreadingPolicy::Fixed(threads) };
        let mut scaler = Scaler::new(ResamplingFunction::Bilinear);
        scaler.set_threading_policy(policy);
        Ok(Self { scaler, plans: HashMap::new(), scratch: Vec::new() })
    }
}

impl Resize for PicScale {
    fn resize(&mut self, from: &Part<&[u8]>, to: Part<&mut [u8]>) -> Result<(), Box<dyn Error>> {
        let sizes = [from.rect.width, from.rect.height, to.rect.width, to.rect.height];
        if !self.plans.contains_key(&sizes) {
            let plan = self.scaler.plan_planar_resampling(
                ImageSize::new(sizes[0], sizes[1]),
                ImageSize::new(sizes[2], sizes[3]),
            )?;
            self.scratch.resize(self.scratch.len().max(plan.scratch_size()), 0);
            self.plans.insert(sizes, plan);
        }
        let source = ImageStore::<u8, 1> {
            buffer: Cow::Borrowed(&from.bytes[from.offset()..]),
            channels: 1,
            width: sizes[0],
            height: sizes[1],
            stride: from.width,
            bit_depth: 8,
        };
        let offset = to.offset();
        let mut target = ImageStoreMut::<u8, 1> {
            buffer: BufferStore::Borrowed(&mut to.bytes[offset..]),
            channels: 1,
            width: sizes[2],
            height: sizes[3],
            stride: to.width,
            bit_depth: 8,
        };
        let plan = &self.plans[&sizes];
        plan.resample_with_scratch(&source, &mut target, &mut self.scratch[..plan.scratch_size()])?;
        Ok(())
    }
}
