//! Images: from an address to a picture, beside the frames and never in their way.
//!
//! A layout names images by URL. The [`ImageStore`] asks an [`ImageLoader`] for those it has not, once each, and keeps
//! what has come; an image that fails is reported and changes nothing else. Bytes are read by [`decode`], which trusts
//! neither name nor header and refuses what is too large before it allocates. With feature `fetch` the `Fetcher` is the
//! loader: it downloads in threads of its own, from public addresses alone, and is the only code here that opens a
//! connection or reads a clock.
//!
//! When an image takes effect is not decided here: the store knows no time.

mod address;
mod bmp;
mod decode;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
#[cfg(feature = "fetch")]
mod fetcher;
mod jpeg;
mod store;

pub use address::{AddressRange, AddressRangeError, is_public};
pub use decode::{ImageLimits, Picture, decode};
pub use error::{ImageError, ImageFailure};
#[cfg(feature = "fetch")]
pub use fetch::{FetchPolicy, Resolve, SystemResolver};
#[cfg(feature = "fetch")]
pub use fetcher::Fetcher;
pub use store::{ImageLoader, ImageStore, Loaded};
