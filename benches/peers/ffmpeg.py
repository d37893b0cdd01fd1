"""FFmpeg's filters on the workloads: `scale` by area and `xstack`, or `overlay`.

Sources are raw frames that are read once and repeated (`loop`), so nothing is decoded; the output is thrown away
(`wrapped_avframe`, `null`) or written for a look at its pixels.
"""

import re
import shutil
import subprocess

from workloads import WORKLOADS, without


def programs(venv_python):
    """Every FFmpeg there is, as (version, path), the newest last."""
    bundled = subprocess.run(
        [venv_python, "-c", "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"],
        capture_output=True,
        text=True,
    ).stdout.strip()
    found = []
    for path in filter(None, {bundled, shutil.which("ffmpeg")}):
        text = subprocess.run([path, "-version"], capture_output=True, text=True).stdout
        version = re.search(r"version n?(\d+(?:\.\d+)*)", text)
        if version:
            found.append((version[1], path))
    return sorted(found, key=lambda program: [int(number) for number in program[0].split(".")])


def can_stack(name, threads):
    """xstack neither blends nor, with several threads, keeps the order of pictures that overlap."""
    pictures = WORKLOADS[name].pictures
    if any(picture.alpha < 1 for picture in pictures):
        return False
    overlaps = any(
        without(upper.dst, [lower.dst]) != [upper.dst]
        for index, lower in enumerate(pictures)
        for upper in pictures[index + 1 :]
    )
    return threads == 1 or not overlaps


def can_overlay(name, threads):
    """Shown where pictures overlap; elsewhere xstack is the better way."""
    return name in ("W4", "W5")


def command(program, name, threads, frames, sources, way, output=None):
    workload = WORKLOADS[name]
    inputs, chains = [], []
    for index, picture in enumerate(workload.pictures):
        width, height = picture.size
        inputs += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", "30"]
        inputs += ["-i", f"{sources}/{width}x{height}-{index}.i420"]
        # The alpha is put on before frames are repeated: that is cheaper than once a frame.
        chain = ["format=yuva420p,lut=a=204"] if picture.alpha < 1 else []
        chain += ["loop=loop=-1:size=1", "setpts=N"]
        if picture.crop[2:] != picture.size:
            x, y, crop_width, crop_height = picture.crop
            chain.append(f"crop={crop_width}:{crop_height}:{x}:{y}:exact=1")
        if picture.is_scaled():
            chain.append(f"scale={picture.dst[2]}:{picture.dst[3]}:flags=area")
        chains.append(f"[{index}:v]{','.join(chain)}[p{index}]")
    chains += stack(workload) if way == "xstack" else overlay(workload)
    sink = ["-f", "rawvideo", "-y", output] if output else ["-c:v", "wrapped_avframe", "-f", "null", "-"]
    return [
        *(program, "-hide_banner", "-nostdin", "-loglevel", "error"),
        *("-filter_complex_threads", str(threads), "-filter_threads", str(threads)),
        *inputs,
        *("-filter_complex", ";".join(chains), "-map", "[out]", "-frames:v", str(frames)),
        *sink,
    ]


def stack(workload):
    """All pictures at once, and black ones where there is none: cheaper than filling and padding the canvas."""
    chains, places = [], [picture.dst[:2] for picture in workload.pictures]
    for x, y, width, height in workload.bare():
        chains.append(f"color=black:s={width}x{height}:r=30,format=yuv420p,setpts=N[p{len(places)}]")
        places.append((x, y))
    labels = "".join(f"[p{index}]" for index in range(len(places)))
    layout = "|".join(f"{x}_{y}" for x, y in places)
    return chains + [f"{labels}xstack=inputs={len(places)}:layout={layout}[out]"]


def overlay(workload):
    """One picture after the other upon the first, which must fill the canvas."""
    chains, below = [], "p0"
    for index, picture in enumerate(workload.pictures[1:], start=1):
        is_last = index + 1 == len(workload.pictures)
        result = "out" if is_last else f"o{index}"
        x, y = picture.dst[:2]
        chains.append(f"[{below}][p{index}]overlay=x={x}:y={y}:format=yuv420:eval=init[{result}]")
        below = result
    return chains
