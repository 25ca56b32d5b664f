"""The page on which whole videos are watched, and the recall that follows from it."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import add_missed
from batches.models import Batch, Connection, Event, Role, WatchAssignment, WatchedItem, WatchedParts
from batches.recall import watch_order
from tests.factories import make_batch, make_event, make_item, make_member


@pytest.fixture
def batch(account: Connection) -> Batch:
    """Two videos with a finding each."""
    made = make_batch(account)
    for _ in range(2):
        make_event(make_item(made))
    return made


@pytest.fixture
def maya(batch: Batch, client: Client) -> Any:
    """Signed in; she approved everything."""
    person = make_member(batch.connection)
    client.force_login(person)
    Event.objects.update(decided_at="2026-05-04T12:00Z", decided_by=person, approval="approved")
    Batch.objects.update(pending=0, approved=2)
    return person


def test_videos_come_in_random_order_until_all_are_watched(client: Client, batch: Batch, maya: Any) -> None:
    address = f"/batches/{batch.pk}/watch/"
    for number, item in enumerate(watch_order(batch.pk)):
        page = client.get(address)
        assert (page.context["item"], page.context["done"]) == (item, number)
        answer = client.post(f"/items/{item.pk}/watched/", {"key": uuid4(), "unplayable": "on" if number else ""})
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert "Every video was watched" in client.get(address).content.decode()
    assert list(WatchedItem.objects.values_list("playable", flat=True).distinct()) == [True, False]


def test_what_was_played_is_kept_for_the_person_until_all_was(client: Client, batch: Batch, maya: Any) -> None:
    item = watch_order(batch.pk)[0]
    address, page = f"/items/{item.pk}/watched-parts/", f"/batches/{batch.pk}/watch/"
    client.post(address, {"parts": "0-4.5,20-30"})
    assert client.post(address, {"parts": "4.8-6,10-11.25"}).json()["parts"] == [[0, 6], [10, 11.25], [20, 30]]
    for wrong in ("", "0", "5-4", "0-4,x", "0-1e9", "0-99999999", "-1-2"):
        answer = client.post(address, {"parts": wrong}, headers={"Accept": "application/json"})
        assert (answer.status_code, "parts" in answer.json()["error"]) == (422, True), wrong
    assert 'data-played="[[0.0, 6.0], [10.0, 11.25], [20.0, 30.0]]"' in client.get(page).content.decode()
    client.force_login(make_member(batch.connection, name="jonas"))
    assert 'data-played="[]"' in client.get(page).content.decode()
    client.force_login(maya)
    client.post(f"/items/{item.pk}/watched/", {"key": uuid4()})
    assert not WatchedParts.objects.exists()


def test_the_next_videos_are_assigned_and_come_first_for_whom_they_are(client: Client, batch: Batch, maya: Any) -> None:
    page, jonas = f"/batches/{batch.pk}/watch/", make_member(batch.connection, name="jonas")
    editor = make_member(batch.connection, Role.EDITOR, "eve")
    first, second = watch_order(batch.pk)
    assert client.post(f"{page}assign/", {"count": 2, "people": "jonas"}).status_code == 403
    client.force_login(editor)
    for people, refused in (([], "at least one person"), (["nobody here"], "cannot review")):
        answer = client.post(f"{page}assign/", {"count": 2, "people": people})
        assert (answer.status_code, refused in answer.content.decode()) == (422, True)
    for _ in range(2):  # the same again changes nothing
        client.post(f"{page}assign/", {"count": 5, "people": [jonas.get_username(), maya.get_username()]})
        assert list(WatchAssignment.objects.values_list("item", "user")) == [(first.pk, jonas.pk), (second.pk, maya.pk)]
    for person, item in ((maya, second), (jonas, first), (editor, first)):
        client.force_login(person)
        answer = client.get(page)
        assert (answer.context["item"], answer.context["mine"]) == (item, int(person != editor))
    client.force_login(jonas)
    assert "Videos to watch" in client.get("/desk/").content.decode()
    client.post(f"/items/{first.pk}/watched/", {"key": uuid4()})
    assert "Videos to watch" not in client.get("/desk/").content.decode()
    batch.items.filter(pk=second.pk).update(gone_at=timezone.now())
    client.force_login(maya)
    assert "Videos to watch" not in client.get("/desk/").content.decode(), "nobody can watch it any more"
    client.force_login(editor)
    client.post(f"{page}assign/", {"count": 1, "nobody": "1"})
    assert not WatchAssignment.objects.exists()


def test_a_named_video_shows_its_findings_and_what_was_added(client: Client, batch: Batch, maya: Any) -> None:
    item = batch.items.get(position=min(batch.items.values_list("position", flat=True)))
    add_missed(item_id=item.pk, values={"label": "A bicycle", "start_s": 1}, by=maya, idempotency_key=uuid4())
    page = client.get(f"/batches/{batch.pk}/watch/?item={item.pk}")
    assert [str(event) for event in page.context["findings"]] == ["A bicycle", "A car cuts in"]
    headers = {"HX-Request": "true", "HX-Target": "watch-findings"}
    part = client.get(f"/batches/{batch.pk}/watch/?item={item.pk}", headers=headers).content.decode()
    assert ("added by a reviewer" in part, "<html" in part) == (True, False)
    assert 'data-end-sentence="Watched whole: 1 missed."' in part


@pytest.mark.parametrize(
    ("name", "vendor", "texts"),
    [("drive.mp4", "nomadic", ["Watched to the end", "Watched whole: nothing missed.", "videos watched, in"]),
     ("drive.mp4", "wickson", ["Watched to the end", "Watched whole: nothing missed.", "Watch the item where"]),
     ("a.JPG", "wickson", ["Looked at", "Looked at: nothing missed.", "provides no picture. Look at the item where"]),
     ("report.pdf", "wickson", ["Read to the end", "Read whole: nothing missed.", "0 of 2 items read, in random"])],
)  # fmt: skip
def test_the_end_says_what_was_missed_in_the_words_of_the_item(
    client: Client, batch: Batch, maya: Any, name: str, vendor: str, texts: list[str]
) -> None:
    Connection.objects.update(vendor=vendor)
    batch.items.update(name=name)
    page, (first, second) = f"/batches/{batch.pk}/watch/", watch_order(batch.pk)
    body = client.get(page).content.decode()
    assert [text for text in (texts[0], texts[2]) if text not in body] == []
    client.post(f"/items/{first.pk}/watched/", {"key": uuid4()})
    assert f"{name}: {texts[1]}" in client.get(page).content.decode()
    add_missed(item_id=second.pk, values={"label": "A bicycle"}, by=maya, idempotency_key=uuid4())
    client.post(f"/items/{second.pk}/watched/", {"key": uuid4()})
    assert texts[1].replace("nothing", "1") in client.get(page).content.decode()


def test_insights_say_recall_only_with_its_interval(client: Client, batch: Batch, maya: Any) -> None:
    insights = f"/batches/{batch.pk}/insights/?figures=1"
    assert "Nobody has watched a whole video yet" in client.get(insights).content.decode()
    for item in watch_order(batch.pk):
        client.post(f"/items/{item.pk}/watched/", {"key": uuid4()})
    add_missed(item_id=item.pk, values={"label": "A bicycle"}, by=maya, idempotency_key=uuid4())
    page = client.get(insights)
    line = page.context["recall_lines"][0]
    assert (line.missed, round(line.whisker.value), line.more) == (1, round(100 * line.hits / (line.hits + 1)), 0)
    assert f"{page.context['coverage'].videos} of" in " ".join(page.content.decode().split())
    assert "95 % interval" in page.content.decode()
    assert page.context["measured_count"] == 1 < page.context["category_count"]
    for line in page.context["recall_lines"]:
        sample = {"key": uuid4(), "scope": "batch", "hits": line.hits, "missed": line.missed}
        sample |= {} if line.category is None else {"scope": "category", "category": line.category}
        assert client.post(f"/batches/{batch.pk}/certify-recall/", sample).status_code == 303
    page = client.get(insights)
    assert [line.certificate.category for line in page.context["recall_lines"]] == [None, "Cut-in", ""]
    assert page.content.decode().count("certified") == 3
    Event.objects.added().update(approval="rejected")
    assert [line.stale for line in client.get(insights).context["recall_lines"]] == [True, False]


def test_an_address_of_another_batchs_video_shows_none(client: Client, batch: Batch, maya: Any) -> None:
    assert client.get(f"/batches/{batch.pk}/watch/?item={make_item().pk}").context["item"] is None
