"""How near a canvas comes to float64: the PSNR of the pixels that were scaled."""

import numpy as np


def coverage(start, extent, length, count):
    """Weights by area where an axis shrinks; linear interpolation where it grows."""
    step = extent / count
    if step < 1:
        return triangle(start, extent, length, count)
    edges = start + np.arange(count)[:, None] * step
    samples = np.arange(length)[None, :]
    return normalized(np.clip(np.minimum(edges + step, samples + 1) - np.maximum(edges, samples), 0, None))


def triangle(start, extent, length, count):
    """Linear interpolation, widened where an axis shrinks."""
    return from_kernel(start, extent, length, count, 1, lambda x: np.clip(1 - np.abs(x), 0, None))


def catmull_rom(start, extent, length, count):
    """The cubic of B = 0, C = 1/2, widened where an axis shrinks."""

    def kernel(x):
        x = np.abs(x)
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x < 1, near, np.where(x < 2, far, 0))

    return from_kernel(start, extent, length, count, 2, kernel)


# Each makes a matrix, pixels by samples, of `extent` samples from `start` on, of an axis with `length` samples.
FILTERS = {"area": coverage, "triangle": triangle, "catmull-rom": catmull_rom}


def from_kernel(start, extent, length, count, support, kernel):
    step = extent / count
    widen = max(step, 1)
    reach = int(np.ceil(support * widen)) + 1
    centres = start + (np.arange(count) + 0.5) * step
    samples = np.arange(-reach, length + reach)
    weights = normalized(kernel((samples[None, :] + 0.5 - centres[:, None]) / widen))
    # What lies beyond the crop counts as its sample at the edge.
    first, last = int(start + 1e-9), int(np.ceil(start + extent - 1e-9)) - 1
    folded = np.zeros((count, length))
    np.add.at(folded.T, np.clip(samples, first, last), weights.T)
    return folded


def normalized(weights):
    return weights / weights.sum(axis=1, keepdims=True)


def planes(frame, width, height):
    luma, chroma = width * height, width * height // 4
    return [
        frame[:luma].reshape(height, width),
        frame[luma : luma + chroma].reshape(height // 2, width // 2),
        frame[luma + chroma : luma + 2 * chroma].reshape(height // 2, width // 2),
    ]


def centred(crop, shape):
    """The middle of a crop, as large as it can be in the shape of a rectangle: what a program shows that never distorts."""
    x, y, width, height = crop
    scale = min(width / shape[0], height / shape[1])
    shown_width, shown_height = shape[0] * scale, shape[1] * scale
    return x + (width - shown_width) / 2, y + (height - shown_height) / 2, shown_width, shown_height


def psnr(workload, canvas_path, sources, filter_name, distorts):
    """In dB over the samples of all planes; None where nothing is scaled, or it is blended.

    `distorts` tells a program that fills a rectangle with the whole crop from one that keeps the picture's shape.
    """
    pictures = [(user, picture) for user, picture in enumerate(workload.pictures) if picture.is_scaled()]
    if not pictures or any(picture.alpha < 1 for _, picture in pictures):
        return None
    weights = FILTERS[filter_name]
    canvas = planes(np.fromfile(canvas_path, np.uint8), *workload.size)
    error, count = 0.0, 0
    for user, picture in pictures:
        width, height = picture.size
        frame_bytes = width * height * 3 // 2
        source = np.fromfile(f"{sources}/{width}x{height}.i420", np.uint8, frame_bytes, offset=user * frame_bytes)
        crop = picture.crop if distorts else centred(picture.crop, picture.dst[2:])
        for shift, plane, shown in zip((0, 1, 1), planes(source, width, height), canvas):
            x, y, w, h = (value / (1 << shift) for value in crop)
            dx, dy, dw, dh = (value >> shift for value in picture.dst)
            rows, columns = weights(y, h, plane.shape[0], dh), weights(x, w, plane.shape[1], dw)
            ideal = rows @ plane.astype(float) @ columns.T
            error += ((np.clip(ideal, 0, 255) - shown[dy : dy + dh, dx : dx + dw]) ** 2).sum()
            count += dw * dh
    return 10 * np.log10(255**2 * count / error)
