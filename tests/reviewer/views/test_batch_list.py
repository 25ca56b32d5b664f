"""The list of batches, and bringing one in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import responses
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import AdditionRun, Batch, Connection, SyncRun
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import MOST_BYTES, compact, weight
from tests.reviewer.conftest import SignIn
from tests.reviews import say


def titles(client: Client, query: str = "") -> list[str]:
    return [batch.title for batch, *_ in client.get(f"/batches/?{query}").context["rows"]]


def test_it_shows_the_batches_of_ones_connections_newest_first(reviewer: Client, account: Connection) -> None:
    for name in ("first", "second"):
        make_batch(account, name=name)
    make_batch(make_connection(), name="another team's")
    assert titles(reviewer) == ["second", "first"]


def test_staff_see_all_of_them(account: Connection, sign_in: SignIn) -> None:
    make_batch(account, name="one")
    assert titles(sign_in(is_staff=True)) == ["one"]


def test_the_status_is_honest(reviewer: Client, account: Connection) -> None:
    make_batch(account, state="partial", vendor_total=40, vendor_completed=37, vendor_failed=3)
    make_batch(account, state="processing", vendor_total=40, vendor_completed=17)
    make_batch(account, state="completed", vendor_total=40, vendor_completed=40, vendor_failed=0)
    text = reviewer.get("/batches/").content.decode()
    for phrase in ("Vendor: Completed, 3 of 40 failed", "Processing, 17 of 40 done", "Vendor: Completed<"):
        assert phrase in text


def test_search_looks_at_name_prompt_and_id_literally(reviewer: Client, account: Connection) -> None:
    make_batch(account, name="100%", prompt="a", external_id="aaa")
    make_batch(account, name="", prompt="near misses", external_id="bbb")
    assert titles(reviewer, "q=MISSES") == ["near misses"]
    assert titles(reviewer, "q=aa") == ["100%"]
    assert titles(reviewer, "q=%25") == ["100%"]
    assert titles(reviewer, "q=%00zzz") == []


def test_results_that_leave_their_vendor_can_be_listed(reviewer: Client, account: Connection) -> None:
    for name, days, kept in (("near", 3, 4), ("in danger", 6.5, 1), ("far", 8, 1), ("gone", -1, 4)):
        make_batch(
            account, name=name, vendor_total=4, stored_items=kept, expires_at=timezone.now() + timedelta(days=days)
        )
    make_batch(account, name="let go", expires_at=timezone.now() + timedelta(days=1), gone_at=timezone.now())
    make_batch(account, name="kept for ever")
    assert titles(reviewer, "results=expiring") == ["in danger", "near"]
    assert titles(reviewer, "results=expiring_incomplete") == ["in danger"]
    assert titles(reviewer, "results=expired") == ["let go", "gone"]
    assert reviewer.get("/batches/?results=soon").status_code == 400
    misspelt = reviewer.get("/batches/?mine=on&person=ben")
    assert (misspelt.status_code, "Unknown parameters: mine, person. Known: after," in misspelt.content.decode()) == (
        400,
        True,
    )


def test_it_is_paged_by_key(reviewer: Client, account: Connection) -> None:
    for number in range(60):
        make_batch(account, name=str(number))
    page = reviewer.get("/batches/")
    assert len(page.context["rows"]) == 50
    assert weight(page.content) < MOST_BYTES
    assert titles(reviewer, f"after={page.context['more']}") == [str(n) for n in range(9, -1, -1)]
    assert reviewer.get("/batches/?after=nonsense").status_code == 400


def test_a_running_sync_shows_how_far_it_is(reviewer: Client, account: Connection) -> None:
    SyncRun.objects.create(batch=make_batch(account), state="running", position=12, total=40)
    assert "Running · 30 %" in reviewer.get("/batches/").content.decode()


def test_only_the_rows_for_their_own_target(reviewer: Client) -> None:
    answer = reviewer.get("/batches/", headers={"HX-Request": "true", "HX-Target": "batch-rows"})
    assert answer.content.decode().strip().startswith('<div id="batch-rows">')
    assert "HX-Target" in answer.headers["Vary"]
    restored = reviewer.get("/batches/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert restored.content.decode().startswith("<!doctype html>")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, account: Connection, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_event(make_item(make_batch(account, synced_at=timezone.now())))
    with django_assert_num_queries(15):
        assert len(reviewer.get("/batches/").context["rows"]) == rows


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({"127.0.0.1:1"}))
    with responses.RequestsMock() as mock:
        yield mock


STATUS = "http://127.0.0.1:1/api/batch/abc123/status"


def test_an_editor_brings_a_batch_in_and_its_sync_is_asked_for(
    editor: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    vendor.get(STATUS, json={"batch_id": "abc123", "status": "completed", "videos": []})
    answer = editor.post("/batches/", {"connection": account.pk, "text": "https://app.example/x/batch-view/abc123"})
    batch = Batch.objects.get()
    assert (batch.external_id, batch.connection) == ("abc123", account)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/batches/{batch.pk}/sync/")
    assert [(run.state, run.requested_by) for run in batch.syncs.all()] == [("queued", editor.user)]  # type: ignore[attr-defined]


def test_a_batch_the_vendor_does_not_know_leaves_nothing_behind(
    editor: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    vendor.get(STATUS, status=404, json={"detail": "Batch not found"})
    answer = editor.post("/batches/", {"connection": account.pk, "text": "abc123"})
    assert (answer.status_code, "Batch not found" in answer.content.decode()) == (422, True)
    assert Batch.objects.count() == SyncRun.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("../x", "A batch ID is a single word without slashes"),
        ("https://example.org/elsewhere", "must end in batch-view/"),
        ("", "text: This field is required."),
        ("a\0b", "text: Null characters are not allowed."),
    ],
)
def test_invalid_input_changes_nothing(editor: Client, account: Connection, text: str, why: str) -> None:
    answer = editor.post("/batches/", {"connection": account.pk, "text": text})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Batch.objects.count() == SyncRun.objects.count() == 0


def test_a_list_is_requested_once_and_shown_with_its_progress(
    editor: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    make_batch(account)
    page = editor.get("/batches/")
    assert "Batch IDs or viewer URLs, one per line, up to 100" in compact(page.content), "the limit, before pasting"
    form = {"connection": account.pk, "text": "abc123\n../x\ndef456", "key": page.context["key"]}
    places = {editor.post("/batches/", form).headers["Location"] for _ in range(2)}
    run = AdditionRun.objects.get()
    assert places == {f"/additions/{run.pk}/"}
    assert "Adding 3 batches to Fleet West: 0 done" in compact(editor.get("/batches/").content)
    assert editor.post("/batches/", form | {"text": "other, list"}).headers["Location"] != f"/additions/{run.pk}/"


def test_too_many_ids_stay_in_the_form(editor: Client, account: Connection) -> None:
    text = "\n".join(f"id{number}" for number in range(199))
    answer = editor.post("/batches/", {"connection": account.pk, "text": text})
    assert (answer.status_code, "1 to 100 batches at a time, not 199." in answer.content.decode()) == (422, True)
    assert "id198" in answer.content.decode()
    assert AdditionRun.objects.count() == 0


def test_only_an_editor_of_that_connection_may(reviewer: Client, editor: Client, account: Connection) -> None:
    assert reviewer.post("/batches/", {"connection": account.pk, "text": "abc"}).status_code == 403
    assert editor.post("/batches/", {"connection": make_connection().pk, "text": "abc"}).status_code == 404
    assert Batch.objects.count() == 0


def test_what_the_vendor_approved_is_told_from_what_people_decided(reviewer: Client, account: Connection) -> None:
    batch = make_batch(account)
    item = make_item(batch)
    for number in range(3):
        make_event(item, vendor_approval="approved" if number else "pending")
    page = compact(reviewer.get("/batches/").content)
    assert "<b>2</b> of 3 decided" in page
    assert "2 by the vendor" in page
    say(list(batch.events.all()), "rejected", reviewer.user)  # type: ignore[attr-defined]
    page = compact(reviewer.get("/batches/").content)
    assert "<b>3</b> of 3 decided" in page
    assert "by the vendor" not in page
