"""Automatic polling and listing of a connection, and webhooks from its vendor."""

from collections.abc import Mapping

from django.utils import timezone

from batches.models import Connection, Schedule
from batches.tasks import tick
from batches.watch.vendor_webhook import receive_vendor_webhook


def set_schedule(*, connection: Connection, watching: bool, discovering: bool) -> None:
    """Turn automatic polling of unfinished batches and listing of new batches on or off."""
    schedule = Schedule.of(connection)
    schedule.watching, schedule.discovering = watching, discovering
    schedule.save(update_fields=["watching", "discovering"])


def set_vendor_webhook_secret(*, connection: Connection, secret: str) -> None:
    """Set the secret with which the vendor signs its webhooks. Empty: all webhooks are ignored."""
    schedule = Schedule.of(connection)
    schedule.hook_secret = secret.strip()
    schedule.save(update_fields=["hook_secret"])


def list_now(*, connection: Connection) -> None:
    """List the account's batches as soon as possible."""
    Schedule.of(connection)
    Schedule.objects.filter(connection=connection).update(next_list_at=timezone.now(), quiet=0, enqueued_at=None)
    tick()


def follow_vendor_webhook(*, vendor: str, hook_key: str, headers: Mapping[str, str], body: bytes) -> bool | None:
    """Handle a vendor's webhook. Returns the result of `receive_vendor_webhook`."""
    accepted = receive_vendor_webhook(vendor, hook_key, headers, body)
    if accepted:
        tick()
    return accepted
