"""Verdicts of an earlier batch are taken over through the ledger: by match, in one step, undone as one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

from batches.actions import Outcome, Page, copy_verdicts, correct, decide, undo
from batches.actions.check import ledger_problems
from batches.bulk.run import run_bulk
from batches.errors import Conflict, KeyReused, NotAllowed
from batches.models import Batch, Decision, Event
from reviewer.filters.events import EventFilter
from tests.batches.compare.scene import Scene, make_scene
from tests.factories import make_connection, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Scene:
    return make_scene(make_connection(), same="rejected", moved="approved", vanished="approved")


def copy_all(scene: Scene, match: str = "same,moved,changed", count: int = 2, **fields: Any) -> Outcome:
    query = f"compare={scene.earlier.pk}&match={match}&proposed=approved,rejected,invalid"
    selected = EventFilter.of(scene.later, QueryDict(query), scene.person)
    body = {"page": Page(timezone.now(), count, (0, 0)), "by": scene.person, "idempotency_key": uuid4()} | fields
    return copy_verdicts(comparison=scene.comparison, events=selected.qs, query=selected.query, **body)


def states(scene: Scene) -> dict[str, tuple[str, str, str]]:
    rows = Event.objects.filter(batch=scene.later, decided_at__isnull=False)
    return {row.label: (row.approval, row.reason, row.note) for row in rows}


def test_each_event_gets_the_verdict_of_its_own_partner(scene: Scene) -> None:
    outcome = copy_all(scene)
    assert states(scene) == {
        "a same thing": ("rejected", "Not what was asked for", "note on same"),
        "a moved thing": ("approved", "Not what was asked for", "note on moved"),
    }
    assert len(outcome.decisions) == 2
    assert Batch.objects.get(pk=scene.later.pk).counts == {"pending": 2, "approved": 1, "rejected": 1, "invalid": 0}
    assert {decision.action for decision in outcome.decisions} == {outcome.action}
    assert list(ledger_problems()) == []


def test_one_undo_takes_all_of_it_back(scene: Scene) -> None:
    copy_all(scene)
    undo(batch_id=scene.later.pk, by=scene.person, idempotency_key=uuid4())
    assert states(scene) == {}
    assert Batch.objects.get(pk=scene.later.pk).counts["pending"] == 4
    assert list(ledger_problems()) == []


def test_a_correction_comes_along_where_the_vendor_says_the_same(scene: Scene) -> None:
    event = scene.events["old same"]
    event.refresh_from_db()
    correct(
        event_id=event.pk, version=event.version, fingerprint=event.fingerprint, by=scene.person,
        values={"severity": "low", "category": "Other"}, idempotency_key=uuid4(),
    )  # fmt: skip
    Event.objects.filter(label="a same thing", batch=scene.later).update(category="Renamed by the vendor")
    copy_all(scene)
    copied = Event.objects.get(label="a same thing", batch=scene.later)
    assert (copied.approval, copied.severity, copied.category) == ("rejected", "low", "Renamed by the vendor")
    assert list(ledger_problems()) == []


def test_only_what_was_asked_for_is_taken(scene: Scene) -> None:
    copy_all(scene, "moved", 1)
    assert list(states(scene)) == ["a moved thing"]


def test_what_somebody_decided_here_is_never_overwritten(scene: Scene) -> None:
    event = scene.events["new same"]
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="invalid",
        by=scene.person,
        idempotency_key=uuid4(),
    )
    copy_all(scene)
    assert {label: state[0] for label, state in states(scene).items()} == {
        "a same thing": "invalid", "a moved thing": "approved"
    }  # fmt: skip


def test_a_verdict_nobody_has_seen_proposed_is_not_taken(scene: Scene) -> None:
    later = timezone.now() + timedelta(hours=1)
    Event.objects.filter(pk=scene.events["old same"].pk).update(decided_at=later)
    outcome = copy_all(scene)
    assert list(states(scene)) == ["a moved thing"]
    assert outcome.skipped == (scene.events["new same"].pk,)


def test_a_change_of_mind_after_the_page_was_made_is_left_alone(scene: Scene) -> None:
    page, old = Page(timezone.now(), 2, (0, 0)), Event.objects.get(pk=scene.events["old same"].pk)
    fields = {"fingerprint": old.fingerprint, "approval": "invalid", "by": make_member(old.batch.connection)}
    decide(event_id=old.pk, version=old.version, idempotency_key=uuid4(), **fields)
    outcome = copy_all(scene, page=page)
    assert list(states(scene)) == ["a moved thing"]
    assert outcome.skipped == (scene.events["new same"].pk,)


def test_more_than_the_person_saw_is_a_conflict(scene: Scene) -> None:
    with pytest.raises(Conflict, match="2 events match now, not 1"):
        copy_all(scene, count=1)
    assert states(scene) == {}


def test_the_same_key_again_gives_the_first_result(scene: Scene) -> None:
    fields = {"idempotency_key": uuid4(), "page": Page(timezone.now(), 2, (0, 0))}
    first = copy_all(scene, **fields)
    again = copy_all(scene, **fields)
    assert (again.action, again.replayed) == (first.action, True)
    assert Decision.objects.filter(action=first.action).count() == 2
    with pytest.raises(KeyReused):
        copy_all(scene, "moved", **fields)


def test_only_a_reviewer_takes_over(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        copy_all(scene, by=make_user())


def test_many_are_taken_over_in_the_background(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.actions.bulk.MAX_EVENTS_IN_REQUEST", 1)
    monkeypatch.setattr("batches.bulk.run.CHUNK_EVENTS", 1)
    outcome = copy_all(scene)
    assert outcome.run is not None
    run = run_bulk(outcome.run.pk) or outcome.run
    run.refresh_from_db()
    assert (run.state, run.decided, run.skipped) == ("done", 2, 0)
    assert len(states(scene)) == 2
