"""Events that people add because the vendor missed them: one step each, undone as a whole, out of a sync's reach."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from batches import actions
from batches.actions.check import ledger_problems
from batches.errors import Conflict, KeyReused, NotAllowed
from batches.models import Action, Batch, Connection, Decision, Event, EventPayload, Item
from batches.models.search import mentions
from batches.sampling import measure
from batches.sync.records import ItemListing
from batches.sync.store import _store_listing
from tests.factories import make_event, make_item, make_member

pytestmark = pytest.mark.django_db

VALUES = {"label": "A bicycle without light", "category": "Near miss", "severity": "high", "start_s": 5, "end_s": 6.504}


@pytest.fixture
def item() -> Item:
    return make_item()


@pytest.fixture
def reviewer(item: Item) -> Any:
    return make_member(item.batch.connection)


def add(item: Item, by: Any, key: UUID | None = None, **values: Any) -> Event:
    fields = {"values": VALUES | values, "by": by, "idempotency_key": key or uuid4(), "note": "dark"}
    outcome = actions.add_missed(item_id=item.pk, **fields)
    assert list(ledger_problems()) == []
    return Event.objects.get(pk=outcome.decisions[0].event_id)


def back(item: Item, by: Any, verb: Any = actions.undo) -> None:
    verb(batch_id=item.batch_id, by=by, idempotency_key=uuid4())
    assert list(ledger_problems()) == []


def counts() -> dict[str, int]:
    return {name: count for name, count in Batch.objects.get().counts.items() if count}


def test_an_added_event_is_approved_and_in_the_ledger(item: Item, reviewer: Any) -> None:
    event = add(item, reviewer)
    assert (event.approval, event.decided_by, event.note, event.version) == ("approved", reviewer, "dark", 2)
    assert (event.start_s, event.end_s, event.timestamp, event.severity_rank) == (5.0, 6.5, "00:05-00:06", 3)
    assert (event.origin, event.is_added, event.removed_at, counts()) == ("reviewer", True, None, {"approved": 1})
    step = Decision.objects.get()
    assert (step.before, step.approval, step.makes_event, step.action.kind) == ("pending", "approved", True, "decide")
    assert list(Event.objects.for_review().filter(mentions([item.batch_id], "bicycle"))) == [event]
    assert json.loads(EventPayload.objects.get().sdk)["t_start"] == "00:05"


def test_undo_takes_it_out_of_every_list_and_redo_brings_it_back(item: Item, reviewer: Any) -> None:
    event = add(item, reviewer)
    back(item, reviewer)
    assert (list(Event.objects.for_review()), counts(), Event.objects.count()) == ([], {}, 1)
    now = Event.objects.get()
    seen = {"event_id": event.pk, "version": now.version, "fingerprint": now.fingerprint, "by": reviewer}
    with pytest.raises(Conflict, match="took this added event back"):
        actions.decide(**seen, approval="approved", idempotency_key=uuid4())
    with pytest.raises(Conflict, match="took this added event back"):
        actions.correct(**seen, values={"severity": "low"}, idempotency_key=uuid4())
    back(item, reviewer, actions.redo)
    assert (list(Event.objects.for_review()), counts()) == ([event], {"approved": 1})


def test_a_repeated_key_adds_once_and_means_one_request(item: Item, reviewer: Any) -> None:
    key = uuid4()
    assert add(item, reviewer, key) == add(item, reviewer, key)
    with pytest.raises(KeyReused):
        add(item, reviewer, key, severity="low")
    assert (Event.objects.count(), Action.objects.count()) == (1, 1)


def test_somebody_else_can_reject_and_correct_it(item: Item, reviewer: Any) -> None:
    event, other = add(item, reviewer), make_member(item.batch.connection)
    seen = {"event_id": event.pk, "version": 2, "fingerprint": event.fingerprint, "by": other}
    actions.decide(**seen, approval="rejected", values={"severity": "low"}, idempotency_key=uuid4())
    event.refresh_from_db()
    assert (event.approval, event.severity, event.vendor_says, counts()) == (
        "rejected", "low", {"severity": "high"}, {"rejected": 1},
    )  # fmt: skip
    with pytest.raises(Conflict, match="after you"):
        back(item, reviewer)
    back(item, other)
    event.refresh_from_db()
    assert (event.approval, event.severity) == ("approved", "high")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [({"label": "", "category": " "}, "a label or a category"), ({"end_s": 4}, "ends before"),
     ({"ai_text": "x"}, "not one of"), ({"label": "x" * 2001}, "2000"), ({"start_s": -1}, "between")],
)  # fmt: skip
def test_impossible_values_add_nothing(item: Item, reviewer: Any, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        add(item, reviewer, **values)
    assert (Event.objects.count(), Action.objects.count()) == (0, 0)


def test_an_item_without_video_gets_an_event_without_a_span(item: Item, reviewer: Any) -> None:
    with pytest.raises(ValueError, match="give the start"):
        actions.add_missed(item_id=item.pk, values={"label": "x", "end_s": 1}, by=reviewer, idempotency_key=uuid4())
    actions.add_missed(item_id=item.pk, values={"label": "A stamp"}, by=reviewer, idempotency_key=uuid4())
    event = Event.objects.get()
    assert (event.start_s, event.timestamp, event.category) == (None, "", "")


def test_only_a_reviewer_adds_and_only_values_that_are_allowed(item: Item, reviewer: Any) -> None:
    with pytest.raises(NotAllowed):
        add(item, make_member(item.batch.connection, "viewer"))
    Connection.objects.update(free_values=False)
    with pytest.raises(ValueError, match="allows no new values"):
        add(item, reviewer)


def test_it_stands_where_it_begins_also_after_its_video_moved(item: Item, reviewer: Any) -> None:
    early, late = make_event(item, start_s=1), make_event(item, start_s=9)
    added = add(item, reviewer)
    assert list(Event.objects.in_order()) == [early, added, late]
    line = ItemListing(item.external_id, item.position + 3)
    _store_listing(item.batch_id, [line], whole=True)
    moved = Event.objects.get(pk=added.pk)
    assert moved.sequence - added.sequence == 3_000_000


def test_precision_leaves_it_out(item: Item, reviewer: Any) -> None:
    make_event(item, category="Near miss")
    add(item, reviewer)
    (stratum,) = measure(item.batch_id, Event.objects.filter(batch=item.batch).for_review())
    assert (stratum.events, stratum.decided.decided) == (1, 0)
