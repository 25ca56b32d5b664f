"""Piles in the queue and on the card: pending only, within the filter, and the filter's ids stay the same."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event, PictureHash
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import compact


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account)


@pytest.fixture
def events(batch: Batch) -> list[Event]:
    """Six of one video; the second, third and fifth are a pile."""
    item = make_item(batch)
    made = [make_event(item, confidence=number / 10, label=f"event {number}") for number in range(6)]
    pile(made[1], made[2], made[4])
    return made


def pile(*events: Event) -> None:
    for event in events:
        PictureHash.objects.create(
            event=event, batch=event.batch, picture="0" * 32, difference_hash=1, pile=events[0].pk
        )


def queue(client: Client, batch: Batch, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/batches/{batch.pk}/queue/?{query}").json()
    return answer


def ids(events: list[Event]) -> list[int]:
    return [event.pk for event in events]


def test_the_queue_has_every_event_and_says_which_are_a_pile(
    reviewer: Client, batch: Batch, events: list[Event]
) -> None:
    answer = queue(reviewer, batch, f"at={events[3].pk}")
    assert answer == {
        "ids": ids(events), "after": None, "place": 4, "total": 6, "cards": {"place": 3, "total": 4},
        "piles": [[events[1].pk, events[2].pk, events[4].pk]],
    }  # fmt: skip


def test_a_pile_is_in_the_order_of_the_queue(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    answer = queue(reviewer, batch, f"sort=-confidence&at={events[5].pk}")
    assert answer["piles"] == [[events[4].pk, events[2].pk, events[1].pk]]
    assert answer["cards"] == {"place": 1, "total": 4}


@pytest.mark.parametrize("sort", ["item", "newest", "-confidence", "confidence", "-severity", "uncertain", "rarest"])
def test_every_order_has_the_same_pile(reviewer: Client, batch: Batch, events: list[Event], sort: str) -> None:
    (result,) = queue(reviewer, batch, f"sort={sort}&at={events[0].pk}")["piles"]
    assert sorted(result) == [events[1].pk, events[2].pk, events[4].pk]


def test_a_pile_never_mixes_approvals_nor_reaches_beyond_the_filter(
    reviewer: Client, batch: Batch, events: list[Event]
) -> None:
    Event.objects.filter(pk=events[2].pk).update(approval="approved", vendor_approval="approved")
    assert queue(reviewer, batch, f"at={events[0].pk}")["piles"] == [[events[1].pk, events[4].pk]]
    alone = queue(reviewer, batch, f"confidence_max=0.3&at={events[0].pk}")
    assert alone == {"ids": ids(events[:4]), "after": None, "place": 1, "total": 4}


def test_the_rest_of_a_pile_in_another_stretch_is_named_with_it(
    reviewer: Client, batch: Batch, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_AHEAD", 2)
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_BEHIND", 1)
    whole = [[events[1].pk, events[2].pk, events[4].pk]]
    first = queue(reviewer, batch, f"at={events[0].pk}")
    assert (first["ids"], first["piles"], first["cards"]) == (ids(events[:3]), whole, {"place": 1, "total": 4})
    second = queue(reviewer, batch, f"after={first['after']}")
    assert (second["ids"], second["piles"]) == (ids(events[3:5]), whole)
    third = queue(reviewer, batch, f"after={second['after']}")
    assert third == {"ids": [events[5].pk], "after": None}


def test_the_first_card_comes_with_its_pile(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    page = reviewer.get(f"/batches/{batch.pk}/review/?confidence_min=0.1")
    assert page.context["pile"] == [events[1], events[2], events[4]]
    assert reviewer.get(f"/batches/{batch.pk}/review/").context["pile"] == []


def card(client: Client, event: Event, named: str, target: str = "card") -> Any:
    return client.get(f"/events/{event.pk}/?pile={named}", headers={"HX-Request": "true", "HX-Target": target})


def test_a_card_shows_those_of_its_pile_that_are_in_its_state(
    reviewer: Client, account: Connection, events: list[Event]
) -> None:
    other = make_event(make_item(make_batch(account)))
    Event.objects.filter(pk=events[4].pk).update(approval="rejected", vendor_approval="rejected")
    named = ",".join(str(event.pk) for event in [events[2], events[1], events[4], other])
    assert card(reviewer, events[1], named).context["pile"] == [events[1], events[2]]
    assert card(reviewer, events[4], named).context["pile"] == []


def test_cards_that_come_together_have_each_its_own_pile(
    reviewer: Client, account: Connection, events: list[Event]
) -> None:
    wanted = [events[1], events[3], events[0]]
    pile(events[0], events[5])
    hidden = make_event(make_item(make_batch(make_connection())))
    address = f"/events/{','.join(str(event.pk) for event in [*wanted, hidden])}/"
    named = f"pile={events[1].pk},{events[2].pk},{events[4].pk}&pile={events[0].pk},{events[5].pk}"
    page = compact(reviewer.get(f"{address}?{named}", headers={"HX-Target": "card"}).content)
    cards = page.split("<article")[1:]
    assert [re.search(r' data-event="(\d+)"', card)[1] for card in cards] == [str(event.pk) for event in wanted]  # type: ignore[index]
    shown = [[int(pk) for pk in re.findall(r'data-pile-event="(\d+)"', card)] for card in cards]
    assert shown == [ids([events[1], events[2], events[4]]), [], ids([events[0], events[5]])]


@pytest.mark.parametrize("named", ["", "x", ",²,", "9" * 40, "-1", "1 2"])
def test_invalid_ids_make_no_pile(reviewer: Client, events: list[Event], named: str) -> None:
    assert card(reviewer, events[1], named).context["pile"] == []


def test_the_grid_marks_pending_events_of_a_pile_where_piles_are_shown(
    reviewer: Client, batch: Batch, events: list[Event], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def marked(address: str) -> list[int]:
        page = compact(reviewer.get(f"/batches/{batch.pk}/{address}").content)
        return [int(event) for event in re.findall(r'data-in-pile="\d+" data-event="(\d+)"', page)]

    with django_assert_num_queries(8):
        assert marked("") == ids([events[1], events[2], events[4]])
    Event.objects.filter(pk=events[2].pk).update(approval="approved", vendor_approval="approved")
    assert marked("?sort=-confidence") == ids([events[4], events[1]])
    assert marked("?sort=sample") == marked("table/") == []
    Batch.objects.update(opinions_wanted=2)
    assert marked("") == []


def test_the_page_of_an_event_is_about_that_event_alone(reviewer: Client, events: list[Event]) -> None:
    assert list(card(reviewer, events[1], str(events[2].pk), target="").context["pile"]) == []
