//! One moment: what each region shows, the plan for it, and the painting.

use std::sync::Arc;

use super::ComposeError;
use super::builder::StalledPicture;
use super::choice::{Choice, choose};
use super::easel::{Easel, Moment, Unchanged};
use super::state::State;
use super::statistics::{Statistics, Stopwatch};
use crate::color::{Alpha, Rgb};
use crate::damage::PixelCounts;
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::image::Picture;
use crate::layout::{ColumnOrder, Layout, MAX_REGIONS, Region, RenderMode, resolve};
use crate::paint::{Painter, PictureView, Prepared, needs_preparation, source_shape};
use crate::plan::{CanvasShape, Filter, Hidden, Item, Placement, Plan, PlanSettings, place};
use crate::time::Timestamp;

/// What does not change while a compositor lives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settings {
    pub(super) filter: Filter,
    pub(super) column_order: ColumnOrder,
    pub(super) stalled_picture: StalledPicture,
    pub(super) hidden: Hidden,
    pub(super) unchanged: Unchanged,
}

/// The regions, the background image among them.
const MAX_ITEMS: usize = MAX_REGIONS + 1;

/// All that painting needs, kept from frame to frame so that nothing is allocated.
#[derive(Debug)]
pub(super) struct Scene {
    canvas: CanvasShape,
    settings: Settings,
    painter: Painter,
    stopwatch: Stopwatch,
    statistics: Statistics,
    composed: Option<Timestamp>,
    layout: Layout,
    background: Rgb,
    /// What shows at the composed time, bottom first.
    shown: Vec<Shown>,
    /// How many of `shown` are no user's: the background image, if there is one.
    background_count: usize,
    /// The same, as it is planned.
    items: Vec<Item>,
    /// The frames of `items`.
    frames: Vec<Frame>,
    plan: Option<Planned>,
    easel: Easel,
    scaled: Vec<ScaledImage>,
    prepared: Vec<Prepared>,
    /// Frames that need not be held any more; dropped when the state's lock has been given back.
    released: Vec<Frame>,
}

/// A picture and its region.
#[derive(Debug)]
struct Shown {
    rect: Rect,
    render_mode: RenderMode,
    alpha: Alpha,
    choice: Choice,
}

/// A plan and what it was made for.
#[derive(Debug)]
struct Planned {
    plan: Arc<Plan>,
    items: Vec<Item>,
    background: Rgb,
}

/// An image at the size at which it shows.
#[derive(Debug)]
struct ScaledImage {
    picture: Arc<Picture>,
    placement: Placement,
    frame: Frame,
    is_shown: bool,
}

impl Scene {
    pub(super) fn new(
        canvas: CanvasShape,
        settings: Settings,
        painter: Painter,
        stopwatch: Stopwatch,
    ) -> Self {
        Self {
            canvas,
            settings,
            painter,
            stopwatch,
            statistics: Statistics::default(),
            composed: None,
            layout: Layout::default(),
            background: Rgb::BLACK,
            shown: Vec::with_capacity(MAX_ITEMS),
            background_count: 0,
            items: Vec::with_capacity(MAX_ITEMS),
            frames: Vec::with_capacity(MAX_ITEMS),
            plan: None,
            easel: Easel::new(settings.unchanged),
            scaled: Vec::new(),
            prepared: Vec::new(),
            released: Vec::new(),
        }
    }

    pub(super) const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Lets everything up to `t` take effect, and notes what each region shows then.
    pub(super) fn settle(&mut self, state: &mut State, t: Timestamp) -> Result<(), ComposeError> {
        if let Some(last) = self.composed.filter(|&last| t < last) {
            return Err(ComposeError::TimeBelowLast { found: t, last });
        }
        self.composed = Some(t);
        let mut time = self.stopwatch.now();
        self.released.extend(self.shown.drain(..).filter_map(|shown| match shown.choice {
            Choice::Frame(frame) => Some(frame),
            Choice::Image(..) => None,
        }));
        let changes = state.advance(t, &mut self.released);
        if changes.layout || changes.users {
            let arrangement = &state.layout.arrangement;
            self.layout = resolve(arrangement, state.channel.users(), self.settings.column_order);
            self.background = state.layout.background_color;
        }
        let background_image = state.layout.background_image.as_ref().and_then(|url| state.images.get(url));
        self.shown.extend(background_image.map(|picture| Shown {
            rect: self.canvas.size.to_rect(),
            render_mode: RenderMode::Crop,
            alpha: Alpha::OPAQUE,
            choice: Choice::Image(Arc::clone(picture), RenderMode::Crop),
        }));
        self.background_count = self.shown.len();
        for region in &self.layout.regions {
            let shown = show(region, state, self.canvas, self.settings.stalled_picture);
            self.shown.extend(shown);
        }
        self.stopwatch.lap(&mut time, &mut self.statistics.times.settle);
        Ok(())
    }

    /// Paints what [`Scene::settle`] has noted, by whichever way of the easel.
    pub(super) fn paint<T>(
        &mut self,
        by: impl FnOnce(&mut Easel, &mut Painter, Moment<'_>) -> (T, PixelCounts),
    ) -> T {
        self.released.clear();
        let mut time = self.stopwatch.now();
        self.shown.retain(|shown| shown.choice.is_whole());
        loop {
            self.place();
            let plan = self.replan();
            self.stopwatch.lap(&mut time, &mut self.statistics.times.plan);
            self.prepare();
            self.stopwatch.lap(&mut time, &mut self.statistics.times.prepare);
            match views(&self.frames, &self.prepared, self.canvas) {
                Ok(pictures) => {
                    let moment = Moment { plan: &plan, frames: &self.frames, pictures: &pictures };
                    let (composed, pixels) = by(&mut self.easel, &mut self.painter, moment);
                    self.stopwatch.lap(&mut time, &mut self.statistics.times.paint);
                    self.statistics.users_shown = self.shown.len() - self.background_count;
                    self.statistics.count(pixels);
                    return composed;
                }
                Err(gone) => self.shown.retain(|shown| !shown.choice.is_frame(&gone)),
            }
        }
    }

    /// Works out where each picture goes, and scales images that have not been yet.
    fn place(&mut self) {
        self.items.clear();
        self.frames.clear();
        self.scaled.iter_mut().for_each(|scaled| scaled.is_shown = false);
        for index in 0..self.shown.len().min(MAX_ITEMS) {
            let Shown { rect, render_mode, alpha, ref choice } = self.shown[index];
            let (frame, placement) = match choice {
                Choice::Frame(frame) => {
                    let (size, aspect) = (frame.shape().upright_size(), frame.shape().upright_pixel_aspect());
                    (frame.clone(), place(rect, render_mode, size, aspect, self.canvas.size))
                }
                Choice::Image(picture, render_mode) => {
                    let placement = place(rect, *render_mode, picture.size(), 1.0, self.canvas.size);
                    let Some(frame) = self.scaled_image(&Arc::clone(picture), placement) else { continue };
                    // What the crop left out was left out by the scaling.
                    let src_crop = frame.shape().size.into();
                    (frame, Placement { src_crop, ..placement })
                }
            };
            let source = source_shape(frame.shape(), self.canvas);
            self.items.push(Item { region: rect, placement, alpha, source });
            self.frames.push(frame);
        }
        self.scaled.retain(|scaled| scaled.is_shown);
    }

    fn scaled_image(&mut self, picture: &Arc<Picture>, placement: Placement) -> Option<Frame> {
        let size = |placement: Placement| (placement.dst.width(), placement.dst.height());
        let found = self.scaled.iter_mut().find(|scaled| {
            Arc::ptr_eq(&scaled.picture, picture)
                && size(scaled.placement) == size(placement)
                && scaled.placement.src_crop == placement.src_crop
        });
        if let Some(scaled) = found {
            scaled.is_shown = true;
            return Some(scaled.frame.clone());
        }
        let frame = Frame::from(self.painter.scale_image(picture.view(), placement, self.canvas)?);
        self.statistics.images_scaled += 1;
        let picture = Arc::clone(picture);
        self.scaled.push(ScaledImage { picture, placement, frame: frame.clone(), is_shown: true });
        Some(frame)
    }

    /// The plan for what is shown: a new one where anything that it depends on has changed.
    fn replan(&mut self) -> Arc<Plan> {
        let is_current =
            |planned: &&Planned| planned.background == self.background && planned.items == self.items;
        if let Some(planned) = self.plan.as_ref().filter(is_current) {
            return Arc::clone(&planned.plan);
        }
        let Settings { filter, hidden, .. } = self.settings;
        // What other shapes needed; those that are shown still hold their frames.
        self.prepared.retain(|slot| !slot.is_free());
        let settings = PlanSettings { filter, hidden, level: self.painter.level() };
        let plan = Arc::new(Plan::build(self.canvas, self.background, &self.items, settings));
        self.painter.fit(&plan);
        let (items, background) = (self.items.clone(), self.background);
        self.plan = Some(Planned { plan: Arc::clone(&plan), items, background });
        self.statistics.plan_builds += 1;
        plan
    }

    /// Turns and converts the frames that need it and have not been yet.
    fn prepare(&mut self) {
        let Self { prepared, frames, canvas, .. } = self;
        for slot in prepared.iter_mut() {
            if slot.frame().is_some_and(|held| !frames.iter().any(|frame| frame.is_same(held))) {
                slot.release();
            }
        }
        for frame in frames.iter().filter(|frame| needs_preparation(frame.shape(), *canvas)) {
            if prepared.iter().any(|slot| slot.holds(frame)) {
                continue;
            }
            match prepared.iter_mut().find(|slot| slot.is_free()) {
                Some(slot) => slot.claim(frame.clone(), *canvas),
                None => {
                    let mut slot = Prepared::default();
                    slot.claim(frame.clone(), *canvas);
                    prepared.push(slot);
                }
            }
        }
        self.painter.prepare(&mut self.prepared);
    }
}

/// Borrows the planes of every frame, once: from here on they cannot become shorter.
///
/// # Errors
/// The first frame whose buffer has become too short since it was planned for. It is no picture then, and what it would
/// have covered must be planned anew.
fn views<'a>(
    frames: &'a [Frame],
    prepared: &'a [Prepared],
    canvas: CanvasShape,
) -> Result<[PictureView<'a>; MAX_ITEMS], Frame> {
    let mut views = [PictureView::default(); MAX_ITEMS];
    for (view, frame) in views.iter_mut().zip(frames) {
        let planes = if needs_preparation(frame.shape(), canvas) {
            prepared.iter().find(|prepared| prepared.holds(frame)).map(Prepared::view)
        } else {
            frame.view().ok().map(PictureView::from)
        };
        *view = planes.ok_or_else(|| frame.clone())?;
    }
    Ok(views)
}

/// What a region shows, if anything.
fn show(
    region: &Region,
    state: &State,
    canvas: CanvasShape,
    stalled_picture: StalledPicture,
) -> Option<Shown> {
    let uid = region.occupant.user()?;
    let rect = region.rect.snap(canvas.size);
    if rect.is_empty() {
        return None;
    }
    let liveness = state.channel.shown(uid)?;
    let choice = choose(liveness, uid, &state.layout, &state.images, stalled_picture)?;
    Some(Shown { rect, render_mode: region.render_mode, alpha: region.alpha, choice })
}
