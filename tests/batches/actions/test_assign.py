"""Giving events to people: even parts, one statement, and nothing else of the event touched."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from batches.actions import assign
from batches.errors import KeyReused, NotAllowed
from batches.models import Assignment, AssignmentChange, Batch, Event
from batches.models.role import STAFF_EDIT
from tests.factories import allow, make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    """Seven events of three videos."""
    made = make_batch()
    items = [make_item(made, position=position) for position in range(3)]
    for number in range(7):
        make_event(items[number // 3], sequence=number, label=str(number))
    return made


@pytest.fixture
def editor(batch: Batch) -> User:
    return make_member(batch.connection, "editor", "edda")


@pytest.fixture
def people(batch: Batch) -> list[User]:
    return [make_member(batch.connection, "reviewer", name) for name in ("ana", "ben")]


def give(batch: Batch, people: list[User], by: User, **fields: Any) -> AssignmentChange:
    fields = {"events": batch.events.all(), "idempotency_key": uuid4()} | fields
    return assign(batch_id=batch.pk, people=people, by=by, **fields)


def whose() -> str:
    """The first letter of each event's person, in order."""
    rows = Event.objects.order_by("sequence").values_list("assignment__user__username", flat=True)
    return "".join(name[0] if name else "-" for name in rows)


def test_an_even_split_gives_parts_that_follow_each_other(batch: Batch, people: list[User], editor: User) -> None:
    change = give(batch, people, editor, query="approval=pending")
    assert whose() == "aaaabbb"
    assert (change.events, change.people, change.by, change.query) == (7, ["ana", "ben"], editor, "approval=pending")


def test_only_what_the_filter_names_and_only_of_this_batch(batch: Batch, people: list[User], editor: User) -> None:
    make_event(make_item(make_batch()), label="2")
    give(batch, people[:1], editor, events=Event.objects.filter(label__in=["2", "3"]))
    assert set(Assignment.objects.values_list("batch", "event__label")) == {(batch.pk, "2"), (batch.pk, "3")}


def test_a_row_counts_how_often_it_changed_hands(batch: Batch, people: list[User], editor: User) -> None:
    give(batch, people[:1], editor)
    give(batch, people[:1], editor)
    assert set(Assignment.objects.values_list("version", flat=True)) == {1}
    give(batch, people[1:], editor, events=batch.events.filter(assignment__user=people[0], sequence__lt=2))
    give(batch, [], editor, events=batch.events.filter(sequence__lt=1))
    assert whose() == "-baaaaa"
    assert list(Assignment.objects.order_by("event__sequence").values_list("version", flat=True)) == [
        3,
        2,
        1,
        1,
        1,
        1,
        1,
    ]


def test_taking_away_counts_only_what_somebody_had(batch: Batch, people: list[User], editor: User) -> None:
    give(batch, people[:1], editor, events=batch.events.filter(sequence__lt=3))
    assert give(batch, [], editor).events == 3
    assert whose() == "-------"
    assert Assignment.objects.count() == 3


def test_more_people_than_events(batch: Batch, people: list[User], editor: User) -> None:
    give(batch, people, editor, events=batch.events.filter(sequence=0))
    assert whose() == "a------"


def test_the_same_key_again_writes_nothing(batch: Batch, people: list[User], editor: User) -> None:
    key = uuid4()
    first = give(batch, people[:1], editor, idempotency_key=key)
    give(batch, people[1:], editor)
    assert give(batch, people[:1], editor, idempotency_key=key) == first
    assert (whose(), AssignmentChange.objects.count()) == ("bbbbbbb", 2)
    with pytest.raises(KeyReused):
        give(batch, people[1:], editor, idempotency_key=key)


def test_only_reviewers_are_assigned_events(batch: Batch, people: list[User], editor: User) -> None:
    for person in (make_member(batch.connection, "viewer", "vera"), make_member(make_connection(), "editor", "eve")):
        with pytest.raises(ValueError, match=f"{person.username} cannot review on this connection"):
            give(batch, [people[0], person], editor)
    with pytest.raises(ValueError, match="listed twice"):
        give(batch, [people[0], people[0]], editor)
    assert (whose(), AssignmentChange.objects.count()) == ("-------", 0)


def test_only_editors_assign(batch: Batch, people: list[User]) -> None:
    for person in (people[0], make_member(make_connection(), "editor"), make_user(), make_user(is_staff=True)):
        with pytest.raises(NotAllowed):
            give(batch, people, person)
    give(batch, people, allow(make_user(is_staff=True), STAFF_EDIT))
    assert whose() == "aaaabbb"


def test_nothing_else_of_the_event_is_touched(batch: Batch, people: list[User], editor: User) -> None:
    before = list(Event.objects.order_by("id").values())
    give(batch, people, editor)
    assert list(Event.objects.order_by("id").values()) == before


@pytest.mark.parametrize("events", [1, 300])
def test_a_large_set_costs_what_a_small_one_does(
    batch: Batch, people: list[User], editor: User, events: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    item = batch.items.first()
    for number in range(events):
        make_event(item, sequence=100 + number)
    locks = 2 if connection.vendor == "postgresql" else 0  # of the idempotency key and of the notifications
    with django_assert_num_queries(14 + locks):  # six of them notify people
        assert give(batch, people, editor).events == events + 7
