"""Renders the same recordings with this command and with FFmpeg's filter graph, in turn, and prints what each costs.

    cargo build --release -p polyptych-cli
    python3 benches/peers/recording.py [--rounds N] [--seconds S] [--only TEXT] [--backend auto] [--polyptych target/release/polyptych] [--hisui PATH]

Four users at 1280x720 in a 2x2 grid, and nine in a floating layout, on 1920x1080 at 30 frames a second; H.264 in, and VP9 in; x264 veryfast out, the same
settings for both. Beside them each one's decoding alone and encoding alone: the same programs, fed and drained in the same way. FFmpeg decodes in one process
into nothing, and encodes canvases of a file without the time that reading them takes; ours are run by `crates/recorder/benches/alone.rs`, with the decoders
that are chosen and the pipes to and from other programs. What is beyond both is what composing, carrying and writing cost.

With --hisui, a second table beside `hisui compose`, which composes recordings of the media server Sora: https://github.com/shiguredo/hisui, version
2025.3.2, licence Apache-2.0. In a clone at the tag 2025.3.2, `cargo build --release` makes target/release/hisui; it fetches and builds libvpx 1.15.2 and other
codecs, and needs git, a C and C++ compiler, make, CMake, Meson, Ninja, NASM, autotools and libclang. Four users at 1280x720 in a 2x2 grid, VP9 in WebM as Sora
writes it, the same files for both; VP9 out, libvpx in real-time mode with cpu-used 8, one encoder thread, 4 Mbit/s, a keyframe every 300 frames, which is hisui's
default. What else hisui tells libvpx is made what ours has. It does all in one process, with one worker thread, its default, or one a processor, and writes
MP4; ours writes WebM and encodes with the libvpx of ffmpeg, which may be of another version.

CPU is user and system time of all processes of a run, composing that of the thread that composes (and everything else it does), memory the largest sum over the
process and its children, pages that several share counted once, looked at four times a second. Medians of the rounds. Needs ffmpeg with libx264 and libvpx-vp9, and Linux.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SIZE = (1920, 1080)
FPS = 30
KEYFRAME_SECONDS = 10
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "4000k", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-threads", "2"]
QUIET = ["ffmpeg", "-v", "error", "-nostdin", "-y"]


def start(words, **more):
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def children_of(pid):
    found, parents = [pid], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    for parent in found:
        found.extend(parents.get(parent, []))
    return found


def resident_mb(pid):
    total = 0
    for child in children_of(pid):
        try:
            lines = Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024 / 1e6


def main_thread_seconds(pid):
    try:
        fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost(words):
    """Wall and CPU seconds of a program and its children, CPU seconds of its first thread, and MB of memory."""
    before, begun = os.times(), time.monotonic()
    process = start(words)
    first, memory, rounds = 0.0, 0.0, 0
    while process.poll() is None:
        first = max(first, main_thread_seconds(process.pid))
        if rounds % 10 == 9:
            memory = max(memory, resident_mb(process.pid))
        rounds += 1
        time.sleep(0.025)
    wall, after = time.monotonic() - begun, os.times()
    assert process.returncode == 0, words
    cpu = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return {"wall": wall, "cpu": cpu, "first": first, "memory": memory}


def ffmpeg_decode(files):
    """All files in one process, as the filter graph has them, into nothing."""
    inputs = [word for file in files for word in ("-threads", "1", "-i", file)]
    maps = [word for index in range(len(files)) for word in ("-map", f"{index}:v")]
    return [*QUIET, *inputs, *maps, "-f", "null", "-"]


def ffmpeg_canvases(canvases, *out):
    raw = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{SIZE[0]}x{SIZE[1]}", "-framerate", str(FPS)]
    return [*QUIET, *raw, "-i", canvases, *out]


def grid_filter():
    cells = "".join(f"[{i}:v]scale=960:540,setsar=1[v{i}];" for i in range(4))
    return cells + "[v0][v1][v2][v3]xstack=inputs=4:layout=0_0|960_0|0_540|960_540[v]"


def floating_filter(count):
    """The first over all of the canvas, the others from the bottom left, as the floating layout has them."""
    parts = ["[0:v]scale=1920:1080,setsar=1[s0]"]
    for i in range(1, count):
        parts.append(f"[{i}:v]scale=452:254,setsar=1[p{i}]")
        column, row = (i - 1) % 4, (i - 1) // 4
        x = round((0.012 + 0.247 * column) * 1920 / 2) * 2
        y = round((1 - 0.247 * (row + 1)) * 1080 / 2) * 2
        parts.append(f"[s{i - 1}][p{i}]overlay={x}:{y}[{'v' if i == count - 1 else f's{i}'}]")
    return ";".join(parts)


def ffmpeg(files, graph, out):
    inputs = [word for file in files for word in ("-threads", "1", "-i", file)]
    return [*QUIET, *inputs, "-filter_complex", graph, "-map", "[v]", "-r", str(FPS), *X264, "-an", out]


def describe(folder, files, layout):
    users = [{"uid": str(i), "media": [{"file": Path(file).name, "start": 0}]} for i, file in enumerate(files)]
    config = {"width": SIZE[0], "height": SIZE[1], "fps": FPS, "bitrate": 4000, "mixedVideoLayout": layout}
    path = folder / f"recording-{layout}-{len(files)}.json"
    path.write_text(json.dumps({"transcodingConfig": config, "users": users}))
    return str(path)


def polyptych(command, description, out, *more, encoder=("x264", "veryfast")):
    options = ["--video-only", "--encoder", encoder[0], "--preset", encoder[1], "--progress", "none", "--force"]
    return [command, "render", description, "-o", out, *options, *more]


def element(name, *parts):
    """An element of WebM, its length in eight bytes."""
    data = b"".join(parts)
    return bytes.fromhex(name) + b"\x01" + len(data).to_bytes(7, "big") + data


def number(name, value):
    return element(name, value.to_bytes(4, "big"))


def write_as_sora(path, vp9):
    """Writes the pictures of a VP9 file as WebM of Sora, as hisui reads no other: the name of Sora, tracks right behind it, every length known, cues at the end.

    Times are rounded down to milliseconds. Rounded to the nearest, every third would lie behind its tick, and hisui would show the picture before it twice.
    """
    ivf = subprocess.run([*QUIET, "-i", vp9, "-c", "copy", "-f", "ivf", "-"], check=True, stdout=subprocess.PIPE).stdout
    clusters, at, index = [], 32, 0
    while at < len(ivf):
        end = at + 12 + int.from_bytes(ivf[at : at + 4], "little")
        picture, ms = ivf[at + 12 : end], 1000 * index // FPS
        is_key = picture[0] & 0x0C == 0
        if is_key:
            begin_ms = ms
            clusters.append([number("e7", ms)])
        flags = b"\x80" if is_key else b"\0"
        clusters[-1].append(element("a3", b"\x81", (ms - begin_ms).to_bytes(2, "big"), flags, picture))
        at, index = end, index + 1
    versions = [number(name, value) for name, value in (("4286", 1), ("42f7", 1), ("42f2", 4), ("42f3", 8))]
    header = element("1a45dfa3", *versions, element("4282", b"webm"), number("4287", 4), number("4285", 2))
    info = element("1549a966", number("2ad7b1", 1_000_000), element("4d80", b"WebRTC SFU Sora"), element("5741", b"WebRTC SFU Sora"))
    size = element("e0", number("b0", 1280), number("ba", 720))
    tracks = element("1654ae6b", element("ae", number("d7", 1), number("73c5", 1), number("83", 1), element("86", b"V_VP9"), size))
    segment = element("18538067", info, tracks, *(element("1f43b675", *parts) for parts in clusters), element("1c53bb6b"))
    Path(path).write_bytes(header + segment)


def hisui(command, folder, count, seconds, threads):
    """Composes `archive-N.webm` of a folder in a grid of two columns."""
    for i in range(count):
        times = {"start_time_offset": 0, "stop_time_offset": seconds}
        archive = {"connection_id": str(i), "format": "webm", "audio": False, "video": True, **times}
        (folder / f"archive-{i}.json").write_text(json.dumps(archive))
    encoder = {"deadline": "realtime", "cpu_used": 8, "threads": 1, "keyframe_interval": KEYFRAME_SECONDS * FPS, "rate_control": "vbr"}
    # As ours has it: rows and tiles of `crates/recorder/src/ffmpeg/video_encoder.rs`, and libvpx's own defaults of what it leaves unsaid.
    encoder |= {"row_mt": True, "tile_columns": 2, "tile_rows": 0, "min_quantizer": 0, "max_quantizer": 63}
    encoder |= {"lag_in_frames": 25, "aq_mode": 0, "noise_sensitivity": 0}
    region = {"video_sources": ["archive-*.json"], "max_columns": 2, "border_pixels": 0}
    layout = {"video_layout": {"grid": region}, "resolution": f"{SIZE[0]}x{SIZE[1]}", "frame_rate": FPS}
    layout |= {"video_codec": "VP9", "video_bitrate": 4_000_000, "libvpx_vp9_encode_params": encoder}
    path = folder / "hisui.json"
    path.write_text(json.dumps(layout))
    out = str(folder / "hisui.mp4")
    return [command, "compose", "--no-progress-bar", "--thread-count", str(threads), "--layout-file", str(path), "--output-file", out, str(folder)]


def make(folder, count, seconds, codec):
    """Cameras that differ, with noise and motion."""
    made = []
    encoder = {
        "h264": ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "1500k"],
        "vp9": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1500k"],
    }[codec]
    for i in range(count):
        path = folder / f"{codec}-{i}.{'mp4' if codec == 'h264' else 'webm'}"
        source = f"testsrc2=s=1280x720:r={FPS}:d={seconds},hue=h={40 * i},noise=alls=6:allf=t"
        subprocess.run([*QUIET, "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", *encoder, "-g", "60", str(path)], check=True)
        made.append(str(path))
    return made


def measure(runs, rounds):
    """Runs all in turn, round after round, and gives the median of what one of them cost."""
    found = {key: [] for key in runs}
    for _ in range(rounds):
        for key, words in runs.items():
            found[key].append(cost(words))
    return lambda key, what: statistics.median(costs[what] for costs in found[key])


def beside_ffmpeg(options, folder, recordings):
    build = ["cargo", "bench", "-q", "-p", "polyptych-recorder", "--bench", "alone", "--no-run", "--message-format", "json"]
    built = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    alone = next(found["executable"] for found in map(json.loads, built) if found.get("target", {}).get("name") == "alone")
    out = str(folder / "out.mp4")
    columns = ["recording", "decode", "encode", "FFmpeg", "decode", "encode", "ours", "beyond, ours ÷ FFmpeg", "CPU", "wall", "composing", "MB, FFmpeg", "MB, ours"]
    print("|", " | ".join(columns), "|")
    print("|---|" + "---:|" * (len(columns) - 1))
    for title, count, codec, layout in recordings:
        files = make(folder, count, options.seconds, codec)
        graph = grid_filter() if layout == 1 else floating_filter(count)
        description = describe(folder, files, layout)
        canvases = str(folder / "canvases.yuv")
        subprocess.run(polyptych(options.polyptych, description, canvases), check=True, stderr=subprocess.DEVNULL)
        size = f"{SIZE[0]}x{SIZE[1]}"
        runs = {
            "their decode": ffmpeg_decode(files),
            "their encode": ffmpeg_canvases(canvases, *X264, "-an", out),
            "their read": ffmpeg_canvases(canvases, "-f", "null", "-"),
            "theirs": ffmpeg(files, graph, out),
            "our decode": [alone, "decode", options.backend, *files],
            "our encode": [alone, "encode", canvases, size, str(FPS)],
            "our read": [alone, "read", canvases, size, str(FPS)],
            "ours": polyptych(options.polyptych, description, out, "--backend", options.backend),
        }
        median = measure(runs, options.rounds)
        cpu = {key: median(key, "cpu") for key in runs}
        their_encode, our_encode = cpu["their encode"] - cpu["their read"], cpu["our encode"] - cpu["our read"]
        theirs = cpu["theirs"] - cpu["their decode"] - their_encode
        ours = cpu["ours"] - cpu["our decode"] - our_encode
        print(
            f"| {title} | {cpu['their decode']:.1f} | {their_encode:.1f} | {cpu['theirs']:.1f} | {cpu['our decode']:.1f} | {our_encode:.1f} | {cpu['ours']:.1f} "
            f"| {ours:.1f} ÷ {theirs:.1f} = {ours / theirs:.2f} | {cpu['ours'] / cpu['theirs']:.2f} | {median('ours', 'wall') / median('theirs', 'wall'):.2f} "
            f"| {100 * median('ours', 'first') / cpu['ours']:.1f} % | {median('theirs', 'memory'):.0f} | {median('ours', 'memory'):.0f} |",
            flush=True,
        )
        os.remove(canvases)


def beside_hisui(options, folder, title):
    files = [str(folder / f"archive-{i}.webm") for i in range(4)]
    for file, vp9 in zip(files, make(folder, len(files), options.seconds, "vp9")):
        write_as_sora(file, vp9)
    threads = sorted({1, os.cpu_count()})
    runs = {count: hisui(options.hisui, folder, len(files), options.seconds, count) for count in threads}
    more = ["--keyframe-interval", str(KEYFRAME_SECONDS), "--threads", "1", "--backend", options.backend]
    runs["ours"] = polyptych(options.polyptych, describe(folder, files, 1), str(folder / "out.webm"), *more, encoder=("vp9", "8"))
    median = measure(runs, options.rounds)
    columns = [f"{name}, hisui | ours | ours ÷ hisui" for name in ("CPU", "wall", "MB")]
    print("|", " | ".join(["recording", *columns]), "|")
    print("|---|" + "---:|" * 9)
    for count in threads:
        cells = [f"{title}, worker threads: {count}"]
        for what, digits in (("cpu", 1), ("wall", 1), ("memory", 0)):
            theirs, ours = median(count, what), median("ours", what)
            cells.append(f"{theirs:.{digits}f} | {ours:.{digits}f} | {ours / theirs:.2f}")
        print("|", " | ".join(cells), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", default="", help="recordings whose title holds this")
    parser.add_argument("--backend", default="auto", help="who decodes for us")
    parser.add_argument("--polyptych", default="target/release/polyptych")
    parser.add_argument("--hisui", help="its executable, to be compared with as well")
    options = parser.parse_args()
    recordings = [
        ("2×2, H.264", 4, "h264", 1),
        ("2×2, VP9", 4, "vp9", 1),
        ("floating, 9 users, H.264", 9, "h264", 0),
        ("floating, 9 users, VP9", 9, "vp9", 0),
    ]
    recordings = [recording for recording in recordings if options.only in recording[0]]
    with tempfile.TemporaryDirectory() as name:
        if recordings:
            beside_ffmpeg(options, Path(name), recordings)
            print()
        title = "2×2, VP9 to VP9, hisui"
        if options.hisui and options.only in title:
            beside_hisui(options, Path(name), title)


main()
