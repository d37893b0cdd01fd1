//! What a validated request asks for. Nothing here knows JSON, and nothing here can be wrong any more.

use crate::color::{Alpha, Rgb};
use crate::geometry::UnitRect;
use crate::id::UserId;
use crate::url::ImageUrl;

/// The most regions that a layout has, and the most users that a predefined layout shows.
///
/// Source: the vendor's documentation of `updateLayout`.
pub const MAX_REGIONS: usize = 17;

/// How a picture is placed in its region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RenderMode {
    /// Scaled until the region is filled; the overhang is cut equally on both sides.
    #[default]
    Crop,
    /// Scaled until the whole picture fits, centred; the rest of the region is black.
    Fit,
}

/// One region of a custom layout.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionSpec {
    /// Who is shown; `None` is a free region, taken by the next user in join order whom no region names.
    pub uid: Option<UserId>,
    /// Where, in fractions of the canvas.
    pub rect: UnitRect,
    /// How opaque the picture is.
    pub alpha: Alpha,
    /// How the picture is placed.
    pub render_mode: RenderMode,
}

/// Which rule places the users.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Arrangement {
    /// The first user fills the canvas, the others stand in small regions upon them.
    #[default]
    Floating,
    /// A grid that grows with the number of users.
    BestFit,
    /// One large region at the left, columns of small ones at the right.
    Vertical {
        /// Who is large; `None` leaves the large area to the canvas.
        large: Option<UserId>,
    },
    /// Regions as the request lists them, later ones on top; at most [`MAX_REGIONS`].
    Custom(Vec<RegionSpec>),
}

/// What stands in for one user's picture while they send none.
#[derive(Clone, Debug, PartialEq)]
pub struct UserBackground {
    /// Whose.
    pub uid: UserId,
    /// The image.
    pub image: ImageUrl,
    /// How the image is placed in the region.
    pub render_mode: RenderMode,
}

/// A whole layout as a request asks for it. The default is that of an empty request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayoutSpec {
    /// The rule that places the users.
    pub arrangement: Arrangement,
    /// What the canvas is filled with.
    pub background_color: Rgb,
    /// What covers the canvas, cropped, once it has loaded.
    pub background_image: Option<ImageUrl>,
    /// What stands in for users who have no image of their own, cropped.
    pub default_user_background_image: Option<ImageUrl>,
    /// What stands in for single users; no user twice.
    pub user_backgrounds: Vec<UserBackground>,
}

impl LayoutSpec {
    /// The image of one user's own, if the request names one.
    #[must_use]
    pub fn user_background(&self, uid: &UserId) -> Option<&UserBackground> {
        self.user_backgrounds.iter().find(|background| background.uid == *uid)
    }

    /// Every image that the layout names, in the order background, default, users; repeats included.
    pub fn images(&self) -> impl Iterator<Item = &ImageUrl> {
        let users = self.user_backgrounds.iter().map(|background| &background.image);
        self.background_image.iter().chain(&self.default_user_background_image).chain(users)
    }
}
