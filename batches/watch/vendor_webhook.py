"""Handles a vendor's webhook: with a valid signature it only causes an early poll."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.hooks.signature import MAX_AGE_SECONDS, verify
from batches.languages import date_text
from batches.models import Connection, Poll, Schedule, VendorWebhookReceipt
from batches.sync.vendors import VENDORS

MIN_INTERVAL = timedelta(seconds=30)  # between two early polls of one account
MAX_POLLS = 50  # unfinished batches polled for one webhook


@transaction.atomic
def receive_vendor_webhook(vendor: str, hook_key: str, headers: Mapping[str, str], body: bytes) -> bool | None:
    """Poll the account's unfinished batches and its list as soon as allowed. The body is verified, but not read.

    None: the address does not exist. False: the signature is invalid or too old, or no secret is set.
    """
    schedule = Schedule.objects.filter(hook_key=hook_key, connection__vendor=vendor).first()
    header = VENDORS[vendor].webhook_header if schedule else ""
    if schedule is None or not header:
        return None
    now = timezone.now()
    signature = verify(headers.get(header, ""), schedule.hook_secret, body, now.timestamp())
    if not signature:
        return False
    VendorWebhookReceipt.objects.filter(at__lt=now - 2 * timedelta(seconds=MAX_AGE_SECONDS)).delete()
    if not VendorWebhookReceipt.objects.get_or_create(schedule=schedule, signature=signature, defaults={"at": now})[1]:
        return True  # a replay of an earlier webhook
    when = _turn(schedule.webhook_at, now)
    Schedule.objects.filter(pk=schedule.pk).update(webhook_at=when)
    open_ones = Poll.objects.filter(batch__connection=schedule.connection_id, ended_at__isnull=True, next_at__gt=when)
    open_ones = open_ones.filter(batch__archived_at=None)
    newest = list(open_ones.order_by("-pk").values_list("pk", flat=True)[:MAX_POLLS])
    Poll.objects.filter(pk__in=newest, next_at__gt=when).update(next_at=when, quiet=0)
    Schedule.objects.filter(pk=schedule.pk, next_list_at__gt=when).update(next_list_at=when)
    return True


def _turn(last: datetime | None, now: datetime) -> datetime:
    """When to poll after a webhook: now, or MIN_INTERVAL after the last time, or at the time already planned."""
    if last is None or abs(now - last) > MIN_INTERVAL:  # long ago, or the clock was set back since
        return now
    return last if last > now else last + MIN_INTERVAL


def watch_again(batch_id: int) -> None:
    """Start polling a batch again after a person requested a sync."""
    Poll.objects.filter(batch=batch_id).update(
        ended_at=None, quiet=0, troubled=0, next_at=timezone.now(), enqueued_at=None
    )


def reason_not_to_call(connection: Connection) -> str:
    """Why no call is made for this connection now, as a sentence; "" if calls are made."""
    if connection.paused:
        return _("This connection is paused: the vendor is not called.")
    if connection.refused_at:
        return _("The vendor refused this connection's key: replace or verify the key to resume.")
    if connection.wait_until and connection.wait_until > timezone.now():
        when = date_text(connection.wait_until, "j F H:i")
        return _("The vendor asked for a pause: calls resume on {when} UTC.").format(when=when)
    return "" if connection.key_hint else _("This connection has no key: add one to call the vendor.")
