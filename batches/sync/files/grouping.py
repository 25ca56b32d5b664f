"""Joins detections of single frames into spans: one for each track or label, as long as the gaps are short."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Sighting(NamedTuple):
    """A detection in one frame."""

    start: float
    end: float
    key: str  # the track, or the label
    confidence: float
    row: int  # its index


@dataclass(slots=True)
class Span:
    """Consecutive sightings of one key."""

    start: float
    end: float | None  # None: a single moment
    best: int  # index of the row with the highest confidence
    best_at: float
    confidence: float
    count: int


def spans_of(sightings: Sequence[Sighting], gap: float) -> list[Span]:
    """The spans in the order of their starts.

    Two sightings of a key are in one span if they are at most `gap` seconds apart.
    """
    spans: list[Span] = []
    latest: dict[str, tuple[Span, float]] = {}
    for sighting in sorted(sightings, key=lambda sighting: (sighting.start, sighting.row)):
        span, until = latest.get(sighting.key, (None, 0.0))
        if span is None or sighting.start - until > gap + 1e-9:
            span = Span(sighting.start, None, sighting.row, sighting.start, sighting.confidence, 0)
            spans.append(span)
            until = sighting.end
        until = max(until, sighting.end)
        span.count += 1
        span.end = until if until > span.start else None
        if sighting.confidence > span.confidence:
            span.best, span.best_at, span.confidence = sighting.row, sighting.start, sighting.confidence
        latest[sighting.key] = span, until
    return spans
