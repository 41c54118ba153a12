"""The one preprocessing: what the classifier sees of a digit, at run time and in training alike."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

SIZE = 32
"""Side of a crop in pixels."""
MARGIN = 0.15
"""Surroundings shown on each side of a digit's box, in heights of the box."""
CONTRAST = 60.0
"""Standard deviation of a normalised crop, in grey levels."""
EDGE = 5
"""Pixels at each side of a crop that have no say in its normalisation: the bright frame of a dim display."""
SILL = 2
"""The same at the top of a place between two digits; at its bottom it is the edge, where a comma ends."""
MAX_GAIN = 12.0
"""Upper bound of the amplification, so that the noise of an empty crop stays noise."""

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def cut(luma: Image, corners: NDArray[np.float32], margin: float = MARGIN) -> Image:
    """Crops `(N, 32, 32)` of digits whose tight boxes are the quads `(N, 4, 2)`.

    A quad is clockwise from the digit's own top left; pixel (0, 0) covers [0, 1) x [0, 1).
    """
    return normalise(cut_raw(luma, corners, margin))


def cut_raw(luma: Image, corners: NDArray[np.float32], margin: float = MARGIN) -> Image:
    """Crops as `cut` makes them, before they are normalised."""
    return _rectify(luma, grow(np.asarray(corners, np.float64).reshape(-1, 4, 2), margin))


def straighten(luma: Image, quads: NDArray[np.float32]) -> Image:
    """Crops `(N, 32, 32)` of exactly what lies in the quads `(N, 4, 2)`, no margin added.

    Nothing above or below is brighter or darker than what lies between: the frame of a dim display.
    """
    crops = _rectify(luma, np.asarray(quads, np.float64).reshape(-1, 4, 2), even=False)
    inner = crops[:, SILL : SIZE - EDGE]
    darkest, brightest = inner.min(axis=(1, 2), keepdims=True), inner.max(axis=(1, 2), keepdims=True)
    return normalise(np.clip(crops, darkest, brightest), edge=0)


def letterbox(image: Image) -> Image:
    """Crop `(32, 32)` of a grey picture that is a cut-out digit already, surroundings included."""
    height, width = image.shape
    whole = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    return cast(Image, normalise(_rectify(image, whole))[0])


def grow(quads: Floats, margin: float = MARGIN) -> Floats:
    """Quads with the margin, in heights, added on all four sides, along the quad's own axes."""
    right, down = _axes(quads)
    height, width = np.hypot(*down.T)[:, None], np.hypot(*right.T)[:, None]
    x, y = right * (margin * height / np.maximum(width, 1e-6)), down * margin
    return cast(Floats, quads + np.stack([-x - y, x - y, x + y, y - x], axis=1))


def normalise(crops: Image, edge: int = EDGE) -> Image:
    """Crops with one mean and contrast within their edges, so that exposure, range and contrast drop out."""
    middle = crops[:, edge : SIZE - edge, edge : SIZE - edge].astype(np.int32)
    pixels = (SIZE - 2 * edge) ** 2
    # Integer sums are exact, so that the result is the same on every machine.
    mean = middle.sum(axis=(1, 2)) / pixels
    std = np.sqrt(np.maximum(np.einsum("ijk,ijk->i", middle, middle) / pixels - mean * mean, 0))
    gain = CONTRAST / np.maximum(std, CONTRAST / MAX_GAIN)
    scaled = crops.reshape(len(crops), SIZE * SIZE) * gain.astype(np.float32)[:, None]
    scaled += (128 - mean * gain).astype(np.float32)[:, None]
    np.rint(scaled, out=scaled)
    return cast(Image, np.clip(scaled, 0, 255, out=scaled).astype(np.uint8).reshape(crops.shape))


def _axes(quads: Floats) -> tuple[Floats, Floats]:
    """Mean vectors along and down each quad."""
    a, b, c, d = quads.swapaxes(0, 1)
    return (b - a + c - d) / 2, (d - a + c - b) / 2


def _rectify(image: Image, quads: Floats, even: bool = True) -> Image:
    """The quads' content as `(N, 32, 32)`, aspect kept, the short side padded.

    Padding goes on with the picture's edge, or, where it is to be `even`, has the edge's mean brightness.
    """
    right, down = _axes(quads)
    sides = np.stack([np.hypot(*right.T), np.hypot(*down.T)], axis=1)
    longer = np.maximum(sides.max(axis=1), 1)[:, None]
    sizes = np.clip(np.rint(SIZE * sides / longer), 1, SIZE)
    halvings = np.maximum(np.log2(longer / SIZE), 0).astype(int)
    steps = 1 << halvings

    # A quad that is nearly a parallelogram needs no perspective, which costs twice as much.
    skews = np.abs(quads[:, 0] - quads[:, 1] + quads[:, 2] - quads[:, 3]).max(axis=1) * SIZE > longer[:, 0]
    starts, ends = _patches(quads, steps, image.shape)
    starts[halvings[:, 0] == 0] = 0
    quads = (quads - starts[:, None]) / steps[:, None]

    # From pixel centres of the crop to pixel centres of the picture.
    x, y = right / (steps * sizes[:, :1]), down / (steps * sizes[:, 1:])
    origin = quads.mean(axis=1) - x * (sizes[:, :1] - 1) / 2 - y * (sizes[:, 1:] - 1) / 2 - 0.5
    affines = np.stack([x, y, origin], axis=2)

    out = np.empty((len(quads), SIZE, SIZE), np.uint8)
    columns, rows = sizes.astype(int).T.tolist()
    spans = np.hstack([starts, ends]).tolist()
    for i, halving in enumerate(halvings[:, 0].tolist()):
        source = _halved(image, spans[i], halving) if halving else image
        size = columns[i], rows[i]
        if skews[i]:
            matrix = _homography(quads[i], size)
            part = cv2.warpPerspective(source, matrix, size, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)
        else:
            part = cv2.warpAffine(source, affines[i], size, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)
        x0, y0 = (SIZE - columns[i]) // 2, (SIZE - rows[i]) // 2
        x1, y1 = SIZE - columns[i] - x0, SIZE - rows[i] - y0
        cv2.copyMakeBorder(part, y0, y1, x0, x1, cv2.BORDER_REPLICATE, dst=out[i])
    if even:
        _even(out, sizes.astype(int))
    return out


def _even(crops: Image, sizes: NDArray[np.int_]) -> None:
    """Fill the padding of crops evenly: a mark at the edge of a picture must not become a streak."""
    rows, places = np.arange(len(crops)), np.arange(SIZE)
    for view, size in ((crops.swapaxes(1, 2), sizes[:, 0]), (crops, sizes[:, 1])):
        if (size == SIZE).all():
            continue
        start = (SIZE - size) // 2
        end = start + size
        for edge, padding in (
            (start, places < start[:, None]),
            (end - 1, places >= end[:, None]),
        ):
            mean = (view[rows, edge].sum(axis=1, dtype=np.int32) + SIZE // 2) // SIZE
            view[padding] = np.repeat(mean, padding.sum(axis=1))[:, None]


def _patches(
    quads: Floats, steps: NDArray[np.int_], shape: tuple[int, ...]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Where the picture around each quad starts and ends `(N, 2)`: sides are multiples of its step."""
    limit = np.array(shape[::-1]) - 1
    starts = np.clip(quads.min(axis=1) - steps, 0, limit).astype(int) // steps * steps
    ends = np.clip(quads.max(axis=1) + steps, 0, limit).astype(int) // steps * steps + steps
    return starts, ends


def _halved(image: Image, span: list[int], halvings: int) -> Image:
    x0, y0, x1, y1 = span
    patch = image[y0:y1, x0:x1]
    missing = y1 - y0 - patch.shape[0], x1 - x0 - patch.shape[1]
    if any(missing):
        patch = cast(Image, cv2.copyMakeBorder(patch, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE))
    for _ in range(halvings):
        patch = cast(Image, cv2.resize(patch, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return patch


def _homography(quad: Floats, size: tuple[int, int]) -> Floats:
    columns, rows = size
    target = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    half = np.float32(0.5)
    return cast(Floats, cv2.getPerspectiveTransform(target - half, quad.astype(np.float32) - half))
