"""GStreamer's compositor on the workloads, scaling as it does by default: bilinear, antialiased.

Sources are raw frames that are read once and repeated (`imagefreeze`), so nothing is decoded. Its figures hold the pads,
queues and threads of the pipeline.
"""

import re
import shutil
import subprocess

from workloads import WORKLOADS


def version():
    """The version, or None where there is no GStreamer with all that the pipelines need."""
    needed = ("compositor", "rawvideoparse", "imagefreeze", "videocrop")
    if not shutil.which("gst-launch-1.0") or any(
        subprocess.run(["gst-inspect-1.0", "--exists", element]).returncode for element in needed
    ):
        return None
    text = subprocess.run(["gst-launch-1.0", "--version"], capture_output=True, text=True).stdout
    return re.search(r"version (\S+)", text)[1]


def command(name, threads, frames, sources, output=None):
    workload = WORKLOADS[name]
    mixer = ["compositor", "name=mix", "background=black", f"max-threads={threads}"]
    branches = []
    for index, picture in enumerate(workload.pictures):
        pad = f"sink_{index}::"
        mixer += [f"{pad}{key}={value}" for key, value in zip(("xpos", "ypos", "width", "height"), picture.dst)]
        mixer.append(f"{pad}alpha={picture.alpha}")
        width, height = picture.size
        frame_bytes = width * height * 3 // 2
        branches += ["filesrc", f"location={sources}/{width}x{height}-{index}.i420", f"blocksize={frame_bytes}"]
        branches += ["!", "rawvideoparse", "format=i420", f"width={width}", f"height={height}", "framerate=30/1"]
        x, y, crop_width, crop_height = picture.crop
        if (crop_width, crop_height) != picture.size:
            right, bottom = width - x - crop_width, height - y - crop_height
            branches += ["!", "videocrop", f"left={x}", f"top={y}", f"right={right}", f"bottom={bottom}"]
        branches += ["!", "imagefreeze", f"num-buffers={frames}", "!", f"mix.sink_{index}"]
    width, height = workload.size
    raw = f"video/x-raw,format=I420,framerate=30/1,width={width},height={height}"
    sink = ["filesink", f"location={output}"] if output else ["fakesink", "sync=false"]
    return ["gst-launch-1.0", "-q", *mixer, "!", raw, "!", *sink, *branches]
