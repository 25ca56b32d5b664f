"""Rarest category first: category after category in the order that the last sync left, each read from its own index."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from batches.models import Batch
from reviewer.ordering.categories import of_category, of_other_categories
from reviewer.ordering.keyset import Row, Sort, in_turn, is_text

CATEGORIES_PER_QUERY = 20


@dataclass(frozen=True, slots=True)
class RarestFirst(Sort):
    """`categories` in order; events of any other one come last. Within a category: the vendor's order."""

    categories: tuple[str, ...] = ()
    batch_id: int = 0
    wanted: tuple[str, ...] = ()

    def of(self, batch: Batch, categories: Collection[str] = (), *, at_once: bool = False) -> "RarestFirst":
        rarest, wanted = tuple(batch.rarest), tuple(categories)
        return replace(self, categories=rarest, batch_id=batch.pk, wanted=wanted, at_once=at_once)

    def _fits(self, values: list[Any]) -> bool:
        name, *position = values
        return is_text(name) and Sort._fits(POSITION, position)

    def rows_before(self, rows: QuerySet[Row], values: list[Any]) -> QuerySet[Row]:
        at = self._span_of(values[0])
        inside = self._spans()[at] & Q(TupleLessThan(Tuple(F("sequence"), F("id")), values[1:]))
        return rows.filter(Q(category__in=self.categories[:at]) | inside)

    def _spans(self) -> list[Q]:
        others = of_other_categories(self.batch_id, self.categories, self.wanted)
        return [*(of_category(name, self.wanted) for name in self.categories), others]

    def _span_of(self, category: str) -> int:
        return self.categories.index(category) if category in self.categories else len(self.categories)

    def _read(self, rows: QuerySet[Row], values: list[Any] | None, size: int, *, forward: bool) -> list[Row]:
        inside = None if values is None else self._span_of(values[0])
        if self.at_once:
            named = [When(category=name, then=Value(number)) for number, name in enumerate(self.categories)]
            places = Case(*named, default=Value(len(named)))
            at = None if values is None else [inside, *values[1:]]
            placed = self._span(rows.alias(place=places), ("place", *POSITION.fields), at, forward)
            return in_turn(rows, list(placed.values_list("pk", flat=True)[:size]))
        spans = list(enumerate(self._spans()))
        if inside is not None:
            spans = spans[inside:] if forward else spans[inside::-1]
        lookup = TupleGreaterThan if forward else TupleLessThan
        order = ("sequence", "id") if forward else ("-sequence", "-id")
        positions: list[tuple[Any, ...]] = []
        for chunk in batched(spans, CATEGORIES_PER_QUERY, strict=False):
            parts = []
            for number, span in chunk:
                part = rows.filter(span)
                if values and number == inside:
                    part = part.filter(lookup(Tuple(F("sequence"), F("id")), values[1:]))
                # A part of a UNION has no LIMIT of its own in SQLite; what it is part of may have one.
                first = rows.model._default_manager.filter(pk__in=part.order_by(*order).values("pk")[:size])
                parts.append(first.order_by().values_list(Value(number), "sequence", "id"))
            positions += parts[0].union(*parts[1:], all=True).order_by() if len(parts) > 1 else parts[0]
            if len(positions) >= size:
                break
        return in_turn(rows, [pk for _, _, pk in sorted(positions, reverse=not forward)[:size]])


POSITION = Sort("", ("sequence", "id"))
