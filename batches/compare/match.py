"""Matches the findings of two analyses of one video. No Django here.

The worth of a pair is the overlap of its spans (intersection over union, Jaccard 1901) plus the share of common words
(Dice 1945). The same identity is worth more than any overlap. The matching of greatest total worth is used.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batches.compare.assign import assign

WORD = re.compile(r"[^\W_]+")
RULES = 2  # raise it when this file changes, so that everything is matched again
MIN_SPAN_SECONDS = 1.0  # a moment has no length to overlap with, and models round to the second
SPAN_WORTH, WORDS_WORTH = 700_000, 300_000
IDENTITY_WORTH = 10_000_000  # more than ten pairs without an identity
MIN_OVERLAP = 0.5  # of a pair
MIN_OVERLAP_WITH_TEXT = 0.1  # of a pair with half of its words in common
UNMOVED_OVERLAP = 0.9  # from here on a finding has not moved
MAX_CANDIDATES = 24  # best partners of one finding, so that a thousand findings of one video take a second


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding. `start` and `end` in seconds, None for the whole video. `identity` is empty if the vendors differ.

    `added`: by a person, because the analysis missed it.
    """

    key: int
    start: float | None = None
    end: float | None = None
    label: str = ""
    category: str = ""
    identity: str = ""
    added: bool = False

    @property
    def label_words(self) -> tuple[str, ...]:
        return tuple(WORD.findall(f"{self.category} {self.label}".casefold()))

    @property
    def span(self) -> tuple[float, float] | None:
        """The span, widened around its middle to at least a second."""
        if self.start is None:
            return None
        end = max(self.start, self.start if self.end is None else self.end)
        short = max(0.0, MIN_SPAN_SECONDS - (end - self.start)) / 2
        return self.start - short, end + short

    @property
    def sort_key(self) -> tuple[float, float, int]:
        start, end = self.span or (-1e9, 0.0)
        return start, end, self.key


class Pair(NamedTuple):
    """`match`: a value of `Match`. `overlap`: per cent; None if one side is missing."""

    earlier: int | None
    later: int | None
    match: str
    overlap: int | None


def overlap(first: Finding, second: Finding) -> float:
    """Intersection over union of the spans, 0 to 1; 1 for two findings of the whole video."""
    a, b = first.span, second.span
    if a is None or b is None:
        return 1.0 if a is b else 0.0
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, shared) / (max(a[1], b[1]) - min(a[0], b[0]))


def likeness(first: Iterable[str], second: Iterable[str]) -> float:
    """Dice's coefficient of two sets of words, 0 to 1; 1 if both are empty."""
    a, b = set(first), set(second)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def match(earlier: Sequence[Finding], later: Sequence[Finding]) -> list[Pair]:
    """Pairs with every finding exactly once, in order of time (of the later finding in a pair)."""
    old, new = (sorted(side, key=lambda finding: finding.sort_key) for side in (earlier, later))
    partners = assign(_worths(old, new))
    pairs = [(new[right].sort_key, _pair(old[left], new[right])) for left, right in partners.items()]
    matched = set(partners.values())
    pairs += [
        (finding.sort_key, Pair(finding.key, None, _found_by(finding, None), None))
        for index, finding in enumerate(old)
        if index not in partners
    ]
    pairs += [
        (finding.sort_key, Pair(None, finding.key, _found_by(None, finding), None))
        for index, finding in enumerate(new)
        if index not in matched
    ]
    return [pair for _, pair in sorted(pairs, key=lambda row: (row[0], row[1].match))]


def _pair(earlier: Finding, later: Finding) -> Pair:
    shared = overlap(earlier, later)
    same_words = earlier.label_words == later.label_words
    kind = "changed" if not same_words else "same" if shared >= UNMOVED_OVERLAP else "moved"
    return Pair(earlier.key, later.key, _found_by(earlier, later) or kind, round(100 * shared))


def _found_by(earlier: Finding | None, later: Finding | None) -> str:
    """The match, as far as it depends on which analysis found it; empty if both did. People found what is `added`."""
    in_earlier, in_later = (bool(finding and not finding.added) for finding in (earlier, later))
    if in_earlier:
        return "" if in_later else "vanished"
    if not in_later:
        return "missed"
    return "found" if earlier else "new"


def _worths(old: Sequence[Finding], new: Sequence[Finding]) -> dict[int, dict[int, int]]:
    starts = [finding.sort_key[0] for finding in new]
    longest = max((finding.span[1] - finding.span[0] for finding in new if finding.span), default=0.0)
    texts = [frozenset(finding.label_words) for finding in new]
    spanless = bisect_left(starts, -1e8)  # findings without a span come first
    result: dict[int, dict[int, int]] = {}
    for left, finding in enumerate(old):
        text = frozenset(finding.label_words)
        if finding.span is None:
            near = range(spanless)
        else:
            near = range(
                max(spanless, bisect_left(starts, finding.span[0] - longest)), bisect_right(starts, finding.span[1])
            )
        worths = {right: _worth(finding, new[right], text, texts[right]) for right in near}
        best = sorted((right for right, worth in worths.items() if worth), key=lambda right: (-worths[right], right))
        result[left] = {right: worths[right] for right in best[:MAX_CANDIDATES]}
    return result


def _worth(earlier: Finding, later: Finding, earlier_words: frozenset[str], later_words: frozenset[str]) -> int:
    """The worth of a pair; 0 if the two cannot be the same finding."""
    shared, alike = overlap(earlier, later), likeness(earlier_words, later_words)
    worth = round(SPAN_WORTH * shared + WORDS_WORTH * alike)
    if shared and earlier.identity and earlier.identity == later.identity:
        return worth + IDENTITY_WORTH
    enough = shared >= MIN_OVERLAP or (shared >= MIN_OVERLAP_WITH_TEXT and alike >= 0.5)
    return worth if enough else 0
