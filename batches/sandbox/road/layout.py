"""Kinds of road: where lanes, kerbs and walls are. Metres right of the line between the directions."""

from dataclasses import dataclass

from batches.sandbox.road.look import Ink, ink

WHITE, YELLOW = "white", "yellow"


@dataclass(frozen=True)
class Marking:
    x: float
    dashed: bool
    colour: str = WHITE
    width: float = 0.14


@dataclass(frozen=True)
class Layout:
    name: str
    phrase: str  # "on a three-lane highway"
    cruise: float  # m/s
    lanes: tuple[float, ...]  # centres of the lanes of our direction, left to right
    lane: int  # which of them is ours
    oncoming: tuple[float, ...]  # centres, nearest first
    asphalt: tuple[float, float]  # left and right edge
    walk: float  # width of the pavement beyond the edge, 0 where there is none
    walls: float  # distance of the first row of houses or trees from the edge
    markings: tuple[Marking, ...]
    median: Ink | None = None  # colour of a strip between the directions

    @property
    def ours(self) -> float:
        return self.lanes[self.lane]


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "highway", "on a three-lane highway", 27.0, (1.9, 5.4, 8.9), 1, (-4.6, -8.1, -11.6), (-13.6, 13.6), 0.0,
            5.0,
            (
                Marking(0.15, False, YELLOW), Marking(3.65, True), Marking(7.15, True), Marking(10.65, False),
                Marking(-2.85, False, YELLOW), Marking(-6.35, True), Marking(-9.85, True), Marking(-13.35, False),
            ),
            median=ink("#6d7a52"),
        ),
        Layout(
            "city", "on a four-lane city street", 13.0, (1.75, 5.25), 1, (-1.75, -5.25), (-9.3, 9.3), 3.6, 4.2,
            (
                Marking(-0.14, False, YELLOW, 0.1), Marking(0.14, False, YELLOW, 0.1), Marking(3.5, True),
                Marking(-3.5, True),
                Marking(7.0, False), Marking(-7.0, False),
            ),
        ),
        Layout(
            "suburb", "on a residential street", 11.0, (1.9,), 0, (-1.9,), (-6.2, 6.2), 1.8, 7.0,
            (Marking(0.0, True, YELLOW),),
        ),
        Layout(
            "country", "on a two-lane country road", 21.0, (1.85,), 0, (-1.85,), (-4.1, 4.1), 0.0, 5.0,
            (Marking(-0.13, False, YELLOW, 0.1), Marking(0.13, True, YELLOW, 0.1), Marking(3.65, False),
                Marking(-3.65, False)),
        ),
    )
}  # fmt: skip
