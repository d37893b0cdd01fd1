//! Pictures that the program decodes: their samples through its stdout, what is known about them through its stderr.

use std::io;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use polyptych::{Matrix, Range, Rotation, Timestamp};

use super::child::Child;
use super::clock::Zero;
use super::given::Given;
use super::input::{self, Beginning, InputOptions, malformed, words};
use super::lines::{PictureLine, PictureLines, Told};
use super::pool::Pool;
use super::program::Ffmpeg;
use crate::decode::{Picture, VideoSource};
use crate::media::{Contents, MediaError, TrackKind, VideoTrack};

/// Descriptions that may wait for their pictures. The program decodes ahead by fewer.
const MAX_LINES: usize = 256;
/// Where a seek lands behind what was asked for, the next one goes so much further back, and then four times as far.
const FIRST_STEP_BACK: Duration = Duration::from_secs(5);

/// Opens a file's first video that is no cover picture.
///
/// Every picture has its own time, size, pixel aspect, rotation, matrix and range, also where they change in the middle. Pictures
/// are 8-bit 4:2:0: others are converted by the program, and fields are made into whole pictures.
///
/// Where our own reader reads the file too, `contents` is what it found: times count from its zero, and colours that the program
/// does not tell are the track's.
///
/// # Errors
/// Where the program cannot read the file, where there is no video, or where its packets carry no times.
pub fn open_video(
    ffmpeg: &Ffmpeg,
    given: impl Into<Given>,
    contents: Option<&Contents>,
    options: &InputOptions,
) -> Result<Box<dyn VideoSource>, MediaError> {
    Ok(Box::new(Video::open(ffmpeg, given.into(), contents, options)?))
}

struct Video {
    ffmpeg: Ffmpeg,
    /// There as long as the program reads it.
    given: Given,
    options: InputOptions,
    beginning: Beginning,
    untold: Colors,
    pool: Pool,
    run: Option<Run>,
    /// The picture behind the one that a seek found.
    following: Option<Picture>,
}

/// What the samples of a track mean where the program does not tell.
#[derive(Clone, Copy, Default)]
struct Colors {
    matrix: Option<Matrix>,
    range: Option<Range>,
}

impl Colors {
    /// What the codec's rules leave no choice about, else what the container states.
    fn of(track: &VideoTrack) -> Self {
        let ruled = track.codec.color();
        Self {
            matrix: ruled.map(|color| color.matrix).or(track.matrix),
            range: ruled.map(|color| color.range).or(track.range),
        }
    }
}

/// A run of the program from some place on.
struct Run {
    child: Child,
    lines: Receiver<Result<PictureLine, String>>,
    rotation: Rotation,
}

impl Video {
    fn open(
        ffmpeg: &Ffmpeg,
        given: Given,
        contents: Option<&Contents>,
        options: &InputOptions,
    ) -> Result<Self, MediaError> {
        let mut video = Self {
            ffmpeg: ffmpeg.clone(),
            options: *options,
            beginning: input::beginning(ffmpeg, &given, TrackKind::Video, contents, options)?,
            given,
            untold: contents.and_then(|contents| contents.video.as_ref()).map(Colors::of).unwrap_or_default(),
            pool: Pool::default(),
            run: None,
            following: None,
        };
        video.run = Some(video.start(None)?);
        Ok(video)
    }

    /// Starts the program at a keyframe before `from`, else at the beginning.
    fn start(&self, from: Option<Timestamp>) -> Result<Run, MediaError> {
        let mut arguments = input::arguments(&self.given, &self.options);
        if let Some(from) = from {
            arguments.extend(words(["-seek_timestamp", "1", "-noaccurate_seek", "-ss"]));
            arguments.push(self.beginning.zero.seconds_at(from).into());
        }
        arguments.push("-i".into());
        arguments.push(self.given.name());
        arguments.extend(words(["-map", "0:V:0", "-filter:v"]));
        arguments.push(filter(self.beginning.is_interlaced).into());
        // Neither times nor sizes are made equal: as many pictures leave as are decoded, each as it is.
        arguments.extend(words([
            "-fps_mode",
            "passthrough",
            "-noautoscale",
            "-c:v",
            "rawvideo",
            "-f",
            "rawvideo",
            "pipe:1",
        ]));

        let (sender, lines) = mpsc::sync_channel(MAX_LINES);
        let mut reader = PictureLines::default();
        let mut child = Child::spawn(self.ffmpeg.program(), &arguments, self.options.patience, move |line| {
            // Nobody listens any more once the source is dropped; the pipe is emptied all the same.
            match reader.take(line) {
                Told::Nothing => return line.contains("[info]") || line.contains("[warning]"),
                Told::Part => {}
                Told::Whole(picture) => drop(sender.send(Ok(picture))),
                Told::Wrong(problem) => drop(sender.send(Err(problem))),
            }
            true
        })
        .map_err(|source| MediaError::Io { path: self.ffmpeg.program().to_owned(), source })?;
        child.close_stdin();
        Ok(Run { child, lines, rotation: Rotation::None })
    }

    /// The next picture of the run; without a run, none. A run that fails is over.
    fn decoded(&mut self) -> Result<Option<Picture>, MediaError> {
        let Some(mut run) = self.run.take() else { return Ok(None) };
        let picture = run.next(&self.pool, self.beginning.zero, self.untold);
        let picture = picture.map_err(|problem| malformed(self.given.path(), &problem))?;
        if picture.is_some() {
            self.run = Some(run);
        }
        Ok(picture)
    }
}

impl Run {
    fn next(&mut self, pool: &Pool, zero: Zero, untold: Colors) -> Result<Option<Picture>, String> {
        // Where the program ends, so does what reads its lines, and nothing can be received any more.
        let Ok(line) = self.child.wait_for(|| self.lines.recv()) else {
            return self.child.ended().map(|()| None);
        };
        let line = line?;
        let read = pool.frame(line.size, |bytes| {
            debug_assert_eq!(bytes.len(), line.bytes());
            self.child.read(bytes)
        });
        let frame = match read {
            Ok(Some(frame)) => frame,
            Ok(None) => return self.cut_off(),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return self.cut_off(),
            Err(error) => return Err(error.to_string()),
        };
        // Some versions tell the rotation with the first picture only.
        self.rotation = line.rotation.unwrap_or(self.rotation);
        let mut frame = frame.with_rotation(self.rotation);
        if let Some((num, den)) = line.pixel_aspect {
            frame = frame.with_pixel_aspect(num, den);
        }
        if let Some(matrix) = line.matrix.or(untold.matrix) {
            frame = frame.with_matrix(matrix);
        }
        if let Some(range) = line.range.or(untold.range) {
            frame = frame.with_range(range);
        }
        Ok(Some(Picture { at: zero.count(line.at), frame }))
    }

    /// A picture was announced and did not come.
    fn cut_off(&mut self) -> Result<Option<Picture>, String> {
        self.child.ended()?;
        Err("ended in the middle of a picture".to_owned())
    }
}

impl VideoSource for Video {
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError> {
        match self.following.take() {
            Some(picture) => Ok(Some(picture)),
            None => self.decoded(),
        }
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        self.following = None;
        let mut step_back = Duration::ZERO;
        loop {
            let from = Some(at - step_back).filter(|&from| from > Timestamp::ZERO);
            // The old one first: two at once would cost twice the memory.
            self.run = None;
            self.run = Some(self.start(from)?);
            let first = self.decoded();
            let is_before = matches!(&first, Ok(Some(picture)) if picture.at <= at);
            if is_before || from.is_none() {
                self.following = first?;
                return Ok(());
            }
            // Containers without an index are entered anywhere, and the next keyframe may lie behind.
            step_back = (step_back * 4).max(FIRST_STEP_BACK);
        }
    }
}

/// Two fields become a whole picture where a picture has two; others pass through.
fn filter(is_interlaced: bool) -> &'static str {
    if is_interlaced {
        "bwdif=mode=send_frame:deint=interlaced,format=yuv420p|yuvj420p,showinfo=checksum=0"
    } else {
        "format=yuv420p|yuvj420p,showinfo=checksum=0"
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::ffmpeg::tests::Maker;

    fn endless(maker: &Maker) -> Video {
        let path =
            maker.make("-f lavfi -i color=s=640x360:r=30:d=20 -c:v libx264 -preset ultrafast", "a.mkv");
        Video::open(&maker.ffmpeg, Given::from(&path), None, &InputOptions::default()).expect("a video")
    }

    fn kill(signal: &str, id: u32) -> bool {
        Command::new("kill").args([signal, &id.to_string()]).output().is_ok_and(|out| out.status.success())
    }

    #[test]
    fn source_whose_program_dies_tells_so_and_ends() {
        let Some(maker) = Maker::new() else { return };
        let mut video = endless(&maker);
        assert!(matches!(video.next_picture(), Ok(Some(_))));
        assert!(kill("-9", video.run.as_ref().expect("a run").child.id()));
        let error = std::iter::repeat_with(|| video.next_picture()).find_map(Result::err).expect("an error");
        assert!(error.to_string().contains("signal: 9"), "{error}");
        assert!(matches!(video.next_picture(), Ok(None)));
    }

    #[test]
    fn source_that_is_dropped_or_moved_leaves_no_program_behind() {
        let Some(maker) = Maker::new() else { return };
        let mut video = endless(&maker);
        assert!(matches!(video.next_picture(), Ok(Some(_))));
        let first = video.run.as_ref().expect("a run").child.id();
        video.seek(Timestamp::from_secs(10)).expect("a place");
        let second = video.run.as_ref().expect("a run").child.id();
        assert!(!kill("-0", first) && kill("-0", second));
        drop(video);
        assert!(!kill("-0", second));
    }
}
