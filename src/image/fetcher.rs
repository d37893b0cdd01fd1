//! The loader that downloads: a few threads, started when they are needed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::fetch::{Client, FetchPolicy};
use super::{ImageError, ImageLimits, ImageLoader, Loaded, decode};
use crate::url::ImageUrl;

/// Downloads at once, at most.
const MAX_THREADS: usize = 4;

/// Downloads and decodes images in threads of its own, at most four downloads at once and one decoding.
///
/// Dropping it breaks off what is under way and does not wait: its threads end by themselves, as soon as the system
/// lets go of them.
pub struct Fetcher {
    shared: Arc<Shared>,
    thread_count: usize,
    loaded: Receiver<Loaded>,
    report: Sender<Loaded>,
}

/// What the threads share.
struct Shared {
    client: Client,
    limits: ImageLimits,
    queue: Mutex<Queue>,
    wake: Condvar,
    /// Held while decoding, which takes up to eleven bytes a pixel: one picture at a time.
    decoding: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    urls: VecDeque<ImageUrl>,
    idle_threads: usize,
    is_closed: bool,
}

impl Fetcher {
    /// A loader under these rules. Starts nothing yet.
    #[must_use]
    pub fn new(policy: FetchPolicy, limits: ImageLimits) -> Self {
        let (report, loaded) = mpsc::channel();
        let shared = Shared {
            client: Client::new(policy, limits.max_bytes),
            limits,
            queue: Mutex::default(),
            wake: Condvar::new(),
            decoding: Mutex::default(),
        };
        Self { shared: Arc::new(shared), thread_count: 0, loaded, report }
    }

    /// Starts one more thread; `false` where the system has none.
    fn start_thread(&mut self) -> bool {
        let (shared, report) = (self.shared.clone(), self.report.clone());
        let started = thread::Builder::new().name("image download".to_owned()).spawn(move || {
            while let Some(url) = shared.next() {
                let result = shared.load(&url);
                if report.send(Loaded { url, result }).is_err() {
                    break;
                }
            }
        });
        self.thread_count += usize::from(started.is_ok());
        started.is_ok()
    }
}

impl ImageLoader for Fetcher {
    fn request(&mut self, url: &ImageUrl) {
        let mut queue = self.shared.lock();
        queue.urls.push_back(url.clone());
        let needs_thread = queue.urls.len() > queue.idle_threads && self.thread_count < MAX_THREADS;
        drop(queue);
        self.shared.wake.notify_one();
        if needs_thread && !self.start_thread() && self.thread_count == 0 {
            self.shared.lock().urls.clear();
            let reason = "no thread to download in".to_owned();
            let failed = Loaded { url: url.clone(), result: Err(ImageError::ConnectionFailed { reason }) };
            self.report.send(failed).expect("the receiver is ours");
        }
    }

    fn poll(&mut self) -> Option<Loaded> {
        self.loaded.try_recv().ok()
    }

    fn wait(&mut self, timeout: Duration) -> Option<Loaded> {
        self.loaded.recv_timeout(timeout).ok()
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.is_closed = true;
        queue.urls.clear();
        drop(queue);
        self.shared.wake.notify_all();
        self.shared.client.shut_down();
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetcher({} threads)", self.thread_count)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No code that may panic runs under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; `None` when the fetcher is gone.
    fn next(&self) -> Option<ImageUrl> {
        let mut queue = self.lock();
        queue.idle_threads += 1;
        let mut queue = self
            .wake
            .wait_while(queue, |queue| queue.urls.is_empty() && !queue.is_closed)
            .unwrap_or_else(PoisonError::into_inner);
        queue.idle_threads -= 1;
        queue.urls.pop_front()
    }

    fn load(&self, url: &ImageUrl) -> Result<super::Picture, ImageError> {
        let bytes = self.client.get(url)?;
        let _one_at_a_time = self.decoding.lock().unwrap_or_else(PoisonError::into_inner);
        decode(&bytes, &self.limits)
    }
}
