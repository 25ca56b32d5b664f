"""Idempotency keys: a request that is sent twice is carried out once, even if both arrive at the same moment."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from batches.errors import KeyReused


def lock_number(idempotency_key: UUID) -> int:
    """The number of the key's lock in PostgreSQL."""
    return int.from_bytes(idempotency_key.bytes[:8], signed=True)


def lock_key(idempotency_key: UUID) -> None:
    """Lock the key until the commit. On SQLite the transaction has had the only write lock since its BEGIN."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("An idempotency key needs a transaction.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(idempotency_key)])


def first_result[M: Model](rows: QuerySet[M], idempotency_key: UUID, **same: Any) -> M | None:
    """The row that an earlier request made with this key, or None. Without a row, locks the key until the commit.

    `same`: required values of the row's fields. Raises KeyReused if one differs, because the key belongs to another
    request. Call it first in the transaction, before any row is locked, so that two requests cannot deadlock.
    """
    lock_key(idempotency_key)
    first = rows.filter(idempotency_key=idempotency_key).first()
    if first is not None and any(getattr(first, name) != value for name, value in same.items()):
        raise KeyReused(_("This idempotency key was already used for another request."))
    return first
