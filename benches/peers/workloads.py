"""The workloads of ../workloads.txt, and which of their pixels are seen."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Picture:
    """A source, and the rectangle of the canvas that its crop fills. Rectangles are x, y, width, height in pixels."""

    size: tuple
    crop: tuple
    dst: tuple
    alpha: float

    def is_scaled(self):
        return self.crop[2:] != self.dst[2:]


@dataclass
class Workload:
    name: str
    size: tuple
    pictures: list

    def is_scaled(self):
        return any(picture.is_scaled() for picture in self.pictures)

    def bare(self):
        """The rectangles of the canvas on which no picture stands."""
        return without((0, 0, *self.size), [picture.dst for picture in self.pictures])

    def bytes_moved(self):
        """What has to be read and written at least, in I420: crops as far as they are seen, and the canvas once."""
        read = 0
        for index, picture in enumerate(self.pictures):
            above = [upper.dst for upper in self.pictures[index + 1 :] if upper.alpha == 1]
            seen = sum(width * height for _, _, width, height in without(picture.dst, above))
            read += picture.crop[2] * picture.crop[3] * seen / (picture.dst[2] * picture.dst[3])
        return (read + self.size[0] * self.size[1]) * 3 / 2


def without(rect, covers):
    """Disjoint rectangles that make up `rect` less `covers`."""
    left = [rect]
    for cx, cy, cw, ch in covers:
        rest = []
        for x, y, w, h in left:
            top, bottom = max(y, cy), min(y + h, cy + ch)
            start, end = max(x, cx), min(x + w, cx + cw)
            if top >= bottom or start >= end:
                rest.append((x, y, w, h))
                continue
            pieces = [
                (x, y, w, top - y),
                (x, bottom, w, y + h - bottom),
                (x, top, start - x, bottom - top),
                (end, top, x + w - end, bottom - top),
            ]
            rest += [piece for piece in pieces if piece[2] > 0 and piece[3] > 0]
        left = rest
    return left


def read(path):
    workloads = {}
    for line in path.read_text().splitlines():
        kind, *words = line.split() or [""]
        if kind == "W":
            workload = Workload(words[0], tuple(map(int, words[1:])), [])
            workloads[workload.name] = workload
        elif kind == "L":
            numbers = tuple(map(int, words[:10]))
            workload.pictures.append(Picture(numbers[:2], numbers[2:6], numbers[6:], float(words[10])))
    return workloads


WORKLOADS = read(Path(__file__).parent.parent / "workloads.txt")
