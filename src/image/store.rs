//! Which images are there, which are under way, and for whom memory is kept.
//!
//! The store starts what a layout names and has not, once each, and at most four at once whatever the loader could do:
//! decoded pictures are large, and this bounds those that wait to be taken in. It knows no time and no layout, only
//! how often a URL is wanted; whoever holds the layouts says when one comes ([`ImageStore::want`]) and goes
//! ([`ImageStore::release`]).

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{ImageError, ImageFailure, Picture};
use crate::url::ImageUrl;

/// Images a store has asked its loader for and not got yet, at most.
const MAX_UNDER_WAY: usize = 4;

/// What a picture counts as at least, in bytes, so that a flood of tiny ones is bounded too.
const MIN_CHARGE_BYTES: u64 = 64 * 1024;

/// Whoever brings images: downloads them, reads them from a file, makes them up. An embedder may bring their own.
pub trait ImageLoader: Send {
    /// Begins to load an image; does not wait for it. Called again for one that has not been reported yet only after
    /// that was given up as timed out.
    fn request(&mut self, url: &ImageUrl);

    /// An image that has been loaded or has failed since, in any order, if there is one; does not wait.
    fn poll(&mut self) -> Option<Loaded>;

    /// Like `poll`, but waits for one, `timeout` at the longest.
    fn wait(&mut self, timeout: Duration) -> Option<Loaded>;
}

/// How the loading of an image ended.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The URL, as it was requested: not where redirects led.
    pub url: ImageUrl,
    /// The picture, or why there is none.
    pub result: Result<Picture, ImageError>,
}

/// The images of all layouts, by URL.
pub struct ImageStore {
    loader: Option<Box<dyn ImageLoader>>,
    max_bytes: u64,
    entries: HashMap<ImageUrl, Entry>,
    /// What has been named and has not come, in the order of naming.
    under_way: VecDeque<Pending>,
    naming_count: u64,
}

/// An image that is wanted, or there, or both.
#[derive(Default)]
struct Entry {
    wanted_count: usize,
    picture: Option<Arc<Picture>>,
    /// The count of namings at its last one: the lowest goes first.
    named_at: u64,
}

struct Pending {
    url: ImageUrl,
    is_requested: bool,
}

impl ImageStore {
    /// Memory for decoded pictures unless said otherwise: 512 MiB, some ten photographs of 12 Mpx.
    pub const DEFAULT_MAX_BYTES: u64 = 512 * 1024 * 1024;

    /// A store that fetches by `loader`; without one, images must be handed in ([`ImageStore::ready`]).
    ///
    /// `max_bytes` bounds the memory of all pictures that are kept, each counted as 64 KiB at least. Those that no layout wants any more make room
    /// first, the one longest not named before others; where that is not enough, a new picture is refused.
    #[must_use]
    pub fn new(loader: Option<Box<dyn ImageLoader>>, max_bytes: u64) -> Self {
        let (entries, under_way) = (HashMap::new(), VecDeque::new());
        Self { loader, max_bytes, entries, under_way, naming_count: 0 }
    }

    /// Takes note of the images a new layout names, and starts those neither there nor under way; one that failed
    /// before is tried again.
    pub fn want<'a>(&mut self, urls: impl IntoIterator<Item = &'a ImageUrl>) {
        // Layouts name images by the thousand: each list is gone through once.
        let mut under_way: HashSet<_> = self.under_way.iter().map(|pending| pending.url.clone()).collect();
        for url in urls {
            self.naming_count += 1;
            let entry = self.entries.entry(url.clone()).or_default();
            entry.wanted_count += 1;
            entry.named_at = self.naming_count;
            if entry.picture.is_none() && under_way.insert(url.clone()) {
                self.under_way.push_back(Pending { url: url.clone(), is_requested: false });
            }
        }
        self.request_next();
    }

    /// Takes back one [`ImageStore::want`]: its layout is gone, and the same URLs are given again.
    ///
    /// A picture stays while there is room; one that has not been started yet is forgotten.
    pub fn release<'a>(&mut self, urls: impl IntoIterator<Item = &'a ImageUrl>) {
        let mut unwanted = HashSet::new();
        for url in urls {
            let Some(entry) = self.entries.get_mut(url) else { continue };
            entry.wanted_count = entry.wanted_count.saturating_sub(1);
            if entry.wanted_count == 0 {
                unwanted.insert(url);
                if entry.picture.is_none() {
                    self.entries.remove(url);
                }
            }
        }
        self.under_way.retain(|pending| pending.is_requested || !unwanted.contains(&pending.url));
    }

    /// Waits no longer for an image that somebody else will hand in by [`ImageStore::ready`].
    pub fn expect_handed_in(&mut self, url: &ImageUrl) {
        self.under_way.retain(|pending| pending.url != *url);
        self.request_next();
    }

    /// Takes in an image that somebody else has loaded, in place of the loader; replaces one that is there.
    ///
    /// # Errors
    /// The failure that was handed in, or that there is no room.
    pub fn ready(&mut self, url: &ImageUrl, result: Result<Picture, ImageError>) -> Result<(), ImageFailure> {
        self.under_way.retain(|pending| pending.url != *url);
        self.request_next();
        self.admit(url, result)
    }

    /// Takes in what the loader has finished, and tells what has failed. Does not wait; where nothing has come, does
    /// not allocate.
    pub fn drain(&mut self) -> Vec<ImageFailure> {
        let mut failures = Vec::new();
        while let Some(loaded) = self.loader.as_mut().and_then(|loader| loader.poll()) {
            let Some(index) = self.under_way.iter().position(|pending| pending.url == loaded.url) else {
                continue;
            };
            self.under_way.remove(index);
            self.request_next();
            failures.extend(self.admit(&loaded.url, loaded.result).err());
        }
        failures
    }

    /// Waits for all that is wanted, as a command does before its first frame, and tells what has failed.
    ///
    /// At most `per_image` passes without an image: then the first that is due has timed out. Images are taken in
    /// and failures told in the order of naming, whatever the order they came in, so the outcome depends on the
    /// images alone.
    pub fn wait_all(&mut self, per_image: Duration) -> Vec<ImageFailure> {
        let mut failures = Vec::new();
        let mut early = HashMap::new();
        while let Some(url) = self.under_way.front().map(|pending| pending.url.clone()) {
            let result = loop {
                if let Some(result) = early.remove(&url) {
                    break result;
                }
                let Some(loader) = &mut self.loader else {
                    break Err(ImageError::NotHandedIn);
                };
                match loader.wait(per_image) {
                    Some(loaded) if self.under_way.iter().any(|pending| pending.url == loaded.url) => {
                        early.insert(loaded.url, loaded.result);
                    }
                    Some(_) => {}
                    None => break Err(ImageError::TimedOut { limit: per_image }),
                }
            };
            self.under_way.pop_front();
            self.request_next();
            failures.extend(self.admit(&url, result).err());
        }
        failures
    }

    /// The picture of a URL, if it is there.
    #[must_use]
    pub fn get(&self, url: &ImageUrl) -> Option<&Arc<Picture>> {
        self.entries.get(url)?.picture.as_ref()
    }

    /// Keeps the loader busy with the first that are due.
    fn request_next(&mut self) {
        let Some(loader) = &mut self.loader else { return };
        for pending in self.under_way.iter_mut().take(MAX_UNDER_WAY) {
            if !std::mem::replace(&mut pending.is_requested, true) {
                loader.request(&pending.url);
            }
        }
    }

    fn admit(&mut self, url: &ImageUrl, result: Result<Picture, ImageError>) -> Result<(), ImageFailure> {
        let admitted = result.and_then(|picture| {
            self.make_room(url, charge_bytes(&picture))?;
            Ok(Arc::new(picture))
        });
        match admitted {
            Ok(picture) => {
                self.entries.entry(url.clone()).or_default().picture = Some(picture);
                Ok(())
            }
            // It came too late to be of use to anyone.
            Err(ImageError::NoRoom { .. }) if !self.entries.contains_key(url) => Ok(()),
            Err(error) => Err(ImageFailure { url: url.clone(), error }),
        }
    }

    /// Drops pictures that nobody wants until one of `bytes` fits beside the others, in place of `url`'s own.
    fn make_room(&mut self, url: &ImageUrl, bytes: u64) -> Result<(), ImageError> {
        let (mut held_bytes, mut unwanted) = (0, Vec::new());
        for (other, entry) in self.entries.iter().filter(|(other, _)| *other != url) {
            let charge = entry.picture.as_deref().map_or(0, charge_bytes);
            held_bytes += charge;
            if entry.wanted_count == 0 {
                unwanted.push((entry.named_at, charge, other.clone()));
            }
        }
        let mut excess = held_bytes.saturating_add(bytes).saturating_sub(self.max_bytes);
        unwanted.sort_unstable_by_key(|&(named_at, ..)| named_at);
        for (_, charge, oldest) in unwanted {
            if excess == 0 {
                break;
            }
            self.entries.remove(&oldest);
            excess = excess.saturating_sub(charge);
        }
        if excess > 0 { Err(ImageError::NoRoom { limit_bytes: self.max_bytes }) } else { Ok(()) }
    }
}

fn charge_bytes(picture: &Picture) -> u64 {
    picture.byte_count().max(MIN_CHARGE_BYTES)
}

impl fmt::Debug for ImageStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageStore({} images, {} under way)", self.entries.len(), self.under_way.len())
    }
}
