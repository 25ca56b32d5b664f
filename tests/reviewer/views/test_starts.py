"""Starting a batch from the page: who may, what is chosen, what the person is told."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, BatchStart, Connection, Vendor
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    rows = [
        {"video_id": "video0", "video_name": "Night drive.mp4", "duration_s": 44.6, "status": "uploaded"},
        {"video_id": "video1", "filename": "Rain.mp4", "duration_s": None, "status": "processing"},
    ]
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(name="Fleet West", base_url=vendor.url, key=vendor.key)


@pytest.fixture
def batch(account: Connection) -> Batch:
    batch = make_batch(account, prompt="near misses at night", category="driving")
    for number, approval in enumerate(["approved", "rejected"]):
        item = make_item(batch, external_id=f"video{number}", name=f"Drive {number}.mp4")
        make_event(item, approval=approval, vendor_approval=approval)
    return batch


def sent(**fields: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "prompt": "near misses", "video": ["video0"]} | fields


def test_the_accounts_videos_are_offered(editor: Client) -> None:
    page = editor.get("/batches/start/")
    text = compact(page.content)
    assert [video.external_id for video, _ in page.context["videos"]] == ["video0", "video1"]
    for phrase in ("Night drive.mp4", "45 s", "Rain.mp4", "processing", "Analyse selected videos"):
        assert phrase in text
    assert "Analyse 2 videos" in compact(editor.get("/batches/start/?all=1").content)


def test_a_start_is_written_down_once_and_shown(editor: Client, account: Connection) -> None:
    fields = sent(video=["video0"], more="video1\nvideo0", thumbnails="on")
    answers = [editor.post("/batches/start/", fields, follow=True) for _ in range(2)]
    run = BatchStart.objects.get()
    assert (run.videos, run.question["prompt"], run.question["thumbnails"]) == (
        ["video0", "video1"], "near misses", True,
    )  # fmt: skip
    assert "Starting" in answers[0].text
    assert answers[0].redirect_chain == answers[1].redirect_chain == [(f"/starts/{run.pk}/", 302)]


def test_errors_are_shown_and_the_input_is_kept(editor: Client, account: Connection) -> None:
    answer = editor.post("/batches/start/", sent(prompt=" ", more="video1"))
    assert answer.status_code == 422
    assert "Enter a prompt, or choose an agent." in answer.text
    assert "Analyse 2 videos" in compact(answer.content), "the typed one counts"
    assert [selected for _, selected in answer.context["videos"]] == [True, False]
    assert BatchStart.objects.count() == 0


def test_a_vendor_that_does_not_answer_leaves_room_for_ids(editor: Client, account: Connection) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    assert "The videos could not be listed." in editor.get("/batches/start/").text
    assert editor.post("/batches/start/", sent(video=[], more="video7")).status_code == 302


def test_running_again_begins_with_the_same_videos_and_prompt(editor: Client, batch: Batch) -> None:
    page = editor.get(f"/batches/{batch.pk}/start/")
    assert [selected for _, selected in page.context["videos"]] == [True, True]
    assert "Analyse 2 videos" in compact(page.content)
    assert page.context["form"]["prompt"].value() == "near misses at night"
    rejected = editor.get(f"/batches/{batch.pk}/start/?approval=rejected")
    assert [video.external_id for video, _ in rejected.context["videos"]] == ["video1"]
    editor.post(f"/batches/{batch.pk}/start/", sent())
    assert BatchStart.objects.get().parent == batch


def test_changed_words_are_shown_before_anything_is_sent(editor: Client, batch: Batch) -> None:
    fields = sent(prompt="near misses in rain", video=["video0", "video1"])
    part = compact(editor.post(f"/batches/{batch.pk}/start/", fields, headers={"HX-Target": "start-effect"}).content)
    assert part.startswith('<div class="start-do" id="start-effect"')
    for phrase in ("near misses", "<del>at night</del>", "<ins>in rain</ins>", "Analyse 2 videos"):
        assert phrase in part
    assert BatchStart.objects.count() == 0


def test_only_editors_start_batches(batch: Batch, sign_in: SignIn, editor: Client) -> None:
    editor.post(f"/batches/{batch.pk}/start/", sent())
    run = BatchStart.objects.get()
    reviewer, stranger = sign_in(batch.connection, "reviewer"), sign_in()
    assert reviewer.post(f"/batches/{batch.pk}/start/", sent()).status_code == 403
    assert reviewer.get(f"/starts/{run.pk}/").status_code == 403
    assert stranger.get(f"/starts/{run.pk}/").status_code == 404
    assert stranger.get(f"/batches/{batch.pk}/start/").status_code == 404
    assert "can be started by editors" in reviewer.get("/batches/start/").text
    assert "Run again" not in reviewer.get(f"/batches/{batch.pk}/").text
    assert "Run again" in editor.get(f"/batches/{batch.pk}/").text
    assert BatchStart.objects.count() == 1


def test_a_start_that_may_have_happened_says_how_to_find_out(editor: Client, account: Connection) -> None:
    editor.post("/batches/start/", sent())
    BatchStart.objects.update(
        state="incomplete", message="The batch may have started.", finished_at="2026-01-01T00:00Z"
    )
    page = editor.get(f"/starts/{BatchStart.objects.get().pk}/").text
    for phrase in ("May have started", "Start again"):
        assert phrase in page


def test_a_started_batch_says_where_it_stands_and_leads_to_it(editor: Client, batch: Batch) -> None:
    editor.post("/batches/start/", sent())
    run = BatchStart.objects.get()
    BatchStart.objects.update(state="done", batch=batch, finished_at="2026-01-01T00:00Z")
    Batch.objects.update(state="processing")
    page = editor.get(f"/starts/{run.pk}/").text
    assert "The vendor is analysing the videos." in page
    assert f'href="/batches/{batch.pk}/sync/"' in page
    Batch.objects.filter(pk=batch.pk).update(state="completed", pending=3)
    page = editor.get(f"/starts/{run.pk}/").text
    assert "analysing" not in page
    assert "hx-get" not in page.partition('id="start-panel"')[2]
    batch.refresh_from_db()
    for phrase in ("Completed", f"{batch.event_count} events", "Not completely synced yet"):
        assert phrase in page
    assert f'href="/batches/{batch.pk}/"' in page


def test_a_vendor_with_modes_has_a_form_of_its_own(editor: Client, batch: Batch) -> None:
    Connection.objects.update(vendor=Vendor.TWELVELABS)
    asset = "6298d673f1090f1100476d4c"
    batch.items.filter(external_id="video0").update(source_uri=f"asset:{asset}", name="clip-1")
    page = editor.get(f"/batches/{batch.pk}/start/")
    assert [(video.external_id, video.name) for video, _ in page.context["videos"]] == [(f"{asset}=clip-1", "clip-1")]
    assert "Segments to look for" in page.text
    assert 'name="confidence"' not in page.text
    fields = sent(mode="time_based_metadata", definitions="risk: Near misses", video=[f"{asset}=clip-1"])
    editor.post(f"/batches/{batch.pk}/start/", fields)
    run = BatchStart.objects.get()
    assert (run.title, run.question["mode"], run.question["prompt"]) == (
        "risk: Near misses", "time_based_metadata", "",
    )  # fmt: skip
    assert "risk: Near misses" in editor.get(f"/starts/{run.pk}/").text
