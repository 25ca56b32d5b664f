"""Items → tables: a row each, with how many of the events asked for stand where."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, QuerySet

from batches.export.columns import ITEMS
from batches.export.table import Table
from batches.models import Approval, Batch, Event, Item

BATCH_ITEMS = 500  # items a reading


def item_tables(batch: Batch, events: QuerySet[Event], *, filtered: bool, past: bool = False) -> Iterator[Table]:
    """The batch's items in the vendor's order, in short reads. `filtered`: those without such an event are left out.

    An item the vendor no longer lists is there while it has events for review. `past`: events of `past.as_of`.
    """
    approval = "then_approval" if past else "approval"
    items = Item.objects.using(events.db).filter(batch=batch)
    ids = list(items.order_by("position", "id").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH_ITEMS):
        some = ids[start : start + BATCH_ITEMS]
        counts: dict[int, Counter[str]] = {pk: Counter() for pk in some}
        groups = events.filter(item__in=some).order_by().values_list("item", approval)
        for pk, word, count in groups.annotate(count=Count("pk")):
            counts[pk][word] = count
        there = items.defer("raw").in_bulk(some)
        rows = [
            _row(batch, there[pk], counts[pk])
            for pk in some
            if pk in there and (counts[pk] or not (filtered or there[pk].gone_at))
        ]
        if rows:
            yield Table(dict(zip(ITEMS, map(list, zip(*rows, strict=True)), strict=True)), [], {})


def _row(batch: Batch, item: Item, counts: Counter[str]) -> tuple[str, ...]:
    tally = [str(counts[word]) for word in Approval.values]
    return (
        item.name or item.external_id, item.external_id, item.analysis_id or "", batch.external_id, item.status,
        str(counts.total()), *tally, item.source_uri, item.summary, item.error, "yes" if item.gone_at else "no",
    )  # fmt: skip
