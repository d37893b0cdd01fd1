//! Small files that ask for much (contract, section 4: bounds): what each costs, in a process of its own.
//!
//! Promised: two seconds of processor time, and at peak nine bytes for each pixel of the picture and 64 MiB.

use std::process::Command;

use cpu_time::ProcessTime;
use polyptych::image::{ImageLimits, decode};

use super::decode::{bmp_of, with_scans, with_segment, with_size};
use super::{BASELINE, PROGRESSIVE};

/// Which bomb this process is to decode, where it is a child.
const NAME: &str = "POLYPTYCH_BOMB";
const MEBIBYTE: u64 = 1 << 20;
/// As many bytes as are taken.
const FULL: usize = 6 << 20;

/// A bomb: its bytes, the pixels of a picture that may be allocated, and whether it is a picture.
type Bomb = (Vec<u8>, u64, bool);

/// A bomb's name, and what makes it.
type Named = (&'static str, fn() -> Bomb);

const BOMBS: [Named; 43] = [
    ("JPEG of 65,500 px a side", || (with_size(BASELINE, 0xC0, 65_500, 10_700), 0, false)),
    ("JPEG of 67 Mpx", || (with_size(BASELINE, 0xC0, 8192, 8192), 0, false)),
    ("progressive JPEG of 16,004,000 px", || (with_size(PROGRESSIVE, 0xC2, 4001, 4000), 0, false)),
    ("JPEG of 101 scans", || (with_scans(101), 0, false)),
    ("JPEG of 40 Mpx, nothing but flat blocks", || picture(sequential(3, 0x11, |_| vec![0; 500_000]))),
    ("JPEG of 40 Mpx, colour halved", || picture(sequential(3, 0x22, |_| vec![0; 300_000]))),
    ("JPEG of 40 Mpx, colour quartered across", || picture(sequential(3, 0x41, |_| vec![0; 300_000]))),
    ("JPEG of 40 Mpx, grey", || picture(sequential(1, 0x11, |_| vec![0; 200_000]))),
    ("JPEG of 40 Mpx, four inks", || picture(sequential(4, 0x11, |_| vec![0; 700_000]))),
    ("JPEG of 40 Mpx, full of detail", || picture(sequential(3, 0x11, |_| detail(1_875_000, 7)))),
    ("JPEG of 40 Mpx, on its side", || {
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0";
        picture(with_segment(&sequential(3, 0x22, |_| vec![0; 300_000]), 0xE1, exif))
    }),
    ("JPEG of 40 Mpx, no coded data", || picture(sequential(3, 0x11, |_| Vec::new()))),
    ("JPEG of 40 Mpx, a restart at each block", || picture(restarts())),
    ("JPEG of 40 Mpx in three scans", || picture(scans(3, 3, &detail(625_000, 7)))),
    ("JPEG of 40 Mpx in 100 scans", || picture(scans(3, 100, &[0; 60_000]))),
    ("JPEG of 40 Mpx, four inks in four scans", || (scans(4, 4, &[]), 0, false)),
    ("progressive JPEG, 100 scans of first coefficients", || {
        progressive(3, None, [0, 0, 0x10], &"0".repeat(250_000), 100)
    }),
    ("progressive JPEG, 100 scans of nothing", || {
        refused(progressive(3, None, [1, 63, 0x01], &RUN.repeat(8), 100))
    }),
    ("progressive JPEG, 21 scans of nothing", || progressive(3, None, [1, 63, 0x01], &RUN.repeat(8), 21)),
    ("progressive JPEG, 98 scans correct all there can be", || {
        refused(progressive(3, Some(detail(250_000, 62)), [1, 63, 0x10], &RUN.repeat(8), 100))
    }),
    ("progressive JPEG, 19 scans correct all there can be", || {
        progressive(3, Some(detail(250_000, 62)), [1, 63, 0x10], &RUN.repeat(8), 21)
    }),
    ("progressive JPEG, 99 scans of coefficients out of one byte", || {
        refused(greedy(progressive(3, None, [1, 63, 0x01], ZEROS, 100)))
    }),
    ("progressive JPEG, 20 scans of coefficients out of one byte", || {
        greedy(progressive(3, None, [1, 63, 0x01], ZEROS, 21))
    }),
    ("progressive JPEG, 20 scans of corrections out of one byte", || {
        greedy(progressive(3, None, [1, 63, 0x10], ZEROS, 21))
    }),
    ("JPEG of 40 Mpx in 100 scans of one byte", || greedy(picture(scans(3, 100, &[0])))),
    ("JPEG of 40 Mpx, coefficients out of one byte", || greedy(picture(sequential(3, 0x11, |_| vec![0])))),
    ("progressive JPEG, four inks, 21 scans", || {
        progressive(4, Some(detail(250_000, 24)), [1, 63, 0x10], &RUN.repeat(8), 21)
    }),
    ("JPEG of 6 MiB of code tables", || repeated(&[0xFF, 0xC4], &dht(0x10, &[(1, 0), (2, 1)]))),
    ("JPEG of 6 MiB of quantisation tables", || repeated(&[0xFF, 0xDB], &[&[0][..], &[1; 64]].concat())),
    ("JPEG of 6 MiB of restart intervals", || repeated(&[0xFF, 0xDD], &[0, 1])),
    ("JPEG of 6 MiB of empty comments", || repeated(&[0xFF, 0xFE], &[])),
    ("JPEG of nested segments", || {
        let mut nested = BASELINE.to_vec();
        for marker in [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE].repeat(12) {
            nested = with_segment(BASELINE, marker, &nested[..nested.len().min(65_000)]);
        }
        (nested, 128, true)
    }),
    ("JPEG of an Exif directory that leads to itself", || {
        let entry = b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x08";
        let directory = [&b"Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff"[..], &entry.repeat(5_000)].concat();
        (with_segment(BASELINE, 0xE1, &directory), 128, true)
    }),
    ("JPEG of fill bytes", || {
        ([&BASELINE[..2], &vec![0xFF; FULL - BASELINE.len()], &BASELINE[2..]].concat(), 128, true)
    }),
    ("JPEG of a segment of length 0", || {
        ([&BASELINE[..2], &[0xFF, 0xE0, 0, 0], &BASELINE[2..]].concat(), 0, false)
    }),
    ("BMP of 65,535 px a side", || (runs(65_535, 65_535, 8, &[0, 1]), 0, false)),
    ("BMP of the most negative height", || (bmp_of(1, i32::MIN, 24, 0, &[], &[0; 4]), 0, false)),
    ("BMP of 40 Mpx that ends at once", || picture(runs(8000, 5000, 8, &[0, 1]))),
    ("BMP of endless deltas", || {
        (runs(8000, 5000, 8, &[0, 2, 0, 0].repeat(FULL / 4 - 300)), 40_000_000, false)
    }),
    ("BMP of runs beyond each row", || {
        (runs(8000, 5000, 8, &[255, 1].repeat(FULL / 2 - 600)), 40_000_000, false)
    }),
    ("BMP of tiny absolute runs", || {
        (runs(8000, 5000, 4, &[0, 3, 1, 2].repeat(FULL / 4 - 300)), 40_000_000, false)
    }),
    ("BMP of indices beyond its palette", || {
        picture(bmp_of(8000, 5000, 1, 0, &[[9; 4]], &vec![0xFF; 1000 * 5000]))
    }),
    ("BMP of a palette without end", || {
        let mut bytes = runs(8000, 5000, 8, &[0, 1]);
        bytes[46..50].copy_from_slice(&u32::MAX.to_le_bytes());
        (bytes, 40_000_000, false)
    }),
];

/// A picture of 40 Mpx.
fn picture(bytes: Vec<u8>) -> Bomb {
    (bytes, 40_000_000, true)
}

/// One that must not come to an allocation.
fn refused((bytes, ..): Bomb) -> Bomb {
    (bytes, 0, false)
}

/// A BMP of runs with a palette of 256 colours.
fn runs(width: i32, height: i32, bits: u16, data: &[u8]) -> Vec<u8> {
    bmp_of(width, height, bits, if bits == 8 { 1 } else { 2 }, &vec![[7; 4]; 1 << bits], data)
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(payload.len() as u16 + 2).to_be_bytes()[..], payload].concat()
}

/// A code table of a class and number: lengths with their symbols, the short ones first.
fn dht(class_and_number: u8, codes: &[(u8, u8)]) -> Vec<u8> {
    let counts = (1..=16).map(|length| codes.iter().filter(|code| code.0 == length).count() as u8);
    [class_and_number].into_iter().chain(counts).chain(codes.iter().map(|code| code.1)).collect()
}

/// Everything up to the first scan. Codes: `0` ends a block, `10` is a coefficient of one bit, `110` a run of empty blocks.
fn head(sof: u8, width: u16, height: u16, components: u8, first_factors: u8) -> Vec<u8> {
    let mut frame = [&[8], &height.to_be_bytes()[..], &width.to_be_bytes(), &[components]].concat();
    for id in 1..=components {
        frame.extend([id, if id == 1 { first_factors } else { 0x11 }, 0]);
    }
    let codes = dht(0x10, &[(1, 0x00), (2, 0x01), (3, 0xE0)]);
    let tables = [
        segment(0xDB, &[&[0][..], &[1; 64]].concat()),
        segment(0xC4, &dht(0, &[(1, 0)])),
        segment(0xC4, &codes),
    ];
    [&[0xFF, 0xD8][..], &tables.concat(), &segment(sof, &frame)].concat()
}

/// The header of a scan of these components, and of a band: start, end, high and low bit.
fn sos(components: std::ops::RangeInclusive<u8>, band: [u8; 3]) -> Vec<u8> {
    let named: Vec<u8> = components.clone().flat_map(|id| [id, 0]).collect();
    segment(0xDA, &[&[components.count() as u8], &named[..], &band].concat())
}

/// A sequential JPEG of 8000 x 5000 in one scan.
fn sequential(components: u8, first_factors: u8, coded: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let scan = sos(1..=components, [0, 63, 0]);
    [&head(0xC0, 8000, 5000, components, first_factors), &scan[..], &coded(components), &[0xFF, 0xD9]]
        .concat()
}

/// Blocks of a first coefficient 0 (unless they are of a band) and so many others of 1.
fn detail(blocks: usize, count: usize) -> Vec<u8> {
    let is_band = count > 7;
    let block = [if is_band { "" } else { "0" }, &"101".repeat(count), "0"].concat();
    // Eight blocks end with a byte.
    pack(&block.repeat(8)).repeat(blocks / 8)
}

/// Bits as coded data: the last byte is filled with ones, and a 0 stands behind each byte of ones.
fn pack(bits: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for bits in bits.as_bytes().chunks(8) {
        let byte = (0..8).fold(0, |byte, at| byte << 1 | u8::from(bits.get(at) != Some(&b'0')));
        bytes.push(byte);
        if byte == 0xFF {
            bytes.push(0);
        }
    }
    bytes
}

fn restarts() -> Vec<u8> {
    let mut coded = Vec::new();
    for index in 0..625_000_u32 {
        coded.extend([0, 0xFF, 0xD0 | (index & 7) as u8]);
    }
    let head = head(0xC0, 8000, 5000, 1, 0x11);
    [head, segment(0xDD, &[0, 1]), sos(1..=1, [0, 63, 0]), coded, vec![0xFF, 0xD9]].concat()
}

/// A sequential JPEG, each component in a scan of its own, again and again.
fn scans(components: u8, count: u8, coded: &[u8]) -> Vec<u8> {
    let mut bytes = head(0xC0, 8000, 5000, components, 0x11);
    for index in 0..count {
        let id = 1 + index % components;
        bytes.extend(sos(id..=id, [0, 63, 0]));
        bytes.extend(coded);
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// 32,767 blocks that bring nothing.
const RUN: &str = "11011111111111111";

const ZEROS: &str = "00000000";

/// A progressive JPEG of 4000 x 4000 and so many scans: first coefficients, others of the first component, and then a
/// band of these bits again and again.
fn progressive(components: u8, others: Option<Vec<u8>>, band: [u8; 3], again: &str, count: u8) -> Bomb {
    let mut bytes = head(0xC2, 4000, 4000, components, 0x11);
    bytes.extend(sos(1..=components, [0, 0, 0x01]));
    bytes.extend(pack(&"0".repeat(250_000 * usize::from(components))));
    let is_one = others.is_some();
    if let Some(coded) = others {
        bytes.extend(sos(1..=1, [1, 63, 0x01]));
        bytes.extend(coded);
    }
    let again = pack(again);
    for index in 1 + u8::from(is_one)..count {
        let id = if is_one { 1 } else { 1 + index % components };
        bytes.extend(sos(id..=id, band));
        bytes.extend(&again);
    }
    bytes.extend([0xFF, 0xD9]);
    (bytes, 16_000_000, true)
}

/// The same with another table: a 0, as it is read where data are missing, is a coefficient.
fn greedy((bytes, pixels, is_picture): Bomb) -> Bomb {
    let table = segment(0xC4, &dht(0x10, &[(1, 0x01), (2, 0xE0)]));
    let scan = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).expect("a scan");
    ([&bytes[..scan], &table, &bytes[scan..]].concat(), pixels, is_picture)
}

/// The small JPEG with so many of one segment before it as fit.
fn repeated(marker: &[u8], payload: &[u8]) -> Bomb {
    let one = segment(marker[1], payload);
    let count = (FULL - BASELINE.len()) / one.len();
    ([&BASELINE[..2], &one.repeat(count), &BASELINE[2..]].concat(), 128, true)
}

/// The most memory that this process has had, in bytes.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
}

#[cfg(not(target_os = "linux"))]
fn peak_bytes() -> u64 {
    0
}

/// What the child runs; nothing in a usual run of the tests.
#[test]
fn one_bomb() {
    let Ok(name) = std::env::var(NAME) else { return };
    let (_, make) = BOMBS.iter().find(|(other, _)| *other == name).expect("a name of the list");
    let (bytes, ..) = make();
    assert!(bytes.len() <= FULL, "{name}: {} bytes", bytes.len());
    let start = ProcessTime::now();
    let verdict = decode(&bytes, &ImageLimits::default());
    let cpu = start.elapsed().as_millis();
    let told = verdict.map_or_else(|error| error.to_string(), |picture| picture.size().to_string());
    println!("\nbomb|{}|{cpu}|{}|{}", bytes.len(), peak_bytes(), told);
}

#[test]
fn bombs_cost_little_time_and_memory() {
    let mut told = Vec::new();
    let mut wrong = Vec::new();
    for (name, make) in BOMBS {
        let (_, pixels, is_picture) = make();
        let mut child = Command::new(std::env::current_exe().expect("a path"));
        child.env(NAME, name).args(["--exact", "image::bombs::one_bomb", "--nocapture"]);
        let output = child.output().expect("a child");
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("bomb|"));
        let parts = line.map(|line| line.splitn(4, '|').collect::<Vec<_>>()).unwrap_or_default();
        let [size, cpu, peak, verdict] = parts[..] else {
            wrong.push(format!("{name}: {text} {}", String::from_utf8_lossy(&output.stderr)));
            continue;
        };
        let [size, cpu, peak] = [size, cpu, peak].map(|number| number.parse::<u64>().expect("a number"));
        let limit = 9 * pixels + 64 * MEBIBYTE;
        let row = format!(
            "{name}: {size} bytes, {cpu} ms, {} of {} MiB, {verdict}",
            peak / MEBIBYTE,
            limit / MEBIBYTE
        );
        let is_quiet = output.stderr.is_empty();
        let is_size = verdict.split('x').all(|side| side.parse::<u32>().is_ok());
        if cpu > 2000 || peak > limit || is_size != is_picture || !is_quiet || !output.status.success() {
            wrong.push(row.clone());
        }
        told.push(row);
    }
    println!("{}", told.join("\n"));
    assert!(wrong.is_empty(), "over the bounds:\n{}", wrong.join("\n"));
}
