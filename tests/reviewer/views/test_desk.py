"""The desk: what waits for one person over all batches, counted, and nothing of other teams."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from batches import actions
from batches.models import Action, Batch, Connection, Event
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.reviews import fill, say


def sections(client: Client) -> dict[str, Any]:
    answer = client.get("/desk/")
    assert answer.status_code == 200
    return {section.name: (section, minutes, lines) for section, minutes, lines in answer.context["sections"]}


def batch_of(connection: Connection, events: int = 2, **fields: Any) -> Batch:
    batch = make_batch(connection, **fields)
    fill(batch, "Cut-in", events)
    return Batch.objects.get(pk=batch.pk)


def assign(batch: Batch, editor: Any, *people: Any) -> None:
    events = Event.objects.filter(batch=batch)
    actions.assign(batch_id=batch.pk, events=events, people=people, by=editor, idempotency_key=uuid4())


def test_the_first_page_after_sign_in_is_the_desk(reviewer: Client) -> None:
    assert reviewer.get("/", follow=True).redirect_chain == [("/desk/", 302)]
    assert "None of your connections has a batch yet" in reviewer.get("/desk/").content.decode()


@pytest.mark.parametrize("page", ["/desk/", "/batches/", "/events/"])
def test_an_empty_installation_says_what_belongs_there_to_each_role(page: str, editor: Client, viewer: Client) -> None:
    administrator = Client()
    administrator.force_login(User.objects.create_superuser("root"))
    assert "An editor can add one." in viewer.get(page).content.decode()
    account = Connection.objects.get()
    assert f'href="/connections/{account.pk}/first/"' in editor.get(page).content.decode()
    shown = administrator.get(page).content.decode()
    assert "An editor can add one." not in shown
    assert 'href="/connections/new/"' in shown
    assert 'action="/sample/"' in shown


def test_assigned_events_are_counted_and_their_button_opens_them(account: Connection, reviewer: Client) -> None:
    batch = batch_of(account, 3)
    other = make_member(account)
    assign(batch, make_member(account, "editor"), reviewer.user, other)  # type: ignore[attr-defined]
    section, _, lines = sections(reviewer)["assigned"]
    assert (section.count, section.batches) == (2, 1)
    address = f"/batches/{batch.pk}/review/?approval=pending&amp;assigned=me"
    assert f'href="{address}"' in reviewer.get("/desk/").content.decode()
    queue = reviewer.get(f"/batches/{batch.pk}/queue/?{lines[0][0].query}").json()
    assert len(queue["ids"]) == lines[0][0].count


def test_assigned_events_are_counted_once_and_not_continued_before_a_verdict(
    account: Connection, reviewer: Client
) -> None:
    batch, other = batch_of(account, 3), batch_of(account, 2)
    assign(batch, make_member(account, "editor"), reviewer.user)  # type: ignore[attr-defined]
    result = sections(reviewer)
    assert {name: (section.count, section.batches) for name, (section, _, _) in result.items()} == {
        "assigned": (3, 1), "waiting": (2, 1),
    }  # fmt: skip
    assert [line.batch for line, _ in result["waiting"][2]] == [other]
    page = reviewer.get("/desk/").content.decode()
    assert ("Not started by you" in page, f"Continue {batch.title}" in page) == (True, False)
    say([Event.objects.filter(batch=batch)[0]], "approved", reviewer.user)  # type: ignore[attr-defined]
    assert list(sections(reviewer)) == ["assigned", "waiting"]
    assert f"Continue {batch.title}" in reviewer.get("/desk/").content.decode()
    say(Event.objects.filter(batch=batch, approval="pending"), "approved", reviewer.user)  # type: ignore[attr-defined]
    assert list(sections(reviewer)) == ["waiting"]


def test_a_batch_moves_from_new_to_started_with_the_first_verdict(account: Connection, reviewer: Client) -> None:
    batch = batch_of(account)
    assert list(sections(reviewer)) == ["waiting"]
    say([Event.objects.filter(batch=batch)[0]], "approved", reviewer.user)  # type: ignore[attr-defined]
    result = sections(reviewer)
    assert list(result) == ["started"]
    assert (result["started"][0].count, result["started"][2][0][0].count) == (1, 1)


def test_times_are_at_the_persons_own_pace_over_all_batches(account: Connection, reviewer: Client) -> None:
    batch_of(account, 9)
    assert sections(reviewer)["waiting"][1] is None
    for minute in range(12):
        Action.objects.create(
            idempotency_key=uuid4(), kind="decide", user=reviewer.user, batch=make_batch(account),  # type: ignore[attr-defined]
            request="", created_at=datetime(2026, 5, 4, 9, minute, tzinfo=UTC),
        )  # fmt: skip
    assert sections(reviewer)["waiting"][1] == 9
    assert "≈ 9 min left" in reviewer.get("/desk/").content.decode()


def test_differing_opinions_are_listed_for_editors(account: Connection, editor: Client, reviewer: Client) -> None:
    batch = make_batch(account, opinions_wanted=2)
    event = make_event(make_item(batch))
    for approval in ("approved", "rejected"):
        say([event], approval, make_member(account))
    section, _, lines = sections(editor)["disputed"]
    assert (section.count, lines[0][0].query) == (1, "disputed=1")
    assert sections(reviewer) == {}  # all opinions are given: nothing waits for a reviewer


def test_a_given_opinion_waits_for_its_person_no_more(account: Connection, reviewer: Client) -> None:
    batch = batch_of(account, 2, opinions_wanted=2)
    say([Event.objects.filter(batch=batch)[0]], "approved", reviewer.user)  # type: ignore[attr-defined]
    assert sections(reviewer)["started"][2][0][0].count == 1


def test_unread_mentions_stand_on_the_desk(account: Connection, reviewer: Client) -> None:
    event = make_event(make_item(make_batch(account)))
    text = f"@{reviewer.user.username} look"  # type: ignore[attr-defined]
    actions.comment(event_id=event.pk, by=make_member(account), text=text, kind="say", idempotency_key=uuid4())
    page = reviewer.get("/desk/")
    assert [mention.comment.text for mention in page.context["mentions"]] == [text]
    opened = reviewer.post("/notifications/", {"notification": page.context["mentions"][0].pk})
    assert opened["Location"] == f"/events/{event.pk}/"
    assert list(reviewer.get("/desk/").context["mentions"]) == []


@pytest.mark.case("A04")
def test_work_of_other_teams_and_of_viewers_is_not_listed(account: Connection, viewer: Client) -> None:
    batch_of(make_connection(), 3)
    batch = batch_of(account)
    assert sections(viewer) == {}
    assert batch.title not in viewer.get("/desk/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_costs_the_same_for_many_batches(
    account: Connection, reviewer: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        assign(batch_of(account), make_member(account, "editor"), reviewer.user)  # type: ignore[attr-defined]
        started = batch_of(account)
        say([Event.objects.filter(batch=started)[0]], "approved", reviewer.user)  # type: ignore[attr-defined]
        batch_of(account, opinions_wanted=2)
    with django_assert_num_queries(15):
        reviewer.get("/desk/")
