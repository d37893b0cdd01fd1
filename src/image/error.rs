//! Why an image does not come. No text holds a query, a fragment or user info.

use std::net::IpAddr;
use std::time::Duration;

use crate::url::{ImageUrl, UrlError};

/// Why an image could not be had.
///
/// It fails no frame: the next lower choice shows instead, and a notice names the URL and this reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The host resolves to addresses that are not public, and to no other.
    #[error("the host is at {found}, a {class} address; only public ones are allowed")]
    RefusedAddress {
        /// The first such address.
        found: IpAddr,
        /// What kind of address it is.
        class: &'static str,
    },
    /// The port is not among those allowed.
    #[error("port {found} is not allowed")]
    RefusedPort {
        /// The port of the URL.
        found: u16,
    },
    /// A chain of redirects is too long.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// Redirects that are followed.
        limit: u32,
    },
    /// A redirect leads to what cannot be the address of an image.
    #[error("redirected to a place that cannot be an image's: {reason}")]
    RefusedRedirect {
        /// What is wrong with it.
        reason: UrlError,
    },
    /// A redirect leads from https to http.
    #[error("redirected from https to http")]
    Downgrade,
    /// A redirect does not say where to.
    #[error("redirected without a location")]
    RedirectWithoutLocation,
    /// It took too long.
    #[error("not there after {} ms", limit.as_millis())]
    TimedOut {
        /// How long it was waited for.
        limit: Duration,
    },
    /// No connection, or one that broke.
    #[error("connection failed: {reason}")]
    ConnectionFailed {
        /// What the system or the protocol said.
        reason: String,
    },
    /// The server answered with another status than 200.
    #[error("status {found}, expected 200")]
    Status {
        /// The status.
        found: u16,
    },
    /// The server compressed the body, unasked.
    #[error("the body is compressed")]
    Compressed,
    /// Too many bytes.
    #[error("more than {limit_bytes} bytes")]
    TooLarge {
        /// The most bytes taken.
        limit_bytes: usize,
    },
    /// The content is neither JPEG nor BMP.
    #[error("neither JPEG nor BMP, found {found}")]
    NotAnImage {
        /// What the content looks like.
        found: &'static str,
    },
    /// A side is too long.
    #[error("{width}x{height}, at most {limit} px a side")]
    SideTooLong {
        /// Width in pixels, as the file states it.
        width: u32,
        /// Height in pixels, as the file states it.
        height: u32,
        /// The longest side taken, in pixels.
        limit: u32,
    },
    /// Too many pixels.
    #[error("{found} pixels, at most {limit}{}", if *progressive { " in a progressive JPEG" } else { "" })]
    TooManyPixels {
        /// Width times height.
        found: u64,
        /// The most pixels taken.
        limit: u64,
        /// Whether the limit is that of progressive JPEGs.
        progressive: bool,
    },
    /// A JPEG of too many scans.
    #[error("more than {limit} scans")]
    TooManyScans {
        /// The most scans taken.
        limit: u32,
    },
    /// A kind of JPEG or BMP that is not read.
    #[error("not supported: {found}")]
    Unsupported {
        /// The feature in question.
        found: String,
    },
    /// The content contradicts its format, or ends early.
    #[error("damaged: {reason}")]
    Corrupt {
        /// What is wrong with it.
        reason: String,
    },
    /// The store's bound of memory leaves no room beside the other images in use.
    #[error("no room beside the other images in use, {limit_bytes} bytes at most")]
    NoRoom {
        /// The bound.
        limit_bytes: u64,
    },
    /// The file that stands for the image cannot be read.
    #[error("its file cannot be read: {reason}")]
    UnreadableFile {
        /// What the system says.
        reason: String,
    },
    /// There is no loader, and nobody handed the image in.
    #[error("not handed in, and there is no loader")]
    NotHandedIn,
}

impl ImageError {
    pub(super) fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt { reason: reason.into() }
    }
}

/// An image that did not come: what a notice says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("image {url}: {error}")]
pub struct ImageFailure {
    /// Where it should have come from; shown without its query.
    pub url: ImageUrl,
    /// Why it did not.
    pub error: ImageError,
}
