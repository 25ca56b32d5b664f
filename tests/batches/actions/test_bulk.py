"""One verdict on many events: as the person saw them, once, counted, and undone as one."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from batches.actions import Outcome, Page, decide, decide_many, decide_matching, redo, remove_batch, resume, stop, undo
from batches.actions.check import ledger_problems
from batches.bulk.run import _chunk, run_bulk, skipped_events
from batches.bulk.steps import Seen
from batches.errors import Conflict, KeyReused, NotAllowed, NothingToUndo
from batches.jobs.claims import claim
from batches.models import Action, Batch, BulkRun, BulkTarget, Decision, Event, Membership, SyncRun
from tests.factories import change_upstream, make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def events() -> list[Event]:
    item = make_item()
    return [make_event(item, label=f"event {number}") for number in range(6)]


@pytest.fixture
def reviewer(events: list[Event]) -> User:
    return make_member(events[0].batch.connection)


@pytest.fixture
def colleague(events: list[Event]) -> User:
    return make_member(events[0].batch.connection)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two events are answered at once and one chunk holds two: everything larger goes to the background."""
    monkeypatch.setattr("batches.actions.bulk.MAX_EVENTS_IN_REQUEST", 2)
    monkeypatch.setattr("batches.bulk.run.CHUNK_EVENTS", 2)


def seen(events: list[Event]) -> dict[int, Seen]:
    return {event.pk: Seen(event.version, event.fingerprint) for event in events}


def many(events: list[Event], by: User, approval: str = "rejected", **fields: Any) -> Outcome:
    fields = {"idempotency_key": uuid4(), "seen": seen(events), "batch_id": events[0].batch_id} | fields
    return decide_many(approval=approval, by=by, **fields)


def single(event: Event, by: User, approval: str = "approved") -> Outcome:
    event.refresh_from_db()
    return decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=approval, by=by,
                  idempotency_key=uuid4())  # fmt: skip


def page_of(batch: Batch, **fields: Any) -> Page:
    return Page(**{"made_at": timezone.now(), "count": batch.events.count(), "sync": (0, 0)} | fields)


def matching(batch: Batch, by: User, approval: str = "rejected", page: Page | None = None, **fields: Any) -> Outcome:
    asked = {
        "idempotency_key": uuid4(),
        "query": "",
        "page": page or page_of(batch),
        "events": batch.events.for_review(),
    } | fields
    return decide_matching(batch_id=batch.pk, approval=approval, by=by, **asked)


def states(batch_id: int) -> list[str]:
    assert list(ledger_problems()) == []
    return list(Event.objects.filter(batch=batch_id).order_by("pk").values_list("approval", flat=True))


def test_bulk_decides_many_events_in_one_action(events: list[Event], reviewer: User) -> None:
    outcome = many(events, reviewer, reason="glare", note="sun")
    assert outcome.skipped == ()
    assert Action.objects.count() == 1
    for event, row in zip(events, outcome.decisions, strict=True):
        event.refresh_from_db()
        assert (event.approval, event.version, event.decided_by, event.reason, event.note, event.decided_at) == (
            "rejected", 2, reviewer, "glare", "sun", row.created_at,
        )  # fmt: skip
        assert (row.event, row.before, row.approval, row.version, row.fingerprint, row.vendor_approval) == (
            event, "pending", "rejected", 2, event.fingerprint, "pending",
        )  # fmt: skip
    assert Batch.objects.get().counts == {"pending": 0, "approved": 0, "rejected": 6, "invalid": 0}
    assert states(events[0].batch_id) == ["rejected"] * 6


def test_bulk_skips_and_names_events_that_changed(events: list[Event], reviewer: User, colleague: User) -> None:
    before = seen(events)
    single(events[1], colleague, "approved")
    Event.objects.filter(pk=events[2].pk).update(fingerprint="f" * 32)
    Event.objects.filter(pk=events[3].pk).update(gone_at=timezone.now())
    Batch.objects.update(pending=4)
    outcome = many(events, reviewer, seen=before)
    assert outcome.skipped == (events[1].pk, events[2].pk, events[3].pk)
    assert states(events[0].batch_id) == ["rejected", "approved", "pending", "pending", "rejected", "rejected"]


def test_when_all_moved_on_nothing_is_written(events: list[Event], reviewer: User, colleague: User) -> None:
    before = seen(events[:2])
    many(events[:2], colleague, "approved")
    with pytest.raises(Conflict, match="Nothing was decided: others decided 2"):
        many(events[:2], reviewer, seen=before)
    assert Action.objects.count() == 1


def test_the_same_key_again_names_the_same_and_writes_nothing(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    before, key = seen(events), uuid4()
    single(events[0], colleague)
    first = many(events, reviewer, seen=before, idempotency_key=key)
    again = many(events, reviewer, seen=before, idempotency_key=key)
    assert (again.replayed, again.skipped, again.decisions) == (True, first.skipped, first.decisions)
    assert Decision.objects.count() == 6
    for other in ({"by": colleague}, {"by": reviewer, "approval": "invalid"}, {"by": reviewer, "note": "x"}):
        with pytest.raises(KeyReused):
            many(events, seen=before, idempotency_key=key, **other)


def test_one_foreign_event_and_nothing_at_all_is_done(events: list[Event], reviewer: User) -> None:
    foreign = make_event()
    with pytest.raises(Event.DoesNotExist, match="one of these events is not in this batch"):
        many(events, reviewer, seen=seen([*events, foreign]))
    assert Action.objects.count() == 0


@pytest.mark.parametrize("approval", ["pending", "approvd", ""])
def test_only_a_verdict_is_one(events: list[Event], reviewer: User, approval: str) -> None:
    with pytest.raises(ValueError, match="approval must be approved, rejected or invalid"):
        many(events, reviewer, approval)


def test_too_many_and_none_are_refused(events: list[Event], reviewer: User) -> None:
    for number in (0, 501):
        with pytest.raises(ValueError, match=f"1 to 500 at a time, not {number}"):
            many(events, reviewer, seen={pk: Seen(1, "0") for pk in range(number)})


def test_only_a_reviewer_of_the_connection_decides(events: list[Event]) -> None:
    connection = events[0].batch.connection
    for person in (make_member(connection, "viewer"), make_member(make_connection(), "editor"), make_user()):
        with pytest.raises(NotAllowed):
            many(events, person)
        with pytest.raises(NotAllowed):
            matching(events[0].batch, person)
    assert Action.objects.count() == BulkRun.objects.count() == 0


def test_undo_takes_all_of_it_back_and_redo_says_all_of_it_again(events: list[Event], reviewer: User) -> None:
    batch = events[0].batch_id
    single(events[0], reviewer, "approved")
    Event.objects.filter(pk=events[5].pk).update(vendor_approval=None)
    events[0].refresh_from_db()
    many(events, reviewer, reason="glare")
    before = ["approved"] + ["pending"] * 5
    for _ in range(2):
        undone = undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
        assert [row.approval for row in undone.decisions] == before
        assert states(batch) == before
        redo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
        assert states(batch) == ["rejected"] * 6
        assert set(Event.objects.values_list("reason", "decided_by")) == {("glare", reviewer.pk)}
    undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
    undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
    assert states(batch) == ["pending"] * 6
    with pytest.raises(NothingToUndo):
        undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
    assert Batch.objects.get().counts == {"pending": 6, "approved": 0, "rejected": 0, "invalid": 0}


def test_undo_leaves_alone_what_a_colleague_decided_after_it(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    many(events, reviewer)
    single(events[2], colleague, "invalid")
    outcome = undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert outcome.skipped == (events[2].pk,)
    assert states(events[0].batch_id) == ["pending", "pending", "invalid", "pending", "pending", "pending"]
    outcome = redo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert (len(outcome.decisions), outcome.skipped) == (5, ())


def test_undo_of_a_bulk_takes_the_rest_back_later(events: list[Event], reviewer: User, colleague: User) -> None:
    batch_id, bulk = events[0].batch_id, many(events, reviewer).action
    single(events[2], colleague, "invalid")
    single(events[4], reviewer, "approved")
    own = Action.objects.latest("pk")
    first = undo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4(), target_key=bulk.idempotency_key)
    assert first.run is not None
    assert first.run.message == (
        "2 of 6 were not undone: others decided 1, you decided 1. "
        "They can be undone once your verdict stands on them again."
    )
    assert first.skipped == (events[2].pk, events[4].pk)
    with pytest.raises(Conflict, match="Nothing was undone: others decided 1, you decided 1"):
        undo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4(), target_key=bulk.idempotency_key)
    undo(batch_id=batch_id, by=colleague, idempotency_key=uuid4())
    assert undo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4()).action.undoes == own, "the newest first"
    assert states(batch_id) == ["pending", "pending", "rejected", "pending", "rejected", "pending"]
    rest = undo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4())
    assert (rest.action.undoes, len(rest.decisions), rest.skipped) == (bulk, 2, ())
    assert states(batch_id) == ["pending"] * 6
    with pytest.raises(NothingToUndo):
        undo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4())
    for count in (2, 1, 4):  # the rest, the single verdict, and what the first undo took back
        assert len(redo(batch_id=batch_id, by=reviewer, idempotency_key=uuid4()).decisions) == count
    assert states(batch_id) == ["rejected"] * 4 + ["approved", "rejected"]


def test_an_undo_that_takes_nothing_back_is_not_used_up(events: list[Event], reviewer: User, colleague: User) -> None:
    many(events[:2], reviewer)
    for event in events[:2]:
        single(event, colleague, "invalid")
    with pytest.raises(Conflict, match="Nothing was undone: others decided 2"):
        undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert Action.objects.filter(kind="undo").count() == 0
    for _ in range(2):
        undo(batch_id=events[0].batch_id, by=colleague, idempotency_key=uuid4())
    assert len(undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4()).decisions) == 2
    assert states(events[0].batch_id) == ["pending"] * 6


def test_two_bulks_of_one_person_do_not_call_each_other_others(events: list[Event], reviewer: User) -> None:
    batch, page = events[0].batch, page_of(events[0].batch)
    many(events[:4], reviewer)
    second = matching(batch, reviewer, "approved", page=page).run
    assert second is not None
    assert second.message == "4 of 6 were not decided: you decided 4."
    with pytest.raises(Conflict, match="Nothing was decided: you decided 6"):
        matching(batch, reviewer, "invalid", page=page)
    with pytest.raises(Conflict, match="Nothing was decided: you decided 6"):
        many(events, reviewer, "invalid")


def test_undo_of_what_the_vendor_took_away_or_changed_meanwhile(events: list[Event], reviewer: User) -> None:
    single(events[1], reviewer, "approved")
    events[1].refresh_from_db()
    many(events, reviewer)
    Event.objects.filter(pk=events[0].pk).update(gone_at=timezone.now())
    change_upstream(events[1])
    undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert Batch.objects.get().counts == {"pending": 5, "approved": 0, "rejected": 0, "invalid": 0}
    events[1].refresh_from_db()
    assert (events[1].approval, events[1].changed_since) == ("pending", True)
    assert list(ledger_problems()) == []
    redo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert Batch.objects.get().counts == {"pending": 1, "approved": 0, "rejected": 5, "invalid": 0}
    assert states(events[0].batch_id) == ["rejected", "pending", *["rejected"] * 4]
    assert list(ledger_problems()) == []


def test_a_verdict_given_to_many_takes_no_reason_for_one_of_them(events: list[Event], reviewer: User) -> None:
    outcome = many(events, reviewer)
    event = events[0]
    event.refresh_from_db()
    with pytest.raises(Conflict, match="decided together with others"):
        decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval="rejected",
               by=reviewer, idempotency_key=uuid4(), reason="glare",
               amends=outcome.action.idempotency_key)  # fmt: skip


# ── a reason added to the verdict on all of them ──


def added(events: list[Event], by: User, amends: UUID, **fields: Any) -> Outcome:
    for event in events:
        event.refresh_from_db()
    return many(events, by, amends=amends, reason="glare", **fields)


@pytest.mark.parametrize("count", [1, 4])
def test_bulk_verdict_and_added_reasons_are_undone_as_one(events: list[Event], reviewer: User, count: int) -> None:
    pile, batch = events[:count], events[0].batch_id
    single(pile[0], reviewer, "approved")
    pile[0].refresh_from_db()
    first = many(pile, reviewer)
    again = added(pile, reviewer, added(pile, reviewer, first.action.idempotency_key).action.idempotency_key)
    assert set(Event.objects.filter(pk__in=[entry.pk for entry in pile]).values_list("reason")) == {("glare",)}
    before, after = ["approved", *["pending"] * 5], ["rejected"] * count + ["pending"] * (6 - count)
    for verb, states_then in ((undo, before), (redo, after), (undo, before)):
        verb(batch_id=batch, by=reviewer, idempotency_key=uuid4())
        assert states(batch) == states_then
    assert again.action.added_reasons == 2
    undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
    assert states(batch) == ["pending"] * 6
    with pytest.raises(NothingToUndo):
        undo(batch_id=batch, by=reviewer, idempotency_key=uuid4())
    assert list(ledger_problems()) == []


def test_a_reason_leaves_out_what_others_decided_since(events: list[Event], reviewer: User, colleague: User) -> None:
    first = many(events, reviewer)
    single(events[2], colleague, "approved")
    outcome = added([entry for entry in events if entry != events[2]], reviewer, first.action.idempotency_key)
    assert len(outcome.decisions) == 5
    undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4())
    assert states(events[0].batch_id) == ["pending", "pending", "approved", *["pending"] * 3]


def test_bulk_reason_must_cover_all_events_of_the_verdict(events: list[Event], reviewer: User, colleague: User) -> None:
    key = many(events[:4], reviewer).action.idempotency_key
    for meant, by, approval, amends in [
        (events[:3], reviewer, "rejected", key),
        (events[:5], reviewer, "rejected", key),
        (events[:4], colleague, "rejected", key),
        (events[:4], reviewer, "invalid", key),
        (events[:4], reviewer, "rejected", uuid4()),
    ]:
        with pytest.raises(Conflict, match="that this reason belongs to has changed"):
            added(meant, by, amends, approval=approval)
    added(events[:4], reviewer, key)
    with pytest.raises(Conflict, match="that this reason belongs to has changed"):
        added(events[:4], reviewer, key)
    run = matching(events[0].batch, reviewer, "invalid")
    with pytest.raises(Conflict, match="that this reason belongs to has changed"):
        added(events, reviewer, run.action.idempotency_key, approval="invalid")
    assert Action.objects.count() == 3


def test_a_reason_to_what_the_vendor_changed_since_is_a_conflict(events: list[Event], reviewer: User) -> None:
    first = many(events, reviewer)
    seen_then = {step.event_id: Seen(step.version, step.fingerprint) for step in first.decisions}
    Event.objects.filter(pk=events[0].pk).update(fingerprint="f" * 32)
    with pytest.raises(Conflict, match="that this reason belongs to has changed"):
        many(events, reviewer, amends=first.action.idempotency_key, reason="glare", seen=seen_then)
    assert Decision.objects.count() == 6


def test_the_same_reason_sent_again_is_written_once(events: list[Event], reviewer: User) -> None:
    first, key = many(events, reviewer), uuid4()
    once, again = (
        many(events, reviewer, amends=first.action.idempotency_key, reason="glare", idempotency_key=key, seen=now)
        for now in [{step.event_id: Seen(step.version, step.fingerprint) for step in first.decisions}] * 2
    )
    assert (again.replayed, again.action, len(again.decisions)) == (True, once.action, 6)
    with pytest.raises(KeyReused):
        added(events, reviewer, uuid4(), idempotency_key=key)


# ── all that fit a filter ──


def test_few_that_match_are_done_at_once(events: list[Event], reviewer: User) -> None:
    outcome = matching(events[0].batch, reviewer)
    assert (outcome.run.state, len(outcome.decisions), outcome.skipped) == ("done", 6, ())  # type: ignore[union-attr]
    assert states(events[0].batch_id) == ["rejected"] * 6
    assert BulkTarget.objects.count() == 0


@pytest.mark.usefixtures("few_at_once")
def test_bulk_of_many_events_runs_in_the_background(events: list[Event], reviewer: User) -> None:
    batch = events[0].batch
    for verb, after in ((matching, "rejected"), (undo, "pending"), (redo, "rejected")):
        before = states(batch.pk)
        outcome = (
            verb(batch, reviewer) if verb is matching else verb(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
        )
        assert (outcome.decisions, outcome.run.state, outcome.run.total) == ((), "queued", 6)  # type: ignore[union-attr]
        assert states(batch.pk) == before
        run = run_bulk(outcome.run.pk)  # type: ignore[union-attr]
        assert run is not None
        assert (run.state, run.position, run.decided, run.skipped, run.message) == ("done", 6, 6, 0, "")
        assert states(batch.pk) == [after] * 6
    assert Action.objects.count() == 3


@pytest.mark.usefixtures("few_at_once")
def test_what_moves_on_while_it_runs_is_skipped_and_listed(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    run = matching(events[0].batch, reviewer).run
    assert run is not None
    single(events[4], colleague, "invalid")
    Event.objects.filter(pk=events[5].pk).update(fingerprint="f" * 32)
    done = run_bulk(run.pk)
    assert done is not None
    assert (done.decided, done.skipped, skipped_events(done)) == (4, 2, [events[4].pk, events[5].pk])
    assert done.message == "2 of 6 were not decided: others decided 1, the vendor changed 1."
    assert states(run.batch_id) == ["rejected"] * 4 + ["invalid", "pending"]


def test_what_was_decided_after_the_page_was_made_is_stale(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    batch = events[0].batch
    single(events[1], reviewer)
    page = page_of(batch)
    single(events[0], colleague)
    single(events[2], reviewer)
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    outcome = matching(batch, reviewer, page=page)
    assert outcome.skipped == (events[0].pk, events[2].pk)
    assert states(batch.pk) == ["approved", "rejected", "pending", "rejected", "rejected", "rejected"]


def test_bulk_skips_a_verdict_written_while_the_page_was_made(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    single(events[0], colleague)
    outcome = matching(events[0].batch, reviewer, page=page_of(events[0].batch))
    assert outcome.skipped == (events[0].pk,)
    later = page_of(events[0].batch, made_at=timezone.now() + timedelta(seconds=11))
    assert matching(events[0].batch, reviewer, "invalid", page=later).skipped == ()


def test_bulk_ignores_later_events_and_reports_missing_ones(
    events: list[Event], reviewer: User, colleague: User
) -> None:
    batch = events[0].batch
    page = page_of(batch)
    single(events[0], colleague)
    new = make_event(events[0].item)
    pending = batch.events.filter(approval="pending")
    outcome = matching(batch, reviewer, page=page, events=pending)
    assert outcome.run is not None
    assert (outcome.run.decided, outcome.run.message) == (5, "1 no longer matched the filter.")
    new.refresh_from_db()
    assert new.approval == "pending"


def test_more_matches_than_shown_block_the_action(events: list[Event], reviewer: User) -> None:
    with pytest.raises(Conflict, match=r"6 events match now, not 5\. Check them again"):
        matching(events[0].batch, reviewer, page=page_of(events[0].batch, count=5))
    assert Action.objects.count() == BulkRun.objects.count() == BulkTarget.objects.count() == 0


def test_an_empty_set_is_refused(events: list[Event], reviewer: User) -> None:
    for nothing in (Event.objects.none(), Event.objects.filter(label="no such")):
        with pytest.raises(Conflict, match="no event matches any more"):
            matching(events[0].batch, reviewer, events=nothing)


@pytest.mark.parametrize(("seen_sync", "updated", "refused"), [((0, 0), 3, True), ((1, 3), 3, False),
                                                               ((1, 3), 4, True), ((1, 2), 2, False)])  # fmt: skip
def test_a_page_from_before_the_syncs_changes_is_refused(
    events: list[Event], reviewer: User, seen_sync: tuple[int, int], updated: int, refused: bool
) -> None:
    run = SyncRun.objects.create(batch=events[0].batch, events_updated=updated)
    page = page_of(events[0].batch, sync=(run.pk if seen_sync[0] else 0, seen_sync[1]))
    sentence = "The sync changed events since this page was made. Check the events again, then decide."
    with pytest.raises(Conflict, match=sentence) if refused else nullcontext():
        matching(events[0].batch, reviewer, page=page)
    assert (Action.objects.count() == 0) is refused


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize(("values", "decided_at_once"), [(None, 2), ({"severity": "low"}, 1)])
def test_a_chunk_of_corrections_is_smaller(
    events: list[Event], reviewer: User, monkeypatch: pytest.MonkeyPatch, values: Any, decided_at_once: int
) -> None:
    """Its events are written one by one, and a reviewer who decides meanwhile waits as long as for any other chunk."""
    monkeypatch.setattr("batches.bulk.run.CORRECTED_CHUNK_EVENTS", 1)
    batch = events[0].batch
    for verb, asked in ((matching, {"values": values}), (undo, {"batch_id": batch.pk, "idempotency_key": uuid4()})):
        run = (verb(batch, reviewer, **asked) if verb is matching else verb(by=reviewer, **asked)).run
        claimed = claim(BulkRun, run.pk)
        assert claimed is not None
        _chunk(claimed)
        run.refresh_from_db()
        assert (run.position, run.decided) == (decided_at_once, decided_at_once)
        while _chunk(claimed):
            pass
    assert states(batch.pk) == ["pending"] * 6
    assert not Event.objects.filter(corrections__isnull=False).exists()


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="it plans without counting")
def test_a_chunk_leaves_the_planner_as_it_was(events: list[Event], reviewer: User) -> None:
    run = matching(events[0].batch, reviewer).run
    assert run is not None
    run_bulk(run.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('jit'), current_setting('enable_seqscan'),"
                       " current_setting('enable_bitmapscan')")  # fmt: skip
        assert cursor.fetchone() == ("on", "on", "on")


@pytest.mark.usefixtures("few_at_once")
def test_the_same_key_again_is_the_same_run(events: list[Event], reviewer: User) -> None:
    key, page = uuid4(), page_of(events[0].batch)
    first = matching(events[0].batch, reviewer, page=page, idempotency_key=key)
    again = matching(events[0].batch, reviewer, page=page, idempotency_key=key)
    assert (again.replayed, again.run) == (True, first.run)
    with pytest.raises(KeyReused):
        matching(events[0].batch, reviewer, "invalid", page=page, idempotency_key=key)
    assert BulkRun.objects.count() == 1


@pytest.mark.usefixtures("few_at_once")
def test_bulk_running_can_be_stopped_and_then_undone(events: list[Event], reviewer: User, colleague: User) -> None:
    batch = events[0].batch
    single(events[0], reviewer, "approved")
    run = matching(batch, reviewer).run
    assert run is not None
    with pytest.raises(Conflict, match="still running"):
        undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    with pytest.raises(NotAllowed):
        stop(run=run, by=colleague)
    one_chunk_then(lambda: stop(run=run, by=reviewer), run)
    run.refresh_from_db()
    assert (run.state, run.position, run.message) == ("incomplete", 2, "Stopped.")
    assert states(batch.pk) == ["rejected"] * 2 + ["pending"] * 4
    assert run_bulk(run.pk) is None
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    assert states(batch.pk) == ["approved"] + ["pending"] * 5


def one_chunk_then(act: Callable[[], None], run: BulkRun) -> None:
    """The run goes one chunk far, then something else happens."""
    claimed = claim(BulkRun, run.pk)
    assert claimed is not None
    assert _chunk(claimed) is True
    act()


@pytest.mark.usefixtures("few_at_once")
def test_an_undo_goes_to_its_end(events: list[Event], reviewer: User) -> None:
    run = matching(events[0].batch, reviewer).run
    run_bulk(run.pk)  # type: ignore[union-attr]
    undoing = undo(batch_id=events[0].batch_id, by=reviewer, idempotency_key=uuid4()).run
    assert undoing is not None
    with pytest.raises(Conflict, match="cannot be stopped"):
        stop(run=undoing, by=reviewer)


@pytest.mark.usefixtures("few_at_once")
def test_bulk_ends_when_the_person_is_no_longer_a_reviewer(events: list[Event], reviewer: User) -> None:
    run = matching(events[0].batch, reviewer).run
    assert run is not None
    one_chunk_then(lambda: None, run)
    Membership.objects.filter(user=reviewer).update(role="viewer")
    BulkRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    done = run_bulk(run.pk)
    assert done is not None
    assert (done.state, done.position) == ("failed", 2)
    assert done.message == f"{reviewer} is no longer a reviewer of this connection."
    assert states(run.batch_id) == ["rejected"] * 2 + ["pending"] * 4


@pytest.mark.usefixtures("few_at_once")
def test_bulk_ends_when_the_batch_is_removed(events: list[Event], reviewer: User, colleague: User) -> None:
    batch = events[0].batch
    run = matching(batch, reviewer).run
    assert run is not None
    one_chunk_then(lambda: None, run)
    remove_batch(batch=batch, confirmation=batch.confirmation, by=colleague)
    BulkRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    done = run_bulk(run.pk)
    assert done is not None
    assert (done.state, done.position, done.message) == ("failed", 2, f"{colleague} removed the batch.")
    with pytest.raises(Batch.DoesNotExist):
        many(events[:2], reviewer)
    Batch.objects.bring_back()
    resume(run=done, by=reviewer)
    done = run_bulk(run.pk)
    assert done is not None
    assert (done.state, done.decided) == ("done", 6)


def test_other_batches_of_the_connection_are_untouched(events: list[Event], reviewer: User) -> None:
    other = make_event(make_item(make_batch(events[0].batch.connection)))
    matching(events[0].batch, reviewer)
    other.refresh_from_db()
    assert (other.approval, other.version) == ("pending", 1)
