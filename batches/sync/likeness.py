"""Whether a finding is likely another one said anew: pure, from its place in the video and the words of its text."""

import re
from typing import Protocol

HALF = 0.5  # of the span that both cover together, and of the words of both texts
POINT = 1.0  # seconds: what a moment without an end is widened by
WORD = re.compile(r"\w+")


class Finding(Protocol):
    """What the comparison needs of an event, ours or the vendor's."""

    @property
    def start_s(self) -> float | None: ...
    @property
    def end_s(self) -> float | None: ...
    @property
    def category(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def ai_text(self) -> str: ...


def span_of(finding: Finding) -> tuple[float, float] | None:
    """Start and end in seconds, never a point; None where the start is not known."""
    if finding.start_s is None:
        return None
    end = finding.start_s if finding.end_s is None else finding.end_s
    low, high = min(finding.start_s, end), max(finding.start_s, end)
    return (low, high) if high > low else (low, low + POINT)


def same_place(first: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two spans have at least half of what they cover in common."""
    common = min(first[1], other[1]) - max(first[0], other[0])
    covered = max(first[1], other[1]) - min(first[0], other[0])
    return common >= HALF * covered


def words_of(finding: Finding) -> frozenset[str]:
    return frozenset(WORD.findall(f"{finding.category} {finding.label} {finding.ai_text}".casefold()))


def same_words(first: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts share at least half of their words; texts without a word are not alike."""
    return bool(first and other) and 2 * len(first & other) >= HALF * (len(first) + len(other))
