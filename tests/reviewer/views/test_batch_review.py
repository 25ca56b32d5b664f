"""The deck and its queue."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event
from tests.factories import make_batch, make_event, make_item


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account)


def fill(batch: Batch, count: int) -> list[Event]:
    item = make_item(batch)
    return [make_event(item, label=f"event {number}", raw_index=number) for number in range(count)]


def test_it_opens_at_the_first_event_of_the_filter(reviewer: Client, batch: Batch) -> None:
    events = fill(batch, 3)
    events[0].label = "else"
    events[0].save()
    page = reviewer.get(f"/batches/{batch.pk}/review/?q=event&approval=pending")
    assert (page.context["event"], page.context["previous"], page.context["next"]) == (events[1], None, events[2])


def test_it_opens_at_the_event_asked_for(reviewer: Client, batch: Batch) -> None:
    events = fill(batch, 3)
    page = reviewer.get(f"/batches/{batch.pk}/review/?event={events[1].pk}")
    assert (page.context["event"], page.context["previous"], page.context["next"]) == (events[1], events[0], events[2])


def test_nothing_left_is_the_done_state_with_the_download(reviewer: Client, batch: Batch) -> None:
    text = reviewer.get(f"/batches/{batch.pk}/review/?approval=pending").content.decode()
    assert "No pending events left" in text
    assert f'href="/batches/{batch.pk}/events.csv?approval=approved"' in text


def test_where_nothing_fits_each_filter_can_be_taken_away(reviewer: Client, batch: Batch) -> None:
    fill(batch, 1)
    text = reviewer.get(f"/batches/{batch.pk}/review/?q=nowhere").content.decode()
    done = text[text.index("data-done") :]
    assert "No events match" in done
    assert "That was the last one" not in text
    assert 'aria-label="Remove the filter' in done
    assert f'<a class="chip chip-clear" href="/batches/{batch.pk}/review/">Clear all</a>' in done
    text = reviewer.get(f"/batches/{batch.pk}/review/?q=event").content.decode()
    assert "chip-clear" not in text


@pytest.mark.parametrize(("event", "status"), [("x", 400), ("-1", 400), ("²", 400), ("999999", 404), ("9" * 40, 400)])
def test_an_event_that_is_none_of_this_batch(reviewer: Client, batch: Batch, event: str, status: int) -> None:
    fill(batch, 1)
    assert reviewer.get(f"/batches/{batch.pk}/review/?event={event}").status_code == status
    assert reviewer.get(f"/batches/{batch.pk}/queue/?at={event}").status_code == status


def test_an_event_of_another_batch_is_not_found(reviewer: Client, account: Connection, batch: Batch) -> None:
    other = make_event(make_item(make_batch(account)))
    assert reviewer.get(f"/batches/{batch.pk}/review/?event={other.pk}").status_code == 404


def test_the_queue_is_the_filter_in_its_order_around_an_event(reviewer: Client, batch: Batch) -> None:
    events = fill(batch, 5)
    answer = reviewer.get(f"/batches/{batch.pk}/queue/?sort=newest&at={events[3].pk}").json()
    assert answer == {"ids": [event.pk for event in events[::-1]], "after": None, "place": 2, "total": 5}


def test_a_long_queue_comes_in_stretches(reviewer: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_AHEAD", 3)
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_BEHIND", 2)
    ids = [event.pk for event in fill(batch, 10)]
    first = reviewer.get(f"/batches/{batch.pk}/queue/?q=event&at={ids[4]}").json()
    assert (first["ids"], first["place"], first["total"]) == (ids[2:8], 5, 10)
    second = reviewer.get(f"/batches/{batch.pk}/queue/?q=event&after={first['after']}").json()
    assert second == {"ids": ids[8:], "after": None}


def test_of_very_many_events_the_place_is_asked_for_by_itself(
    reviewer: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.review.deck_queue.LARGE", 0)
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_AHEAD", 3)
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_BEHIND", 2)
    ids = [event.pk for event in fill(batch, 10)]
    for address in (f"/batches/{batch.pk}/queue/?", "/events/queue/?"):
        first = reviewer.get(f"{address}q=event&at={ids[4]}").json()
        assert first == {"ids": ids[2:8], "after": first["after"]}
        assert reviewer.get(f"{address}q=event&place={ids[4]}").json() == {"place": 5, "total": 10}
    assert reviewer.get(f"/batches/{batch.pk}/queue/?at={ids[1]}&ids={ids[0]},{ids[1]}").json()["place"] == 2


def test_deciding_does_not_move_what_comes_next(reviewer: Client, batch: Batch) -> None:
    ids = [event.pk for event in fill(batch, 4)]
    Event.objects.filter(pk=ids[1]).update(approval="approved", vendor_approval="approved")
    answer = reviewer.get(f"/batches/{batch.pk}/queue/?approval=pending&at={ids[1]}").json()
    assert answer["ids"] == ids


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, batch: Batch, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = fill(batch, rows)[0]
    with django_assert_num_queries(11):
        reviewer.get(f"/batches/{batch.pk}/review/")
    with django_assert_num_queries(6):
        reviewer.get(f"/batches/{batch.pk}/queue/?at={first.pk}")
