"""The agreement of reviewers: per cent and kappa. Arithmetic over verdicts, without a database.

Cohen (1960) if the same two people gave every opinion; Fleiss (1971) for k opinions per event by any people.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """`percent`: equal pairs of opinions on the same event, 0–100.

    `kappa`: None if chance alone explains all of them.
    """

    events: int
    percent: float
    kappa: float | None
    method: str  # "Cohen" or "Fleiss"


def agreement(events: Sequence[dict[int, str]]) -> Agreement | None:
    """The agreement on events as {person: verdict}, each with the same number ≥ 2 of opinions; None without events."""
    if not events:
        return None
    people = set().union(*events)
    observed = sum(_pairs(Counter(verdicts.values())) for verdicts in events) / len(events)
    if len(people) == 2:
        chance, method = _chance_of_two(events, sorted(people)), "Cohen"
    else:
        chance, method = _chance(events), "Fleiss"
    kappa = None if 1 - chance < 1e-12 else (observed - chance) / (1 - chance)
    return Agreement(len(events), 100 * observed, kappa, method)


def _pairs(counts: Counter[str]) -> float:
    """The share of pairs of opinions that are the same."""
    total = counts.total()
    return sum(count * (count - 1) for count in counts.values()) / (total * (total - 1))


def _chance_of_two(events: Sequence[dict[int, str]], people: Sequence[int]) -> float:
    """The chance agreement of two people, each with their own distribution of verdicts."""
    first, second = (Counter(verdicts[person] for verdicts in events) for person in people)
    return sum(first[verdict] * second[verdict] for verdict in first) / len(events) ** 2


def _chance(events: Sequence[dict[int, str]]) -> float:
    counts = Counter(verdict for verdicts in events for verdict in verdicts.values())
    return sum((count / counts.total()) ** 2 for count in counts.values())
