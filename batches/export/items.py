"""Items as tables: a row for each, with counts of the given events by approval."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, QuerySet

from batches.export.columns import ITEMS
from batches.export.table import Table
from batches.models import Approval, Batch, Event, Item

CHUNK_ITEMS = 500  # per read


def item_tables(batch: Batch, events: QuerySet[Event], *, filtered: bool, past: bool = False) -> Iterator[Table]:
    """Yield the batch's items in the vendor's order, in short reads. `filtered`: leave out items without such an event.

    An item that the vendor no longer lists is included while it has such events. `past`: events of `past.as_of`.
    """
    approval = "then_approval" if past else "approval"
    items = Item.objects.using(events.db).filter(batch=batch)
    ids = list(items.order_by("position", "id").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK_ITEMS):
        chunk = ids[start : start + CHUNK_ITEMS]
        counts: dict[int, Counter[str]] = {pk: Counter() for pk in chunk}
        groups = events.filter(item__in=chunk).order_by().values_list("item", approval)
        for pk, approval_value, count in groups.annotate(count=Count("pk")):
            counts[pk][approval_value] = count
        by_id = items.defer("raw").in_bulk(chunk)
        rows = [
            _row(batch, by_id[pk], counts[pk])
            for pk in chunk
            if pk in by_id and (counts[pk] or not (filtered or by_id[pk].gone_at))
        ]
        if rows:
            yield Table(dict(zip(ITEMS, map(list, zip(*rows, strict=True)), strict=True)), [], {})


def _row(batch: Batch, item: Item, counts: Counter[str]) -> tuple[str, ...]:
    tally = [str(counts[approval]) for approval in Approval.values]
    return (
        item.name or item.external_id, item.external_id, item.analysis_id or "", batch.external_id, item.status,
        str(counts.total()), *tally, item.source_uri, item.summary, item.error, "yes" if item.gone_at else "no",
    )  # fmt: skip
