"""One video of a comparison as two strips of the same time, with a line from each finding to its partner."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from batches.models import Event, EventPair, VideoPair

MAX_PAIRS = 80  # findings of one video that are drawn and listed
LANES, LANE, BAR = 3, 9, 8  # simultaneous findings lie below each other; heights in pixels
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
    """The strips of these videos, read with one query."""
    strip_videos = list(videos)
    pairs = EventPair.objects.filter(video__in=strip_videos, position__lt=MAX_PAIRS)
    wanted = ("batch_id", "start_s", "end_s", "timestamp", "label", "category", "approval", "decided_at", "reason")
    fields = [f"{side}__{name}" for side in ("earlier", "later") for name in wanted]
    pairs_by_video = defaultdict(list)
    for pair in pairs.select_related("earlier", "later").only(*fields, "video", "match", "overlap", "position"):
        pairs_by_video[pair.video_id].append(pair)
    return [_strips(video, pairs_by_video[video.pk]) for video in strip_videos]


def _strips(video: VideoPair, pairs: list[EventPair]) -> Strips:
    sides = [event for pair in pairs for event in (pair.earlier, pair.later) if event]
    ends = [second for event in sides for second in (event.start_s, event.end_s) if second is not None]
    strips = Strips(video, pairs, max(ends, default=0.0) or 1.0)
    for side in TOP:
        free = [float("-inf")] * LANES
        marked = [(pair, event) for pair in pairs if (event := getattr(pair, side))]
        for pair, event in sorted(marked, key=lambda mark: (mark[1].start_s or 0.0, mark[1].pk)):
            strips.bars.append(_bar(pair, event, strips.seconds, side, free))
    places = {bar.event.pk: bar for bar in strips.bars}
    for pair in pairs:
        if pair.earlier and pair.later:
            upper, lower = places[pair.earlier.pk], places[pair.later.pk]
            strips.lines.append(Line(pair.match, _middle(upper), upper.y + BAR, _middle(lower), lower.y))
    return strips


def _bar(pair: EventPair, event: Event, seconds: float, side: str, free: list[float]) -> Bar:
    """The bar in the first free lane, or in the last lane if none is free."""
    start = event.start_s or 0.0
    end = max(start, seconds if event.start_s is None else start if event.end_s is None else event.end_s)
    lane = next((at for at, until in enumerate(free) if until <= start), LANES - 1)
    free[lane] = max(free[lane], end)
    x = 100 * start / seconds
    width = max(0.7, 100 * (end - start) / seconds)
    return Bar(pair, event, f"{min(x, 99.3):.2f}", f"{width:.2f}", TOP[side] + lane * LANE)


def _middle(bar: Bar) -> str:
    return f"{float(bar.x) + float(bar.width) / 2:.2f}"
