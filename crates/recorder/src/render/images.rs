//! The images of layouts: from files where the description names them, otherwise from where their URL leads.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use polyptych::ImageUrl;
use polyptych::image::{FetchPolicy, Fetcher, ImageError, ImageLimits, ImageLoader, Loaded, Picture, decode};

use crate::history::History;
use crate::media::open_file;

/// How long each image is waited for before the first frame.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Brings images from files and from the network.
pub(super) struct Images {
    files: HashMap<ImageUrl, PathBuf>,
    read: VecDeque<Loaded>,
    fetcher: Fetcher,
}

impl Images {
    pub(super) fn new(history: &History, policy: FetchPolicy) -> Self {
        let files = history.images().map(|(url, path)| (url.clone(), path.to_owned())).collect();
        Self { files, read: VecDeque::new(), fetcher: Fetcher::new(policy, ImageLimits::default()) }
    }
}

impl ImageLoader for Images {
    fn request(&mut self, url: &ImageUrl) {
        match self.files.get(url) {
            Some(path) => self.read.push_back(Loaded { url: url.clone(), result: read(path) }),
            None => self.fetcher.request(url),
        }
    }

    fn poll(&mut self) -> Option<Loaded> {
        self.read.pop_front().or_else(|| self.fetcher.poll())
    }

    fn wait(&mut self, timeout: Duration) -> Option<Loaded> {
        self.read.pop_front().or_else(|| self.fetcher.wait(timeout))
    }
}

/// Reads an image under the same limits as a downloaded one.
fn read(path: &Path) -> Result<Picture, ImageError> {
    let limits = ImageLimits::default();
    let mut bytes = Vec::new();
    let most = u64::try_from(limits.max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    open_file(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| ImageError::UnreadableFile { reason: error.to_string() })?;
    decode(&bytes, &limits)
}
