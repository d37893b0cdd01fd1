"""Renders the same recordings with this command and with FFmpeg's filter graph, in turn, and prints what each costs.

    python3 benches/peers/recording.py [--rounds N] [--seconds S] [--only TEXT] [--backend auto] [--polyptych target/release/polyptych]

Four users at 1280x720 in a 2x2 grid, and nine in a floating layout, on 1920x1080 at 30 frames a second; H.264 in, and VP9 in; x264 veryfast out, the same
settings for both. Beside them decoding alone and encoding alone, with the same programs: each file decoded into a pipe that is drained, and canvases fed to the
encoder by a pipe. What is beyond the two is what composing and carrying cost. CPU is user and system time of all processes of a run. Needs ffmpeg with libx264 and
libvpx-vp9, and Linux.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

SIZE = (1920, 1080)
FPS = 30
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "4000k", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-threads", "2"]
QUIET = ["ffmpeg", "-v", "error", "-nostdin", "-y"]


def cost(run):
    """Seconds of wall and CPU time of what `run` starts and waits for."""
    before, begun = os.times(), time.monotonic()
    run()
    after = os.times()
    cpu = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return time.monotonic() - begun, cpu


def drain(stream):
    while stream.read(1 << 20):
        pass


def decode_alone(files):
    """Every file into a pipe that is drained, all at once."""
    children = [
        subprocess.Popen([*QUIET, "-threads", "1", "-i", file, "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"], stdout=subprocess.PIPE)
        for file in files
    ]
    threads = [threading.Thread(target=drain, args=(child.stdout,)) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(child.wait() == 0 for child in children)


def encode_alone(canvases, out):
    """Canvases of a file, read by another process, through a pipe into the encoder."""
    raw = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{SIZE[0]}x{SIZE[1]}", "-framerate", str(FPS)]
    reader = subprocess.Popen(["cat", canvases], stdout=subprocess.PIPE)
    done = subprocess.run([*QUIET[:3], "-y", *raw, "-i", "pipe:0", *X264, "-an", out], stdin=reader.stdout, check=True)
    assert reader.wait() == 0 and done.returncode == 0


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
    subprocess.run([*QUIET, *inputs, "-filter_complex", graph, "-map", "[v]", "-r", str(FPS), *X264, "-an", out], check=True)


def describe(folder, files, layout):
    users = [{"uid": str(i), "media": [{"file": Path(file).name, "start": 0}]} for i, file in enumerate(files)]
    config = {"width": SIZE[0], "height": SIZE[1], "fps": FPS, "bitrate": 4000, "mixedVideoLayout": layout}
    path = folder / f"recording-{layout}-{len(files)}.json"
    path.write_text(json.dumps({"transcodingConfig": config, "users": users}))
    return str(path)


def polyptych(command, description, out, *more):
    options = ["--video-only", "--encoder", "x264", "--preset", "veryfast", "--progress", "none", "--force"]
    subprocess.run([command, "render", description, "-o", out, *options, *more], check=True, stderr=subprocess.DEVNULL)


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = str(folder / "out.mp4")
        print("| recording | decode, CPU s | encode, CPU s | FFmpeg, CPU s | ours, CPU s | beyond both, ours ÷ FFmpeg | CPU, ours ÷ FFmpeg | wall, ours ÷ FFmpeg |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for title, count, codec, layout in [
            ("2×2, H.264", 4, "h264", 1),
            ("2×2, VP9", 4, "vp9", 1),
            ("floating, 9 users, H.264", 9, "h264", 0),
        ]:
            if options.only not in title:
                continue
            files = make(folder, count, options.seconds, codec)
            graph = grid_filter() if layout == 1 else floating_filter(count)
            description = describe(folder, files, layout)
            canvases = str(folder / "canvases.yuv")
            polyptych(options.polyptych, description, canvases)
            runs = {
                "decode": lambda: decode_alone(files),
                "encode": lambda: encode_alone(canvases, out),
                "ffmpeg": lambda: ffmpeg(files, graph, out),
                "ours": lambda: polyptych(options.polyptych, description, out, "--backend", options.backend),
            }
            found = {key: [] for key in runs}
            for _ in range(options.rounds):
                for key, run in runs.items():
                    found[key].append(cost(run))
            wall = {key: statistics.median(times[0] for times in costs) for key, costs in found.items()}
            cpu = {key: statistics.median(times[1] for times in costs) for key, costs in found.items()}
            base = cpu["decode"] + cpu["encode"]
            beyond = (cpu["ours"] - base) / (cpu["ffmpeg"] - base)
            print(
                f"| {title} | {cpu['decode']:.1f} | {cpu['encode']:.1f} | {cpu['ffmpeg']:.1f} | {cpu['ours']:.1f} | {beyond:.2f} "
                f"| {cpu['ours'] / cpu['ffmpeg']:.2f} | {wall['ours'] / wall['ffmpeg']:.2f} |",
                flush=True,
            )
            os.remove(canvases)


main()
