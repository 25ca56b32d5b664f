"""A vendor's webhook: once its signature is right it is a hint to ask at once, and never more than a hint."""

from datetime import timedelta

from django.utils import timezone

from batches.hooks.signature import verify
from batches.models import Connection, Schedule, Vendor, Watch

EVERY = timedelta(seconds=30)  # hints of one account are followed at most so often
MOST = 50  # unfinished batches looked at for one hint


def follow_hint(hook_key: str, header: str, body: bytes) -> bool | None:
    """Look at the account's unfinished batches, and its list, as soon as may be. The body is verified and not read.

    None: there is no such address. False: the signature is wrong, too old, or nobody told us the secret.
    """
    schedule = Schedule.objects.filter(hook_key=hook_key, connection__vendor=Vendor.TWELVELABS).first()
    if schedule is None:
        return None
    now = timezone.now()
    if not verify(header, schedule.hook_secret, body, now.timestamp()):
        return False
    last = schedule.hinted_at
    when = now if last is None else max(now, last + EVERY)
    Schedule.objects.filter(pk=schedule.pk).update(hinted_at=when)
    open_ones = Watch.objects.filter(batch__connection=schedule.connection_id, ended_at__isnull=True, next_at__gt=when)
    newest = list(open_ones.order_by("-pk").values_list("pk", flat=True)[:MOST])
    Watch.objects.filter(pk__in=newest, next_at__gt=when).update(next_at=when, quiet=0)
    Schedule.objects.filter(pk=schedule.pk, next_list_at__gt=when).update(next_list_at=when)
    return True


def watch_again(batch_id: int) -> None:
    """Somebody asked for the batch: whatever ended the looking before, it begins anew."""
    Watch.objects.filter(batch=batch_id).update(
        ended_at=None, quiet=0, troubled=0, next_at=timezone.now(), rung_at=None
    )


def may_be_asked(connection: Connection) -> str:
    """Why no call is made for this connection now, as a sentence; "" where calls are made."""
    if connection.paused:
        return "This connection is paused: nothing is asked of the vendor."
    if connection.refused_at:
        return "The vendor refused this connection's key: nothing is asked until it is replaced or verified."
    if connection.wait_until and connection.wait_until > timezone.now():
        return f"The vendor asked for a pause: nothing is asked before {connection.wait_until:%-d %B %H:%M} UTC."
    return "" if connection.key_hint else "This connection has no key: nothing is asked of the vendor."
