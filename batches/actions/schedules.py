"""What a connection asks by itself, and hints from its vendor."""

from collections.abc import Mapping

from django.utils import timezone

from batches.models import Connection, Schedule
from batches.tasks import tick
from batches.watch.vendor_webhook import receive_vendor_webhook


def set_schedule(*, connection: Connection, watching: bool, discovering: bool) -> None:
    """Whether unfinished batches are looked at, and new ones found, without anybody asking."""
    schedule = Schedule.of(connection)
    schedule.watching, schedule.discovering = watching, discovering
    schedule.save(update_fields=["watching", "discovering"])


def set_hint_secret(*, connection: Connection, secret: str) -> None:
    """The secret with which the vendor signs its webhooks; empty: none is believed any more."""
    schedule = Schedule.of(connection)
    schedule.hook_secret = secret.strip()
    schedule.save(update_fields=["hook_secret"])


def list_now(*, connection: Connection) -> None:
    """Have the account's batches listed at once."""
    Schedule.of(connection)
    Schedule.objects.filter(connection=connection).update(next_list_at=timezone.now(), quiet=0, enqueued_at=None)
    tick()


def hint(*, vendor: str, hook_key: str, headers: Mapping[str, str], body: bytes) -> bool | None:
    """Follow a vendor's webhook; what `receive_vendor_webhook` says of it."""
    told = receive_vendor_webhook(vendor, hook_key, headers, body)
    if told:
        tick()
    return told
