"""A prepared query: the same rows as the query that it is made of, whatever its values."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.test.utils import CaptureQueriesContext

from batches.models import Action, Batch, Decision, Event
from batches.models import prepared as models_prepared
from batches.models.prepared import prepared, prepared_columns
from tests.factories import make_batch, make_connection, make_event, make_item, make_user

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def batches(db: None) -> list[Batch]:
    account = make_connection()
    made = [make_batch(account, name=f"batch {number}") for number in range(3)]
    for number, batch in enumerate(made):
        item = make_item(batch)
        for label in ("cut-in", "100 % “sure”")[: number + 1]:
            make_event(item, label=label)
        Event.objects.filter(batch=batch).update(created_at=NOON + timedelta(hours=number))
    return made


def events_of(batch: int, label: str, since: datetime, *, newest: bool = False) -> QuerySet[Event]:
    events = Event.objects.filter(batch=batch, label=label, created_at__gte=since).select_related("batch", "decided_by")
    decided = Exists(Decision.objects.filter(event=OuterRef("pk"), event__batch=batch))
    return events.annotate(has_decisions=decided).order_by("-id" if newest else "id")


def labels_of(batch: int) -> QuerySet[Event, str]:
    return Event.objects.filter(batch=batch).order_by("id").values_list("label", flat=True)


@pytest.mark.parametrize("label", ["cut-in", "100 % “sure”", "nobody has it"])
@pytest.mark.parametrize("newest", [False, True])
def test_it_returns_what_the_query_itself_does(batches: list[Batch], label: str, newest: bool) -> None:
    read = prepared(events_of)
    for batch in batches:
        for since in (NOON, NOON + timedelta(hours=1)):
            expected = list(events_of(batch.pk, label, since, newest=newest))
            assert read(batch.pk, label, since, newest=newest) == expected
            for event, same in zip(read(batch.pk, label, since, newest=newest), expected, strict=True):
                assert vars(event).keys() == vars(same).keys()
                assert (event.batch.name, event.decided_by) == (same.batch.name, None)
                assert event.created_at == same.created_at


def test_it_gives_values_where_the_query_does(batches: list[Batch]) -> None:
    read = prepared(labels_of)
    assert [read(batch.pk) for batch in batches] == [list(labels_of(batch.pk)) for batch in batches]


def test_it_gives_columns_of_many_rows(batches: list[Batch], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models_prepared, "CHUNK", 1)
    read = prepared_columns(lambda batch: labels_of(batch).values_list("label", "created_at"))
    assert read(batches[2].pk) == [["cut-in", "100 % “sure”"], [NOON + timedelta(hours=2)] * 2]
    assert read(0) == [[], []]


def test_a_uuid_is_compared_as_the_database_keeps_it(batches: list[Batch]) -> None:
    read = prepared(lambda key: Action.objects.filter(idempotency_key=key))
    action = Action.objects.create(idempotency_key=uuid4(), kind="decide", user=make_user(), batch=batches[0])
    assert [read(key) for key in (uuid4(), action.idempotency_key)] == [[], [action]]


def test_its_sql_is_built_once(batches: list[Batch]) -> None:
    built: list[Any] = []

    def counted(batch: int) -> QuerySet[Event, str]:
        built.append(batch)
        return labels_of(batch)

    read = prepared(counted)
    with CaptureQueriesContext(connection) as queries:
        for batch in batches:
            read(batch.pk)
    assert (len(built), len(queries)) == (1, 3)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda value: Event.objects.filter(pk__gt=1), AssertionError),
        (lambda value: Event.objects.filter(batch=value).prefetch_related("comments"), AssertionError),
    ],
)
def test_it_refuses_a_query_that_it_cannot_repeat(db: None, build: Callable[..., Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        prepared(build)(7)


@pytest.mark.parametrize("value", [None, True, 1.5, [1]])
def test_it_refuses_a_value_that_changes_the_query(db: None, value: Any) -> None:
    with pytest.raises(TypeError):
        prepared(labels_of)(value)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_fits_no_column_matches_nothing(batches: list[Batch], number: int) -> None:
    assert prepared(lambda pk: Event.objects.filter(pk=pk))(number) == []
