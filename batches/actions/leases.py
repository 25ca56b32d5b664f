"""Presence on pages, and leases of events for two minutes, so that two people do not review the same event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from batches.models import Event, Lease, OpenPage
from batches.models.open_page import LEASE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FORGET_AFTER = timedelta(hours=1)

# One statement, so that only one of two simultaneous requests gets the lease; in the order of ids, to avoid deadlocks.
# A person's own pages take leases from each other, because a reload is another page.
INSERT_LEASES = """
INSERT INTO batches_lease (event_id, open_page_id, user_id, until) VALUES {rows}
ON CONFLICT (event_id) DO UPDATE
    SET open_page_id = excluded.open_page_id, user_id = excluded.user_id, until = excluded.until
WHERE batches_lease.until <= %s OR batches_lease.user_id = excluded.user_id
RETURNING event_id
"""


@dataclass(frozen=True, slots=True)
class Leases:
    """`leased`: events leased to this page, in the requested order. `holders`: event id → who else has the lease."""

    leased: list[int]
    holders: dict[int, str]


def record_presence(
    *, batch_id: int, by: "User", token: UUID, event_id: int | None, now: datetime | None = None
) -> OpenPage:
    """Record that this page is open, and which event of the batch it shows."""
    in_batch = event_id and Event.objects.filter(pk=event_id, batch=batch_id).exists()
    open_page = OpenPage(
        user=by,
        batch_id=batch_id,
        token=token,
        event_id=event_id if in_batch else None,
        seen_at=now or timezone.now(),
    )
    OpenPage.objects.bulk_create(
        [open_page],
        update_conflicts=True,
        unique_fields=["user", "batch", "token"],
        update_fields=["event", "seen_at"],
    )
    return open_page


def open_page_with(*, event: Event, by: "User", token: UUID, now: datetime | None = None) -> bool:
    """Open a new page with a lease of this event, unless somebody else has it. Returns whether the page has it."""
    with transaction.atomic():
        open_page = record_presence(batch_id=event.batch_id, by=by, token=token, event_id=None, now=now)
        return bool(_insert_leases(open_page, [event.pk], now or timezone.now()))


def lease_events(*, open_page: OpenPage, wanted: Sequence[int], count: int, now: datetime | None = None) -> Leases:
    """Lease the first `count` of these events that nobody else has, and release all other leases of this page."""
    now = now or timezone.now()
    with transaction.atomic():
        leased = Lease.objects.filter(event__in=wanted, until__gt=now).exclude(user=open_page.user_id)
        holders = dict(leased.values_list("event_id", "user__username"))
        free = [pk for pk in dict.fromkeys(wanted) if pk not in holders][:count]
        got = _insert_leases(open_page, free, now)
        open_page.leases.exclude(event__in=got).delete()
    return Leases([pk for pk in free if pk in got], holders)


def _insert_leases(open_page: OpenPage, events: Sequence[int], now: datetime) -> set[int]:
    if not events:
        return set()
    adapt = connection.ops.adapt_datetimefield_value
    until = adapt(now + LEASE)
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(events))
    values = [value for pk in sorted(events) for value in (pk, open_page.pk, open_page.user_id, until)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_LEASES.format(rows=rows), [*values, adapt(now)])
        return {pk for (pk,) in cursor.fetchall()}


def leave_other_batches(*, open_page: OpenPage) -> None:
    """A page over several batches is open in one batch at a time: forget it, and its leases, in the earlier ones."""
    pages = OpenPage.objects.filter(user=open_page.user_id, token=open_page.token)
    pages.exclude(batch=open_page.batch_id).delete()


def close_page(*, batch_id: int | None, by: "User", token: UUID, now: datetime | None = None) -> None:
    """Forget a page that was closed, and with it its leases. Pages that were never closed are forgotten after an hour.

    `batch_id`: None for a page over several batches.
    """
    pages = OpenPage.objects.all() if batch_id is None else OpenPage.objects.filter(batch=batch_id)
    pages.filter(user=by, token=token).delete()
    pages.filter(seen_at__lt=(now or timezone.now()) - FORGET_AFTER).delete()
