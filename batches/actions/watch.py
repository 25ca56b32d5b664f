"""Records what a person watched of an item: parts of it, and it to its end, so that recall can be measured on it."""

import json
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.models import Item, WatchedItem, WatchedParts

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
