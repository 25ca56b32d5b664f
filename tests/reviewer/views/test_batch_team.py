"""Who has what of a batch, giving it out, and its review status."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches import actions
from batches.models import Assignment, AssignmentChange, Batch, Connection, Event, ReviewStep
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.html import compact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for number in range(4):
        make_event(item, sequence=number, severity_rank=number, severity="low" if number == 1 else "x")
    for name in ("ana", "ben"):
        make_member(account, "reviewer", name)
    return Batch.objects.get(pk=made.pk)


def assign(client: Client, batch: Batch, **fields: object):  # type: ignore[no-untyped-def]
    return client.post(f"/batches/{batch.pk}/assign/", {"key": str(uuid4())} | fields)


def test_the_page_waits_for_no_count_of_many_events(
    editor: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = compact(editor.get(f"/batches/{batch.pk}/team/?item={batch.items.get().pk}").content)
    assert "Assign <b>4</b> events" in page
    monkeypatch.setattr("reviewer.filters.events.MOST_READ", 3)
    page = compact(editor.get(f"/batches/{batch.pk}/team/?item={batch.items.get().pk}").content)
    assert "Assign more than <b>3</b> events" in page


def test_an_editor_splits_the_filtered_set(editor: Client, batch: Batch) -> None:
    answer = assign(editor, batch, query="severity=low,other", people=["ana", "ben"])
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/batches/{batch.pk}/team/?severity=low&severity=other",
    )
    assert list(Assignment.objects.values_list("user__username", "event__severity")) == [("ana", "x"), ("ben", "low")]
    assign(editor, batch, query="assigned=ana", nobody="1")
    assert list(Assignment.objects.values_list("user__username", flat=True)) == [None, "ben"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Choose at least one person."),
        ({"people": ["ana", "eve"]}, "&#x27;eve&#x27; cannot review on this connection."),
        ({"people": ["ana", "ana"]}, "A person is listed twice."),
        ({"people": ["ana"], "key": "x"}, "key: Enter a valid UUID."),
    ],
)
def test_invalid_input_assigns_nothing(editor: Client, batch: Batch, fields: dict[str, object], why: str) -> None:
    make_member(make_connection(), "reviewer", "eve")
    answer = assign(editor, batch, **fields)
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert AssignmentChange.objects.count() == 0


def test_a_change_says_in_words_what_was_assigned(editor: Client, batch: Batch) -> None:
    ana = User.objects.get(username="ana")
    event = batch.events.order_by("sequence")[0]
    seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
    actions.decide(**seen, approval="approved", by=ana, idempotency_key=uuid4())
    assert "1 of them is decided already." in compact(editor.get(f"/batches/{batch.pk}/team/").content)
    assign(editor, batch, query="approval=pending&assigned=nobody", people=["ana"])
    AssignmentChange.objects.create(
        idempotency_key=uuid4(), request="", batch=batch, by=ana, query="severity=bad", events=0
    )
    page = compact(editor.get(f"/batches/{batch.pk}/team/").content)
    assert ">Approval: pending, Assigned to: nobody</a>" in page
    assert ">approval=pending" not in page
    assert ">severity=bad</a>" in page  # a filter that is none any more


def test_a_wrong_filter_assigns_nothing(editor: Client, batch: Batch) -> None:
    assert assign(editor, batch, people=["ana"], query="severity=bad").status_code == 400
    assert AssignmentChange.objects.count() == 0


def test_the_filter_knows_me_others_and_nobody(editor: Client, reviewer: Client, batch: Batch) -> None:
    me = reviewer.user.username  # type: ignore[attr-defined]
    assign(editor, batch, people=[me, "ana"])
    ids = list(batch.events.order_by("sequence").values_list("pk", flat=True))
    Assignment.objects.filter(event=ids[1]).delete()
    Assignment.objects.filter(event=ids[3]).update(user=None)

    def matching_ids(query: str) -> list[int]:
        return list(reviewer.get(f"/batches/{batch.pk}/queue/?{query}").json()["ids"])

    assert matching_ids("assigned=me") == matching_ids(f"assigned={me}") == [ids[0]]
    assert matching_ids("assigned=ana") == [ids[2]]
    assert matching_ids("assigned=nobody") == [ids[1], ids[3]]
    assert matching_ids("assigned=me,nobody") == [ids[0], ids[1], ids[3]]
    assert matching_ids("assigned=unknown") == []
    headers = {"HX-Request": "true", "HX-Target": "facets"}
    choices = reviewer.get(f"/batches/{batch.pk}/?assigned=me", headers=headers).context["assigned"]
    assert [(choice.value, choice.count) for choice in choices] == [("me", 1), ("nobody", 2), ("ana", 1)]


def test_the_shares_say_what_is_done_and_left(editor: Client, batch: Batch) -> None:
    assign(editor, batch, people=["ana", "ben"])
    ana = User.objects.get(username="ana")
    for event in batch.events.order_by("sequence")[:3]:
        seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
        actions.decide(**seen, approval="approved", by=ana, idempotency_key=uuid4())
    people = editor.get(f"/batches/{batch.pk}/team/").context["people"]
    assert [(row.name, row.assigned, row.done, row.left) for row in people] == [("ana", 2, 2, 0), ("ben", 2, 1, 1)]
    assert [row.pace and row.pace.today for row in people] == [3, None]
    headers = {"HX-Request": "true", "HX-Target": f"shares-{batch.pk}"}
    part = editor.get(f"/batches/{batch.pk}/team/", headers=headers)
    assert compact(part.content).startswith(f'<div class="shares meta" id="shares-{batch.pk}"')
    assert "HX-Target" in part.headers["Vary"]


def test_what_the_vendor_no_longer_lists_is_nobodys_work(editor: Client, batch: Batch) -> None:
    assign(editor, batch, people=["ana"])
    Event.objects.filter(sequence=0).update(gone_at="2026-05-04T00:00:00Z")
    (ana,) = editor.get(f"/batches/{batch.pk}/team/").context["people"]
    assert (ana.assigned, ana.left) == (3, 3)


def test_the_page_says_how_far_the_review_is_before_anybody_sets_it(reviewer: Client, batch: Batch) -> None:
    ana = User.objects.get(username="ana")
    events = list(batch.events.order_by("sequence"))
    for decided, stage in [([], "Not started"), (events[:1], "In progress"), (events[1:], "Reviewed")]:
        for event in decided:
            seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
            actions.decide(**seen, approval="rejected", by=ana, idempotency_key=uuid4())
        page = compact(reviewer.get("/batches/").content)
        assert re.findall(r'"review-status review-\d".*?<span>(.*?)</span>', page) == [stage]
        assert ("Sign-off needed</a>" in page) is (stage == "Reviewed")


def test_the_review_status_is_set_shown_filtered_and_sorted(reviewer: Client, batch: Batch) -> None:
    other = make_batch(batch.connection, name="other")
    answer = reviewer.post(f"/batches/{batch.pk}/status/", {"status": "reviewed"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/batches/{batch.pk}/team/")

    def listed(query: str) -> list[int]:
        return [row.pk for row, *_ in reviewer.get(f"/batches/?{query}").context["rows"]]

    assert listed("review=reviewed") == listed("review=proposed") == []
    assert listed("review=waiting") == listed("review=in_progress") == [batch.pk], "events are pending"
    assert listed("review=not_started") == [other.pk]
    assert listed("sort=status") == [other.pk, batch.pk]
    assert listed("sort=-status") == [batch.pk, other.pk]
    page = reviewer.get("/batches/").content.decode()
    assert re.search(r"Signed off by \w+,\s+4 pending", page)
    assert "N/A" not in page


@pytest.mark.parametrize("status", ["", "done", "2"])
def test_an_unknown_status_is_refused(reviewer: Client, batch: Batch, status: str) -> None:
    assert reviewer.post(f"/batches/{batch.pk}/status/", {"status": status}).status_code == 422
    assert ReviewStep.objects.count() == 0
    assert reviewer.get(f"/batches/?review={status or 'x'}").status_code == 400


@pytest.mark.parametrize(
    ("at", "shown"), [("N/A", "fully"), ("2026-05-04T10:11:12Z", "fully · 2026-05-04 10:11"), (None, "fully")]
)
def test_the_vendors_own_word_has_a_date_only_where_there_is_one(
    viewer: Client, batch: Batch, at: str | None, shown: str
) -> None:
    Batch.objects.update(vendor_review_status="fully", vendor_reviewed_at=at)
    page = viewer.get(f"/batches/{batch.pk}/team/")
    assert page.context["vendor_review"] == shown
    assert "N/A" not in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    editor: Client, batch: Batch, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        assign(editor, batch, people=["ana", "ben"])
    with django_assert_num_queries(9):
        editor.get(f"/batches/{batch.pk}/team/")


def test_people_are_shown_with_their_initials(editor: Client, batch: Batch) -> None:
    """Of the name, where the profile has none."""
    assign(editor, batch, people=["ana", "ben"])
    User.objects.filter(username="ben").update(first_name="Ben", last_name="Okoro")
    page = editor.get(f"/batches/{batch.pk}/team/").content.decode()
    assert [page.count(f'data-initials="{text}"') for text in ("AN", "BO")] == [2, 2]  # the table and the form
