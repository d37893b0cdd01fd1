//! AAC and Opus: near to FFmpeg, and sample upon sample.

use std::path::Path;

use polyptych_recorder::decode::{Sound, sound_decoder, supports_sound};
use polyptych_recorder::media::{Packet, SoundCodec, SoundTrack};

use super::material::{Material, has_ffmpeg, reference, sound};

const INPUT: &str =
    "-f lavfi -i aevalsrc=0.4*sin(2*PI*t*(300+500*t))|0.3*sin(2*PI*700*t)+0.05*(random(0)-0.5):s=48000:d=1";

fn decode(track: &SoundTrack, packets: &[Packet]) -> Vec<Sound> {
    let mut decoder = sound_decoder(track).expect("a decoder");
    packets.iter().filter_map(|packet| decoder.decode(packet).expect("a whole packet")).collect()
}

fn joined(sounds: &[Sound]) -> Vec<f32> {
    sounds.iter().flat_map(|sound| sound.samples.iter().copied()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The signal over the difference, in dB.
fn ratio(found: &[f32], expected: &[f32]) -> f64 {
    let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|sample| sample * sample).sum::<f64>();
    let signal = power(&mut expected.iter().map(|sample| f64::from(*sample)));
    let noise = power(&mut found.iter().zip(expected).map(|(found, expected)| f64::from(found - expected)));
    10.0 * (signal / noise.max(1e-30)).log10()
}

/// What FFmpeg decodes of all packets, without leaving anything out. Of Opus, libopus is the judge: FFmpeg's own
/// decoder shifts speech by a part of a sample.
fn whole(path: &Path, decoder: &str) -> Vec<f32> {
    let output = std::process::Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-nostdin",
            "-flags2",
            "+skip_manual",
            "-ignore_editlist",
            "1",
            "-c:a",
            decoder,
            "-i",
        ])
        .arg(path)
        .args(["-f", "f32le", "-"])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    floats(&output.stdout)
}

#[test]
fn aac_is_that_of_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for (name, arguments, channels) in [
        ("stereo", "-c:a aac -b:a 96k", 2),
        ("mono", "-c:a aac -b:a 48k -ac 1", 1),
        ("low", "-c:a aac -b:a 24k -ar 22050", 2),
    ] {
        let path = material
            .make(&format!("{INPUT} {arguments}"), &format!("{name}.mp4"))
            .expect("FFmpeg encodes AAC");
        let (track, packets) = sound(&path, SoundCodec::Aac, 48_000, channels);
        supports_sound(&track, &packets).expect(name);
        let sounds = decode(&track, &packets);
        assert!(
            sounds
                .iter()
                .zip(&packets)
                .all(|(sound, packet)| sound.at == packet.at && sound.channels == channels)
        );
        let (found, expected) = (joined(&sounds), whole(&path, "aac"));
        assert!(
            found.len().abs_diff(expected.len()) <= 1024 * usize::from(channels),
            "{name}: {} {}",
            found.len(),
            expected.len()
        );
        let ratio = ratio(&found, &expected);
        assert!(ratio > 60.0, "{name}: {ratio:.1} dB");
    }
}

#[test]
fn opus_is_that_of_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for (name, arguments, channels) in [
        ("music", "-c:a libopus -b:a 96k", 2),
        ("mono", "-c:a libopus -b:a 48k -ac 1", 1),
        ("speech", "-c:a libopus -b:a 16k -application voip -ac 1", 1),
        ("hybrid", "-c:a libopus -b:a 32k -application voip -frame_duration 60", 2),
    ] {
        let path = material
            .make(&format!("{INPUT} {arguments}"), &format!("{name}.mp4"))
            .expect("FFmpeg encodes Opus");
        let (track, packets) = sound(&path, SoundCodec::Opus, 48_000, channels);
        supports_sound(&track, &packets).expect(name);
        let (found, expected) = (joined(&decode(&track, &packets)), whole(&path, "libopus"));
        assert!(
            found.len().abs_diff(expected.len()) <= 2880 * usize::from(channels),
            "{name}: {} {}",
            found.len(),
            expected.len()
        );
        let ratio = ratio(&found, &expected);
        assert!(ratio > 40.0, "{name}: {ratio:.1} dB");
    }
}

#[test]
fn sound_begins_and_ends_with_the_sample_that_the_container_states() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for (codec, encoder, priming) in [(SoundCodec::Aac, "aac", 1024), (SoundCodec::Opus, "libopus", 312)] {
        let path = material
            .make(&format!("{INPUT} -c:a {encoder}"), &format!("{encoder}.mp4"))
            .expect("FFmpeg encodes");
        let (track, mut packets) = sound(&path, codec, 48_000, 2);
        packets[0].trim.0 = priming;
        let found = joined(&decode(&track, &packets));
        let expected = floats(&reference(&path, "-f f32le"));
        let common = found.len().min(expected.len());
        let ratio = ratio(&found[..common], &expected[..common]);
        assert!(common >= 2 * 48_000 && ratio > 40.0, "{encoder}: {common} samples, {ratio:.1} dB");
    }
}

#[test]
fn opus_goes_on_behind_a_lost_packet() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let path = material.make(&format!("{INPUT} -c:a libopus -b:a 96k"), "lost.mp4").expect("FFmpeg encodes");
    let (track, packets) = sound(&path, SoundCodec::Opus, 48_000, 2);
    let all = decode(&track, &packets);
    let mut lossy = packets.clone();
    lossy.remove(10);
    let found = decode(&track, &lossy);
    // 80 ms later the decoder has forgotten what it missed (RFC 7845, 4.6).
    for (found, whole) in found[14..].iter().zip(&all[15..]) {
        assert_eq!(found.at, whole.at);
        let ratio = ratio(&found.samples, &whole.samples);
        assert!(ratio > 25.0, "at {}: {ratio:.1} dB", found.at);
    }
}
