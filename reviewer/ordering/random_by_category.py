"""The random order: every category in turn, its events by their random rank, so that each category's interval narrows
alike.

An event's place is its rank times the size of its category: about how many of the category come before it. The widest
interval thereby comes first, as it belongs to whichever category has had the fewest. Each category is read from its
index.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, Case, Model, Q, QuerySet, Value, When

from batches.models import Batch, Event
from batches.models.random_rank import RandomRank, random_rank
from reviewer.ordering.categories import of_category, of_other_categories
from reviewer.ordering.keyset import Row, Sort, in_turn

CATEGORIES_PER_QUERY = 20


@dataclass(frozen=True, slots=True)
class StratifiedRandom(Sort):
    """`sizes` by category, as the last sync left them; events of any other category are one more stratum, of `rest`."""

    sizes: dict[str, int] = field(default_factory=dict)
    rest: int = 1
    batch_id: int = 0
    wanted: tuple[str, ...] = ()

    def of(self, batch: Batch, categories: Collection[str] = (), *, at_once: bool = False) -> "StratifiedRandom":
        rest = max(1, batch.event_count - sum(batch.strata.values()))
        wanted = tuple(categories)
        return replace(self, sizes=batch.strata, rest=rest, batch_id=batch.pk, wanted=wanted, at_once=at_once)

    @property
    def columns(self) -> tuple[str, ...]:
        return ("category",)

    def cursor(self, row: Model) -> str:
        assert isinstance(row, Event)  # the only rows with a rank
        return self._text([random_rank(row.pk) * self.sizes.get(row.category, self.rest), row.pk])

    def _fits(self, values: list[Any]) -> bool:
        return all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 for value in values)

    def rows_before(self, rows: QuerySet[Row], values: list[Any]) -> QuerySet[Row]:
        inside = (span & _beyond(values, size, forward=False) for size, span in self._spans())
        return rows.alias(random_rank=RandomRank("id")).filter(reduce(or_, inside))  # type: ignore[return-value]  # an alias changes no row

    def _spans(self) -> list[tuple[int, Q]]:
        named = [(size, of_category(name, self.wanted)) for name, size in self.sizes.items()]
        return [*named, (self.rest, of_other_categories(self.batch_id, self.sizes, self.wanted))]

    def _read(self, rows: QuerySet[Row], values: list[Any] | None, size: int, *, forward: bool) -> list[Row]:
        if self.at_once:
            sizes = [When(category=name, then=Value(size)) for name, size in self.sizes.items()]
            places = RandomRank("id") * Case(*sizes, default=Value(self.rest), output_field=BigIntegerField())
            placed = self._span(rows.alias(place=places), ("place", "id"), values, forward)
            return in_turn(rows, list(placed.values_list("pk", flat=True)[:size]))
        order = ("random_rank", "id") if forward else ("-random_rank", "-id")
        ranked = rows.alias(random_rank=RandomRank("id")).order_by(*order)
        positions: list[tuple[int, int]] = []
        for chunk in batched(self._spans(), CATEGORIES_PER_QUERY, strict=False):
            parts = []
            for weight, span in chunk:
                part = ranked.filter(span)
                if values:
                    part = part.filter(_beyond(values, weight, forward=forward))
                # A part of a UNION has no LIMIT of its own in SQLite; what it is part of may have one.
                first = rows.model._default_manager.filter(pk__in=part.values("pk")[:size])
                parts.append(first.order_by().values_list(Value(weight), "pk"))
            read = parts[0].union(*parts[1:], all=True).order_by() if len(parts) > 1 else parts[0]
            positions += [(random_rank(pk) * weight, pk) for weight, pk in read]
        return in_turn(rows, [pk for _, pk in sorted(positions, reverse=not forward)[:size]])


def _beyond(values: list[int], weight: int, *, forward: bool) -> Q:
    """Rows behind the position (or in front of it), as a condition on the ranks of a stratum of this weight."""
    position, pk = values
    whole, part = divmod(position, weight)
    if forward:
        return (
            Q(random_rank__gt=whole) if part else Q(random_rank__gte=whole) & (Q(random_rank__gt=whole) | Q(id__gt=pk))
        )
    return Q(random_rank__lte=whole) if part else Q(random_rank__lte=whole) & (Q(random_rank__lt=whole) | Q(id__lt=pk))
