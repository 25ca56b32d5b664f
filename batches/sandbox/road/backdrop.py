"""Everything far away, painted once a drive: sky, clouds, sun or stars, hills or a skyline; and the car's own
bonnet.
"""

import cv2
import numpy as np

from batches.sandbox.road.look import Ink, Look, ink, lit, mix
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.paint import Image, convex, shapes
from batches.sandbox.road.view import HEIGHT, HORIZON, WIDTH

PLATE_WIDTH = 1400  # pixels: wider than the frame, it slides sideways in bends
PLATE_HEIGHT = int(HORIZON) + 30


def backdrop(look: Look, scene: str, rng: np.random.Generator) -> Image:
    """(PLATE_HEIGHT, PLATE_WIDTH, 3): its horizon is at HORIZON + 15."""
    rows = np.linspace(0, 1, PLATE_HEIGHT)[:, None, None] ** 1.5
    top, low = np.array(look.sky[0]), np.array(look.sky[1])
    sky = np.repeat(top + (low - top) * rows, PLATE_WIDTH, axis=1)
    if look.night:
        _stars(sky, rng, 160 if look.clouds < 0.5 else 0)
    elif look.sun[0] > 0.5:
        _sunlight(sky, PLATE_WIDTH * 0.5 + look.sun[1] * 500, look)
    _clouds(sky, look, rng)
    plate: Image = np.clip(sky, 0, 255).astype(np.uint8)
    base = HORIZON + 15
    far = mix(look.grass, look.haze, 0.72)
    dense = 0.75 if look.sight < 200 else 0.0
    for height, share in ((34, 0.9), (22, 0.7), (12, 0.45)):
        share += (1 - share) * dense
        _ridge(plate, base, height, mix(far if scene != "country" else look.grass, look.haze, share), rng)
    if scene == "city":
        _skyline(plate, base, look, rng)
    return plate


def bonnet(look: Look, paint: Ink) -> tuple[Image, Image, int]:
    """Our own bonnet along the lower edge: colour times cover, what shines through, and its height in pixels."""
    height = 30
    scale = 3
    canvas = np.zeros((height * scale, WIDTH * scale, 3), np.uint8)
    cover = np.full_like(canvas, 255)
    x = np.linspace(0, WIDTH * scale, 60)
    edge = height * scale * (0.16 + 0.55 * np.abs(x / (WIDTH * scale) - 0.5) ** 2.4 * 5)
    shape = np.concatenate([np.stack([x, edge], 1), [[WIDTH * scale, height * scale], [0, height * scale]]])
    tone = lit(paint, look.ambient * 0.55)
    shapes(canvas, [shape], tone)
    shapes(cover, [shape], (0, 0, 0))
    shine = np.linspace(1.5, 0.55, height * scale)[:, None, None]
    sides = 0.75 + 0.45 * np.exp(-(((np.arange(WIDTH * scale) / scale - 250) / 150) ** 2))[None, :, None]
    canvas = np.clip(canvas * shine * sides, 0, 255).astype(np.uint8)
    size = (WIDTH, height)
    small = (
        cv2.resize(canvas, size, interpolation=cv2.INTER_AREA),
        cv2.resize(cover, size, interpolation=cv2.INTER_AREA),
    )
    return small[0], small[1], HEIGHT - height


def _stars(sky: Floats, rng: np.random.Generator, count: int) -> None:
    for x, y, light in zip(
        rng.integers(0, PLATE_WIDTH, count), rng.integers(0, 120, count), rng.random(count), strict=True
    ):
        sky[y, x] += 30 + 110 * light * (1 - y / 140)
    glow_rows = np.exp(-((np.arange(PLATE_HEIGHT) - PLATE_HEIGHT) ** 2) / 1800)[:, None, None]
    sky += glow_rows * np.array(ink("#3a3324"))


def _sunlight(sky: Floats, x: float, look: Look) -> None:
    v, u = np.mgrid[0:PLATE_HEIGHT, 0:PLATE_WIDTH]
    away = np.sqrt(((u - x) / 1.5) ** 2 + (v - HORIZON + 22) ** 2)
    colour = np.array(ink("#ffd9a0"))
    for reach, strength in ((200, 0.4), (60, 0.4)):
        sky += (np.exp(-away / reach) * strength)[..., None] * (colour - sky * 0.5)
    core = np.clip(13 - away, 0, 1)[..., None]
    sky += core * (np.array(ink("#fffbee")) - sky)


def _clouds(sky: Floats, look: Look, rng: np.random.Generator) -> None:
    """Soft layers of noise, flatter towards the horizon."""
    noise = np.zeros((PLATE_HEIGHT, PLATE_WIDTH), np.float32)
    for cells, weight in ((5, 0.5), (11, 0.28), (24, 0.15), (52, 0.07)):
        coarse = rng.random((max(cells // 2, 3), cells * 2)).astype(np.float32)
        noise += weight * cv2.resize(coarse, (PLATE_WIDTH, PLATE_HEIGHT), interpolation=cv2.INTER_CUBIC)
    density = np.clip((noise - (0.62 - 0.2 * look.clouds)) * 3.4, 0, 1) * (0.25 + 0.6 * look.clouds)
    fade = np.clip(np.linspace(1.15, 0.15, PLATE_HEIGHT), 0, 1)[:, None]
    bright = np.array(mix(look.sky[1], (255, 255, 255), 0.15 if look.night else 0.55 if look.clouds < 0.8 else 0.1))
    share = (density * fade)[..., None]
    sky += share * (bright * (0.45 if look.night else 1) - sky)


def _ridge(plate: Image, base: float, height: float, colour: Ink, rng: np.random.Generator) -> None:
    x = np.arange(0, PLATE_WIDTH + 8, 8)
    curve = sum(np.sin(x / period + rng.random() * 7) / n for n, period in enumerate((230, 97, 41, 17), start=1))
    top = base - height * (0.55 + 0.28 * np.asarray(curve))
    shapes(plate, [np.concatenate([np.stack([x, top], 1), [[PLATE_WIDTH, PLATE_HEIGHT], [0, PLATE_HEIGHT]]])], colour)


def _skyline(plate: Image, base: float, look: Look, rng: np.random.Generator) -> None:
    for depth in (0.8, 0.62):
        colour = mix(mix(ink("#6f7480"), look.haze, depth), (0, 0, 0), 0.35 if look.night else 0)
        x = 0.0
        while x < PLATE_WIDTH:
            wide = rng.uniform(14, 44)
            tall = rng.uniform(12, 60) * (1.15 - depth * 0.4) * (1.5 - abs(x / PLATE_WIDTH - 0.5) * 1.6)
            convex(
                plate,
                np.array([[x, base - tall], [x + wide, base - tall], [x + wide, base + 9], [x, base + 9]]),
                colour,
            )
            if look.night:
                for _ in range(int(tall * wide / 60)):
                    u, v = int(x + rng.uniform(2, wide - 2)), int(base - rng.uniform(2, tall - 2))
                    if u < PLATE_WIDTH:
                        plate[v, u] = ink("#c9a15c") if rng.random() < 0.7 else ink("#8fa3b8")
            x += wide * rng.uniform(0.8, 1.3)
