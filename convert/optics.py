"""What lies between a display and the picture of it: perspective, light, lens, sensor and codec."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from .glyphs import Box
from .textures import cloud, photo

Picture = NDArray[np.float32]
"""Grey `(H, W)` or BGR `(H, W, 3)`, 0..255."""
Matrix = NDArray[np.float64]


def corners(boxes: Sequence[Box]) -> NDArray[np.float32]:
    """Quads `(N, 4, 2)` of upright boxes."""
    b = np.array(boxes, np.float32).reshape(-1, 4)
    return np.asarray(b[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2), np.float32)


def project(matrix: Matrix, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points `(..., 2)` after a homography."""
    flat = points.reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray((flat[:, :2] / flat[:, 2:]).reshape(points.shape), np.float32)


def pose(rng: np.random.Generator, size: tuple[int, int], scale: float, angle: float, tilt: float) -> Matrix:
    """Homography that scales, turns (degrees) and tilts a picture of `(width, height)` about its middle.

    `tilt` moves the corners by up to that share of the height.
    """
    width, height = size
    source = corners([(0.0, 0.0, float(width), float(height))])[0]
    middle = np.array([width / 2, height / 2], np.float32)
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    target = (source - middle) @ rotation.T + rng.uniform(-tilt, tilt, (4, 2)) * height
    target = (target + middle) * scale
    return np.asarray(cv2.getPerspectiveTransform(source, target.astype(np.float32)), np.float64)


def warp(
    image: Picture, matrix: Matrix, size: tuple[int, int], border: int = cv2.BORDER_REFLECT_101
) -> Picture:
    """The picture through a homography of corner-based coordinates, without aliasing where it shrinks."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2]))))
    if scale < 0.75:
        small = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
        back = np.diag([image.shape[1] / small[0], image.shape[0] / small[1], 1.0])
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
        matrix = matrix @ back
    return cv2.warpPerspective(
        image, centred(matrix), size, flags=cv2.INTER_LINEAR, borderMode=border
    ).astype(np.float32, copy=False)


def centred(matrix: Matrix) -> Matrix:
    """The same map for OpenCV, whose pixel (0, 0) has its centre, not its corner, at the origin."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(half) @ matrix @ half, np.float64)


def light(image: Picture, factor: NDArray[np.float32] | float) -> Picture:
    """The picture in another light."""
    if isinstance(factor, np.ndarray) and image.ndim == 3:
        factor = factor[:, :, None]
    return np.asarray(image * factor, np.float32)


def add(image: Picture, amount: NDArray[np.float32]) -> Picture:
    """The picture with light on top of it."""
    return np.asarray(image + (amount[:, :, None] if image.ndim == 3 else amount), np.float32)


def shadow(image: Picture, rng: np.random.Generator, depth: float) -> Picture:
    """The straight, soft edge of something between lamp and display."""
    height, width = image.shape[:2]
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(0.005, 0.3)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * (height / width)
    distance = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.5, 0.5)
    return light(image, (1 - depth / (1 + np.exp(-np.clip(distance / softness, -30, 30)))).astype(np.float32))


def glare(image: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """A bright spot or streak on the glass."""
    height, width = image.shape[:2]
    x = np.linspace(0, width / height, width, dtype=np.float32)[None, :] - rng.uniform(0, width / height)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None] - rng.uniform(-0.2, 1.2)
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    spot = np.exp(-((u / rng.uniform(0.1, 1.5)) ** 2) - (v / rng.uniform(0.05, 0.4)) ** 2)
    return add(image, (strength * spot).astype(np.float32))


def reflection(image: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """Something bright and out of focus mirrored in the glass."""
    shape = image.shape[:2]
    scene = photo(rng, (shape[0], shape[1])) if rng.random() < 0.6 else None
    if scene is None:
        blobs = cloud(rng, (shape[0], shape[1]), max(shape) / 4)
        mirrored = np.clip(blobs, 0, 2) / 2
    else:
        mirrored = cv2.GaussianBlur(scene[:, :, 1], (0, 0), max(shape[0] / 30, 1)) / 255
    return add(image, (mirrored * strength).astype(np.float32))


def dust(image: Picture, rng: np.random.Generator, count: int) -> Picture:
    """Specks and scratches, some bright, some dark."""
    out = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    for _ in range(count):
        tone = float(rng.choice([rng.uniform(0, 70), rng.uniform(170, 255)]))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        size = max(height * rng.uniform(0.002, 0.02), 0.6)
        if rng.random() < 0.75:
            cv2.circle(out, (x, y), max(round(size), 1), (tone, tone, tone), -1, cv2.LINE_AA)
        else:
            end = x + int(rng.normal(0, height * 0.15)), y + int(rng.normal(0, height * 0.15))
            cv2.line(out, (x, y), end, (tone, tone, tone), 1, cv2.LINE_AA)
    return out


def moire(image: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """Fine waves where the grids of display and sensor beat."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.5, 9)
    bend = 1 + 0.15 * np.sin(x / width * rng.uniform(1, 5))
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * bend * (2 * np.pi / period))
    return light(image, (1 + strength * wave).astype(np.float32))


def stripes(image: Picture, rng: np.random.Generator, depth: float) -> Picture:
    """Dark bands of a multiplexed display under a rolling shutter."""
    height = image.shape[0]
    rows = np.arange(height, dtype=np.float32) / height
    wave = np.sin((rows * rng.uniform(0.7, 4) + rng.random()) * 2 * np.pi)
    return light(
        image, np.repeat((1 - depth * (wave > 0.2))[:, None], image.shape[1], axis=1).astype(np.float32)
    )


def defocus(image: Picture, sigma: float) -> Picture:
    """Soft blur."""
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.float32, copy=False) if sigma > 0.15 else image


def smear(image: Picture, rng: np.random.Generator, length: float) -> Picture:
    """Motion blur in one direction."""
    size = int(length) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    middle = size // 2
    start, end = (np.rint((middle + sign * reach) * 16).astype(int) for sign in (-1, 1))
    cv2.line(kernel, tuple(start.tolist()), tuple(end.tolist()), 1.0, 1, cv2.LINE_AA, 4)
    if not kernel.any():
        return image
    return cv2.filter2D(image, -1, kernel / kernel.sum()).astype(np.float32, copy=False)


def noise(image: Picture, rng: np.random.Generator, sigma: float, grain: float = 0.0) -> Picture:
    """Sensor noise, blurred over `grain` pixels as cameras' own processing leaves it."""
    field = rng.standard_normal(image.shape, np.float32)
    if grain > 0.3:
        field = cv2.GaussianBlur(field, (0, 0), grain).astype(np.float32, copy=False)
        field /= max(float(field.std()), 1e-6)
    return np.asarray(image + field * sigma, np.float32)


def expose(image: Picture, gain: float, gamma: float) -> Picture:
    """Another exposure and tone curve; what is too bright is lost."""
    return np.asarray(255 * np.clip(image * (gain / 255), 0, 1) ** gamma, np.float32)


def sharpen(image: Picture, amount: float) -> Picture:
    """Halos of a camera that sharpens."""
    return np.clip(image + (image - cv2.GaussianBlur(image, (0, 0), 1.2)) * amount, 0, 255).astype(np.float32)


def jpeg(image: Picture, quality: int) -> Picture:
    """Block artefacts."""
    _, data = cv2.imencode(
        ".jpg", np.clip(image, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    flag = cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE
    decoded = cv2.imdecode(data, flag)
    return image if decoded is None else decoded.astype(np.float32)


def video(image: Picture, quantiser: int) -> Picture:
    """The picture after H.264, whose quantiser leaves hardly a trace at 18 and coarse blocks at 40."""
    exact = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    grey = np.clip(exact, 0, 255).astype(np.uint8)
    height, width = grey.shape
    # The format wants even sides, and the codec room for its first block.
    sides = ((0, max(16, height + height % 2) - height), (0, max(16, width + width % 2) - width))
    even = np.pad(grey, sides, mode="edge")
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = even.shape[1], even.shape[0]
    encoder.pix_fmt, encoder.time_base, encoder.thread_count = "yuv420p", Fraction(1, 25), 1
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "qp": str(quantiser)}
    frame = av.VideoFrame.from_ndarray(even, format="gray").reformat(format="yuv420p")
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    frames = [out for packet in (*packets, None) for out in decoder.decode(packet)]
    plane = frames[0].to_ndarray()[:height, :width].astype(np.float32)
    if image.ndim == 2:
        return plane
    return np.asarray(image + (plane - grey)[:, :, None], np.float32)


def resample(image: Picture, factor: float) -> Picture:
    """The picture taken with fewer pixels and enlarged."""
    height, width = image.shape[:2]
    small = max(round(width * factor), 4), max(round(height * factor), 4)
    down = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(down, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def photograph(
    image: Picture,
    rng: np.random.Generator,
    height: float,
    severity: float = 1.0,
    contrast: float | None = None,
) -> NDArray[np.uint8]:
    """A picture as some camera would deliver it, in which digits are about `height` pixels high.

    `severity` scales how much of each fault there is; 1 leaves digits readable, if only just. `contrast` is
    the deviation of the digits' part of the picture: noise and reflections keep below it.
    """
    contrast = max(float(image.std()) if contrast is None else contrast, 2.0)

    def chance(share: float) -> bool:
        return bool(rng.random() < share * min(severity, 1.5))

    if chance(0.25):
        image = shadow(image, rng, rng.uniform(0.15, 0.7) * severity)
    if chance(0.2):
        image = glare(image, rng, rng.uniform(15, 120) * severity)
    if chance(0.2):
        image = reflection(image, rng, rng.uniform(0.5, 2.0) * contrast * severity)
    if chance(0.12):
        image = dust(image, rng, int(rng.integers(2, 25)))
    if chance(0.05) and height > 20:
        image = moire(image, rng, rng.uniform(0.02, 0.12))
    image = defocus(image, 0.25 + height * severity * min(rng.exponential(0.022), 0.075))
    if chance(0.15):
        image = smear(image, rng, height * rng.uniform(0.03, 0.16) * severity)
    if chance(0.1) and height > 18:
        image = resample(image, max(rng.uniform(0.3, 0.8), 10 / height))
    gain = float(np.exp(rng.normal(0, 0.28 * severity)))
    image = expose(image, gain, float(np.exp(rng.normal(0, 0.25 * severity))))
    if chance(0.8):
        limit = contrast * (0.12 + min(height, 60) / 240)
        sigma = min(rng.exponential(3.5) * severity, limit, 16)
        image = noise(image, rng, sigma, float(rng.choice([0, rng.uniform(0.4, 1.0)])))
    if chance(0.15):
        image = sharpen(image, rng.uniform(0.3, 1.5))
    if chance(0.45):
        if rng.random() < 0.3:
            image = video(image, int(rng.integers(20, 40)))
        else:
            image = jpeg(image, int(rng.uniform(25, 95)))
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
