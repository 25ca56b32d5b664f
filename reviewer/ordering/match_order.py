"""The vendor's order of a search's matches, at most a thousand of them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from batches.models import SearchMatch
from reviewer.ordering.keyset import Row, Sort


@dataclass(frozen=True, slots=True)
class MatchOrder(Sort):
    """The events of one search as its matches list them; a cursor holds the match's position and the event's id."""

    search_id: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",)

    def cursor(self, row: Model) -> str:
        position = self._matches().filter(event=row.pk).values_list("position", flat=True).first()
        return self._text([position or 0, row.pk])

    def rows_before(self, rows: QuerySet[Row], values: list[Any]) -> QuerySet[Row]:
        return rows.filter(pk__in=self._matches().filter(position__lt=values[0]).values("event"))

    def _matches(self) -> QuerySet[SearchMatch]:
        return SearchMatch.objects.filter(search=self.search_id, event__isnull=False)

    def _read(self, rows: QuerySet[Row], values: list[Any] | None, size: int, *, forward: bool) -> list[Row]:
        matches = self._matches().filter(event__in=rows.order_by().values("pk"))
        if values is not None:
            matches = matches.filter(**{f"position__{self._sign(forward)}": values[0]})
        order = matches.order_by("position" if forward else "-position")
        ids = list(order.values_list("event", flat=True)[:size])
        by_id = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
        return [by_id[pk] for pk in ids if pk in by_id]
