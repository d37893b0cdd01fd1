#!/usr/bin/env python3
"""GStreamer's compositor on the workloads of ../workloads.txt, in turn with this engine.

    python3 benches/peers/gstreamer.py                    GStreamer alone, CSV
    python3 benches/peers/gstreamer.py --against COMMAND  both in turn, a Markdown table and their ratio

COMMAND prints this engine's CSV: `cargo bench --bench workloads -- --warm --csv`, or the built program itself.
Needs gst-launch-1.0 and the base and good plugins (Debian: gstreamer1.0-tools, -plugins-base, -plugins-good).

Sources are stills that are repeated (videotestsrc, imagefreeze), so nothing is decoded and all stays in the cache. A
pipeline is run for few and for many frames; the difference, divided by the frames between, is the cost of a frame
without start-up. Times are user and system time of the whole process, on one thread, pinned to one CPU.
"""

import argparse
import csv
import io
import os
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

FEW, MANY = 10, 70


def read_workloads(path):
    workloads = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if line.startswith("W "):
            pictures = []
            workloads[words[1]] = (int(words[2]), int(words[3]), pictures)
        elif line.startswith("L "):
            numbers = [int(word) for word in words[1:11]]
            pictures.append((numbers[:2], numbers[2:6], numbers[6:10], float(words[11])))
    return workloads


def pipeline(workload, frames):
    width, height, pictures = workload
    raw = "video/x-raw,format=I420,framerate=30/1,width={},height={}"
    mixer, sources = ["compositor", "name=mix", "background=black", "max-threads=1"], []
    for index, (source, crop, place, alpha) in enumerate(pictures):
        pad = f"sink_{index}::"
        for name, value in zip(("xpos", "ypos", "width", "height"), place):
            mixer.append(f"{pad}{name}={value}")
        if alpha < 1:
            mixer.append(f"{pad}alpha={alpha}")
        sources += ["videotestsrc", "num-buffers=1", "!", raw.format(*source), "!"]
        x, y, crop_width, crop_height = crop
        if [crop_width, crop_height] != source:
            right, bottom = source[0] - x - crop_width, source[1] - y - crop_height
            sources += ["videocrop", f"left={x}", f"top={y}", f"right={right}", f"bottom={bottom}", "!"]
        sources += ["imagefreeze", f"num-buffers={frames}", "!", f"mix.sink_{index}"]
    sink = ["!", raw.format(width, height), "!", "fakesink", "sync=false"]
    return ["taskset", "-c", "0", "gst-launch-1.0", "-q", *mixer, *sink, *sources]


def cpu_seconds(command):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {shlex.join(command)}")
    return usage.ru_utime + usage.ru_stime


def gstreamer_ms(workload):
    few, many = (cpu_seconds(pipeline(workload, frames)) for frames in (FEW, MANY))
    return (many - few) * 1000 / (MANY - FEW)


def engine_ms(command):
    text = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True).stdout
    rows = csv.DictReader(io.StringIO(text))
    return {row["workload"]: float(row["ms_cpu"]) for row in rows if row["peer"] == "polyptych"}


def version():
    text = subprocess.run(["gst-launch-1.0", "--version"], check=True, capture_output=True, text=True).stdout
    return text.split()[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", help="a command that prints this engine's CSV")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    workloads = read_workloads(Path(__file__).parent.parent / "workloads.txt")
    theirs = {name: [] for name in workloads}
    ours = {name: [] for name in workloads}
    for _ in range(options.rounds):
        if options.against:
            for name, ms in engine_ms(options.against).items():
                ours[name].append(ms)
        for name, workload in workloads.items():
            theirs[name].append(gstreamer_ms(workload))
    if not options.against:
        print("peer,version,workload,threads,quality,ms_wall,ms_cpu")
        for name, times in theirs.items():
            print(f"gst-compositor,{version()},{name},1,linear,,{statistics.median(times):.3f}")
        return
    print(f"| workload | polyptych | GStreamer {version()} | times as fast |\n|---|---:|---:|---:|")
    for name in workloads:
        ms, their_ms = statistics.median(ours[name]), statistics.median(theirs[name])
        print(f"| {name} | {ms:.2f} | {their_ms:.2f} | {their_ms / ms:.1f} |")


if __name__ == "__main__":
    main()
