"""Comments over HTTP: for the outbox (JSON) and without JavaScript."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Comment, Connection, Event
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

JSON = {"Accept": "application/json"}


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)))


def post(client: Client, event: Event, **fields: object):  # type: ignore[no-untyped-def]
    return client.post(f"/events/{event.pk}/comment/", {"key": str(uuid4())} | fields, headers=JSON)


def test_a_comment_is_saved_shown_and_found(reviewer: Client, event: Event) -> None:
    make_event(event.item)
    answer = post(reviewer, event, text="Too dark <b>").json()
    assert (answer["saved"], answer["events"], answer["talk"]) == (True, [], {"comments": 1, "unresolved": True})
    page = reviewer.get(f"/events/{event.pk}/").content.decode()
    assert "Too dark &lt;b&gt;" in page
    for query, result in (("comments=1", [event.pk]), ("unresolved=1", [event.pk])):
        address = f"/batches/{event.batch_id}"
        assert [row.pk for row in reviewer.get(f"{address}/?{query}").context["events"]] == result
        assert reviewer.get(f"{address}/queue/?{query}").json()["ids"] == result
    post(reviewer, event, kind="resolve")
    assert reviewer.get(f"/batches/{event.batch_id}/queue/?unresolved=1").json()["ids"] == []
    assert reviewer.get(f"/batches/{event.batch_id}/queue/?comments=1").json()["ids"] == [event.pk]


def test_a_drawing_is_shown_as_a_picture_made_from_its_numbers(reviewer: Client, event: Event) -> None:
    shapes = [{"kind": "box", "points": [[0.5, 0.25], [1, 1]]}, {"kind": "arrow", "points": [[0, 0], [0.5, 0]]}]
    drawing = json.dumps({"at": 5.25, "aspect": 2, "shapes": shapes})
    assert post(reviewer, event, text="00:05.2 here", drawing=drawing).status_code == 200
    page = reviewer.get(f"/events/{event.pk}/").content.decode()
    assert '<svg class="drawing" viewBox="0 0 2000 1000"' in page
    assert '<path d="M1000.0 250.0 2000.0 250.0 2000.0 1000.0 1000.0 1000.0Z"/>' in page
    assert f'href="/events/{event.pk}/?at=5.25" data-seek="5.25"' in page


def test_a_withdrawn_comment_is_no_longer_shown(reviewer: Client, editor: Client, event: Event) -> None:
    key = str(uuid4())
    post(reviewer, event, key=key, text="By mistake")
    assert post(editor, event, kind="withdraw", target=key).status_code == 422
    assert post(reviewer, event, kind="withdraw", target=key).json()["talk"]["comments"] == 0
    assert "By mistake" not in reviewer.get(f"/events/{event.pk}/").content.decode()
    assert Comment.objects.filter(text="By mistake").exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": ""}, "A comment has 1 to 2,000 characters."),
        ({"text": "x" * 2001}, "text: Ensure this value has at most 2000 characters (it has 2001)."),
        ({"text": "a\0b"}, "text: Null characters are not allowed."),
        ({"kind": "edit", "text": "x"}, "kind: Select a valid choice. edit is not one of the available choices."),
        ({"kind": "withdraw", "target": "x"}, "target: Enter a valid UUID."),
        ({"text": "x", "drawing": "<svg onload=alert(1)>"}, "drawing: is not JSON."),
        ({"key": "1", "text": "x"}, "key: Enter a valid UUID."),
    ],
)
def test_invalid_input_changes_nothing(reviewer: Client, event: Event, fields: dict[str, str], why: str) -> None:
    answer = post(reviewer, event, **fields)
    assert (answer.status_code, answer.json()["error"]) == (422, why)
    assert Comment.objects.count() == 0


def test_a_resend_makes_one_and_another_person_s_is_refused(reviewer: Client, editor: Client, event: Event) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert post(reviewer, event, key=key, text="Look").status_code == 200
    assert post(editor, event, key=key, text="Look").status_code == 422
    assert Comment.objects.count() == 1


def test_a_comment_is_only_written_in_its_author_s_name(reviewer: Client, editor: Client, event: Event) -> None:
    answer = post(editor, event, text="Look", author=reviewer.user.pk)  # type: ignore[attr-defined]
    assert (answer.status_code, answer.json()["signed_in"]) == (401, editor.user.username)  # type: ignore[attr-defined]
    assert Comment.objects.count() == 0


def test_without_javascript_the_comment_comes_back_to_the_page(reviewer: Client, event: Event) -> None:
    current = f"/events/{event.pk}/"
    answer = reviewer.post(f"{current}comment/", {"key": str(uuid4()), "text": "Look", "next": current})
    assert (answer.status_code, answer.headers["Location"]) == (303, current)


def test_the_card_knows_whom_one_can_mention(viewer: Client, event: Event) -> None:
    make_member(event.batch.connection, "reviewer", "zoe")
    make_member(make_connection(), "reviewer", "stranger")
    assert viewer.get(f"/events/{event.pk}/").context["people"].split()[-1] == "zoe"
    assert "stranger" not in viewer.get(f"/events/{event.pk}/").context["people"]


def test_the_answer_to_a_comment_names_those_who_are_not_notified(reviewer: Client, event: Event) -> None:
    make_member(event.batch.connection, "reviewer", "zoe")
    gone = make_member(event.batch.connection, "reviewer", "gone")
    gone.is_active = False
    gone.save()
    current = f"/events/{event.pk}/"
    fields = {"key": str(uuid4()), "text": "@zoe <b> @gone @nobody, see 00:04.0", "next": current}
    page = reviewer.get(reviewer.post(f"{current}comment/", fields).headers["Location"]).content.decode()
    assert "<b>@zoe</b> &lt;b&gt; @gone @nobody, see <a" in page
    assert [f"<bdi>@{name}</bdi>" in page for name in ("zoe", "gone", "nobody")] == [False, True, True]


def test_a_page_shows_the_latest_comments_and_leads_to_earlier_ones(
    reviewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.review.card.TALK_STEPS", 2)
    for number in range(3):
        post(reviewer, event, text=f"comment {number}")
    page = reviewer.get(f"/events/{event.pk}/")
    assert [step.text for step in page.context["talk"]] == ["comment 1", "comment 2"]
    earlier = f"/events/{event.pk}/?comments_before={page.context['talk'][0].pk}"
    assert earlier in page.content.decode()
    page = reviewer.get(earlier)
    assert ([step.text for step in page.context["talk"]], page.context["talk_before"]) == (["comment 0"], None)
    assert "Latest comments" in page.content.decode()
