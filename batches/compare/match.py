"""Which findings of two analyses of one video are the same finding. No Django here.

A pair is worth the overlap of the spans (intersection over union, Jaccard 1901) and the words in common (Dice 1945); the
same identity is worth more than any overlap. Of all one-to-one matchings the one of greatest total worth is taken.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batches.compare.assign import assign

WORD = re.compile(r"[^\W_]+")
RULES = 1  # changed with this file, so that everything is matched again
SHORTEST = 1.0  # seconds: a moment has no length to overlap with, and models round to the second
SPAN_WORTH, WORDS_WORTH = 700_000, 300_000
IDENTITY_WORTH = 10_000_000  # more than ten pairs without: it is given up for no overlap of others
MIN_OVERLAP, MIN_OVERLAP_WITH_TEXT = (
    0.5,
    0.1,
)  # overlap from which two findings may be one; with half of the words in common
UNMOVED = 0.9  # overlap from which a finding has not moved
CANDIDATES = 24  # of one finding, the best ones: a thousand findings of one whole video stay a matter of a second


@dataclass(frozen=True, slots=True)
class Finding:
    """Spans in seconds; none: of the whole video. `identity`: of the vendor that both come from, else empty."""

    key: int
    start: float | None = None
    end: float | None = None
    label: str = ""
    category: str = ""
    identity: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(WORD.findall(f"{self.category} {self.label}".casefold()))

    @property
    def span(self) -> tuple[float, float] | None:
        """At least a second long, around its middle."""
        if self.start is None:
            return None
        end = max(self.start, self.start if self.end is None else self.end)
        short = max(0.0, SHORTEST - (end - self.start)) / 2
        return self.start - short, end + short

    @property
    def place(self) -> tuple[float, float, int]:
        start, end = self.span or (-1e9, 0.0)
        return start, end, self.key


class Pair(NamedTuple):
    """`match`: same, moved, changed, new or vanished. `overlap`: per cent; None where there is one side only."""

    earlier: int | None
    later: int | None
    match: str
    overlap: int | None


def overlap(one: Finding, other: Finding) -> float:
    """Intersection over union of the spans, 0 to 1. Two findings of the whole video overlap wholly."""
    a, b = one.span, other.span
    if a is None or b is None:
        return 1.0 if a is b else 0.0
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, shared) / (max(a[1], b[1]) - min(a[0], b[0]))


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """Dice's coefficient of two sets of words, 0 to 1; 1 where neither has any."""
    a, b = set(one), set(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def match(earlier: Sequence[Finding], later: Sequence[Finding]) -> list[Pair]:
    """Every finding exactly once, in the order of time (of the later one where there are two)."""
    old, new = (sorted(side, key=lambda one: one.place) for side in (earlier, later))
    partners = assign(_worths(old, new))
    pairs = [(new[right].place, _pair(old[left], new[right])) for left, right in partners.items()]
    found = set(partners.values())
    pairs += [(one.place, Pair(one.key, None, "vanished", None)) for at, one in enumerate(old) if at not in partners]
    pairs += [(one.place, Pair(None, one.key, "new", None)) for at, one in enumerate(new) if at not in found]
    return [pair for _, pair in sorted(pairs, key=lambda row: (row[0], row[1].match))]


def _pair(one: Finding, other: Finding) -> Pair:
    shared = overlap(one, other)
    same_words = one.words == other.words
    kind = "changed" if not same_words else "same" if shared >= UNMOVED else "moved"
    return Pair(one.key, other.key, kind, round(100 * shared))


def _worths(old: Sequence[Finding], new: Sequence[Finding]) -> dict[int, dict[int, int]]:
    starts = [one.place[0] for one in new]
    longest = max((one.span[1] - one.span[0] for one in new if one.span), default=0.0)
    words = [frozenset(one.words) for one in new]
    whole = bisect_left(starts, -1e8)  # those without a span come first
    found: dict[int, dict[int, int]] = {}
    for left, one in enumerate(old):
        mine = frozenset(one.words)
        if one.span is None:
            near = range(whole)
        else:
            near = range(max(whole, bisect_left(starts, one.span[0] - longest)), bisect_right(starts, one.span[1]))
        worths = {right: _worth(one, new[right], mine, words[right]) for right in near}
        best = sorted((right for right, worth in worths.items() if worth), key=lambda right: (-worths[right], right))
        found[left] = {right: worths[right] for right in best[:CANDIDATES]}
    return found


def _worth(one: Finding, other: Finding, words: frozenset[str], others: frozenset[str]) -> int:
    """0: these two cannot be one finding."""
    shared, alike = overlap(one, other), likeness(words, others)
    worth = round(SPAN_WORTH * shared + WORDS_WORTH * alike)
    if shared and one.identity and one.identity == other.identity:
        return worth + IDENTITY_WORTH
    enough = shared >= MIN_OVERLAP or (shared >= MIN_OVERLAP_WITH_TEXT and alike >= 0.5)
    return worth if enough else 0
