"""Light and weather: the colours of a drive."""

from dataclasses import dataclass, replace

Ink = tuple[float, float, float]  # blue, green, red; 0 to 255


def ink(code: str) -> Ink:
    """`#rrggbb` as the drawing library wants it."""
    return int(code[5:7], 16), int(code[3:5], 16), int(code[1:3], 16)


def mix(first: Ink, other: Ink, share: float) -> Ink:
    """`share` 0 is the first colour, 1 the second."""
    rest = 1 - share
    return (
        first[0] * rest + other[0] * share,
        first[1] * rest + other[1] * share,
        first[2] * rest + other[2] * share,
    )


def lit(colour: Ink, factor: float) -> Ink:
    """Brighter or darker, within range."""
    return min(colour[0] * factor, 255), min(colour[1] * factor, 255), min(colour[2] * factor, 255)


@dataclass(frozen=True)
class Look:
    name: str
    phrase: str  # for texts: "in daylight"
    weather: str  # for structured output
    sky: tuple[Ink, Ink]  # zenith, horizon
    haze: Ink  # what far things fade into
    sight: float  # metres over which things fade
    grass: Ink
    road: Ink
    paint: Ink
    ambient: float = 1.0  # light on objects without our headlights
    sun: tuple[float, float, float] = (-0.45, -0.5, 0.74)  # towards the light: forward, right, up
    clouds: float = 0.5
    night: bool = False
    wet: bool = False
    snow: bool = False
    hour: int = 11


DAY = Look(
    "day",
    "in daylight",
    "clear",
    (ink("#4f8fd0"), ink("#cfe3f2")),
    ink("#c6d9e6"),
    420,
    ink("#6f8f4e"),
    ink("#5d6066"),
    ink("#e9e9e4"),
)
NIGHT = Look(
    "night", "at night", "clear", (ink("#05070f"), ink("#1a2136")), ink("#141a2a"), 240, ink("#0e150f"), ink("#191b20"),
    ink("#8d8f90"),
    ambient=0.26, sun=(0.0, 0.0, 1.0), clouds=0.15, night=True, hour=22,
)  # fmt: skip
RAIN = Look(
    "rain", "in rain", "rain", (ink("#6a7580"), ink("#a9b2b8")), ink("#a4adb3"), 130, ink("#52643f"), ink("#43474c"),
    ink("#c9ccca"),
    ambient=0.78, sun=(0.0, 0.0, 1.0), clouds=0.9, wet=True, hour=15,
)  # fmt: skip
LOOKS = {
    look.name: look
    for look in (
        DAY,
        replace(
            DAY, name="morning", phrase="in low morning sun", sky=(ink("#6c9bcb"), ink("#f6dfbe")), haze=ink("#efdcc3"),
            sight=300,
            grass=ink("#7d8b4b"), road=ink("#6a6663"), sun=(0.75, -0.45, 0.48), clouds=0.35, hour=7,
        ),
        replace(
            DAY, name="overcast", phrase="under a grey sky", weather="cloudy", sky=(ink("#8c99a5"), ink("#cdd3d6")),
            haze=ink("#c3cacd"),
            sight=320, grass=ink("#64784a"), ambient=0.9, sun=(0.0, 0.0, 1.0), clouds=1.0, hour=14,
        ),
        replace(
            DAY, name="dusk", phrase="at dusk", sky=(ink("#2c3a66"), ink("#f0a26b")), haze=ink("#b98a7c"), sight=300,
            grass=ink("#3d4434"),
            road=ink("#3d3d46"), paint=ink("#c9c0b8"), ambient=0.55, sun=(0.85, 0.35, 0.3), clouds=0.6, hour=19,
        ),
        NIGHT,
        RAIN,
        replace(
            NIGHT, name="night rain", phrase="on a rainy night", weather="rain", sky=(ink("#090b11"), ink("#20242e")),
            haze=ink("#1a1e27"),
            sight=150, road=ink("#14161b"), wet=True, clouds=0.9,
        ),
        replace(
            RAIN, name="fog", phrase="in fog", weather="fog", sky=(ink("#b7bdc0"), ink("#c9cdce")), haze=ink("#c6cacb"),
            sight=48,
            wet=False, ambient=0.9, road=ink("#6a6d70"), hour=8,
        ),
        replace(
            RAIN, name="snow", phrase="in light snow", weather="snow", sky=(ink("#aab4bd"), ink("#dfe4e7")),
            haze=ink("#d5dbdf"), sight=150,
            grass=ink("#dde3e7"), road=ink("#7b8086"), wet=False, snow=True, ambient=0.95, hour=10,
        ),
    )
}  # fmt: skip
