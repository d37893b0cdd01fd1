//! Sound to be mixed.

/// A WAV file of 16 bits and one channel.
pub fn wav(rate: u32, samples: impl Iterator<Item = i16>) -> Vec<u8> {
    let samples: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let bytes = u32::try_from(samples.len()).expect("a short file");
    let mut file = b"RIFF".to_vec();
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([rate, 2 * rate].map(u32::to_le_bytes).as_flattened());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples);
    file
}
