"""Who and what moves or stands on the road, and how large it is."""

from dataclasses import dataclass, field

from batches.sandbox.road.look import Ink, ink
from batches.sandbox.road.motion import Track

# length along its own direction, width, height; metres
SIZES: dict[str, tuple[float, float, float]] = {
    "sedan": (4.6, 1.82, 1.45), "suv": (4.8, 1.95, 1.78), "van": (5.6, 2.05, 2.35), "truck": (9.5, 2.5, 3.6),
    "bus": (11.0, 2.55, 3.1), "school bus": (9.5, 2.5, 3.1), "police car": (4.8, 1.9, 1.5),
    "ambulance": (6.0, 2.15, 2.6),
    "motorcycle": (2.1, 0.8, 1.55), "cyclist": (1.8, 0.62, 1.72), "pedestrian": (0.45, 0.6, 1.75),
    "child": (0.4, 0.48, 1.2),
    "deer": (1.7, 0.5, 1.5), "dog": (0.9, 0.3, 0.6), "cone": (0.4, 0.4, 0.75), "barrel": (0.6, 0.6, 1.05),
    "barrier": (0.5, 2.4, 1.05), "box": (0.8, 0.9, 0.7), "tyre": (0.7, 0.9, 0.28), "branch": (1.2, 2.6, 0.7),
    "traffic light": (0.35, 0.45, 5.4), "stop sign": (0.1, 0.8, 2.6), "arrow board": (0.6, 2.2, 2.8),
    "ball": (0.24, 0.24, 0.24),
}  # fmt: skip
VEHICLES = frozenset({"sedan", "suv", "van", "truck", "bus", "school bus", "police car", "ambulance"})
WALKERS = frozenset({"pedestrian", "child"})
ANIMALS = frozenset({"deer", "dog"})

PAINTS: dict[str, Ink] = {
    "silver": ink("#b9bfc5"), "white": ink("#e8e9e7"), "black": ink("#2a2c30"), "grey": ink("#70757c"),
    "red": ink("#a8262a"),
    "blue": ink("#2b4f8c"), "green": ink("#3c5c46"), "beige": ink("#b7a98c"), "yellow": ink("#d9a72a"),
    "orange": ink("#c8692b"),
}  # fmt: skip
CLOTHES = [
    ink(code) for code in ("#b5403a", "#2f5d8a", "#d8c24a", "#4b4f57", "#7a9a6a", "#e0ddd6", "#8a5a83", "#c97b3c")
]

AHEAD, ONCOMING, FROM_LEFT, FROM_RIGHT = 0.0, 3.14159265, 1.5707963, -1.5707963  # headings, radians clockwise
Span = tuple[float, float]  # seconds


@dataclass
class Actor:
    """One thing. `s` is metres along the road, or metres ahead of the camera car where `follows`."""

    kind: str
    s: Track
    x: Track
    yaw: float | Track = AHEAD
    follows: bool = False
    span: Span = (-10.0, 1e9)  # when it is there
    colour: Ink = PAINTS["silver"]
    brakes: list[Span] = field(default_factory=list)
    blinks: dict[int, Span] = field(default_factory=dict)  # -1 left, 1 right: when that indicator is on
    hazards: bool = False
    beacon: bool = False
    moves: bool = True  # legs and pedals
    lights: list[tuple[float, str]] = field(default_factory=list)  # traffic light: colour from a time on

    @property
    def size(self) -> tuple[float, float, float]:
        return SIZES[self.kind]

    @property
    def running(self) -> bool:
        """Whether the lamps of a vehicle are on when it is dark: not of a parked one."""
        return self.moves or self.hazards

    def heading(self, time: float) -> float:
        return self.yaw.at(time) if isinstance(self.yaw, Track) else self.yaw

    def present(self, time: float) -> bool:
        return self.span[0] <= time <= self.span[1]

    def is_braking(self, time: float) -> bool:
        return any(start <= time <= end for start, end in self.brakes)

    def light(self, time: float) -> str:
        """ "red", "yellow" or "green"."""
        return next((colour for start, colour in reversed(self.lights) if start <= time), "green")
