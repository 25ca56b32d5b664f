"""Presence of people on a batch's pages, and leases of events for their decks."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event, Lease, OpenPage
from tests.factories import make_batch, make_event, make_item

TOKEN = UUID(int=7)


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for number in range(6):
        make_event(item, label=f"event {number}")
    return made


@pytest.fixture
def ids(batch: Batch) -> list[int]:
    return list(batch.events.order_by("sequence").values_list("pk", flat=True))


def post_presence(client: Client, batch: Batch, query: str = "", **fields: Any) -> Any:
    fields = {"token": TOKEN} | fields
    if "wanted" in fields:
        fields["wanted"] = ",".join(map(str, fields["wanted"]))
    return client.post(f"/batches/{batch.pk}/presence/{query}", fields)


def name(client: Client) -> str:
    return client.user.username  # type: ignore[attr-defined]


def test_presence_returns_the_current_counts(viewer: Client, batch: Batch, ids: list[int]) -> None:
    assert post_presence(viewer, batch, counts="on").json()["counts"] == Batch.objects.get(pk=batch.pk).counts
    Batch.objects.filter(pk=batch.pk).update(approved=7)
    assert post_presence(viewer, batch, counts="on").json()["counts"]["approved"] == 7


def test_presence_lists_other_people_and_their_events(
    viewer: Client, reviewer: Client, editor: Client, batch: Batch, ids: list[int]
) -> None:
    assert post_presence(viewer, batch).json() == {"people": []}
    shown = {"name": name(viewer), "initials": name(viewer)[:2].upper(), "event": None}
    assert post_presence(reviewer, batch, event=ids[0]).json() == {"people": [shown]}
    assert post_presence(reviewer, batch, event=ids[1]).status_code == 200
    assert post_presence(editor, batch).json()["people"] == sorted(
        [shown, {"name": name(reviewer), "initials": name(reviewer)[:2].upper(), "event": ids[1]}],
        key=lambda first: first["name"],
    )


def test_people_whose_page_is_silent_are_not_present(viewer: Client, reviewer: Client, batch: Batch) -> None:
    post_presence(viewer, batch)
    OpenPage.objects.update(seen_at=timezone.now() - timedelta(seconds=51))
    assert post_presence(reviewer, batch).json() == {"people": []}


def test_people_of_another_batch_are_not_listed(
    viewer: Client, reviewer: Client, account: Connection, batch: Batch
) -> None:
    post_presence(viewer, make_batch(account))
    assert post_presence(reviewer, batch).json() == {"people": []}


def test_a_deck_leases_the_next_events_of_its_filter(
    reviewer: Client, editor: Client, batch: Batch, ids: list[int]
) -> None:
    Event.objects.filter(pk=ids[2]).update(approval="approved", vendor_approval="approved")
    answer = post_presence(reviewer, batch, "?approval=pending", event=ids[0], wanted=ids, count=3).json()
    assert answer == {"people": [], "leased": [ids[0], ids[1], ids[3]], "holders": {}, "gone": [ids[2]]}
    answer = post_presence(editor, batch, "?approval=pending", wanted=ids, count=3).json()
    assert (answer["leased"], answer["gone"]) == (ids[4:], [ids[2]])
    assert answer["holders"] == {str(pk): name(reviewer) for pk in (ids[0], ids[1], ids[3])}


def test_the_event_on_screen_stays_leased_outside_the_filter(reviewer: Client, batch: Batch, ids: list[int]) -> None:
    Event.objects.filter(pk=ids[0]).update(approval="approved", vendor_approval="approved")
    answer = post_presence(reviewer, batch, "?approval=pending", event=ids[0], wanted=ids[:2], count=3).json()
    assert (answer["leased"], answer["gone"]) == (ids[:2], [ids[0]])


def test_closing_the_page_releases_its_leases(reviewer: Client, editor: Client, batch: Batch, ids: list[int]) -> None:
    post_presence(reviewer, batch, wanted=ids, count=3)
    assert post_presence(reviewer, batch, leave="on").json() == {}
    assert (Lease.objects.count(), OpenPage.objects.count()) == (0, 0)
    assert post_presence(editor, batch, wanted=ids, count=2).json()["leased"] == ids[:2]


def test_a_verdict_releases_its_event(reviewer: Client, editor: Client, batch: Batch, ids: list[int]) -> None:
    post_presence(reviewer, batch, wanted=ids, count=2)
    event = Event.objects.get(pk=ids[0])
    verdict = {"key": str(uuid4()), "version": 1, "fingerprint": event.fingerprint, "approval": "approved"}
    for client, left in [(editor, ids[:2]), (reviewer, ids[:2])]:
        answer = client.post(
            f"/events/{ids[0]}/decide/", verdict | {"version": 9}, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, list(Lease.objects.order_by("event").values_list("event", flat=True))) == (
            412,
            left,
        )
    reviewer.post(f"/events/{ids[0]}/decide/", verdict, headers={"Accept": "application/json"})
    assert list(Lease.objects.values_list("event", flat=True)) == [ids[1]]


def test_nobody_releases_leases_of_another_person(
    reviewer: Client, editor: Client, batch: Batch, ids: list[int]
) -> None:
    post_presence(reviewer, batch, wanted=ids, count=3)
    post_presence(editor, batch, leave="on")
    assert Lease.objects.count() == 3


def test_viewers_lease_nothing(viewer: Client, batch: Batch, ids: list[int]) -> None:
    assert post_presence(viewer, batch, wanted=ids, count=3).json() == {"people": []}
    assert Lease.objects.count() == 0


def test_events_of_another_batch_are_not_leased(reviewer: Client, account: Connection, batch: Batch) -> None:
    other = make_event(make_item(make_batch(account)))
    answer = post_presence(reviewer, batch, event=other.pk, wanted=[other.pk], count=3).json()
    assert (answer["leased"], answer["gone"]) == ([], [other.pk])
    assert OpenPage.objects.get().event is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"token": "x"}, "token: Enter a valid UUID."),
        ({"event": "-1"}, "event: Ensure this value is greater than or equal to 1."),
        ({"wanted": "1;2"}, "wanted: Enter a valid value."),
        ({"wanted": ",".join(["1"] * 61)}, "wanted: Enter a valid value."),
        ({"wanted": "1", "count": "13"}, "count: Ensure this value is less than or equal to 12."),
    ],
)
def test_invalid_input_is_refused_with_a_message(
    reviewer: Client, batch: Batch, fields: dict[str, str], sentence: str
) -> None:
    answer = reviewer.post(f"/batches/{batch.pk}/presence/", {"token": str(TOKEN), **fields})
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert OpenPage.objects.count() == 0


def test_a_wrong_filter_is_400(reviewer: Client, batch: Batch) -> None:
    assert post_presence(reviewer, batch, "?approval=x", wanted=[1], count=1).status_code == 400


def test_the_deck_opens_at_the_first_free_event(
    reviewer: Client, editor: Client, viewer: Client, batch: Batch, ids: list[int]
) -> None:
    first = reviewer.get(f"/batches/{batch.pk}/review/")
    assert (first.context["event"].pk, list(Lease.objects.values_list("event", flat=True))) == (ids[0], [ids[0]])
    assert OpenPage.objects.get().token == first.context["token"]
    assert editor.get(f"/batches/{batch.pk}/review/").context["event"].pk == ids[1]
    assert viewer.get(f"/batches/{batch.pk}/review/").context["event"].pk == ids[0]
    assert editor.get(f"/batches/{batch.pk}/review/?event={ids[0]}").context["event"].pk == ids[0]
    assert Lease.objects.count() == 2


def test_a_head_request_leases_nothing(reviewer: Client, batch: Batch) -> None:
    assert reviewer.head(f"/batches/{batch.pk}/review/").status_code == 200
    assert Lease.objects.count() == 0


def test_a_deck_shows_that_others_have_all_events(
    reviewer: Client, editor: Client, batch: Batch, ids: list[int]
) -> None:
    post_presence(reviewer, batch, wanted=ids, count=6)
    page = editor.get(f"/batches/{batch.pk}/review/?approval=pending")
    assert (page.context["event"], page.context["held"]) == (None, True)
    Event.objects.update(approval="approved", vendor_approval="approved")
    page = editor.get(f"/batches/{batch.pk}/review/?approval=pending")
    assert (page.context["event"], page.context["held"]) == (None, False)


def test_leases_do_not_change_the_queue(reviewer: Client, editor: Client, batch: Batch, ids: list[int]) -> None:
    post_presence(reviewer, batch, wanted=ids, count=3)
    assert editor.get(f"/batches/{batch.pk}/queue/?approval=pending").json()["ids"] == ids


@pytest.mark.parametrize("people", [1, 3])
def test_presence_takes_one_query_for_all_people(
    reviewer: Client, account: Connection, sign_in: Any, batch: Batch, people: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for _ in range(people):
        post_presence(sign_in(account), batch, token=uuid4())
    with django_assert_num_queries(4):  # session with user, batch; this page, the people
        post_presence(reviewer, batch)
