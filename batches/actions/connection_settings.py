"""Changes a connection's settings: its name, address, key, pause, and what its reviewers may enter."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.connections import check_key, same_origin
from batches.errors import Conflict
from batches.models import Connection
from batches.sync.vendors import vendor_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What a manager sets. An empty `api_key` keeps the stored one; the vendor never changes."""

    name: str
    base_url: str
    paused: bool
    free_values: bool
    reject_reasons: str
    invalid_reasons: str


def change_connection(
    *, connection: Connection, values: ConnectionSettings, api_key: str, other_account: bool, by: "User"
) -> str:
    """Save the settings, and a new key once the vendor has accepted it. Returns the owner of a new key.

    A stored key never follows the address to another server. Raises ValueError with a message to show, Conflict for a
    name in use, VendorRefused, VendorUnavailable, TooMany; then nothing is saved.
    """
    base_url, owner = connection.base_url, ""
    if vendor_of(connection.vendor).answers:
        base_url = values.base_url.rstrip("/")
        owner = _check_access(connection, base_url, api_key, other_account=other_account, by=by)
    try:
        with transaction.atomic():
            _save(connection.pk, values, base_url, api_key if owner else "", owner)
    except IntegrityError as error:
        raise Conflict(_("A connection with this name already exists.")) from error
    return owner


def _check_access(connection: Connection, base_url: str, api_key: str, *, other_account: bool, by: "User") -> str:
    """The owner of the new key, by the vendor's answer; empty without a new key."""
    if base_url != connection.base_url:
        # Opening the account calls nobody and refuses an address that no call could use.
        vendor_of(connection.vendor).open(
            base_url=base_url, api_key=api_key or "unused", private_hosts=settings.PRIVATE_HOSTS
        ).http.close()
    if not api_key:
        if not same_origin(base_url, connection.base_url):
            raise ValueError(_("The stored key is not sent to another server: enter a key for the new address."))
        return ""
    owner = check_key(by=by, vendor=connection.vendor, base_url=base_url, api_key=api_key)
    if connection.account not in ("", owner) and not other_account:
        raise ValueError(
            _(
                "This key belongs to {owner}, the stored one to {account}: another account may not have these "
                "batches. Confirm it below."
            ).format(owner=owner, account=connection.account)
        )
    return owner


def _save(pk: int, values: ConnectionSettings, base_url: str, api_key: str, owner: str) -> None:
    connection = Connection.objects.select_for_update().get(pk=pk)
    if not api_key and not same_origin(base_url, connection.base_url):
        raise Conflict(_("Somebody else changed the address meanwhile. Check the settings and save again."))
    for name in ("name", "paused", "free_values", "reject_reasons", "invalid_reasons"):
        setattr(connection, name, getattr(values, name))
    connection.base_url = base_url
    if api_key:
        connection.set_key(api_key)
        connection.account, connection.verified_at = owner, timezone.now()
    connection.save()
