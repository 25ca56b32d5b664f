"""How far reviewers agree: per cent and kappa. Pure arithmetic over verdicts; knows no database.

Cohen (1960) where the same two people gave every opinion; Fleiss (1971) for k opinions an event, whoever gave them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """`percent`: of the pairs of opinions on the same event, 0–100. `kappa`: None where chance alone explains all."""

    events: int
    percent: float
    kappa: float | None
    method: str  # "Cohen" or "Fleiss"


def agreement(events: Sequence[dict[int, str]]) -> Agreement | None:
    """Events as {person: verdict}, each with the same number ≥ 2 of opinions; None for no events."""
    if not events:
        return None
    people = set().union(*events)
    observed = sum(_pairs(Counter(said.values())) for said in events) / len(events)
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
    """Each of the two has a distribution of their own."""
    first, second = (Counter(said[person] for said in events) for person in people)
    return sum(first[verdict] * second[verdict] for verdict in first) / len(events) ** 2


def _chance(events: Sequence[dict[int, str]]) -> float:
    counts = Counter(verdict for said in events for verdict in said.values())
    return sum((count / counts.total()) ** 2 for count in counts.values())
