"""The choices beside the grid and how many events each would give; loaded after the grid, which never waits."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from batches.models import Approval
from reviewer.filters import CHANGED, DIFFERS, SEVERITIES, EventFilter, join_value

MAX_CATEGORIES = 60


@dataclass(frozen=True, slots=True)
class Choice:
    value: str  # as it stands in the query string
    words: str
    count: int | None
    on: bool


def facets(chosen: EventFilter) -> dict[str, Any]:
    """Template context: lists of Choice, and the number of events of the whole filter."""
    values = chosen.values
    approvals = chosen.batch.counts if not set(chosen.active) - {"approval"} else chosen.tally("approval", "approval")
    ranks = chosen.tally("severity", "severity_rank")
    categories = chosen.tally("category", "category")
    flags = chosen.qs.order_by().aggregate(
        total=Count("pk"), differs=Count("pk", filter=DIFFERS), changed=Count("pk", filter=CHANGED)
    )
    named = sorted(categories, key=lambda name: (name not in values["category"], -categories[name], name))
    named += [name for name in values["category"] if name not in categories]
    return {
        "total": flags["total"],
        "approvals": [
            Choice(word, label, approvals.get(word, 0), word in values["approval"]) for word, label in Approval.choices
        ],
        "severities": [
            Choice(word, word.capitalize(), ranks.get(rank, 0), word in values["severity"])
            for word, rank in SEVERITIES.items()
        ],
        "categories": [
            Choice(join_value(name), name, categories.get(name, 0), name in values["category"])
            for name in named[:MAX_CATEGORIES]
            if name
        ],
        "flags": [
            Choice("differs", "Differs from the vendor", flags["differs"], values["differs"]),
            Choice("changed", "Changed since decided", flags["changed"], values["changed"]),
        ],
    }


def uncounted(chosen: EventFilter) -> dict[str, Any]:
    """The same choices before anything was counted; only the batch's own counters are free."""
    values = chosen.values
    approvals: dict[str, int] = chosen.batch.counts if not set(chosen.active) - {"approval"} else {}
    return {
        "loading": True,
        "total": chosen.total,
        "approvals": [
            Choice(word, label, approvals.get(word), word in values["approval"]) for word, label in Approval.choices
        ],
        "severities": [Choice(word, word.capitalize(), None, word in values["severity"]) for word in SEVERITIES],
        "categories": [Choice(join_value(name), name, None, True) for name in values["category"]],
        "flags": [
            Choice("differs", "Differs from the vendor", None, values["differs"]),
            Choice("changed", "Changed since decided", None, values["changed"]),
        ],
    }
