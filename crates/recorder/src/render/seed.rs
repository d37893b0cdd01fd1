//! The picture that a user shows when rendering begins in the middle: the same as if it had begun at the beginning.

use polyptych::{Timestamp, UserId};

use super::due::stamp;
use super::feed::{MAX_FAILURES_IN_A_ROW, Stamped};
use crate::decode::{OpenMedia, Picture, VideoSource};
use crate::history::{History, MediaUse};
use crate::media::MediaError;

/// One nanosecond less: the last moment before.
fn just_before(t: Timestamp) -> Timestamp {
    Timestamp::from_nanos(t.as_nanos().saturating_sub(1))
}

/// The newest picture stamped before `start` that counts: of a stretch in which the user is there and not muted. Earlier
/// stretches are searched where the last one has none.
pub(super) fn newest_before(
    history: &History,
    uid: &UserId,
    start: Timestamp,
    files: &dyn OpenMedia,
    mut failed: impl FnMut(MediaError),
) -> Option<Stamped> {
    let stretches = history.stretches_seen(uid, start);
    for (from, to) in stretches.iter().rev() {
        for medium in history.media_of(uid).rev() {
            let (from, to) = ((*from).max(medium.from), (*to).min(medium.to).min(start));
            if from >= to {
                continue;
            }
            match newest_within(medium, from, to, files) {
                Ok(Some(Stamped { at, frame })) => {
                    let at = stamp(at, history.canvas().fps, history.turns(uid));
                    return Some(Stamped { at, frame });
                }
                Ok(None) => {}
                Err(error) => failed(error),
            }
        }
    }
    None
}

/// The newest picture of a medium stamped within `from..to`.
///
/// Where the file is broken so that nothing is found from the keyframe before `to` on, all of it is searched: what was decoded before
/// the break stands, as it does for who has seen it all.
fn newest_within(
    medium: &MediaUse,
    from: Timestamp,
    to: Timestamp,
    files: &dyn OpenMedia,
) -> Result<Option<Stamped>, MediaError> {
    let mut source = files.open_video(&medium.path)?;
    source.seek(medium.in_file(just_before(to)))?;
    match newest_of(&mut *source, medium, from, to) {
        (None, Some(_)) => {
            let mut source = files.open_video(&medium.path)?;
            let (found, error) = newest_of(&mut *source, medium, from, to);
            found.map_or_else(|| error.map_or(Ok(None), Err), |found| Ok(Some(found)))
        }
        (found, _) => Ok(found),
    }
}

/// The newest of the pictures that come that is stamped within `from..to`, and the first failure on the way.
fn newest_of(
    source: &mut dyn VideoSource,
    medium: &MediaUse,
    from: Timestamp,
    to: Timestamp,
) -> (Option<Stamped>, Option<MediaError>) {
    let (mut newest, mut failure, mut failures_in_a_row) = (None, None, 0);
    while failures_in_a_row < MAX_FAILURES_IN_A_ROW {
        match source.next_picture() {
            Ok(None) => break,
            Ok(Some(Picture { at, frame })) => {
                failures_in_a_row = 0;
                let at = medium.in_recording(at);
                if at >= to {
                    break;
                }
                if at >= from || medium.is_sparse {
                    newest = Some(Stamped { at: at.max(from), frame });
                }
            }
            Err(error) => {
                failures_in_a_row += 1;
                failure = failure.or(Some(error));
            }
        }
    }
    (newest, failure)
}
