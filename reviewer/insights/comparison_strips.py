"""One video of a comparison as two strips of the same time, with a line from each finding to its partner."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from batches.models import Event, EventPair, VideoPair

ROWS = 80  # findings of one video that are drawn and listed
LANES, LANE, BAR = 3, 9, 8  # findings at the same time lie below each other; pixels
TOP = {"earlier": 2, "later": 2 + LANES * LANE + 22}
HEIGHT = TOP["later"] + LANES * LANE + 2


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` in per cent of the video, `y` in pixels."""

    pair: EventPair
    event: Event
    x: str
    width: str
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    match: str
    x1: str
    y1: int
    x2: str
    y2: int


@dataclass(slots=True)
class Strips:
    video: VideoPair
    pairs: list[EventPair]
    seconds: float
    bars: list[Bar] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def differing(self) -> list[EventPair]:
        return [pair for pair in self.pairs if pair.match != "same" or pair.decided_otherwise]

    @property
    def unseen(self) -> int:
        """Findings of the video that are not among `pairs`."""
        return max(0, self.video.events - len(self.pairs))


def strips_of(videos: Iterable[VideoPair]) -> list[Strips]:
    """One query for all of the videos, whatever they hold."""
    there = list(videos)
    pairs = EventPair.objects.filter(video__in=there, place__lt=ROWS)
    wanted = ("batch_id", "start_s", "end_s", "timestamp", "label", "category", "approval", "decided_at", "reason")
    fields = [f"{side}__{name}" for side in ("earlier", "later") for name in wanted]
    found = defaultdict(list)
    for pair in pairs.select_related("earlier", "later").only(*fields, "video", "match", "overlap", "place"):
        found[pair.video_id].append(pair)
    return [_strips(video, found[video.pk]) for video in there]


def _strips(video: VideoPair, pairs: list[EventPair]) -> Strips:
    sides = [event for pair in pairs for event in (pair.earlier, pair.later) if event]
    ends = [second for event in sides for second in (event.start_s, event.end_s) if second is not None]
    strips = Strips(video, pairs, max(ends, default=0.0) or 1.0)
    for side in TOP:
        free = [float("-inf")] * LANES
        marked = [(pair, event) for pair in pairs if (event := getattr(pair, side))]
        for pair, event in sorted(marked, key=lambda one: (one[1].start_s or 0.0, one[1].pk)):
            strips.bars.append(_bar(pair, event, strips.seconds, side, free))
    places = {bar.event.pk: bar for bar in strips.bars}
    for pair in pairs:
        if pair.earlier and pair.later:
            upper, lower = places[pair.earlier.pk], places[pair.later.pk]
            strips.lines.append(Line(pair.match, _middle(upper), upper.y + BAR, _middle(lower), lower.y))
    return strips


def _bar(pair: EventPair, event: Event, seconds: float, side: str, free: list[float]) -> Bar:
    """The bar in the first lane that is free by then; in the last one where none is."""
    start = event.start_s or 0.0
    end = max(start, seconds if event.start_s is None else start if event.end_s is None else event.end_s)
    lane = next((at for at, until in enumerate(free) if until <= start), LANES - 1)
    free[lane] = max(free[lane], end)
    x = 100 * start / seconds
    width = max(0.7, 100 * (end - start) / seconds)
    return Bar(pair, event, f"{min(x, 99.3):.2f}", f"{width:.2f}", TOP[side] + lane * LANE)


def _middle(bar: Bar) -> str:
    return f"{float(bar.x) + float(bar.width) / 2:.2f}"
