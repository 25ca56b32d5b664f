"""Which events are near-identical: pure, from where they start, what they are called and what their pictures look like."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

WINDOW = 3.0  # seconds between the start of the first of a pile and that of any other
# Bits of 64 in which two pictures may differ. Measured on the sandbox's 141 pictures of moving traffic: the same frame
# without its box differs in 8 at most, coded anew in 3; 0.2 s later in 10 or fewer for 70 % of them (in 6: 34 %), and so do
# 2 % of two unrelated moments, which the same label within WINDOW has to confirm.
MOST_BITS = 10
LARGEST = 50  # events of one pile: as many as a person can look over


class Sight(NamedTuple):
    """What is compared of one event. `start` in seconds; events without a start or a picture are never alike."""

    id: int
    item: int
    start: float
    label: str
    category: str


def neighbours(sights: Iterable[Sight]) -> list[list[Sight]]:
    """Events that only their pictures can tell apart: same item and words, each at most WINDOW behind the one before.

    Each list is in order of start; events that have no neighbour are in none.
    """
    named: dict[tuple[int, str, str], list[Sight]] = defaultdict(list)
    for sight in sights:
        words = _words(sight.label), _words(sight.category)
        if any(words):
            named[sight.item, *words].append(sight)
    found = []
    for group in named.values():
        runs: list[list[Sight]] = [[]]
        for sight in sorted(group, key=lambda one: (one.start, one.id)):
            if runs[-1] and sight.start - runs[-1][-1].start > WINDOW:
                runs.append([])
            runs[-1].append(sight)
        found += [run for run in runs if len(run) > 1]
    return found


def piles(run: Sequence[Sight], hashes: Mapping[int, int]) -> list[list[int]]:
    """The piles within one list of `neighbours`, as event ids; `hashes` by event id. An event alone is in none.

    All of a pile are compared with its first, not with one another: a pile cannot creep along a slow scene.
    """
    open_piles: list[list[Sight]] = []
    for sight in run:
        if sight.id not in hashes:
            continue
        for pile in open_piles:
            first = pile[0]
            if len(pile) < LARGEST and sight.start - first.start <= WINDOW and _bits(hashes, first, sight) <= MOST_BITS:
                pile.append(sight)
                break
        else:
            open_piles.append([sight])
    return [[sight.id for sight in pile] for pile in open_piles if len(pile) > 1]


def _bits(hashes: Mapping[int, int], one: Sight, other: Sight) -> int:
    return ((hashes[one.id] ^ hashes[other.id]) & (1 << 64) - 1).bit_count()


def _words(text: str) -> str:
    """The same for texts that differ only in case and space."""
    return " ".join(text.casefold().split())
