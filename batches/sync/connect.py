"""Open a vendor's adapter with a connection's address and key; keep what the vendor says of the connection."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.models import Connection
from batches.sync.http import LONGEST_RETRY_AFTER
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import Vendor


def open_vendor(connection: Connection, *, again: bool = False, **http_options: Any) -> Vendor:
    """The adapter, ready for calls.

    Raises VendorRefused where a call must not be made at all, VendorUnavailable before the time the vendor named.
    A key the vendor refused is not tried again unless somebody asks for just that (`again`).
    """
    if connection.paused:
        raise VendorRefused(f"The connection {connection.name} is paused; nothing was asked.")
    if not connection.api_key:
        raise VendorRefused(f"The connection {connection.name} has no key; nothing was asked.")
    if connection.refused_at and not again:
        raise VendorRefused(
            f"{connection.get_vendor_display()} refused the key of {connection.name}; replace or verify it first."
        )
    left = connection.wait_until - timezone.now() if connection.wait_until else timedelta()
    if left > timedelta():
        words = f"{connection.get_vendor_display()} asked for a pause until {connection.wait_until:%-d %B %H:%M} UTC."
        raise VendorUnavailable(words, retry_after=left.total_seconds())
    return vendor_of(connection.vendor).open(
        base_url=connection.base_url,
        api_key=connection.api_key,
        private_hosts=settings.PRIVATE_HOSTS,
        **http_options,
    )


@contextmanager
def calling(connection: Connection, **http_options: Any) -> Iterator[Vendor]:
    """The adapter for a few calls while somebody waits; what a failure means for the connection is kept. Raises as they do."""
    vendor = open_vendor(connection, **http_options)
    with closing(vendor.http):
        try:
            yield vendor
        except SyncError as error:
            record_failure(connection, error)
            raise


def record_failure(connection: Connection, error: SyncError) -> None:
    """Keep what an error means for every call of the connection: a dead key, or a pause the vendor asks for.

    A dead key is not tried again until somebody verifies or replaces it.
    """
    mine, now = Connection.objects.filter(pk=connection.pk), timezone.now()
    if isinstance(error, VendorRefused) and error.status == 401:
        mine.update(refused_at=now, refused_reason=str(error)[:500])
    if isinstance(error, VendorUnavailable) and error.retry_after:
        until = now + timedelta(seconds=min(error.retry_after, LONGEST_RETRY_AFTER))
        mine.filter(Q(wait_until__isnull=True) | Q(wait_until__lt=until)).update(wait_until=until)
