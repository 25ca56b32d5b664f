"""People at work, for tests: events decided in the random order or in any other."""

from collections.abc import Iterable
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction

from batches.actions import decide
from batches.models import Batch, Event
from batches.models.random_rank import random_rank
from tests.factories import make_event, make_item


def fill(batch: Batch, category: str, count: int, **fields: object) -> list[Event]:
    """So many events of a category, in their random order; the batch knows how many, as after a sync."""
    with transaction.atomic():
        item = make_item(batch)
        events = [make_event(item, category=category, **fields) for _ in range(count)]
    batch.refresh_from_db()
    batch.strata = {**batch.strata, category: batch.events.filter(category=category).count()}
    batch.save(update_fields=["strata"])
    return sorted(events, key=lambda event: random_rank(event.pk))


def say(events: Iterable[Event], approval: str, by: User, source: str = "sample") -> None:
    """The same verdict on each, as it is now."""
    for event in events:
        event.refresh_from_db()
        decide(
            event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=approval, by=by,
            idempotency_key=uuid4(), source=source,
        )  # fmt: skip
