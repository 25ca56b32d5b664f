"""The statements of one verdict as ready text: the ORM would build each of them anew, at ten times the cost of
running it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.utils.translation import gettext as _

from batches.actions.idempotency import lock_number
from batches.errors import NotAllowed
from batches.models import Batch, Event, Rights
from batches.models.search_words import SearchWordsField

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEEDED = {
    "id", "batch_id", "item_id", "version", "fingerprint", "approval", "vendor_approval", "decided_by_id", "decided_at",
    "gone_at", "changed_since", "flagged_at", "category", "label", "reason", "note", "corrections",
}  # fmt: skip
EVENT_FIELDS = [field.attname for field in Event._meta.concrete_fields if field.attname in NEEDED]
BATCH_FIELDS = ["id", "connection_id", "opinions_wanted"]
FACTS = f"""
SELECT {", ".join(f"event.{name}" for name in EVENT_FIELDS)}, {", ".join(f"batch.{name}" for name in BATCH_FIELDS)},
  (SELECT role FROM batches_membership WHERE user_id = %s AND connection_id = batch.connection_id),
  EXISTS (SELECT 1 FROM batches_consensus WHERE event_id = event.id),
  EXISTS (SELECT 1 FROM batches_webhook WHERE connection_id = batch.connection_id)
FROM batches_event event JOIN batches_batch batch ON batch.id = event.batch_id
WHERE event.id = %s AND batch.removed_at IS NULL
"""
# The key's lock comes before the row's, as in every verb: else two requests with one key wait for each other.
# On SQLite the transaction has had the only write lock since its BEGIN.
LOCKED_FACTS = (
    "WITH key AS MATERIALIZED (SELECT pg_advisory_xact_lock(%s))"
    + FACTS.replace("FROM batches_event event", "FROM key, batches_event event")
    + "FOR UPDATE OF event"
)
RELEASE_LEASE = "DELETE FROM batches_lease WHERE event_id = %s AND user_id = %s"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict depends on. `event` is locked, with its batch, and has only the fields in NEEDED."""

    event: Event
    rights: Rights
    has_opinions: bool
    has_webhooks: bool

    def check_reviewer(self) -> None:
        """Raise NotAllowed unless the person is a reviewer or editor of the event's connection."""
        if not self.rights.can_decide:
            raise NotAllowed(_("Only a reviewer of this connection can decide."))


def lock_facts(event_id: int, by: "User", idempotency_key: UUID) -> Facts:
    """Lock the key and the event, and read what a verdict on it depends on. Raises Event.DoesNotExist."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LOCKED_FACTS, [lock_number(idempotency_key), by.pk, event_id])
        else:
            cursor.execute(FACTS, [by.pk, event_id])
        row = cursor.fetchone()
    if row is None:
        raise Event.DoesNotExist
    values = [_aware(value) for value in row]
    event_values, batch_values = values[: len(EVENT_FIELDS)], values[len(EVENT_FIELDS) : -3]
    role, has_opinions, has_webhooks = values[-3:]
    event = Event.from_db(DEFAULT_DB_ALIAS, EVENT_FIELDS, event_values)
    event.batch = Batch.from_db(DEFAULT_DB_ALIAS, BATCH_FIELDS, batch_values)
    if not has_opinions:
        Event._meta.get_field("consensus").set_cached_value(event, None)
    rights = Rights.of(role, by) if by.is_active else Rights()
    return Facts(event, rights, bool(has_opinions), bool(has_webhooks))


def release_lease(event_id: int, by: "User") -> None:
    """Release this person's lease of the event, in the transaction that decides it."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_LEASE, [event_id, by.pk])


def insert_once[M: Model](row: M, unique: str) -> bool:
    """Insert the row, and give it its id; False if another one has its value of `unique`.

    Two transactions that insert the same value wait for each other.
    """
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(type(row), unique), values)
        inserted = cursor.fetchone()
    if inserted:
        row.pk, row._state.adding, row._state.db = inserted[0], False, DEFAULT_DB_ALIAS
    return inserted is not None


@cache
def _insertion(model: type[Model], unique: str) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({unique}) DO NOTHING RETURNING id"
    )


def move_event(event: Event, seen: Mapping[str, Any], changes: Mapping[str, Any], *, without_opinions: bool) -> bool:
    """Give the event its next version if it is still as it was seen. Returns whether it was."""
    fields = [Event._meta.get_field(name) for name in changes]
    values = [
        field.get_db_prep_save(getattr(value, "pk", value), connection)  # type: ignore[union-attr]
        for field, value in zip(fields, changes.values(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_move(tuple(map(_assignment, fields)), without_opinions),
                       [*values, event.pk, seen["version"], seen["fingerprint"]])  # fmt: skip
        return bool(cursor.rowcount)


def _assignment(field: Any) -> str:
    is_search = isinstance(field, SearchWordsField)
    value = field.get_placeholder_sql(None, None, connection)[0] if is_search else "%s"
    return f"{field.column} = {value}"


@cache
def _move(assignments: tuple[str, ...], without_opinions: bool) -> str:
    none = " AND NOT EXISTS (SELECT 1 FROM batches_consensus WHERE event_id = batches_event.id)"
    return (
        f"UPDATE batches_event SET version = version + 1, {', '.join(assignments)} "
        f"WHERE id = %s AND version = %s AND fingerprint = %s{none if without_opinions else ''}"
    )


def _aware(value: Any) -> Any:
    """SQLite gives times without a zone: all are UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
