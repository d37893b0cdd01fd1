//! What a file holds, by `ffprobe`: for containers that are not read here, and for codecs that hide their shape.

use std::ffi::OsString;

use polyptych::{Range, Rotation, Size, Timestamp};
use serde::Deserialize;

use super::child;
use super::clock::{Moment, TimeBase, Zero};
use super::given::Given;
use super::input::{self, InputOptions, malformed, words};
use super::lines;
use super::program::Ffmpeg;
use crate::media::{
    Container, Contents, MediaError, SoundCodec, SoundTrack, TrackKind, VideoCodec, VideoTrack,
};

/// More than ffprobe writes about any sensible file.
const MAX_OUTPUT: usize = 4 << 20;

/// Finds out what a file holds, whatever its container. Codecs' configurations are left empty: who decodes is the program.
///
/// # Errors
/// Where there is no `ffprobe`, or where it cannot read the file.
pub fn probe(ffmpeg: &Ffmpeg, given: impl Into<Given>) -> Result<Contents, MediaError> {
    let given = given.into();
    let path = given.path();
    let Some(ffprobe) = ffmpeg.ffprobe() else {
        let program = ffmpeg.program().display();
        let what =
            format!("{program} can say what it holds only with an ffprobe beside it, and there is none");
        return Err(MediaError::Unsupported { path: path.to_owned(), what });
    };
    let options = InputOptions::default();
    let mut arguments: Vec<OsString> =
        words(["-v", "error", "-of", "json", "-show_streams", "-show_format"]).collect();
    arguments.extend(given.limits());
    arguments.push(given.name());
    let said = child::output(ffprobe, &arguments, MAX_OUTPUT, options.patience, |_| false);
    let said = said.map_err(|problem| malformed(path, &problem))?;
    let probed: Probed =
        serde_json::from_slice(&said).map_err(|error| malformed(path, &error.to_string()))?;

    let first = |kind: &str| probed.streams.iter().find(|stream| stream.is(kind));
    let (video, sound) = (first("video"), first("audio"));
    let track = if video.is_some() { TrackKind::Video } else { TrackKind::Sound };
    if video.is_none() && sound.is_none() {
        let what = "it holds neither video nor sound".to_owned();
        return Err(MediaError::Unsupported { path: path.to_owned(), what });
    }
    let zero = input::beginning(ffmpeg, &given, track, None, &options)?.zero;
    let further =
        [("video", "video track"), ("audio", "sound track")].into_iter().filter_map(|(kind, name)| {
            let count = probed.streams.iter().filter(|stream| stream.is(kind)).count();
            (count > 1).then(|| format!("of {count} {name}s the first is used"))
        });
    Ok(Contents {
        container: container(&probed.format.format_name),
        video: video.map(|stream| stream.video(zero)),
        sound: sound.and_then(|stream| stream.sound(zero)),
        began: None,
        remarks: further.collect(),
    })
}

/// What of ffprobe's answer is looked at. Anything may be missing.
#[derive(Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, Default)]
struct Format {
    #[serde(default)]
    format_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stream {
    codec_type: String,
    codec_name: String,
    width: u32,
    height: u32,
    sample_aspect_ratio: String,
    color_space: String,
    color_range: String,
    sample_rate: String,
    channels: u16,
    time_base: String,
    start_pts: Option<i64>,
    duration_ts: Option<i64>,
    disposition: Disposition,
    side_data_list: Vec<SideData>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

impl Stream {
    fn is(&self, kind: &str) -> bool {
        self.codec_type == kind && self.disposition.attached_pic == 0
    }

    fn video(&self, zero: Zero) -> VideoTrack {
        VideoTrack {
            codec: video_codec(&self.codec_name),
            config: Vec::new(),
            size: Size::from_wh(self.width, self.height),
            rotation: self
                .side_data_list
                .iter()
                .find_map(|data| lines::clockwise(data.rotation?))
                .unwrap_or(Rotation::None),
            pixel_aspect: lines::aspect(&self.sample_aspect_ratio.replace(':', "/")),
            matrix: lines::matrix(&self.color_space),
            range: match &*self.color_range {
                "pc" => Some(Range::Full),
                "tv" => Some(Range::Limited),
                _ => None,
            },
            span: self.span(zero),
        }
    }

    fn sound(&self, zero: Zero) -> Option<SoundTrack> {
        Some(SoundTrack {
            codec: sound_codec(&self.codec_name),
            config: Vec::new(),
            sample_rate: self.sample_rate.parse().ok().filter(|&rate| rate != 0)?,
            channels: Some(self.channels).filter(|&channels| channels != 0)?,
            span: self.span(zero),
        })
    }

    fn span(&self, zero: Zero) -> Option<(Timestamp, Timestamp)> {
        let base = TimeBase::parse(&self.time_base)?;
        let begin = Moment { ticks: self.start_pts?, base };
        let end =
            Moment { ticks: begin.ticks.checked_add(self.duration_ts.filter(|&ticks| ticks >= 0)?)?, base };
        // Encoders' priming lies before what is presented.
        Some((zero.count(begin).max(Timestamp::ZERO), zero.count(end).max(Timestamp::ZERO)))
    }
}

fn container(names: &str) -> Container {
    match names.split(',').next().unwrap_or_default() {
        "mov" => Container::Mp4,
        "matroska" => Container::Matroska,
        "mpegts" => Container::MpegTs,
        "hls" => Container::Hls,
        "yuv4mpegpipe" => Container::Y4m,
        "wav" => Container::Wav,
        "png_pipe" => Container::Png,
        "jpeg_pipe" => Container::Jpeg,
        _ => Container::Other,
    }
}

fn video_codec(name: &str) -> VideoCodec {
    match name {
        "h264" => VideoCodec::H264,
        "hevc" => VideoCodec::Hevc,
        "vp8" => VideoCodec::Vp8,
        "vp9" => VideoCodec::Vp9,
        "av1" => VideoCodec::Av1,
        "png" => VideoCodec::Png,
        other => VideoCodec::Other(other.to_owned()),
    }
}

fn sound_codec(name: &str) -> SoundCodec {
    match name {
        "aac" => SoundCodec::Aac,
        "opus" => SoundCodec::Opus,
        "pcm_s16le" => SoundCodec::PcmS16,
        "pcm_s24le" => SoundCodec::PcmS24,
        "pcm_s32le" => SoundCodec::PcmS32,
        "pcm_f32le" => SoundCodec::PcmF32,
        other => SoundCodec::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffmpeg::tests::Maker;

    #[test]
    fn contents_of_a_container_that_only_ffmpeg_reads() {
        let Some(maker) = Maker::new() else { return };
        let source = "-f lavfi -i testsrc=s=64x48:r=25:d=2 -f lavfi -i sine=r=44100:d=2";
        let path = maker.make(&format!("{source} -c:v mpeg4 -c:a pcm_s16le"), "a.avi");
        let contents = probe(&maker.ffmpeg, &path).expect("contents");
        let (video, sound) = (contents.video.expect("video"), contents.sound.expect("sound"));
        assert_eq!(contents.container, Container::Other);
        assert_eq!((video.codec, video.size), (VideoCodec::Other("mpeg4".to_owned()), Size::from_wh(64, 48)));
        assert_eq!((sound.codec, sound.sample_rate, sound.channels), (SoundCodec::PcmS16, 44_100, 1));
        assert_eq!(video.span, Some((Timestamp::ZERO, Timestamp::from_secs(2))));
        std::fs::write(&path, "nonsense").expect("writable");
        assert!(probe(&maker.ffmpeg, &path).is_err());
    }

    #[test]
    fn manifests_that_name_other_files_are_not_read() {
        let Some(maker) = Maker::new() else { return };
        let flags = "-movflags frag_keyframe+empty_moov+default_base_moof+global_sidx";
        let source = "-f lavfi -i testsrc=s=64x48:r=25:d=1";
        let secret = maker.make(&format!("{source} -c:v mpeg4 {flags}"), "secret.mp4");
        let path = maker.folder.path().join("in/anna.mp4");
        std::fs::create_dir(maker.folder.path().join("in")).expect("made");
        let text = format!(
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
             mediaPresentationDuration=\"PT1S\" profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period>\
             <AdaptationSet mimeType=\"video/mp4\"><Representation id=\"0\" bandwidth=\"1000\" codecs=\"mp4v\" width=\"64\" \
             height=\"48\"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>",
            secret.display()
        );
        std::fs::write(&path, text).expect("written");
        let refused = probe(&maker.ffmpeg, &path).expect_err("refused").to_string();
        assert!(refused.contains("whitelist"), "{refused}");
        let options = InputOptions::default();
        assert!(crate::ffmpeg::open_video(&maker.ffmpeg, &path, None, &options).is_err());
    }

    #[test]
    fn answer_without_anything_is_understood() {
        let probed: Probed = serde_json::from_str(r#"{"streams": [{"codec_type": "video"}]}"#).expect("JSON");
        let track = probed.streams[0].video(Zero::at(Moment::ZERO));
        assert_eq!((track.size, track.span, track.rotation), (None, None, Rotation::None));
        assert!(probed.streams[0].sound(Zero::at(Moment::ZERO)).is_none());
        let turned = r#"{"side_data_list": [{}, {"rotation": -90}], "time_base": "1/0", "start_pts": 5, "duration_ts": -1}"#;
        let stream: Stream = serde_json::from_str(turned).expect("JSON");
        assert_eq!(
            (stream.video(Zero::at(Moment::ZERO)).rotation, stream.span(Zero::at(Moment::ZERO))),
            (Rotation::Clockwise90, None)
        );
    }
}
