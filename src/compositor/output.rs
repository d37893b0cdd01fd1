//! One output at one moment: what each region shows, the plan for it, and the painting of its canvas.

use std::sync::Arc;

use super::builder::StalledPicture;
use super::choice::{Choice, choose};
use super::easel::{Easel, Moment, Unchanged};
use super::ready::ReadyPictures;
use super::scaled::ScaledImages;
use super::state::State;
use super::statistics::OutputStatistics;
use crate::color::{Alpha, Rgb};
use crate::damage::{PixelCounts, Record};
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::id::UserId;
use crate::layout::{ColumnOrder, Layout, LayoutSpec, MAX_REGIONS, Region, RenderMode, resolve};
use crate::paint::{Painter, PictureView, Preparation, source_shape};
use crate::plan::{CanvasShape, Filter, Hidden, Item, Placement, Plan, PlanSettings, place};

/// What does not change while a compositor lives, and is the same for all its outputs.
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

/// All that one canvas needs of its own, kept from frame to frame so that nothing is allocated.
#[derive(Debug)]
pub(super) struct Output {
    canvas: CanvasShape,
    settings: Settings,
    spec: Arc<LayoutSpec>,
    layout: Layout,
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
    statistics: OutputStatistics,
}

/// A picture and its region.
#[derive(Debug)]
struct Shown {
    /// Which of the layout's regions; none for the background image.
    region: Option<usize>,
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

impl Output {
    pub(super) fn new(canvas: CanvasShape, settings: Settings) -> Self {
        Self {
            canvas,
            settings,
            spec: Arc::default(),
            layout: Layout::default(),
            shown: Vec::with_capacity(MAX_ITEMS),
            background_count: 0,
            items: Vec::with_capacity(MAX_ITEMS),
            frames: Vec::with_capacity(MAX_ITEMS),
            plan: None,
            easel: Easel::new(settings.unchanged),
            statistics: OutputStatistics::default(),
        }
    }

    pub(super) const fn statistics(&self) -> OutputStatistics {
        self.statistics
    }

    /// Hands over the frames of the last composed time.
    pub(super) fn clear(&mut self, released: &mut Vec<Frame>) {
        released.extend(self.shown.drain(..).filter_map(|shown| match shown.choice {
            Choice::Frame(frame) => Some(frame),
            Choice::Image(..) => None,
        }));
    }

    /// Notes what each region of a layout shows now.
    pub(super) fn settle(&mut self, spec: &Arc<LayoutSpec>, state: &State, users_changed: bool) {
        if users_changed || !Arc::ptr_eq(&self.spec, spec) {
            self.spec = Arc::clone(spec);
            self.layout = resolve(&spec.arrangement, state.channel.users(), self.settings.column_order);
        }
        let background_image = spec.background_image.as_ref().and_then(|url| state.images.get(url));
        self.shown.extend(background_image.map(|picture| Shown {
            region: None,
            rect: self.canvas.size.to_rect(),
            render_mode: RenderMode::Crop,
            alpha: Alpha::OPAQUE,
            choice: Choice::Image(Arc::clone(picture), RenderMode::Crop),
        }));
        self.background_count = self.shown.len();
        for (index, region) in self.layout.regions.iter().enumerate() {
            let shown = self.show(index, region, state);
            self.shown.extend(shown);
        }
    }

    /// What a region shows, if anything.
    fn show(&self, index: usize, region: &Region, state: &State) -> Option<Shown> {
        let uid = region.occupant.user()?;
        let rect = region.rect.snap(self.canvas.size);
        if rect.is_empty() {
            return None;
        }
        let liveness = state.channel.shown(uid)?;
        let choice = choose(liveness, uid, &self.spec, &state.images, self.settings.stalled_picture)?;
        Some(Shown {
            region: Some(index),
            rect,
            render_mode: region.render_mode,
            alpha: region.alpha,
            choice,
        })
    }

    /// Drops the frames whose buffers have become too short: they are no pictures.
    pub(super) fn drop_broken(&mut self) {
        self.shown.retain(|shown| shown.choice.is_whole());
    }

    /// Drops one frame whose buffer has become too short since.
    pub(super) fn drop_frame(&mut self, gone: &Frame) {
        self.shown.retain(|shown| !shown.choice.is_frame(gone));
    }

    /// Whose frames stand on the last canvas; images that stand in for them are left out.
    pub(super) fn shown_frames(&self) -> impl Iterator<Item = (&UserId, &Frame)> {
        self.shown.iter().filter_map(|shown| match &shown.choice {
            Choice::Frame(frame) => Some((self.layout.regions.get(shown.region?)?.occupant.user()?, frame)),
            Choice::Image(..) => None,
        })
    }

    /// Whether it shows a frame made ready in that way.
    pub(super) fn wants(&self, frame: &Frame, preparation: Preparation) -> bool {
        Preparation::of(frame.shape(), self.canvas) == Some(preparation)
            && self.shown.iter().any(|shown| shown.choice.is_frame(frame))
    }

    /// Plans anew where anything that the plan depends on has changed; says whether it has.
    pub(super) fn plan(&mut self, painter: &mut Painter, images: &mut ScaledImages) -> bool {
        self.place(painter, images);
        let background = self.spec.background_color;
        let is_current = |planned: &Planned| planned.background == background && planned.items == self.items;
        if self.plan.as_ref().is_some_and(is_current) {
            return false;
        }
        let Settings { filter, hidden, .. } = self.settings;
        let settings = PlanSettings { filter, hidden, level: painter.level() };
        let plan = Arc::new(Plan::build(self.canvas, background, &self.items, settings));
        painter.fit(&plan);
        self.plan = Some(Planned { plan, items: self.items.clone(), background });
        self.statistics.plan_builds += 1;
        true
    }

    /// Works out where each picture goes.
    fn place(&mut self, painter: &mut Painter, images: &mut ScaledImages) {
        self.items.clear();
        self.frames.clear();
        for &Shown { rect, render_mode, alpha, ref choice, .. } in self.shown.iter().take(MAX_ITEMS) {
            let (frame, placement) = match choice {
                Choice::Frame(frame) => {
                    let (size, aspect) = (frame.shape().upright_size(), frame.shape().upright_pixel_aspect());
                    (frame.clone(), place(rect, render_mode, size, aspect, self.canvas.size))
                }
                Choice::Image(picture, render_mode) => {
                    let placement = place(rect, *render_mode, picture.size(), 1.0, self.canvas.size);
                    let Some(frame) = images.get(painter, picture, placement, self.canvas) else { continue };
                    // What the crop left out was left out by the scaling.
                    let src_crop = frame.shape().size.into();
                    (frame, Placement { src_crop, ..placement })
                }
            };
            let source = source_shape(frame.shape(), self.canvas);
            self.items.push(Item { region: rect, placement, alpha, source });
            self.frames.push(frame);
        }
    }

    /// Turns and converts the frames that need it and have not been yet.
    pub(super) fn prepare(&self, painter: &Painter, ready: &mut ReadyPictures) {
        ready.prepare(painter, &self.frames, self.canvas);
    }

    /// What its canvas of the last moment holds.
    pub(super) const fn record(&self) -> &Record {
        self.easel.record()
    }

    /// Paints the canvas as planned, by `compose`.
    ///
    /// # Errors
    /// The first frame whose buffer has become too short since it was planned for; no sample is written then. It is no
    /// picture any more, and what it would have covered must be planned anew.
    pub(super) fn paint(
        &mut self,
        painter: &mut Painter,
        ready: &ReadyPictures,
        compose: impl FnOnce(&mut Easel, &mut Painter, Moment<'_>) -> PixelCounts,
    ) -> Result<(), Frame> {
        let Some(Planned { plan, .. }) = &self.plan else { return Ok(()) };
        // Borrowed once: from here on they cannot become shorter.
        let mut views = [PictureView::default(); MAX_ITEMS];
        for (view, frame) in views.iter_mut().zip(&self.frames) {
            *view = ready.view(frame, self.canvas).ok_or_else(|| frame.clone())?;
        }
        let moment = Moment { plan, frames: &self.frames, pictures: &views, sibling: None };
        let pixels = compose(&mut self.easel, painter, moment);
        self.statistics.users_shown = self.shown.len() - self.background_count;
        self.statistics.pixels += pixels;
        Ok(())
    }
}
