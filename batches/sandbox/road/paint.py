"""Drawing primitives: anti-aliased shapes, soft sprites, light."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from batches.sandbox.road.look import Ink
from batches.sandbox.road.motion import Floats

Image = NDArray[Any]  # uint8; the drawing library's own annotations do not say so
SHIFT = 4  # fractional bits of a pixel


def fixed(points: Floats) -> NDArray[np.int32]:
    """Pixels to the drawing library's fixed point."""
    return (points * (1 << SHIFT)).astype(np.int32)


def convex(image: Image, points: Floats, colour: Ink) -> None:
    cv2.fillConvexPoly(image, fixed(points), colour, cv2.LINE_AA, SHIFT)


def shapes(image: Image, polygons: Sequence[Floats] | Floats, colour: Ink) -> None:
    """Fills polygons of one colour, of any form, that do not overlap."""
    if len(polygons):
        cv2.fillPoly(image, _outlines(polygons), colour, cv2.LINE_AA, SHIFT)


def _outlines(polygons: Sequence[Floats] | Floats) -> list[NDArray[np.int32]]:
    if isinstance(polygons, np.ndarray):
        return list(fixed(polygons))
    return [fixed(polygon) for polygon in polygons]


def line(image: Image, start: Sequence[float], end: Sequence[float], colour: Ink, width: float = 1.0) -> None:
    """A stroke `width` pixels wide, at least one."""
    ends = fixed(np.array([start, end], dtype=float))
    cv2.line(image, ends[0].tolist(), ends[1].tolist(), colour, max(1, round(width)), cv2.LINE_AA, SHIFT)


def strokes(
    image: Image, lines: Sequence[Floats] | Floats, colour: Ink, width: float = 1.0, closed: bool = False
) -> None:
    cv2.polylines(image, _outlines(lines), closed, colour, max(1, round(width)), cv2.LINE_AA, SHIFT)


def disc(image: Image, centre: Sequence[float], radius: float, colour: Ink) -> None:
    fixed_centre = fixed(np.array(centre, dtype=float)).tolist()
    cv2.circle(image, fixed_centre, max(int(radius * (1 << SHIFT)), 8), colour, -1, cv2.LINE_AA, SHIFT)


def window(image: Image, left: float, top: float, width: int, height: int) -> tuple[Image, slice, slice] | None:
    """The part of a picture of that size at that place which lies in the frame: frame part, its rows, its columns."""
    x, y = round(left), round(top)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, image.shape[1]), min(y + height, image.shape[0])
    if x0 >= x1 or y0 >= y1:
        return None
    return image[y0:y1, x0:x1], slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)


def stamp(image: Image, colour: Image, cover: Image, left: float, top: float) -> None:
    """Lays a picture over the frame: `colour` already multiplied by its cover, `cover` the rest that shines through."""
    clipped = window(image, left, top, colour.shape[1], colour.shape[0])
    if clipped:
        part, rows, columns = clipped
        below = cv2.multiply(part, cover[rows, columns], scale=1 / 255)
        part[:] = cv2.add(below, colour[rows, columns])


@lru_cache(maxsize=600)
def _halo(radius: int, flat: int, colour: tuple[int, int, int]) -> Image:
    """A spot of light that fades towards its rim; `flat` is its height in percent of its width."""
    height = max(radius * flat // 100, 1)
    y, x = np.mgrid[-1 : 1 : (2 * height + 1) * 1j, -1 : 1 : (2 * radius + 1) * 1j]
    strength = np.clip(1 - np.sqrt(x * x + y * y), 0, 1) ** 2.2
    halo: Image = (strength[..., None] * np.array(colour)).astype(np.uint8)
    return halo


def glow(image: Image, centre: Sequence[float], radius: float, colour: Ink, flat: float = 1.0) -> None:
    """Adds light around a point. Sizes and colours are rounded so that spots can be kept."""
    size = min(max(round(radius), 2), 150)
    size = size if size < 12 else size // 4 * 4
    tone = (int(colour[0]) // 16 * 16, int(colour[1]) // 16 * 16, int(colour[2]) // 16 * 16)
    spot = _halo(size, min(int(flat * 10) * 10, 400), tone)
    clipped = window(image, centre[0] - spot.shape[1] / 2, centre[1] - spot.shape[0] / 2, spot.shape[1], spot.shape[0])
    if clipped:
        part, rows, columns = clipped
        part[:] = cv2.add(part, spot[rows, columns])


@lru_cache(maxsize=400)
def _shade(width: int, height: int, keep: int) -> Image:
    """A soft oval that takes light away."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    cover = np.clip((1 - np.sqrt(x * x + y * y)) * 2.2, 0, 1)
    tone = 255 * (1 - (1 - keep / 100) * cover * (2 - cover))
    return np.repeat(tone[..., None], 3, axis=2).astype(np.uint8)


def darken(image: Image, left: float, top: float, width: float, height: float, keep: float) -> None:
    """A soft oval shadow over that part of the frame; `keep` is the share of light left."""
    if width < 3 or height < 2:
        return
    size = int(width) // 8 * 8 + 8, int(height) // 3 * 3 + 3
    clipped = window(image, left, top, *size)
    if clipped and size[0] < 900:
        part, rows, columns = clipped
        part[:] = cv2.multiply(part, _shade(*size, round(keep * 100))[rows, columns], scale=1 / 255)
