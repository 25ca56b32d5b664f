"""Open a vendor's adapter with a connection's address and key."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from batches.errors import VendorRefused
from batches.models import Connection
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import Vendor


def open_vendor(connection: Connection, *, again: bool = False, **http_options: Any) -> Vendor:
    """The adapter, ready for calls. Raises VendorRefused where a call must not be made at all.

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
    return vendor_of(connection.vendor).open(
        base_url=connection.base_url,
        api_key=connection.api_key,
        private_hosts=settings.PRIVATE_HOSTS,
        **http_options,
    )


def key_refused(connection: Connection, error: VendorRefused) -> None:
    """A dead key is said on the connection and not tried again until somebody verifies or replaces it."""
    Connection.objects.filter(pk=connection.pk).update(refused_at=timezone.now(), refused_reason=str(error)[:500])
