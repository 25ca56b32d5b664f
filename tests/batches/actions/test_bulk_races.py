"""A verdict on 500 events while others decide the same ones: each event takes one step at a time, nobody is
deadlocked.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from batches.actions import decide, decide_many
from batches.actions.check import ledger_problems
from batches.bulk.steps import Seen
from batches.errors import Conflict
from batches.models import Decision, Event
from tests.factories import make_event, make_item, make_member

MANY, SINGLES = 500, 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("N04")
def test_five_hundred_at_once_while_twenty_decide_the_same_ones() -> None:
    with transaction.atomic():
        item = make_item()
        events = [make_event(item) for _ in range(MANY)]
        people = [make_member(item.batch.connection) for _ in range(SINGLES + 1)]
    seen = {event.pk: Seen(event.version, event.fingerprint) for event in events}
    together = Barrier(SINGLES + 1)

    def single(event: Event, person: User) -> int | None:
        together.wait()
        try:
            decide(
                event_id=event.pk,
                version=1,
                fingerprint=event.fingerprint,
                approval="approved",
                by=person,
                idempotency_key=uuid4(),
            )
        except Conflict:
            return None
        finally:
            connection.close()
        return event.pk

    def many() -> tuple[int, ...]:
        together.wait()
        try:
            return decide_many(
                batch_id=item.batch_id, seen=seen, approval="rejected", by=people[-1], idempotency_key=uuid4()
            ).skipped
        finally:
            connection.close()

    with ThreadPoolExecutor(SINGLES + 1) as pool:
        bulk = pool.submit(many)
        singles = list(pool.map(single, events[:: MANY // SINGLES], people[:SINGLES]))
    won = {pk for pk in singles if pk}
    assert set(bulk.result()) == won
    rows = dict(Decision.objects.values_list("event", "approval"))
    assert Decision.objects.count() == len(rows) == MANY, "every event has exactly one next version"
    assert {pk for pk, approval in rows.items() if approval == "approved"} == won
    assert set(Event.objects.values_list("version", flat=True)) == {2}
    assert list(ledger_problems()) == []
