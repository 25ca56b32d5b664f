"""Saves connections, and asks the vendor who owns a key."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches.errors import VendorRefused
from batches.models import Connection
from batches.sync.connect import open_vendor
from batches.sync.safe import Guard
from batches.sync.vendors import vendor_of


def owner_of(*, vendor: str, base_url: str, api_key: str) -> str:
    """The owner of the key by the vendor's answer, before saving. Raises VendorRefused, VendorUnavailable."""
    opened = vendor_of(vendor).open(base_url=base_url, api_key=api_key, private_hosts=settings.PRIVATE_HOSTS)
    return _name(opened.verify())


def _name(owner: dict[str, str]) -> str:
    return (owner.get("email") or owner.get("user_id") or "an account the vendor does not name")[:255]


def save_connection(*, vendor: str, name: str, base_url: str, api_key: str, account: str = "") -> Connection:
    """Create or update the connection of that name. With an `account` it counts as verified.

    Raises VendorRefused for a forbidden URL.
    """
    Guard(settings.PRIVATE_HOSTS).check_url(base_url)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(name=name).first() or Connection(name=name)
        connection.vendor, connection.base_url = vendor, base_url.rstrip("/")
        connection.set_key(api_key)
        if account:
            connection.account, connection.verified_at = account, timezone.now()
        connection.save()
    return connection


def same_origin(address: str, other: str) -> bool:
    """Whether two addresses are on the same server: a key must not be sent to another one."""
    first, second = urlsplit(address), urlsplit(other)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def verify_connection(*, connection: Connection) -> str:
    """Verify the key.

    Returns its owner; stores the result on the connection. Raises VendorRefused, VendorUnavailable.
    """
    now = timezone.now()
    changes: dict[str, object]
    try:
        owner = open_vendor(connection, verifying=True).verify()
    except VendorRefused as error:
        if error.status == 401:
            connection.refused_at, connection.refused_reason = now, str(error)[:500]
            connection.save(update_fields=["refused_at", "refused_reason"])
        raise
    account = _name(owner)
    changes = {"verified_at": now, "account": account, "refused_at": None, "refused_reason": ""}
    for field, value in changes.items():
        setattr(connection, field, value)
    connection.save(update_fields=list(changes))
    return account
