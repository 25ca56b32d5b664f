"""Opens a vendor's adapter with a connection's address and key, and records failures that concern the whole
connection.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.models import Connection
from batches.notify.people import notify_key_refused
from batches.sync.http import MAX_RETRY_AFTER
from batches.sync.slots import BRIEF, SLOTS
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import Vendor


def open_vendor(connection: Connection, *, verifying: bool = False, **http_options: Any) -> Vendor:
    """The adapter, ready for calls.

    Raises VendorRefused if the connection must not be called, VendorUnavailable before the end of a pause that the
    vendor asked for. A key that the vendor refused is only tried again to verify it (`verifying`).
    """
    if connection.paused:
        raise VendorRefused(_("The connection {name} is paused. Resume it first.").format(name=connection.name))
    if not connection.api_key:
        raise VendorRefused(_("The connection {name} has no key. Enter one first.").format(name=connection.name))
    if connection.refused_at and not verifying:
        raise VendorRefused(
            _("{vendor} refused the API key of {name}. Replace or verify it first.").format(
                vendor=connection.get_vendor_display(), name=connection.name
            )
        )
    remaining = connection.wait_until - timezone.now() if connection.wait_until else timedelta()
    if remaining > timedelta():
        reason = _("{vendor} asked for a pause until {when} UTC.").format(
            vendor=connection.get_vendor_display(), when=f"{connection.wait_until:%Y-%m-%d %H:%M}"
        )
        raise VendorUnavailable(reason, retry_after=remaining.total_seconds(), reached=False, tried=False)
    return vendor_of(connection.vendor).open(
        base_url=connection.base_url,
        api_key=connection.api_key,
        private_hosts=settings.PRIVATE_HOSTS,
        **http_options,
    )


@contextmanager
def calling(connection: Connection, **http_options: Any) -> Iterator[Vendor]:
    """The adapter for a few calls while a person waits. Records failures on the connection and raises them again.

    Raises VendorUnavailable if too many calls wait already.
    """
    vendor = open_vendor(connection, **http_options)
    with closing(vendor.http), SLOTS.taken(connection.pk, patience=BRIEF) as has_slot:
        if not has_slot:
            raise VendorUnavailable(
                _("{vendor} has not answered other requests yet. Try again in a few seconds.").format(
                    vendor=connection.get_vendor_display()
                ),
                reached=False,
            )
        try:
            yield vendor
        except SyncError as error:
            record_failure(connection, error)
            raise


def record_failure(connection: Connection, error: SyncError) -> None:
    """Record an error that concerns every call of the connection: a refused key, or a pause that the vendor asks for.

    A refused key is not tried again until a person verifies or replaces it.
    """
    row, now = Connection.objects.filter(pk=connection.pk), timezone.now()
    if isinstance(error, VendorRefused) and error.status == 401:
        with transaction.atomic():
            if row.filter(refused_at=None).update(refused_at=now, refused_reason=str(error)[:500]):
                notify_key_refused(connection, str(error), now)
    if isinstance(error, VendorUnavailable) and error.retry_after:
        until = now + timedelta(seconds=min(error.retry_after, MAX_RETRY_AFTER))
        row.filter(Q(wait_until__isnull=True) | Q(wait_until__lt=until)).update(wait_until=until)
