"""Who takes part: builds what must be built, and says of each what it can do."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

import ffmpeg
import gstreamer
from programs import Child, Limit, Missing, Pipeline
from workloads import WORKLOADS, read

HERE = Path(__file__).parent
TARGET = Path("target/peers")
SOURCES = TARGET / "data"
WORKLOADS_FILE = HERE.parent / "workloads.txt"
COPIES_FILE = HERE / "copies.txt"

RGBA_WORKLOADS = ("W1", "W4", "W5")
COPY_WORKLOADS = ("W2", "W8a", "W8b")


@dataclass
class Peer:
    """A row of the table."""

    name: str
    label: str
    version: str
    # What it is compared with in float64; None for one that does not scale.
    filter: Optional[str]
    # Called with the number of threads.
    start: Callable
    # Called with a workload's name and the number of threads.
    can: Callable = lambda name, threads: True
    can_cold: bool = True
    # Whether it fills a rectangle of another shape with the whole picture; the engine cuts the overhang.
    distorts: bool = True


def call(*command, **options):
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, **options)
    if result.returncode:
        raise Missing(f"{words[0]} {words[1]}: {result.stderr.strip()[-400:]}")
    return result.stdout


def build_engine():
    """The benchmark's program."""
    text = call("cargo", "bench", "--quiet", "--bench", "workloads", "--no-run", "--message-format=json")
    messages = [json.loads(line) for line in text.splitlines()]
    return next(m["executable"] for m in messages if m.get("target", {}).get("name") == "workloads" and m.get("executable"))


def write_sources(engine):
    """The same pictures for every program; a file for each user, too, for programs that read whole files."""
    call(engine, "--sources", SOURCES)
    call(engine, "--sources", SOURCES, "--format", "rgba", "--only", ",".join(RGBA_WORKLOADS))
    for path in SOURCES.glob("*x*.i420"):
        size = re.fullmatch(r"(\d+)x(\d+)", path.stem)
        if size:
            frames = path.read_bytes()
            frame_bytes = int(size[1]) * int(size[2]) * 3 // 2
            for user in range(len(frames) // frame_bytes):
                frame = frames[user * frame_bytes : (user + 1) * frame_bytes]
                (SOURCES / f"{path.stem}-{user}.i420").write_bytes(frame)


def build_native(name, *libraries):
    program = TARGET / name
    sources = [HERE / "native/harness.c", HERE / f"native/{name}.c"]
    call("gcc", "-O2", "-o", program, *sources, *libraries, "-lpthread")
    return str(program)


def libyuv_version():
    text = Path("/usr/include/libyuv/version.h").read_text()
    return re.search(r"LIBYUV_VERSION (\d+)", text)[1]


def crate_version(name):
    lock = (HERE / "resizers/Cargo.lock").read_text()
    return re.search(rf'name = "{name}"\nversion = "(.*)"', lock)[1]


def rows(engine):
    """Every row of I420 and of RGBA, the engine's own first; and what is missing."""
    sources, workloads, missing = str(SOURCES), str(WORKLOADS_FILE), []
    version = re.search(r'\nversion = "(.*)"', Path("Cargo.toml").read_text())[1]

    def ours(name, label, filter_name, *arguments, can=lambda name, threads: True):
        command = [engine, "--serve", *arguments]
        return Peer(name, label, version, filter_name, lambda threads: Child(command, threads), can, distorts=False)

    def among(*names):
        return lambda name, threads: name in names

    i420 = [
        ours("polyptych", "**polyptych**, area", "area"),
        ours("polyptych-catmull-rom", "the same, Catmull-Rom", "catmull-rom", "--filter", "catmull-rom",
             can=lambda name, threads: WORKLOADS[name].is_scaled()),
        ours("polyptych-nv12", "the same, NV12 sources", "area", "--format", "nv12:i420", can=among("W1", "W2", "W3", "W4")),
    ]
    rgba = [ours("polyptych", "**polyptych**, area", "area", "--format", "rgba", can=among(*RGBA_WORKLOADS))]

    def add(name, make):
        try:
            make()
        except (Missing, OSError, StopIteration, TypeError) as error:
            print(f"without {name}: {error}", file=sys.stderr)
            missing.append(name)

    def add_libyuv():
        program = build_native("libyuv", "-lyuv")
        start = lambda form: lambda threads: Child([program, workloads, sources, form], threads)
        i420.append(Peer("libyuv", "libyuv, box", libyuv_version(), "area", start("i420")))
        rgba.append(Peer("libyuv", "libyuv, box", libyuv_version(), "area", start("rgba"), among(*RGBA_WORKLOADS)))

    def add_ffmpeg():
        found = ffmpeg.programs(sys.executable)
        if not found:
            raise Missing("no program")
        newest, program = found[-1]
        for name, way, can in (("ffmpeg", "xstack", ffmpeg.can_stack), ("ffmpeg-overlay", "overlay", ffmpeg.can_overlay)):
            command = lambda name, threads, frames, output, way=way: ffmpeg.command(
                program, name, threads, frames, sources, way, output
            )
            start = lambda threads, command=command: Pipeline(command, threads)
            i420.append(Peer(name, f"FFmpeg, area, {way}", newest, "area", start, can, can_cold=False))

    def add_gstreamer():
        found = gstreamer.version()
        if not found:
            raise Missing("gst-launch-1.0 or a plugin is not there")
        command = lambda name, threads, frames, output: gstreamer.command(name, threads, frames, sources, output)
        start = lambda threads: Pipeline(command, threads)
        i420.append(Peer("gstreamer", "GStreamer compositor, bilinear", found, "triangle", start, can_cold=False))

    def add_opencv():
        found = call(sys.executable, "-c", "import cv2; print(cv2.__version__)").strip()
        command = [sys.executable, str(HERE / "opencv.py"), sources]
        start = lambda threads: Child(command, threads)
        i420.append(Peer("opencv", "OpenCV, INTER_LINEAR", found, "triangle", start))

    def add_resizers():
        manifest = HERE / "resizers/Cargo.toml"
        call("cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", manifest,
             "--target-dir", TARGET / "resizers")
        program = str(TARGET / "resizers/release/resizers")
        # pic-scale starts its threads anew for every plane, which takes longer than the plane.
        for name, most_threads in (("fast_image_resize", 2), ("pic-scale", 1)):
            command = [program, name, workloads, sources]
            start = lambda threads, command=command: Child(command, threads)
            can = lambda name, threads, most_threads=most_threads: threads <= most_threads
            i420.append(Peer(name, f"{name}, bilinear", crate_version(name), "triangle", start, can))

    def add_memory():
        program = build_native("memcpy")
        start = lambda threads: Child([program, workloads, sources, "i420"], threads)
        i420.append(Peer("memcpy", "memcpy", "", None, start, among(*COPY_WORKLOADS)))
        copies = [program, str(COPIES_FILE), sources, "i420"]
        known = {**WORKLOADS, **read(COPIES_FILE)}
        i420.append(Peer("limit", "limit of the machine", "", None, lambda threads: Limit(copies, threads, known, 1.5)))
        rgba.append(Peer("limit", "limit of the machine", "", None, lambda threads: Limit(copies, threads, known, 4),
                         among(*RGBA_WORKLOADS)))

    add("libyuv", add_libyuv)
    add("FFmpeg", add_ffmpeg)
    add("GStreamer", add_gstreamer)
    add("OpenCV", add_opencv)
    add("fast_image_resize, pic-scale", add_resizers)
    add("memcpy", add_memory)
    if not shutil.which("taskset"):
        sys.exit("taskset is missing: benches/peers/install brings it")
    return i420, rgba, missing
