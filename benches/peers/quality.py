"""How near a canvas comes to float64: the PSNR of the pixels that were scaled."""

import numpy as np


def coverage(length, count):
    """Weights by area where an axis shrinks; linear interpolation where it grows."""
    step = length / count
    if step < 1:
        return triangle(length, count)
    edges = np.arange(count)[:, None] * step
    samples = np.arange(length)[None, :]
    return normalized(np.clip(np.minimum(edges + step, samples + 1) - np.maximum(edges, samples), 0, None))


def triangle(length, count):
    """Linear interpolation, widened where an axis shrinks; edges repeat."""
    return from_kernel(length, count, 1, lambda x: np.clip(1 - np.abs(x), 0, None))


def catmull_rom(length, count):
    """The cubic of B = 0, C = 1/2, widened where an axis shrinks; edges repeat."""

    def kernel(x):
        x = np.abs(x)
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x < 1, near, np.where(x < 2, far, 0))

    return from_kernel(length, count, 2, kernel)


FILTERS = {"area": coverage, "triangle": triangle, "catmull-rom": catmull_rom}


def from_kernel(length, count, support, kernel):
    step = length / count
    widen = max(step, 1)
    reach = int(np.ceil(support * widen)) + 1
    centres = (np.arange(count) + 0.5) * step
    samples = np.arange(-reach, length + reach)
    weights = normalized(kernel((samples[None, :] + 0.5 - centres[:, None]) / widen))
    # What lies beyond an edge counts as the sample at the edge.
    folded = np.zeros((count, length))
    np.add.at(folded.T, np.clip(samples, 0, length - 1), weights.T)
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


def psnr(workload, canvas_path, sources, filter_name):
    """In dB over the samples of all planes; None where nothing is scaled, or it is blended."""
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
        for shift, plane, shown in zip((0, 1, 1), planes(source, width, height), canvas):
            x, y, w, h = (value >> shift for value in picture.crop)
            dx, dy, dw, dh = (value >> shift for value in picture.dst)
            ideal = weights(h, dh) @ plane[y : y + h, x : x + w].astype(float) @ weights(w, dw).T
            error += ((np.clip(ideal, 0, 255) - shown[dy : dy + dh, dx : dx + dw]) ** 2).sum()
            count += dw * dh
    return 10 * np.log10(255**2 * count / error)
