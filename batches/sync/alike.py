"""Finds near-identical events by start time, label, category and picture. No Django here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

WINDOW_SECONDS = 3.0  # maximum between the start of the first event of a pile and any other
# Of 64 bits, for two similar pictures. Measured on the sandbox's 141 pictures of moving traffic: the same frame without
# its box differs in at most 8 bits, recompressed in 3. A frame 0.2 s later differs in 10 or fewer for 70 % of them (in
# 6: 34 %). So do 2 % of unrelated pictures, which is why label and start time must match too.
MAX_DIFFERENT_BITS = 10
MAX_PILE_EVENTS = 50  # as many as a person can look over


class Candidate(NamedTuple):
    """The compared values of one event. Events without a start (seconds) or a picture are never near-identical."""

    id: int
    item: int
    start: float
    label: str
    category: str


def neighbours(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Groups of events of one item with the same texts, each at most WINDOW_SECONDS after the one before.

    Only their pictures can tell them apart. Each group is in order of start; events without a neighbour are in none.
    """
    by_text: dict[tuple[int, str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        texts = _words(candidate.label), _words(candidate.category)
        if any(texts):
            by_text[candidate.item, *texts].append(candidate)
    groups = []
    for group in by_text.values():
        group_runs: list[list[Candidate]] = [[]]
        for candidate in sorted(group, key=lambda candidate: (candidate.start, candidate.id)):
            if group_runs[-1] and candidate.start - group_runs[-1][-1].start > WINDOW_SECONDS:
                group_runs.append([])
            group_runs[-1].append(candidate)
        groups += [run for run in group_runs if len(run) > 1]
    return groups


def piles(run: Sequence[Candidate], hashes: Mapping[int, int]) -> list[list[int]]:
    """The piles of one group of `neighbours`, as lists of event ids. `hashes`: event id → difference hash.

    All events of a pile are compared with its first, so that a pile cannot grow along a slowly changing scene.
    """
    open_piles: list[list[Candidate]] = []
    for candidate in run:
        if candidate.id not in hashes:
            continue
        for pile in open_piles:
            first = pile[0]
            if (
                len(pile) < MAX_PILE_EVENTS
                and candidate.start - first.start <= WINDOW_SECONDS
                and _bits(hashes, first, candidate) <= MAX_DIFFERENT_BITS
            ):
                pile.append(candidate)
                break
        else:
            open_piles.append([candidate])
    return [[candidate.id for candidate in pile] for pile in open_piles if len(pile) > 1]


def _bits(hashes: Mapping[int, int], first: Candidate, second: Candidate) -> int:
    return ((hashes[first.id] ^ hashes[second.id]) & (1 << 64) - 1).bit_count()


def _words(text: str) -> str:
    """`text` without differences of letter case and spaces."""
    return " ".join(text.casefold().split())
