"""Flags an event for a second look, or removes the flag."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from batches.actions.ledger import check_reviewer, locked
from batches.models import Event

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def flag(*, event_id: int, on: bool, by: "User") -> Event:
    """Flag the event or remove the flag. The first person who flagged it stays named. Safe to repeat; not in the
    ledger.

    Raises NotAllowed, Event.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        event = locked(event_id)
        check_reviewer(by, event.batch.connection_id)
        if on != event.flagged:
            event.flagged_at, event.flagged_by = (timezone.now(), by) if on else (None, None)
            event.save(update_fields=["flagged_at", "flagged_by"])
        return event
