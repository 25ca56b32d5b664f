"""Events over several batches: one filter for the table, the deck, its queue and the file; nobody else's events."""

import csv
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, Connection, Event, Lease, OpenPage, SavedView
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.html import compact
from tests.reviews import say

JSON = {"Accept": "application/json"}


@pytest.fixture
def batches(account: Connection) -> list[Batch]:
    """Three batches with two events each: a pedestrian and a van; the last one is of another connection."""
    made = [make_batch(account), make_batch(account), make_batch(make_connection(name="Fleet East"))]
    for batch in made:
        item = make_item(batch)
        make_event(item, label="Pedestrian crosses", category="Crossing", confidence=0.5)
        make_event(item, label="A van cuts in", category="Cut-in", confidence=0.9)
    return made


def ids(client: Client, query: str = "") -> list[int]:
    return [event.pk for event in client.get(f"/events/?{query}").context["events"]]


def labels(pks: list[int]) -> set[str]:
    return set(Event.objects.filter(pk__in=pks).values_list("label", flat=True))


def batch_of(pk: int) -> int:
    return Event.objects.get(pk=pk).batch_id


@pytest.mark.case("A04")
def test_events_of_every_batch_are_listed_and_of_no_other_team(reviewer: Client, batches: list[Batch]) -> None:
    assert {batch_of(pk) for pk in ids(reviewer)} == {batches[0].pk, batches[1].pk}
    assert ids(reviewer, f"batch={batches[2].pk}") == []
    assert ids(reviewer, f"connection={batches[2].connection_id}") == []


@pytest.mark.parametrize("query", ["q=pedest", "category=Crossing", "confidence_max=0.6", "approval=rejected",
                                   "sort=-confidence&approval=pending", "q=nobody"])  # fmt: skip
@pytest.mark.case("C04")
def test_table_deck_queue_and_file_have_the_same_events(reviewer: Client, batches: list[Batch], query: str) -> None:
    say(Event.objects.filter(batch=batches[0], category="Cut-in"), "rejected", reviewer.user)  # type: ignore[attr-defined]
    listed = ids(reviewer, query)
    assert reviewer.get(f"/events/queue/?{query}").json()["ids"] == listed
    download = b"".join(reviewer.get(f"/events/events.csv?columns=full&{query}").streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(download.decode().splitlines()))
    assert len(rows) == len(listed)
    assert {row["Label"] for row in rows} == labels(listed)


@pytest.mark.parametrize("address", ["/events/", "/events/review/", "/events/queue/", "/events/events.csv", "/board/"])
def test_an_unknown_filter_is_named(reviewer: Client, batches: list[Batch], address: str) -> None:
    answer = reviewer.get(f"{address}?projekt=Fleet")
    assert (answer.status_code, "Unknown parameter: projekt. Known: " in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("query", ["vendor=nomadic", "project=Night", "vendor=nomadic&project=Night"])
def test_the_file_of_a_project_or_a_vendor_has_the_listed_events(
    reviewer: Client, batches: list[Batch], query: str
) -> None:
    Batch.objects.filter(pk__in=[batch.pk for batch in batches]).update(project="Night")
    download = b"".join(reviewer.get(f"/events/events.csv?{query}").streaming_content)  # type: ignore[attr-defined]
    assert len(list(csv.DictReader(download.decode().splitlines()))) == len(ids(reviewer, query)) == 4


def test_a_search_finds_words_in_every_batch(reviewer: Client, batches: list[Batch]) -> None:
    result = ids(reviewer, "q=pedestrian+cross")
    assert (labels(result), len(result)) == ({"Pedestrian crosses"}, 2)
    assert ids(reviewer, "q=...") == []


@pytest.mark.parametrize("query", ["sort=rarest", "compare=1", "batch=x", "connection=0x1", "approval=aproved"])
@pytest.mark.case("C03")
def test_a_filter_that_is_of_one_batch_is_refused(reviewer: Client, batches: list[Batch], query: str) -> None:
    assert reviewer.get(f"/events/?{query}").status_code == 400


def test_pages_follow_each_other_over_batches(
    reviewer: Client, batches: list[Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ids(reviewer)
    monkeypatch.setattr("reviewer.views.event_lists.PAGE_ROWS", 3)
    first = reviewer.get("/events/")
    rest = reviewer.get("/events/", {"after": first.context["more"]}, headers={"HX-Target": "more"})
    assert [event.pk for event in [*first.context["events"], *rest.context["events"]]] == whole
    assert f"<b>{len(whole)}</b> events" in compact(first.content), "counted, not how many there are at least"
    assert "More than" not in first.text


def test_the_deck_takes_turns_through_batches_and_leases_in_each(reviewer: Client, batches: list[Batch]) -> None:
    page = reviewer.get("/events/review/?approval=pending")
    first, token = page.context["event"], page.context["token"]
    queue = reviewer.get("/events/queue/", {"approval": "pending", "at": first.pk}).json()
    assert (queue["place"], queue["total"], queue["ids"][0]) == (1, 4, first.pk)
    last = queue["ids"][-1]
    fields = {"token": token, "event": last, "wanted": ",".join(map(str, queue["ids"])), "count": 8}
    answer = reviewer.post("/events/presence/?approval=pending", fields).json()
    assert answer["leased"] == queue["ids"]
    assert OpenPage.objects.get().batch_id == batch_of(last) != first.batch_id
    other = Client()
    other.force_login(make_member(batches[0].connection))
    assert other.get("/events/review/?approval=pending").context["held"] is True
    reviewer.post("/events/presence/", {"token": token, "leave": "on"})
    assert (OpenPage.objects.filter(token=token).count(), Lease.objects.count()) == (0, 0)


def test_a_viewers_deck_shows_events_and_leases_none(viewer: Client, batches: list[Batch]) -> None:
    page = viewer.get("/events/review/")
    assert (page.context["event"].batch_id, page.context["rights"].can_decide) == (batches[0].pk, False)
    answer = viewer.post("/events/presence/", {"token": uuid4(), "event": page.context["event"].pk, "count": 3})
    assert ("leased" in answer.json(), Lease.objects.count()) == (False, 0)


def test_undo_and_redo_reach_the_last_verdict_in_any_batch(reviewer: Client, batches: list[Batch]) -> None:
    user = reviewer.user  # type: ignore[attr-defined]
    for batch in batches[:2]:
        say([Event.objects.filter(batch=batch)[0]], "approved", user)
    for address, expected in [("undo", {batches[0].pk}), ("undo", set()), ("redo", {batches[0].pk})]:
        answer = reviewer.post(f"/events/{address}/", {"key": uuid4()}, headers=JSON)
        assert answer.status_code == 200
        assert set(Event.objects.filter(approval="approved").values_list("batch", flat=True)) == expected


def test_undo_leaves_batches_where_one_decides_no_more(reviewer: Client, batches: list[Batch]) -> None:
    user = reviewer.user  # type: ignore[attr-defined]
    say([Event.objects.filter(batch=batches[0])[0]], "approved", user)
    user.memberships.update(role="viewer")
    assert reviewer.post("/events/undo/", {"key": uuid4()}, headers=JSON).status_code == 412
    assert Event.objects.filter(approval="approved").count() == 1


def test_the_end_of_the_queue_names_what_is_left(reviewer: Client, batches: list[Batch]) -> None:
    say(Event.objects.filter(batch=batches[0]), "approved", reviewer.user)  # type: ignore[attr-defined]
    end = reviewer.get(f"/events/review/?approval=pending&batch={batches[0].pk}")
    assert (end.context["event"], end.context["is_end"], end.context["left"]) == (None, True, 0)
    part = reviewer.get("/events/review/?approval=pending", headers={"HX-Target": "done-next"})
    assert (part.context["left"], "<html" in part.content.decode()) == (2, False)
    assert [section.name for section in part.context["sections"]] == ["waiting"]


def test_a_reload_finds_the_card_of_a_finished_batch(reviewer: Client, batches: list[Batch]) -> None:
    say(Event.objects.filter(batch=batches[0]), "approved", reviewer.user)  # type: ignore[attr-defined]
    event = Event.objects.filter(batch=batches[0])[0]
    page = reviewer.get(f"/events/review/?approval=pending&event={event.pk}")
    assert (page.status_code, page.context["event"]) == (200, event)
    foreign = Event.objects.filter(batch=batches[2])[0]
    assert reviewer.get(f"/events/review/?event={foreign.pk}").status_code == 404


def test_a_queue_is_kept_under_a_name_and_opens_from_the_desk(reviewer: Client, batches: list[Batch]) -> None:
    query = f"connection={batches[0].connection_id}&approval=pending&category=Cut-in"
    saved = reviewer.post("/events/views/", {"name": "Cut-ins", "query": query})
    assert saved.status_code == 302
    queue = SavedView.objects.get(connection=None)
    assert (queue.name, len(ids(reviewer, queue.query))) == ("Cut-ins", 2)
    assert f"/events/review/?{queue.query}".replace("&", "&amp;") in reviewer.get("/desk/").content.decode()
    assert reviewer.post("/events/views/", {"name": "x", "query": "approval=aproved"}).status_code == 400
    other = Client()
    other.force_login(make_member(batches[0].connection, "editor"))
    assert other.post(f"/views/{queue.pk}/delete/").status_code == 404
    assert reviewer.post(f"/views/{queue.pk}/delete/").status_code == 302
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_many_batches(
    account: Connection, reviewer: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        make_event(make_item(make_batch(account)))
    with django_assert_num_queries(8):
        reviewer.get("/events/?category=Cut-in")


def test_opinions_that_are_given_leave_the_queue(account: Connection, reviewer: Client) -> None:
    for _ in range(2):
        make_event(make_item(make_batch(account, opinions_wanted=2)))
    first = Event.objects.first()
    say([first], "approved", reviewer.user)  # type: ignore[attr-defined, list-item]
    assert len(reviewer.get("/events/queue/?approval=pending").json()["ids"]) == 1
