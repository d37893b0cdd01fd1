//! The pictures of one medium in recording time, decoded ahead of need by a thread of their own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use polyptych::{Frame, Timestamp, UserId};

use super::stages::{Stage, StageTimes};
use crate::decode::{OpenMedia, Picture, VideoSource};
use crate::history::MediaUse;
use crate::media::MediaError;

/// How many pictures of a medium are decoded ahead of the moment that is composed, at most: one is being decoded beside them.
pub const PICTURES_AHEAD: usize = 2;

/// How much of a file is decoded for nothing at most before a use begins; where it is more, the file is searched: somebody comes back
/// after hours.
const WORTH_SEEKING: Timestamp = Timestamp::from_secs(5);

/// What goes wrong in a row until a medium is given up: each is a packet or a stretch of the file.
pub(super) const MAX_FAILURES_IN_A_ROW: u32 = 100;

/// A picture and its time in the recording.
pub(super) struct Stamped {
    pub(super) at: Timestamp,
    pub(super) frame: Frame,
}

/// What a feed's thread has to say.
enum Message {
    Picture(Stamped),
    Failed(MediaError),
}

/// The pictures of one medium, in the order of their times.
pub(super) struct Feed {
    messages: Receiver<Message>,
    next: Option<Stamped>,
    is_done: bool,
    /// Failures that nobody has taken yet.
    pub(super) failures: Vec<MediaError>,
}

impl Feed {
    /// Starts to decode, from the picture that is shown at `from` on.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(super) fn start(
        medium: &MediaUse,
        uid: &UserId,
        from: Timestamp,
        files: &Arc<dyn OpenMedia>,
        times: &Arc<StageTimes>,
    ) -> std::io::Result<Self> {
        let (sender, messages) = sync_channel(PICTURES_AHEAD);
        let (medium, files, times) = (medium.clone(), files.clone(), times.clone());
        thread::Builder::new().name(format!("decode {uid:?}")).spawn(move || {
            decode(&medium, from, &*files, &times, &sender);
        })?;
        Ok(Self { messages, next: None, is_done: false, failures: Vec::new() })
    }

    /// The next picture if its time is due; waits for it where it is not decoded yet.
    pub(super) fn next_if(&mut self, is_due: impl Fn(Timestamp) -> bool) -> Option<Stamped> {
        while self.next.is_none() {
            match self.messages.recv() {
                Ok(Message::Picture(picture)) => self.next = Some(picture),
                Ok(Message::Failed(error)) => self.failures.push(error),
                Err(_) => {
                    self.is_done = true;
                    return None;
                }
            }
        }
        self.next.take_if(|picture| is_due(picture.at))
    }
}

impl Feed {
    /// Whether all of its pictures have been taken.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }
}

/// Opens the medium where it is needed from.
fn open(
    medium: &MediaUse,
    from: Timestamp,
    files: &dyn OpenMedia,
) -> Result<Box<dyn VideoSource>, MediaError> {
    let mut source = files.open_video(&medium.path)?;
    let needed = medium.in_file(from.max(medium.from));
    let is_sought = from > medium.from || needed > WORTH_SEEKING;
    if is_sought && source.seek(needed).is_err() {
        // Not every file can be searched.
        source = files.open_video(&medium.path)?;
    }
    Ok(source)
}

/// Decodes until the medium's use ends or nobody wants its pictures any more.
fn decode(
    medium: &MediaUse,
    from: Timestamp,
    files: &dyn OpenMedia,
    times: &StageTimes,
    sender: &SyncSender<Message>,
) {
    let mut source = match open(medium, from, files) {
        Ok(source) => source,
        Err(error) => return drop(sender.send(Message::Failed(error))),
    };
    let mut failures_in_a_row = 0;
    // Of what is sparse, the picture that was there already when its use begins.
    let mut earlier = None;
    let hand_over = |earlier: &mut Option<Frame>| match earlier.take() {
        Some(frame) => sender.send(Message::Picture(Stamped { at: medium.from, frame })).is_ok(),
        None => true,
    };
    loop {
        let message = match times.measure(Stage::Decode, || source.next_picture()) {
            Ok(None) => {
                hand_over(&mut earlier);
                return;
            }
            Ok(Some(Picture { at, frame })) => {
                failures_in_a_row = 0;
                let at = medium.in_recording(at);
                if at < medium.from {
                    earlier = medium.is_sparse.then_some(frame);
                    continue;
                }
                if at > medium.from && !hand_over(&mut earlier) {
                    return;
                }
                if at >= medium.to {
                    return;
                }
                earlier = None;
                Message::Picture(Stamped { at, frame })
            }
            Err(error) => {
                failures_in_a_row += 1;
                Message::Failed(error)
            }
        };
        if sender.send(message).is_err() || failures_in_a_row == MAX_FAILURES_IN_A_ROW {
            return;
        }
    }
}
