//! MP4, fragmented MP4 and QuickTime movies.

use polyptych::{Matrix, Range, Rotation, Timestamp};
use polyptych_recorder::media::{self, Container, SoundCodec, TrackKind, VideoCodec};

use super::{Studio, assert_as_probed, packets, seconds};

const INPUTS: &str =
    "-f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi -i sine=sample_rate=44100:duration=2";
const CODECS: &str = "-c:v libx264 -preset veryfast -g 10 -bf 2 -pix_fmt yuv420p -c:a aac";

#[test]
fn mp4_of_every_layout_has_ffprobes_packets() {
    let Some(studio) = Studio::open() else { return };
    for (name, flags, zero) in [
        ("plain.mp4", "", 0),
        ("fast.mp4", "-movflags +faststart", 0),
        ("movie.mov", "", 0),
        ("fragments.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof", 0),
        ("mixed.mp4", "-movflags +frag_keyframe", 0),
    ] {
        let path = studio.make(&format!("{INPUTS} {CODECS} {flags} {name}"));
        let contents = media::probe(&path).expect("probed");
        println!("{name} {contents:?}");
        assert_as_probed(&path, TrackKind::Video, zero);
        assert_as_probed(&path, TrackKind::Sound, zero);
    }
}
