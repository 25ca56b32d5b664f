"""Second opinions: an event moves when all agree or an editor settles it; every step is in the ledger."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import Error, connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase

from batches.actions import Outcome, ask_opinions, decide, redo, undo
from batches.actions.check import ledger_problems
from batches.errors import BatchesError, Conflict, KeyReused, NotAllowed
from batches.models import Batch, Consensus, Decision, Event, Opinion
from tests.factories import make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return make_event(make_item(make_batch(make_connection(), opinions_wanted=2)))


@pytest.fixture
def people(event: Event) -> dict[str, User]:
    connection = event.batch.connection
    made = {name: make_member(connection, name=name) for name in ("ada", "ben", "cleo")}
    return {**made, "eva": make_member(connection, "editor", "eva")}


@pytest.fixture
def say(event: Event, people: dict[str, User]) -> Callable[..., Outcome]:
    """`say("ada", "approved")`, with the event as it is now."""

    def verdict(name: str, approval: str, **fields: Any) -> Outcome:
        event.refresh_from_db()
        fields = {"version": event.version, "fingerprint": event.fingerprint, "idempotency_key": uuid4()} | fields
        return decide(event_id=event.pk, approval=approval, by=people[name], **fields)

    return verdict


def now() -> tuple[str, str | None, int, str, int]:
    """Approval, by whom, version; stage and number of opinions. The ledger is right at every moment."""
    assert list(ledger_problems()) == []
    event, consensus = Event.objects.get(), Consensus.objects.get()
    by = event.decided_by.username if event.decided_by else None
    return event.approval, by, event.version, consensus.stage, consensus.given


def test_one_opinion_leaves_the_event_as_it_is(say: Any) -> None:
    outcome = say("ada", "rejected", reason="glare", note="sun")
    assert now() == ("pending", None, 1, "open", 1)
    assert (outcome.decisions, outcome.replayed) == ((), False)
    row = Opinion.objects.get()
    assert outcome.opinions == (row,)
    assert (row.user.username, row.approval, row.reason, row.note, row.number, row.version) == (
        "ada", "rejected", "glare", "sun", 1, 1,
    )  # fmt: skip
    assert Batch.objects.get().counts["pending"] == 1


def test_all_agree_and_the_event_is_decided_with_every_note(say: Any) -> None:
    say("ada", "rejected", reason="glare", note="sun")
    say("ben", "rejected", reason="glare", note="low sun")
    assert now() == ("rejected", "ben", 2, "agreed", 2)
    event = Event.objects.get()
    assert (event.reason, event.note) == ("glare", "ada: sun\nben: low sun")
    assert Batch.objects.get().counts == {"pending": 0, "approved": 0, "rejected": 1, "invalid": 0}


def test_different_reasons_are_nobodys(say: Any) -> None:
    say("ada", "rejected", reason="glare")
    say("ben", "rejected", reason="dark")
    assert Event.objects.get().reason == ""


def test_three_wanted_need_three(event: Event, say: Any) -> None:
    Batch.objects.update(opinions_wanted=3)
    say("ada", "approved")
    say("ben", "approved")
    assert now() == ("pending", None, 1, "open", 2)
    say("cleo", "approved")
    assert now() == ("approved", "cleo", 2, "agreed", 3)


def test_a_disagreement_waits_for_an_editor(say: Any) -> None:
    say("ada", "approved")
    say("ben", "rejected")
    assert now() == ("pending", None, 1, "disputed", 2)
    say("eva", "rejected", note="looked twice")
    assert now() == ("rejected", "eva", 2, "settled", 2)
    assert Opinion.objects.count() == 2


def test_after_all_have_spoken_nobody_else_is_asked(say: Any) -> None:
    say("ada", "approved")
    say("ben", "rejected")
    with pytest.raises(Conflict, match="All opinions on this event are in"):
        say("cleo", "approved")
    say("eva", "approved")
    for name in ("ada", "cleo"):
        with pytest.raises(Conflict, match="An editor must settle it"):
            say(name, "invalid")
    assert now() == ("approved", "eva", 2, "settled", 2)


def test_a_mind_changed_before_the_others_spoke_counts_once(say: Any) -> None:
    say("ada", "approved")
    say("ada", "rejected")
    assert now() == ("pending", None, 1, "open", 1)
    say("ben", "rejected")
    assert now() == ("rejected", "ben", 2, "agreed", 2)
    assert list(Opinion.objects.order_by("number").values_list("number", "approval")) == [
        (1, "approved"), (2, "rejected"), (3, "rejected"),
    ]  # fmt: skip


def test_a_mind_changed_in_a_dispute_can_end_it(say: Any) -> None:
    say("ada", "approved")
    say("ben", "rejected")
    say("ada", "rejected")
    assert now() == ("rejected", "ada", 2, "agreed", 2)


def test_opinions_of_editors_count_while_some_are_missing(say: Any) -> None:
    say("eva", "approved")
    assert now() == ("pending", None, 1, "open", 1)


@pytest.mark.case("N05")
def test_an_opinion_on_an_event_as_it_was_is_a_conflict(event: Event, say: Any) -> None:
    for seen in ({"version": 2}, {"fingerprint": "f" * 32}):
        with pytest.raises(Conflict):
            say("ada", "approved", **seen)
    assert (Opinion.objects.count(), Consensus.objects.count()) == (0, 0)


def test_the_same_key_again_is_the_same_opinion(say: Any) -> None:
    key = uuid4()
    first = say("ada", "approved", idempotency_key=key)
    again = say("ada", "approved", idempotency_key=key)
    assert (again.replayed, again.opinions, Opinion.objects.count()) == (True, first.opinions, 1)
    with pytest.raises(KeyReused):
        say("ada", "rejected", idempotency_key=key)


def test_undo_takes_an_opinion_back_and_redo_gives_it_again(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved", note="clear")
    undo(batch_id=event.batch_id, by=people["ada"], idempotency_key=uuid4())
    assert now() == ("pending", None, 1, "open", 0)
    redo(batch_id=event.batch_id, by=people["ada"], idempotency_key=uuid4())
    assert now() == ("pending", None, 1, "open", 1)
    assert [(row.approval, row.note) for row in Opinion.objects.order_by("number")] == [
        ("approved", "clear"), (None, ""), ("approved", "clear"),
    ]  # fmt: skip
    undo(batch_id=event.batch_id, by=people["ada"], idempotency_key=uuid4())
    assert now() == ("pending", None, 1, "open", 0)


def test_undo_of_the_last_opinion_takes_the_decision_with_it(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    say("ben", "approved")
    undo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    assert now() == ("pending", None, 3, "open", 1)
    assert Batch.objects.get().counts["pending"] == 1
    redo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    assert now() == ("approved", "ben", 4, "agreed", 2)
    undo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    assert now() == ("pending", None, 5, "open", 1)


def test_an_opinion_that_others_built_on_cannot_be_taken_back(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    say("ben", "approved")
    with pytest.raises(Conflict, match="An editor can change that"):
        undo(batch_id=event.batch_id, by=people["ada"], idempotency_key=uuid4())
    assert now() == ("approved", "ben", 2, "agreed", 2)


def test_redo_of_an_opinion_whose_place_is_taken_is_a_conflict(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    say("ben", "rejected")
    undo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    say("cleo", "invalid")
    with pytest.raises(Conflict):
        redo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    assert now() == ("pending", None, 1, "disputed", 2)


def test_a_settlement_undone_is_a_disagreement_again(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    say("ben", "rejected")
    say("eva", "approved")
    undo(batch_id=event.batch_id, by=people["eva"], idempotency_key=uuid4())
    assert now() == ("pending", None, 3, "disputed", 2)


def test_an_editor_can_overrule_what_all_agreed_on(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    say("ben", "approved")
    say("eva", "invalid")
    assert now() == ("invalid", "eva", 3, "settled", 2)
    undo(batch_id=event.batch_id, by=people["eva"], idempotency_key=uuid4())
    assert now() == ("approved", "ben", 4, "agreed", 2)


@pytest.mark.parametrize("first", [True, False])
def test_a_reason_added_is_one_opinion_with_its_verdict(
    event: Event, people: dict[str, User], say: Any, first: bool
) -> None:
    if not first:
        say("ada", "rejected", reason="glare")
    key = say("ben", "rejected").action.idempotency_key
    say("ben", "rejected", reason="glare", amends=key)
    expected = ("pending", None, 1, "open", 1) if first else ("rejected", "ben", 3, "agreed", 2)
    assert now() == expected
    assert Event.objects.get().reason == ("" if first else "glare")
    undo(batch_id=event.batch_id, by=people["ben"], idempotency_key=uuid4())
    assert now()[3:] == ("open", 0 if first else 1)
    assert Event.objects.get().approval == "pending"


def test_no_reason_is_added_to_what_no_longer_stands(say: Any) -> None:
    key = say("ada", "rejected").action.idempotency_key
    say("ada", "approved")
    with pytest.raises(Conflict, match="no longer current"):
        say("ada", "rejected", reason="x", amends=key)


def test_an_event_keeps_the_number_it_began_with(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    ask_opinions(batch_id=event.batch_id, wanted=5, by=people["eva"])
    say("ben", "approved")
    assert now() == ("approved", "ben", 2, "agreed", 2)


def test_without_second_opinions_an_editor_ends_what_was_begun(event: Event, people: dict[str, User], say: Any) -> None:
    say("ada", "approved")
    ask_opinions(batch_id=event.batch_id, wanted=1, by=people["eva"])
    say("eva", "rejected")
    assert now() == ("rejected", "eva", 2, "settled", 1)


def test_what_was_decided_before_stays_a_matter_of_decisions(event: Event, people: dict[str, User], say: Any) -> None:
    Batch.objects.update(opinions_wanted=1)
    say("ada", "approved")
    Batch.objects.update(opinions_wanted=3)
    say("ben", "rejected")
    assert (Event.objects.get().approval, Opinion.objects.count()) == ("rejected", 0)


@pytest.mark.parametrize("wanted", [0, 6, -1])
def test_a_number_that_cannot_be_asked_for(event: Event, people: dict[str, User], wanted: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        ask_opinions(batch_id=event.batch_id, wanted=wanted, by=people["eva"])


def test_only_an_editor_asks(event: Event, people: dict[str, User]) -> None:
    for who in (people["ada"], make_user()):
        with pytest.raises(NotAllowed):
            ask_opinions(batch_id=event.batch_id, wanted=3, by=who)
    assert Batch.objects.get().opinions_wanted == 2


def test_no_opinion_is_ever_changed_or_deleted(say: Any) -> None:
    say("ada", "approved")
    for change in (lambda: Opinion.objects.update(approval="rejected"), lambda: Opinion.objects.all().delete()):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            change()
    assert Opinion.objects.get().approval == "approved"


def test_the_ledger_check_sees_a_stage_that_is_wrong(say: Any) -> None:
    say("ada", "approved")
    event = Event.objects.get().pk
    Consensus.objects.update(given=2)
    assert list(ledger_problems()) == [f"event {event}: 2 opinions, open; its rows say 1, open"]
    Consensus.objects.all().delete()
    assert list(ledger_problems()) == [f"event {event}: has opinions, and no word on how far they are"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_only_so_many_count(event: Event) -> None:
    crowd = [make_member(event.batch.connection) for _ in range(6)]
    start, details = threading.Barrier(len(crowd)), []

    def say(user: User) -> None:
        start.wait()
        seen = {"version": 1, "fingerprint": event.fingerprint}
        try:
            details.append(
                len(decide(event_id=event.pk, approval="approved", by=user, idempotency_key=uuid4(), **seen).opinions)
            )
        except Conflict:
            details.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=say, args=(user,), daemon=True) for user in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(details) == [0, 0, 0, 0, 1, 1]
    assert now()[0] == "approved"
    assert (Opinion.objects.count(), Decision.objects.count()) == (2, 1)


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["approved", "rejected", "undo", "redo", "amend"])), max_size=14
)


class AnyStory(TransactionTestCase):
    @hypothesis_settings(max_examples=15)
    @given(STEPS, st.integers(2, 3))
    def test_the_ledger_is_right_after_every_step(self, steps: list[tuple[int, str]], wanted: int) -> None:
        account = make_connection()
        event = make_event(make_item(make_batch(account, opinions_wanted=wanted)))
        people = [make_member(account, role) for role in ("reviewer", "reviewer", "reviewer", "editor")]
        keys: dict[int, tuple[UUID, str]] = {}
        for who, step in steps:
            event.refresh_from_db()
            seen = {
                "event_id": event.pk,
                "version": event.version,
                "fingerprint": event.fingerprint,
                "idempotency_key": uuid4(),
            }
            try:
                if step in ("undo", "redo"):
                    verb = undo if step == "undo" else redo
                    verb(batch_id=event.batch_id, by=people[who], idempotency_key=uuid4())
                elif step == "amend" and who in keys:
                    key, approval = keys[who]
                    decide(**seen, approval=approval, reason="why", amends=key, by=people[who])
                elif step != "amend":
                    keys[who] = (decide(**seen, approval=step, by=people[who]).action.idempotency_key, step)
            except BatchesError:
                continue
            finally:
                assert list(ledger_problems()) == []
