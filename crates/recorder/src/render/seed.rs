//! The picture that a user shows when rendering begins in the middle: the same as if it had begun at the beginning.

use polyptych::{Timestamp, UserId};

use super::due::stamp;
use super::feed::Stamped;
use crate::decode::{OpenMedia, Picture};
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
fn newest_within(
    medium: &MediaUse,
    from: Timestamp,
    to: Timestamp,
    files: &dyn OpenMedia,
) -> Result<Option<Stamped>, MediaError> {
    let mut source = files.open_video(&medium.path)?;
    source.seek(medium.in_file(just_before(to)))?;
    let mut newest = None;
    while let Some(Picture { at, frame }) = source.next_picture()? {
        let at = medium.in_recording(at);
        if at >= to {
            break;
        }
        if at >= from || medium.is_sparse {
            newest = Some(Stamped { at: at.max(from), frame });
        }
    }
    Ok(newest)
}
