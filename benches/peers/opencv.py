"""OpenCV on the workloads: planes by INTER_LINEAR, which takes four samples and does not antialias.

    python opencv.py SOURCES

answers lines of the standard input as ../support/serve.rs does. addWeighted blends; the canvas is black from the start.
"""

import sys
import time
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from workloads import WORKLOADS

# As in ../support/serve.rs: what fills the caches again and does not count, what counts, and the sets when cold.
WARM_UP_SECONDS, TURN_SECONDS, COLD_SETS = 0.010, 0.060, 40


def planes(frame, width, height):
    """The three planes of an I420 frame."""
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    return [
        frame[:luma].reshape(height, width),
        frame[luma : luma + chroma].reshape(half),
        frame[luma + chroma :].reshape(half),
    ]


def part(plane, rect, shift):
    x, y, width, height = (value >> shift for value in rect)
    return plane[y : y + height, x : x + width]


class Frame:
    """The buffers of one frame, and what is done with each plane of each picture."""

    def __init__(self, workload, sources, number):
        width, height = workload.size
        self.canvas = np.full(width * height * 3 // 2, 128, np.uint8)
        self.canvas[: width * height] = 16
        self.steps = []
        for user, picture in enumerate(workload.pictures):
            frames = sources[picture.size]
            source = frames[(user + number) % len(frames)].copy()
            pairs = zip(planes(source, *picture.size), planes(self.canvas, width, height))
            for shift, (source, canvas) in zip((0, 1, 1), pairs):
                target = part(canvas, picture.dst, shift)
                scaled = np.empty(target.shape, np.uint8) if picture.alpha < 1 else None
                self.steps.append((part(source, picture.crop, shift), target, scaled, picture.alpha))

    def paint(self):
        for source, target, scaled, alpha in self.steps:
            size = target.shape[::-1]
            if scaled is not None:
                cv2.resize(source, size, dst=scaled, interpolation=cv2.INTER_LINEAR)
                cv2.addWeighted(scaled, alpha, target, 1 - alpha, 0, dst=target)
            elif source.shape == target.shape:
                cv2.copyTo(source, None, target)
            else:
                cv2.resize(source, size, dst=target, interpolation=cv2.INTER_LINEAR)


def measure(frames, seconds):
    count, wall, cpu = 0, time.perf_counter(), time.process_time()
    while count == 0 or time.perf_counter() - wall < seconds:
        next(frames).paint()
        count += 1
    return ((time.perf_counter() - wall) * 1000 / count, (time.process_time() - cpu) * 1000 / count)


def read_sources(directory, sizes):
    return {
        (width, height): np.fromfile(directory / f"{width}x{height}.i420", np.uint8).reshape(-1, width * height * 3 // 2)
        for width, height in sizes
    }


def main():
    directory = Path(sys.argv[1])
    held, frames = None, []
    for line in sys.stdin:
        name, threads, what, *rest = line.split()
        cv2.setNumThreads(int(threads))
        if held != (name, what == "cold"):
            held, frames = (name, what == "cold"), []
            workload = WORKLOADS[name]
            sources = read_sources(directory, {picture.size for picture in workload.pictures})
            frames = [Frame(workload, sources, number) for number in range(COLD_SETS if what == "cold" else 1)]
            turn = cycle(frames)
        if what == "dump":
            frames[0].paint()
            frames[0].canvas.tofile(rest[0])
            print("done", flush=True)
        else:
            measure(turn, WARM_UP_SECONDS)
            print("{:.4f} {:.4f}".format(*measure(turn, TURN_SECONDS)), flush=True)


if __name__ == "__main__":
    main()
