"""Second opinions on the pages: the number asked for, how far it is, and nothing of what others said too early."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, Connection, Event, Opinion
from tests.factories import make_batch, make_event, make_item

JSON = {"Accept": "application/json"}
WORD = "unmistakable-7c1f"  # in the reason and the note of an opinion nobody else may see


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, opinions_wanted=2)


@pytest.fixture
def event(batch: Batch) -> Event:
    return make_event(make_item(batch), label="A car cuts in", thumbnail_url="")


@pytest.fixture
def other(account: Connection, sign_in: Any) -> Client:
    return sign_in(account)  # type: ignore[no-any-return]


def decide(client: Client, event: Event, approval: str, **fields: Any) -> Any:
    event.refresh_from_db()
    sent = {"key": str(uuid4()), "approval": approval, "version": event.version, "fingerprint": event.fingerprint}
    return client.post(f"/events/{event.pk}/decide/", {**sent, **fields}, headers=JSON)


def pages(batch: Batch, event: Event) -> list[str]:
    """Every address that says something of an event."""
    b, e = f"/batches/{batch.pk}/", f"/events/{event.pk}/"
    return [
        b, f"{b}?approval=rejected", f"{b}?disputed=1", f"{b}?reason={WORD}", f"{b}?q={WORD}", f"{b}review/",
        f"{b}review/?event={event.pk}", f"{b}review/?approval=rejected", f"{b}queue/?approval=rejected",
        f"{b}events.csv", f"{b}events.csv?columns=full", f"{b}events.csv?columns=sdk", f"{b}opinions/", f"{b}sync/",
        e, "/batches/",
    ]  # fmt: skip


def text_of(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return str(body.decode())


def everything(client: Client, batch: Batch, event: Event) -> str:
    texts = [text_of(client, address) for address in pages(batch, event)]
    for target, address in [("results", ""), ("facets", ""), ("card", f"/events/{event.pk}/")]:
        texts.append(text_of(client, address or f"/batches/{batch.pk}/", **{"HX-Request": "true", "HX-Target": target}))
    token = {"token": uuid4(), "event": event.pk, "wanted": event.pk, "count": 3}
    texts.append(client.post(f"/batches/{batch.pk}/presence/", token).content.decode())
    return "\n".join(texts)


@pytest.mark.parametrize("who", ["other", "editor", "viewer"])
def test_opinions_stay_hidden_until_all_are_given(
    request: pytest.FixtureRequest, reviewer: Client, batch: Batch, event: Event, who: str
) -> None:
    client = request.getfixturevalue(who)
    name = reviewer.user.username  # type: ignore[attr-defined]
    files = {address: text_of(client, address) for address in pages(batch, event) if "csv" in address}
    before = everything(client, batch, event)
    assert decide(reviewer, event, "rejected", reason=WORD, note=WORD).status_code == 200
    after = everything(client, batch, event)
    # A filter says back what was asked for: as often as before.
    assert (after.count(WORD), after.count(name)) == (before.count(WORD), before.count(name))
    assert after.lower().count("rejected") == before.lower().count("rejected")
    # That the review has begun is no secret; what was said is.
    begun = {address: text.replace("not_started", "in_progress") for address, text in files.items()}
    assert {address: text_of(client, address) for address in files} == begun
    page = client.get(f"/events/{event.pk}/")
    assert (
        page.context["opinion_progress"].given,
        page.context["opinion_progress"].mine,
        page.context["opinion_progress"].visible,
    ) == (1, None, ())
    assert page.context["event"].approval == "pending"
    assert list(page.context["history"]) == []


def test_ones_own_opinion_is_shown(reviewer: Client, batch: Batch, event: Event) -> None:
    answer = decide(reviewer, event, "rejected", note=WORD).json()
    second = {"given": 1, "wanted": 2, "stage": "open", "mine": "rejected", "summary": "1 of 2 opinions"}
    assert (answer["event"]["opinion_progress"], answer["event"]["approval"]) == (second, "pending")
    assert answer["steps"] == [{"event": event.pk, "version": 1, "fingerprint": event.fingerprint}]
    assert answer["counts"]["pending"] == 1
    page = reviewer.get(f"/events/{event.pk}/")
    assert [(row.note, row.approval) for row in page.context["opinion_progress"].visible] == [(WORD, "rejected")]
    assert "you: rejected" in text_of(reviewer, f"/batches/{batch.pk}/")


def test_only_editors_see_differing_opinions(
    reviewer: Client, other: Client, editor: Client, viewer: Client, batch: Batch, event: Event
) -> None:
    decide(reviewer, event, "rejected", note=WORD)
    assert (
        decide(other, event, "approved").json()["event"]["opinion_progress"]["summary"]
        == "2 of 2 opinions, they differ"
    )
    seen = {}
    for client in (reviewer, other, editor, viewer):
        second = client.get(f"/events/{event.pk}/").context["opinion_progress"]
        seen[client] = [row.approval for row in second.visible]
    assert list(seen.values()) == [["rejected"], ["approved"], ["rejected", "approved"], []]
    assert [row.pk for row in editor.get(f"/batches/{batch.pk}/opinions/").context["events"]] == [event.pk]
    for client in (other, viewer):
        page = client.get(f"/batches/{batch.pk}/opinions/")
        assert (page.context["events"], WORD in page.content.decode()) == ([], False)


def test_when_it_is_decided_everybody_may_know(
    reviewer: Client, other: Client, viewer: Client, batch: Batch, event: Event
) -> None:
    decide(reviewer, event, "rejected", note=WORD)
    decide(other, event, "rejected")
    page = viewer.get(f"/events/{event.pk}/")
    assert [row.approval for row in page.context["opinion_progress"].visible] == ["rejected", "rejected"]
    assert WORD in text_of(viewer, f"/batches/{batch.pk}/events.csv?columns=full")


def test_a_late_verdict_is_reported(reviewer: Client, other: Client, sign_in: Any, event: Event) -> None:
    decide(reviewer, event, "rejected")
    decide(other, event, "approved")
    answer = decide(sign_in(event.batch.connection), event, "invalid")
    assert (answer.status_code, answer.json()["error"]) == (
        412, "All opinions on this event are in. An editor must settle it.",
    )  # fmt: skip
    assert "opinion_progress" not in answer.json()["event"]


def test_the_deck_serves_an_event_until_ones_opinion_is_given_or_all_are(
    reviewer: Client, other: Client, sign_in: Any, batch: Batch
) -> None:
    first, second, third = (make_event(make_item(batch)) for _ in range(3))
    third_person = sign_in(batch.connection)
    decide(reviewer, first, "approved")
    decide(other, second, "approved")
    decide(reviewer, second, "rejected")

    def served(client: Client, query: str = "approval=pending") -> list[int]:
        return list(client.get(f"/batches/{batch.pk}/queue/?{query}").json()["ids"])

    assert served(reviewer) == [third.pk]
    assert served(other) == served(third_person) == [first.pk, third.pk]
    assert served(reviewer, "") == [first.pk, second.pk, third.pk]
    assert served(other, "approval=pending&disputed=1") == [second.pk]
    token = {"token": uuid4(), "wanted": f"{first.pk},{third.pk}", "count": 3}
    answer = reviewer.post(f"/batches/{batch.pk}/presence/?approval=pending", token).json()
    assert (answer["leased"], answer["gone"]) == ([third.pk], [first.pk])


def test_undo_of_an_opinion_brings_it_back_to_the_deck(reviewer: Client, batch: Batch, event: Event) -> None:
    decide(reviewer, event, "approved")
    answer = reviewer.post(f"/batches/{batch.pk}/undo/", {"key": str(uuid4())}, headers=JSON).json()
    assert (answer["event"]["opinion_progress"]["mine"], answer["event"]["opinion_progress"]["given"]) == (None, 0)
    assert reviewer.get(f"/batches/{batch.pk}/queue/?approval=pending").json()["ids"] == [event.pk]


def test_an_editor_asks_for_opinions(editor: Client, batch: Batch) -> None:
    address = f"/batches/{batch.pk}/opinions/"
    assert editor.post(address, {"wanted": "3"}).status_code == 302
    assert Batch.objects.get().opinions_wanted == 3


@pytest.mark.parametrize("wanted", ["0", "6", "x", ""])
def test_a_number_that_cannot_be_asked_for(editor: Client, batch: Batch, wanted: str) -> None:
    answer = editor.post(f"/batches/{batch.pk}/opinions/", {"wanted": wanted})
    assert (answer.status_code, Batch.objects.get().opinions_wanted) == (422, 2)
    assert "wanted:" in answer.content.decode()


def test_agreement_says_over_how_many_events(reviewer: Client, other: Client, viewer: Client, batch: Batch) -> None:
    for mine, theirs in [("approved", "approved"), ("rejected", "rejected"), ("approved", "rejected")]:
        event = make_event(make_item(batch))
        decide(reviewer, event, mine)
        decide(other, event, theirs)
    decide(reviewer, make_event(make_item(batch)), "approved")
    page = viewer.get(f"/batches/{batch.pk}/opinions/")
    result = page.context["agreement"]
    assert (result.events, result.method, round(result.percent), round(result.kappa, 2)) == (3, "Cohen", 67, 0.4)
    assert [(stage.value, count) for stage, count in page.context["stages"]] == [
        ("open", 1), ("agreed", 2), ("disputed", 1), ("settled", 0),
    ]  # fmt: skip


def test_no_opinions_no_figures(viewer: Client, batch: Batch) -> None:
    page = viewer.get(f"/batches/{batch.pk}/opinions/")
    assert (page.context["agreement"], page.context["begun"]) == (None, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, other: Client, editor: Client, batch: Batch, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        event = make_event(make_item(batch))
        decide(reviewer, event, "approved")
        decide(other, event, "rejected")
    assert Opinion.objects.count() == 2 * rows
    with django_assert_num_queries(7):
        editor.get(f"/batches/{batch.pk}/opinions/")
