//! Any scene, its pictures' rows any distance apart: within four levels of the compositor in floating point, and the same bytes with every
//! level of instructions.

use arbitrary::{Result, Unstructured};
use polyptych::{
    Alpha, ColorSpace, Filter, FrameBuffer, Level, Matrix, PixelFormat, Range, RenderMode, Rgb, Rotation,
    Size, UnitRect,
};

use crate::equivalence::padded::padded;
use crate::equivalence::scenes::{Content, Region, Scene};
use crate::reference::{Pattern, Picture, compare, compose};

const FORMATS: [PixelFormat; 3] = [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba];
const FILTERS: [Filter; 5] =
    [Filter::Area, Filter::Triangle, Filter::CatmullRom, Filter::Lanczos3, Filter::Nearest];
const ROTATIONS: [Rotation; 4] =
    [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270];
const MATRICES: [Matrix; 2] = [Matrix::Bt601, Matrix::Bt709];
const RANGES: [Range; 2] = [Range::Limited, Range::Full];
const MODES: [RenderMode; 2] = [RenderMode::Crop, RenderMode::Fit];
/// More layers add up their rounding.
const MAX_REGIONS: usize = 3;
const MAX_SIDE: u32 = 70;

pub fn check(bytes: &[u8]) {
    // Input that ends early is no finding.
    let _ = run(&mut Unstructured::new(bytes));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let padding = u.int_in_range(0..=40)?;
    let scene = scene(u)?;
    let frame = |picture: &Picture| picture.state(padded(&picture.buffer, padding));
    let composed = |level| scene.compose_as(|builder| builder.level(level), frame);
    let found = composed(Level::SCALAR);
    for difference in compare(found.view(), &compose(&scene.as_reference())) {
        assert!(difference.max_abs <= 4.0, "{difference:?}");
    }
    for level in Level::available() {
        assert!(composed(level) == found, "{} gives other bytes", level.name());
    }
    Ok(())
}

fn scene(u: &mut Unstructured<'_>) -> Result<Scene> {
    let [r, g, b] = u.arbitrary()?;
    let mut scene = Scene {
        format: *u.choose(&FORMATS)?,
        size: size(u)?,
        color: ColorSpace { matrix: *u.choose(&MATRICES)?, range: *u.choose(&RANGES)? },
        filter: *u.choose(&FILTERS)?,
        background: Rgb { r, g, b },
        background_image: if u.ratio(1, 4)? { Some(image(u)?) } else { None },
        regions: Vec::new(),
    };
    for _ in 0..u.int_in_range(1..=MAX_REGIONS)? {
        scene.regions.push(Region {
            rect: rect(u)?,
            alpha: Alpha::new(f64::from(u.int_in_range(0..=1000)?) / 1000.0).expect("within 0 and 1"),
            mode: *u.choose(&MODES)?,
            content: if u.ratio(1, 5)? { Content::Image(image(u)?) } else { Content::Frame(picture(u)?) },
        });
    }
    Ok(scene)
}

fn size(u: &mut Unstructured<'_>) -> Result<Size> {
    Ok(Size::from_wh(u.int_in_range(1..=MAX_SIDE)?, u.int_in_range(1..=MAX_SIDE)?).expect("a size"))
}

fn rect(u: &mut Unstructured<'_>) -> Result<UnitRect> {
    let whole = u.int_in_range(1..=1000)?;
    let [across, down] = {
        let mut axis = || -> Result<(u32, u32, u32)> {
            let start = u.int_in_range(0..=whole - 1)?;
            Ok((start, u.int_in_range(1..=whole - start)?, whole))
        };
        [axis()?, axis()?]
    };
    Ok(UnitRect::from_ratios(across, down))
}

fn pattern(u: &mut Unstructured<'_>) -> Result<Pattern> {
    let seed = u.arbitrary()?;
    Ok(if u.arbitrary()? { Pattern::Extremes(seed) } else { Pattern::Noise(seed) })
}

fn image(u: &mut Unstructured<'_>) -> Result<FrameBuffer> {
    Ok(pattern(u)?.picture(PixelFormat::Rgba, size(u)?))
}

fn picture(u: &mut Unstructured<'_>) -> Result<Picture> {
    let (format, size, pattern) = (*u.choose(&FORMATS)?, size(u)?, pattern(u)?);
    let has_alpha = format == PixelFormat::Rgba && u.arbitrary()?;
    let buffer = if has_alpha {
        pattern.picture_with_alpha(Pattern::Extremes(u.arbitrary()?), size)
    } else {
        pattern.picture(format, size)
    };
    Ok(Picture {
        rotation: *u.choose(&ROTATIONS)?,
        pixel_aspect: if u.ratio(1, 4)? {
            (u.int_in_range(1..=16)?, u.int_in_range(1..=16)?)
        } else {
            (1, 1)
        },
        matrix: if u.ratio(1, 3)? { Some(*u.choose(&MATRICES)?) } else { None },
        range: if u.ratio(1, 3)? { Some(*u.choose(&RANGES)?) } else { None },
        ..buffer.into()
    })
}
