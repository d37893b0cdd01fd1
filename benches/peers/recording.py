"""Renders the same recordings with this command and with FFmpeg's filter graph, in turn, and prints what each costs.

    cargo build --release -p polyptych-cli
    python3 benches/peers/recording.py [--rounds N] [--seconds S] [--only TEXT] [--backend auto] [--polyptych target/release/polyptych]

Four users at 1280x720 in a 2x2 grid, and nine in a floating layout, on 1920x1080 at 30 frames a second; H.264 in, and VP9 in; x264 veryfast out, the same
settings for both. Beside them each one's decoding alone and encoding alone: the same programs, fed and drained in the same way. FFmpeg decodes in one process
into nothing, and encodes canvases of a file without the time that reading them takes; ours are run by `crates/recorder/benches/alone.rs`, with the decoders
that are chosen and the pipes to and from other programs. What is beyond both is what composing, carrying and writing cost.

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


def polyptych(command, description, out, *more):
    options = ["--video-only", "--encoder", "x264", "--preset", "veryfast", "--progress", "none", "--force"]
    return [command, "render", description, "-o", out, *options, *more]


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", default="", help="recordings whose title holds this")
    parser.add_argument("--backend", default="auto", help="who decodes for us")
    parser.add_argument("--polyptych", default="target/release/polyptych")
    options = parser.parse_args()
    build = ["cargo", "bench", "-q", "-p", "polyptych-recorder", "--bench", "alone", "--no-run", "--message-format", "json"]
    built = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    alone = next(found["executable"] for found in map(json.loads, built) if found.get("target", {}).get("name") == "alone")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = str(folder / "out.mp4")
        columns = ["recording", "decode", "encode", "FFmpeg", "decode", "encode", "ours", "beyond, ours ÷ FFmpeg", "CPU", "wall", "composing", "MB, FFmpeg", "MB, ours"]
        print("|", " | ".join(columns), "|")
        print("|---|" + "---:|" * (len(columns) - 1))
        for title, count, codec, layout in [
            ("2×2, H.264", 4, "h264", 1),
            ("2×2, VP9", 4, "vp9", 1),
            ("floating, 9 users, H.264", 9, "h264", 0),
            ("floating, 9 users, VP9", 9, "vp9", 0),
        ]:
            if options.only not in title:
                continue
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
            found = {key: [] for key in runs}
            for _ in range(options.rounds):
                for key, words in runs.items():
                    found[key].append(cost(words))
            median = lambda key, what: statistics.median(costs[what] for costs in found[key])
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


main()
