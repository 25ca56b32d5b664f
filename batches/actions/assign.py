"""Assigns events to people, or unassigns them, in one statement for any number of events."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Ntile
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import request_digest
from batches.errors import NotAllowed
from batches.models import Approval, AssignmentChange, Batch, Connection, Event, Membership, Rights
from batches.notify.people import notify_assigned

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Assignments have their own table, so that they change no row that a sync, a verdict or an export uses.
GIVE = """
INSERT INTO batches_assignment (event_id, batch_id, user_id, version, change_id)
SELECT found.event, %s, {person}, 1, %s FROM ({events}) found WHERE true
ON CONFLICT (event_id) DO UPDATE SET user_id = excluded.user_id, change_id = excluded.change_id,
version = batches_assignment.version + 1
WHERE coalesce(batches_assignment.user_id, 0) <> coalesce(excluded.user_id, 0)
"""


def assign(
    *,
    batch_id: int,
    events: QuerySet[Event],
    people: Sequence["User"],
    by: "User",
    idempotency_key: UUID,
    query: str = "",
) -> AssignmentChange:
    """Assign these events of the batch to the people in even parts, in the vendor's order. No people: unassign them.

    `query`: the filter as a query string, for the record. The same key again returns the first result and writes
    nothing. Raises NotAllowed unless `by` is an editor, ValueError for people who cannot review here, KeyReused.
    """
    names = [person.get_username() for person in people]
    digest = request_digest(batch=batch_id, query=query, people=names)
    with transaction.atomic(durable=True):
        if first := first_result(AssignmentChange.objects.all(), idempotency_key, by_id=by.pk, request=digest):
            return first
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        check_people(by, people, batch.connection_id)
        if not people:
            events = events.filter(assignment__user__isnull=False)
        change = AssignmentChange.objects.create(
            idempotency_key=idempotency_key,
            request=digest,
            batch=batch,
            by=by,
            query=query,
            people=names,
            events=events.count(),
        )
        _give(change, events.filter(batch=batch), people)
        notify_assigned(change)
        return change


def open_assignments(person: "User", by: "User") -> QuerySet[Event]:
    """The pending events that the person has, of the connections that `by` edits."""
    connections = Connection.objects.editable_by(by)
    pending = Event.objects.for_review().filter(approval=Approval.PENDING, assignment__user=person)
    return pending.filter(batch__connection__in=connections)


def take_back(person: "User", by: "User") -> int:
    """Unassign the open assignments of the person, batch by batch. Returns their number."""
    events = open_assignments(person, by)
    query = urlencode({"approval": Approval.PENDING.value, "assigned": person.get_username()})
    taken = 0
    for batch_id in sorted(set(events.order_by().values_list("batch", flat=True))):
        change = assign(
            batch_id=batch_id, events=events.filter(batch=batch_id), people=[], by=by, idempotency_key=uuid4(),
            query=query,
        )  # fmt: skip
        taken += change.events
    return taken


def _give(change: AssignmentChange, events: QuerySet[Event], people: Sequence["User"]) -> None:
    part = Window(Ntile(max(1, len(people))), order_by=["sequence", "id"])
    sql, params = events.order_by().values(event=F("pk"), part=part).query.sql_with_params()
    cases = "".join(f" WHEN {number} THEN %s" for number in range(1, len(people) + 1))
    person = f"CASE found.part{cases} END" if people else "CAST(NULL AS bigint)"
    statement = GIVE.format(person=person, events=sql)
    with connection.cursor() as cursor:
        cursor.execute(statement, [change.batch_id, *(person.pk for person in people), change.pk, *params])


def check_people(by: "User", people: Sequence["User"], connection_id: int) -> None:
    """Raises NotAllowed unless `by` may assign on the connection, ValueError for people who cannot review on it."""
    roles = dict(Membership.objects.filter(connection=connection_id).values_list("user", "role"))
    if not (by.is_active and Rights.of(roles.get(by.pk), by).can_edit):
        raise NotAllowed(_("Only an editor of this connection can assign its work."))
    for person in people:
        if not Rights.of(roles.get(person.pk)).can_decide:
            raise ValueError(_("{name} cannot review on this connection.").format(name=person.get_username()))
    if len({person.pk for person in people}) < len(people):
        raise ValueError(_("A person is listed twice."))
