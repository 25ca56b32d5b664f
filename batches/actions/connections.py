"""Saves connections, and asks the vendor who owns a key."""

from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.actions.limits import KEY_CHECKS, spend
from batches.errors import Conflict, VendorRefused
from batches.models import Connection, Membership, Role
from batches.sync.connect import calling, open_vendor
from batches.sync.http import Limits
from batches.sync.records import BatchRecord
from batches.sync.safe import Guard
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import Lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def owner_of(*, vendor: str, base_url: str, api_key: str, **http_options: Any) -> str:
    """The owner of the key by the vendor's answer, before saving. Raises VendorRefused, VendorUnavailable."""
    opened = vendor_of(vendor).open(
        base_url=base_url, api_key=api_key, private_hosts=settings.PRIVATE_HOSTS, **http_options
    )
    with closing(opened.http):
        return _name(opened.verify())


def check_key(*, by: "User", vendor: str, base_url: str, api_key: str) -> str:
    """`owner_of` for a person who waits. Raises TooMany as well."""
    spend(KEY_CHECKS, by)
    return owner_of(vendor=vendor, base_url=base_url, api_key=api_key, limits=PAGE_LIMITS)


def free_name(name: str) -> str:
    """The name, or the next that no connection has: `Main account 2`."""
    taken = set(Connection.objects.filter(name__startswith=name).values_list("name", flat=True))
    numbered = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(candidate for candidate in numbered if candidate not in taken)


def create_connection(
    *, vendor: str, name: str, base_url: str, api_key: str, by: "User", unchecked: bool = False
) -> Connection:
    """A new connection, with this person as its manager. The key is verified unless `unchecked`.

    Raises Conflict for a name in use, VendorRefused, VendorUnavailable, TooMany.
    """
    connection = Connection(vendor=vendor, name=name, base_url=base_url.rstrip("/"))
    if vendor_of(vendor).answers:
        Guard(settings.PRIVATE_HOSTS).check_url(base_url)
        account = "" if unchecked else check_key(by=by, vendor=vendor, base_url=base_url, api_key=api_key)
        connection.set_key(api_key)
        connection.account, connection.verified_at = account, timezone.now() if account else None
    else:
        connection.base_url = ""
    try:
        with transaction.atomic():
            connection.save()
            Membership.objects.create(connection=connection, user=by, role=Role.MANAGER)
    except IntegrityError as error:
        raise Conflict(_("A connection with this name already exists.")) from error
    return connection


def list_batches(*, connection: Connection, limits: Limits) -> list[BatchRecord]:
    """The vendor's batches, newest first. Raises VendorRefused, VendorUnavailable, BadRecord."""
    with calling(connection, limits=limits) as vendor:
        return list(cast("Lists", vendor).batches())


def _name(owner: dict[str, str]) -> str:
    return (owner.get("email") or owner.get("user_id") or "an account the vendor does not name")[:255]


def save_connection(*, vendor: str, name: str, base_url: str = "", api_key: str = "", account: str = "") -> Connection:
    """Create or update the connection of that name; one for files has no URL and no key. With an `account` it counts as
    verified.

    Raises VendorRefused for a forbidden URL.
    """
    if vendor_of(vendor).answers:
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
