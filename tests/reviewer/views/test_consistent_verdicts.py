"""Consistent verdicts: offered where verdicts are one-sided, tried on ten random events, applied and undone as one."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client

from batches import actions
from batches.models import Action, Batch, Connection, Conversation, Event
from batches.models.random_rank import random_rank
from reviewer.filters.events import EventFilter
from reviewer.insights.consistent_verdicts import consistent_verdicts
from reviewer.insights.counts import Group, grouped
from tests.factories import make_batch
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "category=Bird&severity=low&band=0.3"


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night freeway")


@pytest.fixture
def events(batch: Batch, reviewer: Client) -> list[Event]:
    """Twenty rejected in no order, thirteen left; in their random order."""
    events = fill(batch, "Bird", 33, severity="low", confidence=0.34)
    say(events[-20:], "rejected", reviewer.user, source="page")  # type: ignore[attr-defined]
    return events[:13]


def groups(rejected: int, approved: int, left: int, category: str = "Bird") -> list[Group]:
    kinds = [
        ("rejected", True, rejected),
        ("approved", True, approved),
        ("pending", False, left),
        ("approved", False, 500),
    ]
    return [Group(category, 1, 3, *kind) for kind in kinds if kind[-1]]


@pytest.mark.parametrize(
    ("counts", "offered"),
    [((20, 0, 11), True), ((19, 0, 11), False), ((38, 2, 11), True), ((37, 2, 11), False), ((20, 0, 10), False)],
)
def test_only_what_is_one_sided_and_worth_it_is_offered(counts: tuple[int, int, int], offered: bool) -> None:
    assert bool(consistent_verdicts(groups(*counts))) is offered
    assert bool(consistent_verdicts(groups(*counts, category=""))) is offered


def test_it_says_how_sure_it_is() -> None:
    (kind,) = consistent_verdicts(groups(20, 0, 412))
    assert (kind.verdict, kind.same, kind.decided, kind.left) == ("rejected", 20, 20, 412)
    assert round(kind.interval.low, 4) == 0.8389  # 1 − 0.1611, Newcombe's 0 of 20
    assert kind.label == "Bird · low · confidence 0.3 – 0.4"


def begin(client: Client, batch: Batch) -> str:
    """The address of the deck with the ten."""
    answer = client.get(f"/batches/{batch.pk}/consistent-verdict/?{KIND}")
    assert answer.status_code == 302
    return answer.headers["Location"]


def apply(client: Client, address: str, **fields: Any) -> Any:
    page = client.get(address).context
    body = {"key": uuid4(), "verdict": "rejected", "count": page["rest"] or 1, "made_at": page["made_at"],
            "sync": page["newest"][0], "updated": page["newest"][1]} | fields  # fmt: skip
    return client.post(address, body)


def test_ten_at_random_then_the_rest_then_undone_as_one(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    assert [kind.left for kind in consistent_verdicts(grouped(EventFilter.of(batch, QueryDict(""))))] == [13]
    deck = begin(reviewer, batch)
    assert reviewer.get(deck).status_code == 200
    queue = reviewer.get(deck.replace("/review/", "/queue/")).json()["ids"]
    assert queue == [event.pk for event in sorted(events, key=lambda event: random_rank(event.pk))[:10]]
    address = deck.replace("/review/", "/consistent-verdict/")
    assert reviewer.get(address).context["trial"].why == "10 of them are not decided yet."
    say(events[:10], "rejected", reviewer.user)  # type: ignore[attr-defined]
    assert "Apply “rejected” to the other 3" in reviewer.get(address).content.decode()
    assert apply(reviewer, address).status_code == 303
    assert set(batch.events.values_list("approval", flat=True)) == {"rejected"}
    last = Action.objects.latest("id")
    assert last.decisions.count() == 3
    assert last.decisions.first().note == "Consistent verdicts: 10 of 10 trial events were rejected."  # type: ignore[union-attr]
    reviewer.post(f"/batches/{batch.pk}/undo/", {"key": uuid4()})
    assert batch.events.filter(approval="pending").count() == 3


def test_what_no_longer_matches_when_the_rest_is_decided_stays(
    reviewer: Client, batch: Batch, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    for event in events:
        Conversation.objects.create(event=event, batch=batch, comments=1)
    deck = reviewer.get(f"/batches/{batch.pk}/consistent-verdict/?{KIND}&comments=1").headers["Location"]
    say(events[:10], "rejected", reviewer.user)  # type: ignore[attr-defined]
    decide_matching = actions.decide_matching

    def late(**what: Any) -> Any:
        Conversation.objects.filter(event=events[-1]).update(comments=0)
        return decide_matching(**what)

    monkeypatch.setattr(actions, "decide_matching", late)
    assert apply(reviewer, deck.replace("/review/", "/consistent-verdict/")).status_code == 303
    assert [*batch.events.filter(approval="pending")] == events[-1:]


def test_ten_that_differ_decide_nothing_for_the_rest(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    address = begin(reviewer, batch).replace("/review/", "/consistent-verdict/")
    say(events[:9], "rejected", reviewer.user)  # type: ignore[attr-defined]
    say(events[9:10], "approved", reviewer.user)  # type: ignore[attr-defined]
    answer = apply(reviewer, address)
    assert (answer.status_code, "verdicts differ" in answer.content.decode()) == (412, True)
    assert batch.events.filter(approval="pending").count() == 3


def test_ten_that_somebody_chose_are_no_trial(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    say(events[3:13], "rejected", reviewer.user)  # type: ignore[attr-defined]
    ids = ",".join(str(event.pk) for event in events[3:13])
    answer = apply(reviewer, f"/batches/{batch.pk}/consistent-verdict/?{KIND}&ids={ids}")
    assert (answer.status_code, "not a random sample" in answer.content.decode()) == (412, True)


def test_fewer_than_ten_are_no_trial(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    say(events[:2], "rejected", reviewer.user)  # type: ignore[attr-defined]
    address = f"/batches/{batch.pk}/consistent-verdict/?{KIND}&ids={events[0].pk},{events[1].pk}"
    assert reviewer.get(address).context["trial"].why == "These are 2; a trial needs 10."


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"verdict": "approved"}, 412), ({"count": 2}, 412), ({"verdict": "pending"}, 422), ({"made_at": "soon"}, 422)],
)
def test_what_is_not_as_it_was_seen_is_refused(
    reviewer: Client, batch: Batch, events: list[Event], fields: dict[str, Any], status: int
) -> None:
    address = begin(reviewer, batch).replace("/review/", "/consistent-verdict/")
    say(events[:10], "rejected", reviewer.user)  # type: ignore[attr-defined]
    assert apply(reviewer, address, **fields).status_code == status
    assert batch.events.filter(approval="pending").count() == 3


@pytest.mark.parametrize("query", ["", "category=Bird", "category=Bird,Cut-in&severity=low&band=0.3"])
def test_a_trial_is_about_one_kind(reviewer: Client, batch: Batch, query: str) -> None:
    assert reviewer.get(f"/batches/{batch.pk}/consistent-verdict/?{query}").status_code == 422


def test_nothing_left_leads_back_to_the_insights(reviewer: Client, batch: Batch) -> None:
    answer = reviewer.get(f"/batches/{batch.pk}/consistent-verdict/?{KIND}")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, f"/batches/{batch.pk}/insights/")
