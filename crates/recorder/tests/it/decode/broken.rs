//! Flipped bits and cut packets: errors, never a panic, and pictures again behind them.

use polyptych_recorder::decode::{sound_decoder, supports_sound, supports_video, video_decoder};
use polyptych_recorder::media::{Packet, SoundCodec, VideoCodec};

use super::material::{Material, h264, has_ffmpeg, ivf, pictures, sound, source, video_track};

/// A small generator with a seed (Marsaglia's xorshift), so that every run breaks the same bits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).expect("below a usize")
    }
}

/// Breaks about every third packet: a bit flipped, several bytes replaced, or the end cut off.
fn broken(packets: &[Packet], seed: u64) -> Vec<Packet> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
    let mut packets = packets.to_vec();
    for packet in &mut packets {
        let length = packet.data.len();
        match random.below(8) {
            0 => packet.data[random.below(length)] ^= 1 << random.below(8),
            1 => (0..10).for_each(|_| packet.data[random.below(length)] = random.below(256) as u8),
            // Headers stand in the first bytes.
            2 => packet.data[random.below(length.min(24))] ^= 1 << random.below(8),
            3 => packet.data.truncate(random.below(length)),
            _ => {}
        }
    }
    packets
}

#[test]
fn broken_video_gives_errors_and_no_panic() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let input = "-f lavfi -i testsrc=size=96x64:rate=25:duration=1 -pix_fmt yuv420p -g 5";
    let file =
        |arguments: &str, name| material.make(&format!("{input} {arguments}"), name).expect("FFmpeg encodes");
    let is_first_of_five = |mut packets: Vec<Packet>| {
        packets.iter_mut().enumerate().for_each(|(index, packet)| packet.is_key = index % 5 == 0);
        packets
    };
    let high = h264(&file("-c:v libx264 -bf 2", "high.mp4"));
    let plain = h264(&file("-c:v libx264 -profile:v baseline -x264-params slices=3", "plain.mp4"));
    let vp8 = ivf(&file("-c:v libvpx -keyint_min 5", "vp8.ivf"), |_| false);
    let vp9 =
        ivf(&file("-c:v libvpx-vp9 -keyint_min 5 -deadline realtime -cpu-used 8", "vp9.ivf"), |_| false);
    let streams = [
        high,
        plain,
        (video_track(VideoCodec::Vp8, Vec::new()), is_first_of_five(vp8)),
        (video_track(VideoCodec::Vp9, Vec::new()), is_first_of_five(vp9)),
    ];
    for (track, packets) in streams {
        let mut total = 0;
        for seed in 0..40 {
            let packets = broken(&packets, seed);
            let _ = supports_video(&track, &packets);
            let (found, errors) = pictures(&mut source(&track, &packets));
            assert!(found.is_sorted_by_key(|picture| picture.at));
            assert!(errors.len() <= packets.len());
            total += found.len();
        }
        assert!(total > 40, "{:?}: pictures come again behind what is broken, {total}", track.codec);
    }
}

#[test]
fn broken_sound_gives_errors_and_no_panic() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for (codec, encoder) in [(SoundCodec::Aac, "aac"), (SoundCodec::Opus, "libopus")] {
        let arguments = format!("-f lavfi -i sine=frequency=500:duration=1:sample_rate=48000 -c:a {encoder}");
        let path = material.make(&arguments, &format!("{encoder}.mp4")).expect("FFmpeg encodes");
        let (track, packets) = sound(&path, codec, 48_000, 1);
        for seed in 0..40 {
            let packets = broken(&packets, seed);
            let _ = supports_sound(&track, &packets);
            let mut decoder = sound_decoder(&track).expect("the config is whole");
            let decoded = packets.iter().filter(|packet| decoder.decode(packet).is_ok()).count();
            assert!(decoded > packets.len() / 3, "{encoder}: {decoded} of {}", packets.len());
        }
    }
}

#[test]
fn broken_configs_give_errors_and_no_panic() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let path = material
        .make(
            "-f lavfi -i testsrc=size=96x64:rate=25:duration=0.2 -pix_fmt yuv420p -c:v libx264",
            "config.mp4",
        )
        .expect("FFmpeg encodes");
    let (track, packets) = h264(&path);
    let mut random = Random(7);
    for round in 0..2000 {
        let mut track = track.clone();
        let length = track.config.len();
        match round % 3 {
            0 => track.config.truncate(random.below(length)),
            1 => track.config[random.below(length)] ^= 1 << random.below(8),
            _ => (0..4).for_each(|_| track.config[random.below(length)] = random.below(256) as u8),
        }
        if let Ok(mut decoder) = video_decoder(&track) {
            let mut pictures = Vec::new();
            let _ = packets.iter().try_for_each(|packet| decoder.decode(packet, &mut pictures));
        }
    }
}
