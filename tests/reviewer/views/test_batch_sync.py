"""The sync of a batch as people see it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event, Poll, Quarantined, SyncRun, ThumbnailRun
from tests.factories import make_batch, make_event, make_item
from tests.html import compact
from tests.reviewer.conftest import SignIn

PANEL = {"HX-Request": "true", "HX-Target": "sync-panel"}


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night freeway", state="completed")


def run(batch: Batch, state: str = "done", **fields: object) -> SyncRun:
    ended = None if state in ("queued", "running", "waiting") else timezone.now()
    return SyncRun.objects.create(batch=batch, state=state, finished_at=ended, **fields)


def test_the_panel_polls_while_there_is_something_to_wait_for_and_stops_by_itself(viewer: Client, batch: Batch) -> None:
    going = run(batch, "running", position=12, total=40, events_seen=88)
    answer = compact(viewer.get(f"/batches/{batch.pk}/sync/", headers=PANEL).content)
    assert answer.startswith('<section class="panel" id="sync-panel" hx-get=')
    assert 'hx-trigger="every 1s"' in answer
    assert 'aria-valuenow="30"' in answer
    assert "sync-runs" not in answer
    SyncRun.objects.filter(pk=going.pk).update(state="done", finished_at=timezone.now())
    answer = compact(viewer.get(f"/batches/{batch.pk}/sync/", headers=PANEL).content)
    assert "hx-trigger" not in answer
    assert answer.count('id="sync-runs" hx-swap-oob="true"') == 1, "the list of runs with the end"
    page = viewer.get(f"/batches/{batch.pk}/sync/").content.decode()
    assert (page.count('id="sync-runs"'), page.count("hx-swap-oob")) == (1, 0)


def test_the_panel_of_a_batch_that_was_just_started_waits_for_its_first_poll(viewer: Client, batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(state="processing")
    run(batch)
    assert 'hx-trigger="every 10s"' in compact(viewer.get(f"/batches/{batch.pk}/sync/", headers=PANEL).content)


def test_the_panel_of_a_polled_batch_goes_on_and_brings_the_lists_with_a_new_run(viewer: Client, batch: Batch) -> None:
    first, poll = run(batch), Poll.objects.create(batch=batch)
    address = f"/batches/{batch.pk}/sync/?items=&shown={first.pk}"
    answer = compact(viewer.get(address, headers=PANEL).content)
    assert f'?items=&amp;shown={first.pk}" hx-trigger="every 10s"' in answer
    assert "sync-runs" not in answer
    run(batch)
    assert 'id="sync-runs" hx-swap-oob="true"' in compact(viewer.get(address, headers=PANEL).content)
    Poll.objects.filter(pk=poll.pk).update(ended_at=timezone.now())
    assert "hx-trigger" not in compact(viewer.get(address, headers=PANEL).content)


def test_the_head_of_the_batch_follows_a_sync_with_a_bar_until_it_ends(viewer: Client, batch: Batch) -> None:
    def head(address: str, **headers: str) -> str:
        page = compact(viewer.get(f"/batches/{batch.pk}/{address}", headers=headers).content)
        (result,) = re.findall(r'<a id="sync-state".*?</a>', page, re.DOTALL)
        return str(result)

    going = run(batch, "running", position=12, total=40)
    first, again = head(""), head("sync/", **{"HX-Request": "true", "HX-Target": "sync-state"})
    assert first == again
    for phrase in ('hx-trigger="every 2s"', "Syncing · 30 %", 'class="level" width="30%"'):
        assert phrase in again
    SyncRun.objects.filter(pk=going.pk).update(state="done", finished_at=timezone.now())
    Batch.objects.update(synced_at=timezone.now())
    assert "hx-" not in head("sync/", **{"HX-Request": "true", "HX-Target": "sync-state"})
    assert "Synced now" in head("")


def test_the_prompt_stands_below_a_name_of_ours(viewer: Client, batch: Batch) -> None:
    assert f"“{batch.prompt}”" in viewer.get(f"/batches/{batch.pk}/").content.decode()
    Batch.objects.update(name="")
    assert f"“{batch.prompt}”" not in viewer.get(f"/batches/{batch.pk}/").content.decode()


def test_an_editor_asks_for_a_sync_once(editor: Client, batch: Batch) -> None:
    for _ in range(2):
        answer = editor.post(f"/batches/{batch.pk}/sync/")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/batches/{batch.pk}/sync/")
    assert [(sync.state, sync.requested_by) for sync in batch.syncs.all()] == [("queued", editor.user)]  # type: ignore[attr-defined]


def test_an_editor_asks_for_thumbnails_and_gives_a_name(editor: Client, batch: Batch) -> None:
    assert editor.post(f"/batches/{batch.pk}/thumbnails/").status_code == 302
    assert ThumbnailRun.objects.get().requested_by == editor.user  # type: ignore[attr-defined]
    editor.post(f"/batches/{batch.pk}/name/", {"name": " Lisbon\0 "})
    assert Batch.objects.get().name == "Lisbon"


def test_an_editor_asks_for_the_thumbnails_of_one_video_on_its_card(sign_in: SignIn, batch: Batch) -> None:
    event = make_event(make_item(batch, analysis_id="a1", answered=True))
    offer, page = "Request thumbnails of this video", f"/events/{event.pk}/"
    editor = sign_in(batch.connection, "editor")
    assert offer in editor.get(page).text
    answers = [editor.post(f"/batches/{batch.pk}/thumbnails/", {"event": event.pk}, follow=True) for _ in range(2)]
    assert "Thumbnails requested from NomadicML." in answers[0].text
    assert ThumbnailRun.objects.get().item == event.item
    ThumbnailRun.objects.update(state="done", finished_at=timezone.now())
    again = editor.post(f"/batches/{batch.pk}/thumbnails/", {"event": event.pk}, follow=True)
    assert ("Not requested" in again.text, ThumbnailRun.objects.count()) == (True, 1)
    assert offer not in sign_in(batch.connection, "reviewer").get(page).text
    Event.objects.update(thumbnail_url="https://t.example/1")
    assert offer not in editor.get(page).text


def test_what_could_not_be_read_is_shown_with_place_reason_and_record(viewer: Client, batch: Batch) -> None:
    Quarantined.objects.create(batch=batch, path="video v9 event 7 time", reason="expected text", raw="<b>12</b>")
    make_item(batch, name="gate.mp4", state="failed", error="moov atom not found")
    make_item(batch, name="old.mp4", gone_at=timezone.now())
    run(batch, "incomplete", lost=["v1", "v2"], message="Two videos got no answer.")
    text = viewer.get(f"/batches/{batch.pk}/sync/").content.decode()
    for phrase in ("video v9 event 7 time", "expected text", "&lt;b&gt;12&lt;/b&gt;", "gate.mp4", "moov atom not found",
                  "old.mp4", "2 videos without a response", "Two videos got no answer."):  # fmt: skip
        assert phrase in text


def test_a_long_quarantine_is_cut_and_says_so(viewer: Client, batch: Batch) -> None:
    Quarantined.objects.bulk_create(Quarantined(batch=batch, path=str(n), reason="x") for n in range(103))
    assert "The first 100 of 103." in viewer.get(f"/batches/{batch.pk}/sync/").content.decode()


def test_after_a_sync_the_main_button_is_review(editor: Client, batch: Batch) -> None:
    def main_button() -> str:
        page = compact(editor.get(f"/batches/{batch.pk}/sync/").content)
        (label,) = re.findall(r'class="button button-primary"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', page.split("<h2>")[1])
        return str(label).strip()

    assert main_button() == "Sync now"
    make_event(make_item(batch))
    run(batch)
    assert main_button() == "Review"


def test_a_viewer_sees_no_buttons(viewer: Client, batch: Batch) -> None:
    text = viewer.get(f"/batches/{batch.pk}/sync/").content.decode()
    assert "Sync now" not in text
    assert f"/batches/{batch.pk}/thumbnails/" not in text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    viewer: Client, batch: Batch, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        make_event(make_item(batch, state="failed"))
        run(batch)
        Quarantined.objects.create(batch=batch, path=str(number), reason="x")
    with django_assert_num_queries(10):
        viewer.get(f"/batches/{batch.pk}/sync/")


REPORT = {
    "facts": [["Success rate", "66.67 %"], ["Files", "21,146,940 bytes"], ["Expired at", "2026-11-02T09:00:00Z"]],
    "errors": [{"kind": "format_error", "count": 12, "files": ["notes.numbers", "<b>.pdf"], "advice": "Convert files"}],
}


def test_what_the_vendor_reports_is_shown_with_its_advice(viewer: Client, batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(vendor_report=REPORT)
    page = compact(viewer.get(f"/batches/{batch.pk}/sync/").content)
    assert '<dt>Success rate</dt><dd dir="auto">66.67 %</dd>' in page
    assert '<dt>Expired at</dt><dd dir="auto">2 November 2026, 09:00 UTC</dd>' in page
    assert "12 files" in page
    assert "Convert files · Files include: notes.numbers, &lt;b&gt;.pdf" in page


def test_only_a_vendor_that_makes_thumbnails_is_asked_for_them(editor: Client, batch: Batch) -> None:
    offer = "Request missing thumbnails"
    assert offer in editor.get(f"/batches/{batch.pk}/sync/").content.decode()
    Connection.objects.update(vendor="twelvelabs")
    assert offer not in editor.get(f"/batches/{batch.pk}/sync/").content.decode()


def test_results_that_leave_soon_and_are_not_all_here_are_a_warning(viewer: Client, batch: Batch) -> None:
    Connection.objects.update(vendor="twelvelabs")
    Batch.objects.update(expires_at=timezone.now() + timedelta(days=5.5), vendor_total=2, stored_items=1)
    phrase = "Results expire at TwelveLabs in 6 days; 1 of 2 stored here"
    for page in ("/batches/", f"/batches/{batch.pk}/", f"/batches/{batch.pk}/sync/"):
        assert phrase in viewer.get(page).content.decode(), page


def test_an_answer_that_was_cut_is_among_the_items_with_problems(viewer: Client, batch: Batch) -> None:
    make_item(batch, name="cut.mp4", state="partial", error="The answer was cut at the token limit.")
    make_item(batch, name="fine.mp4")
    page = viewer.get(f"/batches/{batch.pk}/sync/").content.decode()
    assert "The answer was cut at the token limit." in page
    assert "fine.mp4" not in page


def test_every_item_is_found_by_what_became_of_it_with_the_vendors_word_and_its_error(
    viewer: Client, batch: Batch
) -> None:
    approvals = {"waiting": "queued", "processing": "processing", "completed": "ready", "failed": "failed",
             "canceled": "canceled", "unknown": "paused"}  # fmt: skip
    for state, word in approvals.items():
        make_item(
            batch, name=f"{word}.mp4", state=state, raw_status=word, error="No asset." if word == "failed" else ""
        )

    def shown(query: str = "") -> list[list[str]]:
        page = viewer.get(f"/batches/{batch.pk}/sync/{query}").content.decode()
        (panel,) = re.findall(r'<section class="panel" id="items".*?</section>', page, re.DOTALL)
        rows = re.findall(r"<li>(.*?)</li>", panel, re.DOTALL)
        return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]

    assert shown() == [
        ["failed.mp4", "Failed", "No", "asset."],
        ["canceled.mp4", "Canceled", "The", "vendor", "gives", "no", "reason."],
        ["paused.mp4", "Unknown", "paused"],
    ]
    assert shown("?items=waiting") == [["queued.mp4", "Waiting", "queued"]]
    assert shown("?items=processing") == [["processing.mp4", "Processing"]]
    assert shown("?items=completed") == [["ready.mp4", "Completed", "ready"]]
    assert shown("?items=partial") == []


def test_a_long_list_of_items_is_paged_without_gaps(viewer: Client, batch: Batch) -> None:
    for number in range(103):
        make_item(batch, name=f"{number}.mp4", state="failed")
    address, names = f"/batches/{batch.pk}/sync/?items=failed", []
    while address:
        page = compact(viewer.get(address).content)
        names += re.findall(r"<li><b[^>]*>(\d+)\.mp4</b>", page)
        more = re.findall(r'href="(\?items=failed&amp;after=[^"#]+)', page)
        address = f"/batches/{batch.pk}/sync/{more[0].replace('&amp;', '&')}" if more else ""
    assert names == [str(number) for number in range(103)]


@pytest.mark.parametrize("query", ["items=lost", "items=failed&after=x"])
def test_a_list_of_items_nobody_can_mean_is_refused(viewer: Client, batch: Batch, query: str) -> None:
    assert viewer.get(f"/batches/{batch.pk}/sync/?{query}").status_code == 400


def test_results_that_come_in_as_files_are_not_asked_for_and_nothing_warns_of_it(editor: Client, batch: Batch) -> None:
    Connection.objects.update(vendor="open", key_hint="", api_key=b"")
    pages = ["/batches/", f"/batches/{batch.pk}/sync/", "/connections/", f"/connections/{batch.connection_id}/"]
    for page in pages:
        text = editor.get(page).content.decode()
        for phrase in ("Sync stopped", "No key", "has no key", "Sync now", "Poll unfinished batches"):
            assert phrase not in text, (page, phrase)
    assert f"{batch.connection.name} · " not in editor.get("/batches/").content.decode(), "no form adds batches to it"
    assert "/imports/" in editor.get(pages[1]).content.decode()


def test_a_batch_is_renamed_where_nobody_else_did(editor: Client, batch: Batch) -> None:
    form = {"name": "  Ring  road ", "seen": "Night freeway", "next": "/batches/?q=road"}
    renamed = editor.post(f"/batches/{batch.pk}/name/", form)
    assert (renamed.status_code, renamed["Location"]) == (303, "/batches/?q=road")
    late = editor.post(f"/batches/{batch.pk}/name/", form | {"name": "Harbour"})
    assert (late.status_code, late.context["typed"]) == (422, "Harbour")
    assert "Somebody renamed this batch to “Ring road” meanwhile." in late.text
    again = form | {"name": "x" * 201, "seen": "Ring road"}
    assert "at most 200 characters, not 201" in editor.post(f"/batches/{batch.pk}/name/", again).text
    batch.refresh_from_db()
    assert batch.name == "Ring road"
