//! Pictures made ready: turned upright, and RGBA turned into what the canvas can be painted from.
//!
//! Most frames need nothing. One that does is made ready once, however often it is painted.

use polyptych_kernels::{
    Level, RgbWeights, RowsMut, Turn, premultiply, rgba_to_chroma, rgba_to_luma, rotate,
};

use crate::color::ColorSpace;
use crate::frame::{
    Frame, FrameBuffer, FrameView, PictureShape, PixelFormat, PlaneShape, PlaneView, Rotation,
};
use crate::geometry::Size;
use crate::plan::{CanvasShape, SourceShape, rgb_weights};

/// The planes of a picture that is ready to be painted.
#[derive(Clone, Copy, Debug)]
pub struct PictureView<'a> {
    /// Those of its format.
    pub planes: [PlaneView<'a>; 3],
    /// Alpha at luma positions, of YUV with alpha.
    pub alpha: PlaneView<'a>,
    /// Alpha at chroma positions, of YUV with alpha.
    pub chroma_alpha: PlaneView<'a>,
}

impl PictureView<'_> {
    /// Whether U and V lie side by side, in plane 1.
    #[must_use]
    pub const fn is_interleaved(&self) -> bool {
        self.planes[2].shape().rows == 0
    }
}

impl<'a> From<FrameView<'a>> for PictureView<'a> {
    fn from(view: FrameView<'a>) -> Self {
        let planes = [view.plane(0), view.plane(1), view.plane(2)];
        Self { planes, alpha: PlaneView::empty(), chroma_alpha: PlaneView::empty() }
    }
}

impl Default for PictureView<'_> {
    fn default() -> Self {
        let empty = PlaneView::empty();
        Self { planes: [empty; 3], alpha: empty, chroma_alpha: empty }
    }
}

/// What a picture is like once it is ready for a canvas.
#[must_use]
pub fn source_shape(shape: &PictureShape, canvas: CanvasShape) -> SourceShape {
    let (format, color) = match (shape.format, canvas.yuv_color()) {
        (PixelFormat::Rgba, Some(color)) => (PixelFormat::I420, color),
        (format, _) => (format, shape.color_on(canvas.color)),
    };
    // Half a sample where the last chroma sample of an odd side has become the first.
    let shift = |side: u32, is_reversed: bool| if is_reversed && side % 2 == 1 { 0.5 } else { 0.0 };
    let size = shape.upright_size();
    let (x, y) = match shape.rotation {
        Rotation::None => (false, false),
        Rotation::Clockwise90 => (true, false),
        Rotation::Clockwise180 => (true, true),
        Rotation::Clockwise270 => (false, true),
    };
    let is_turned_yuv = shape.format.is_yuv();
    let chroma_shift = (shift(size.width(), x && is_turned_yuv), shift(size.height(), y && is_turned_yuv));
    SourceShape { size, format, color, has_alpha: shape.has_alpha, chroma_shift }
}

/// What must become of a picture before it can be painted. Canvases that want the same share the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// It is turned upright, and premultiplied where it has alpha; its format stays.
    OwnFormat,
    /// RGBA becomes YUV of these colours, upright too.
    Yuv(ColorSpace),
}

impl Preparation {
    /// What a picture needs for a canvas, or `None` where its own planes will do.
    #[must_use]
    pub fn of(shape: &PictureShape, canvas: CanvasShape) -> Option<Self> {
        match (shape.format, canvas.yuv_color()) {
            (PixelFormat::Rgba, Some(color)) => Some(Self::Yuv(color)),
            _ => (shape.rotation != Rotation::None || shape.has_alpha).then_some(Self::OwnFormat),
        }
    }
}

/// A picture made ready, and the memory for it, which is used again for the next one.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The frame that was made ready, and how, if one was.
    frame: Option<(Frame, Preparation)>,
    /// Upright samples of the frame's own format.
    upright: Vec<u8>,
    /// Planes for the canvas: Y, U, V and, with alpha, the alphas of luma and chroma; or premultiplied RGBA.
    planes: Vec<u8>,
    /// Whether it is waiting to be made.
    is_due: bool,
}

impl Prepared {
    /// Whether this is `frame`, ready or about to be.
    #[must_use]
    pub fn holds(&self, frame: &Frame, preparation: Preparation) -> bool {
        self.frame.as_ref().is_some_and(|(held, how)| *how == preparation && held.is_same(frame))
    }

    /// Whether it holds no frame.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.frame.is_none()
    }

    /// Whether [`Prepared::run`] has something to do.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        self.is_due
    }

    /// The frame it holds and how that is made ready, if it holds one.
    #[must_use]
    pub const fn frame(&self) -> Option<&(Frame, Preparation)> {
        self.frame.as_ref()
    }

    /// Takes a frame to be made ready by [`Prepared::run`].
    pub fn claim(&mut self, frame: Frame, preparation: Preparation) {
        self.frame = Some((frame, preparation));
        self.is_due = true;
    }

    /// Lets the frame go and keeps the memory.
    pub fn release(&mut self) {
        self.is_due = false;
        self.frame = None;
    }

    /// Makes the frame ready, if that is due. One whose buffer has become too short is let go.
    pub fn run(&mut self, level: Level) {
        let (true, Some((frame, preparation))) = (self.is_due, &self.frame) else { return };
        let shape = *frame.shape();
        let Ok(view) = frame.view() else {
            self.release();
            return;
        };
        let size = shape.upright_size();
        let upright = match turn_of(shape.rotation) {
            None => view,
            Some(turn) => {
                resize(&mut self.upright, shape.format.packed_bytes(size));
                turn_upright(level, turn, view, size, &mut self.upright);
                packed_view(shape.format, size, &self.upright)
            }
        };
        match preparation {
            Preparation::Yuv(color) => {
                let layout = YuvLayout::new(size, shape.has_alpha);
                resize(&mut self.planes, layout.bytes());
                to_yuv(level, upright.plane(0), *color, layout, &mut self.planes);
            }
            Preparation::OwnFormat if shape.has_alpha => {
                let rgba = upright.plane(0);
                let PlaneShape { row_bytes, rows } = rgba.shape();
                resize(&mut self.planes, row_bytes * rows);
                let out = self.planes.chunks_exact_mut(row_bytes).take(rows).enumerate();
                out.for_each(|(y, out)| premultiply(level, rgba.row(y), out));
            }
            Preparation::OwnFormat => {}
        }
        // Last, so that a caller's buffer that panics leaves nothing that counts as made.
        self.is_due = false;
    }

    /// The planes to paint from.
    #[must_use]
    pub fn view(&self) -> PictureView<'_> {
        let Some((frame, preparation)) = &self.frame else { return PictureView::default() };
        let shape = frame.shape();
        let size = shape.upright_size();
        if let Preparation::Yuv(_) = preparation {
            return YuvLayout::new(size, shape.has_alpha).view(&self.planes);
        }
        let bytes = if shape.has_alpha { &self.planes } else { &self.upright };
        packed_view(shape.format, size, bytes).into()
    }
}

fn turn_of(rotation: Rotation) -> Option<Turn> {
    match rotation {
        Rotation::None => None,
        Rotation::Clockwise90 => Some(Turn::Quarter),
        Rotation::Clockwise180 => Some(Turn::Half),
        Rotation::Clockwise270 => Some(Turn::ThreeQuarters),
    }
}

fn resize(buffer: &mut Vec<u8>, bytes: usize) {
    if buffer.len() < bytes {
        buffer.resize(bytes, 0);
    }
}

/// Planes that follow each other without padding.
fn packed_view(format: PixelFormat, size: Size, bytes: &[u8]) -> FrameView<'_> {
    let mut rest = bytes;
    let planes = [0, 1, 2].map(|index| {
        let PlaneShape { row_bytes, rows } = format.plane_shape(index, size);
        let (plane, others) = rest.split_at(row_bytes * rows);
        rest = others;
        (plane, row_bytes)
    });
    FrameView::new(format, size, &planes).expect("the buffer was made for this shape")
}

fn turn_upright(level: Level, turn: Turn, view: FrameView<'_>, upright: Size, out: &mut [u8]) {
    let mut rest = out;
    for index in 0..view.format().plane_count() {
        let plane = view.plane(index);
        let PlaneShape { row_bytes, rows } = view.format().plane_shape(index, upright);
        let (out, others) = rest.split_at_mut(row_bytes * rows);
        rest = others;
        let from = plane.rows_from(0, 0);
        let onto = RowsMut { data: out, stride_bytes: row_bytes };
        let shape = plane.shape();
        match (view.format(), index) {
            (PixelFormat::Rgba, _) => {
                rotate::<4>(level, turn, from, (shape.row_bytes / 4, shape.rows), onto);
            }
            (PixelFormat::Nv12, 1) => {
                rotate::<2>(level, turn, from, (shape.row_bytes / 2, shape.rows), onto);
            }
            _ => rotate::<1>(level, turn, from, (shape.row_bytes, shape.rows), onto),
        }
    }
}

/// Where the planes of a converted picture lie in their buffer: Y, U, V, and with alpha two more.
#[derive(Clone, Copy)]
struct YuvLayout {
    luma: PlaneShape,
    chroma: PlaneShape,
    has_alpha: bool,
}

impl YuvLayout {
    const fn new(size: Size, has_alpha: bool) -> Self {
        let format = PixelFormat::I420;
        Self { luma: format.plane_shape(0, size), chroma: format.plane_shape(1, size), has_alpha }
    }

    const fn plane_bytes(shape: PlaneShape) -> usize {
        shape.row_bytes * shape.rows
    }

    const fn bytes(self) -> usize {
        let (luma, chroma) = (Self::plane_bytes(self.luma), Self::plane_bytes(self.chroma));
        if self.has_alpha { 2 * luma + 3 * chroma } else { luma + 2 * chroma }
    }

    fn view(self, bytes: &[u8]) -> PictureView<'_> {
        let mut rest = bytes;
        let mut plane = |shape: PlaneShape| {
            let (plane, others) = rest.split_at(Self::plane_bytes(shape));
            rest = others;
            PlaneView::new(plane, shape.row_bytes, shape, 0).expect("the buffer was made for this shape")
        };
        let planes = [plane(self.luma), plane(self.chroma), plane(self.chroma)];
        let [alpha, chroma_alpha] =
            if self.has_alpha { [plane(self.luma), plane(self.chroma)] } else { [PlaneView::empty(); 2] };
        PictureView { planes, alpha, chroma_alpha }
    }

    /// Y, U, V, alpha and the alpha of chroma; the last two empty without alpha.
    fn split(self, bytes: &mut [u8]) -> [&mut [u8]; 5] {
        let (luma, chroma) = (Self::plane_bytes(self.luma), Self::plane_bytes(self.chroma));
        let (y, rest) = bytes.split_at_mut(luma);
        let (u, rest) = rest.split_at_mut(chroma);
        let (v, rest) = rest.split_at_mut(chroma);
        if !self.has_alpha {
            return [y, u, v, &mut [], &mut []];
        }
        let (alpha, rest) = rest.split_at_mut(luma);
        [y, u, v, alpha, &mut rest[..chroma]]
    }
}

/// An opaque RGBA picture as planes of the canvas's meaning.
pub(super) fn to_i420(level: Level, rgba: &FrameBuffer, color: ColorSpace) -> FrameBuffer {
    let size = rgba.size();
    let layout = YuvLayout::new(size, false);
    let mut planes = vec![0; layout.bytes()];
    to_yuv(level, rgba.view().plane(0), color, layout, &mut planes);
    FrameBuffer::from_packed(PixelFormat::I420, size, planes).expect("as many bytes as the format has")
}

/// RGBA to planes of the canvas's meaning, premultiplied where there is alpha.
fn to_yuv(level: Level, rgba: PlaneView<'_>, color: ColorSpace, layout: YuvLayout, out: &mut [u8]) {
    let [to_y, to_u, to_v]: [RgbWeights; 3] = rgb_weights(color);
    let [luma, u, v, alpha, chroma_alpha] = layout.split(out);
    let row = |plane: usize, y: usize| plane * y..plane * (y + 1);
    let rows = rgba.shape().rows;
    // Rows of chroma first, and the two of luma under them: RGBA rows are read from memory once.
    for chroma_y in 0..layout.chroma.rows {
        let pair = [2 * chroma_y, (2 * chroma_y + 1).min(rows - 1)];
        let at = row(layout.chroma.row_bytes, chroma_y);
        let alphas = layout.has_alpha.then(|| &mut chroma_alpha[at.clone()]);
        let uv = [&mut u[at.clone()], &mut v[at.clone()]];
        rgba_to_chroma(level, pair.map(|y| rgba.row(y)), [to_u, to_v], uv, alphas);
        for y in pair[0]..=pair[1] {
            let at = row(layout.luma.row_bytes, y);
            let alphas = layout.has_alpha.then(|| &mut alpha[at.clone()]);
            rgba_to_luma(level, rgba.row(y), to_y, &mut luma[at], alphas);
        }
    }
}
