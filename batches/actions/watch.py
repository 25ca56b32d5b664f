"""Records what a person watched of an item: parts of it, and it to its end, so that recall can be measured on it; and
assigns videos to the people who are to watch them.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from batches.actions.assign import check_people
from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.models import Batch, Item, WatchAssignment, WatchedItem, WatchedParts
from batches.recall import watch_order

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def record_watched(
    *, item_id: int, by: "User", idempotency_key: UUID, playable: bool = True, findings_hidden: bool = False
) -> WatchedItem:
    """Add the row. The same key again returns the first one. Raises KeyReused, NotAllowed, Item.DoesNotExist."""
    with transaction.atomic(durable=True):
        same = {"item_id": item_id, "by_id": by.pk}
        if first := first_result(WatchedItem.objects.all(), idempotency_key, **same):
            return first
        item = Item.objects.select_related("batch").defer("raw", "batch__raw").get(pk=item_id)
        check_reviewer(by, item.batch.connection_id)
        WatchedParts.objects.filter(item=item, by=by).delete()
        return WatchedItem.objects.create(
            idempotency_key=idempotency_key, batch=item.batch, item=item, by=by, playable=playable,
            findings_hidden=findings_hidden and playable,
        )  # fmt: skip


def add_watched_parts(*, item_id: int, by: "User", parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join the parts, in seconds, to those that the person has watched so far, in any browser. Returns all of them.

    Raises NotAllowed, Item.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        item = Item.objects.select_related("batch").only("batch__connection").get(pk=item_id)
        check_reviewer(by, item.batch.connection_id)
        row, _ = WatchedParts.objects.select_for_update().get_or_create(item=item, by=by)
        row.add(parts)
        row.save(update_fields=["parts", "updated_at"])
    stored: list[tuple[float, float]] = json.loads(row.parts)
    return stored


def assign_videos(*, batch_id: int, count: int, people: Sequence["User"], by: "User") -> int:
    """Assign the next `count` unwatched videos of the random order to the people, one after the other, in place of
    everything assigned before; no people: to nobody. Returns how many there were.

    The same call again changes nothing. Raises NotAllowed unless `by` is an editor, ValueError for people who cannot
    review here.
    """
    with transaction.atomic(durable=True):
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        check_people(by, people, batch.connection_id)
        WatchAssignment.objects.filter(batch=batch).delete()
        unwatched = watch_order(batch_id).exclude(pk__in=WatchedItem.objects.filter(batch=batch).values("item"))
        pks = list(unwatched.values_list("pk", flat=True)[:count]) if people else []
        WatchAssignment.objects.bulk_create(
            (WatchAssignment(item_id=pk, batch=batch, user=people[number % len(people)], by=by)
             for number, pk in enumerate(pks)), batch_size=500,
        )  # fmt: skip
    return len(pks)
