//! The shape of a request: what is written, and what the JSON Schema is made of.
//!
//! Reading does not go through these types, since they could not keep places; a test holds their keys to those that are read.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Serialize;

#[cfg(feature = "schema")]
const URL_PATTERN: &str = r"^[\u0000-\u0020]*[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\?#@]+([/\\?#]|$)";

/// Where the users stand and what stands in for them. Whatever a request omits goes back to its default.
#[derive(Default, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Layout"))]
#[serde(rename_all = "camelCase")]
pub(super) struct LayoutWire {
    /// 0 floating (default), 1 best fit, 2 vertical, 3 custom.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 3)))]
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [0, 1, 2, 3, null])))]
    pub(super) mixed_video_layout: Option<u8>,
    /// Who is large in a vertical layout; ignored in others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub(super) max_resolution_uid: Option<String>,
    /// What the canvas is filled with: # and six hexadecimal digits. Default: #000000.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9A-Fa-f]{6}$")))]
    pub(super) background_color: Option<String>,
    /// The http or https URL of the image that covers the canvas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2048), regex(pattern = URL_PATTERN)))]
    pub(super) background_image: Option<String>,
    /// The http or https URL of the image of users who have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2048), regex(pattern = URL_PATTERN)))]
    pub(super) default_user_background_image: Option<String>,
    /// The regions of a custom layout, later ones on top; other layouts have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 17)))]
    pub(super) layout_config: Option<Vec<RegionWire>>,
    /// Images of single users; of two entries for one user the last counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 1000)))]
    pub(super) background_config: Option<Vec<BackgroundWire>>,
}

/// A region in fractions of the canvas, origin top left. It must not reach over the canvas's edges.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Region"))]
pub(super) struct RegionWire {
    /// Who is shown; absent or empty: the next user in join order whom no region names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub(super) uid: Option<String>,
    /// Left edge, of the canvas's width.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub(super) x_axis: f64,
    /// Top edge, of the canvas's height.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub(super) y_axis: f64,
    /// Width, of the canvas's width.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub(super) width: f64,
    /// Height, of the canvas's height.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub(super) height: f64,
    /// How opaque the picture is. Default: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub(super) alpha: Option<f64>,
    /// 0 crop (default), 1 fit.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1), extend("enum" = [0, 1, null])))]
    pub(super) render_mode: Option<u8>,
}

/// The image of one user.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Background"))]
pub(super) struct BackgroundWire {
    /// Whose.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255)))]
    pub(super) uid: String,
    /// Its http or https URL.
    #[cfg_attr(feature = "schema", schemars(length(max = 2048), regex(pattern = URL_PATTERN)))]
    pub(super) image_url: String,
    /// 0 crop (default), 1 fit.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1), extend("enum" = [0, 1, null])))]
    pub(super) render_mode: Option<u8>,
}
