//! Matroska and WebM.

use polyptych_recorder::media::{self, Container, Reach, SoundCodec, TrackKind, VideoCodec};

use super::{Studio, assert_as_probed, assert_seeks};

const INPUTS: &str =
    "-f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi -i sine=sample_rate=48000:duration=2";
/// FFmpeg rounds the delay of a codec to a tick.
const TICK: u64 = 1_000_000;

#[test]
fn webm_and_mkv_of_every_codec_have_ffprobes_packets() {
    let Some(studio) = Studio::open() else { return };
    for (name, arguments, video, sound) in [
        ("vp8.webm", "-c:v libvpx -g 10 -c:a libopus", VideoCodec::Vp8, SoundCodec::Opus),
        (
            "vp9.webm",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10 -c:a libopus -live 1",
            VideoCodec::Vp9,
            SoundCodec::Opus,
        ),
        (
            "h264.mkv",
            "-c:v libx264 -preset veryfast -g 10 -bf 2 -pix_fmt yuv420p -c:a aac",
            VideoCodec::H264,
            SoundCodec::Aac,
        ),
        (
            "pcm.mkv",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le -cluster_time_limit 300",
            VideoCodec::H264,
            SoundCodec::PcmS16,
        ),
    ] {
        let path = studio.make(&format!("{INPUTS} {arguments} {name}"));
        let contents = media::probe(&path, Reach::Folder).expect("probed");
        assert_eq!(contents.container, Container::Matroska);
        assert_eq!(contents.video.expect("video").codec, video);
        assert_eq!(contents.sound.expect("sound").codec, sound);
        assert_as_probed(&path, TrackKind::Video, 0, 0);
        assert_as_probed(&path, TrackKind::Sound, 0, TICK);
        assert_seeks(&path, TrackKind::Video);
        assert_seeks(&path, TrackKind::Sound);
    }
}
