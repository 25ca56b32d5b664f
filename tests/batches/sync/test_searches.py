"""A search of an account: what the vendor names is linked to the events stored here, now or once they come in."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from nomadic import NomadicAI

from batches.actions import search_folder
from batches.errors import BadRecord
from batches.models import Batch, Connection, Folder, RunState, SearchMatch, SyncRun, VideoSearch
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import ACCOUNTS, DEMO_KEY, World
from batches.sync.searches import LONGEST, link_matches, search_videos
from batches.sync.vendors.nomadic_search import MAX_MATCHES, read_answer, read_session
from batches.tasks import run_sync
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_item, make_user

OWNER = ACCOUNTS[DEMO_KEY].user_id
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    rows = [
        {"video_id": f"video{number}", "video_name": f"{number}.mp4", "folder_id": "f1", "folder_name": "Fleet"}
        for number in range(2)
    ]
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=3, events=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


@pytest.fixture
def folder(connection: Connection) -> Folder:
    return Folder.objects.create(connection=connection, external_id="f1", name="Fleet")


def requested(folder: Folder, question: str = "cars that are close", **options: Any) -> VideoSearch:
    key = options.pop("key", None) or uuid4()
    return search_folder(
        connection=folder.connection, folder=folder, question=question, by=None, idempotency_key=key, **options
    )


def no_sleep(_: float) -> None:
    pass


def searched(run: VideoSearch) -> VideoSearch:
    ended = search_videos(run.pk, sleep=no_sleep)
    assert ended is not None
    return ended


def test_matches_are_linked_to_the_events_stored_here(connection: Connection, folder: Folder) -> None:
    item = make_item(make_batch(connection), external_id="video1", analysis_id="analysis-video1")
    event = make_event(item, external_id="evt_3", raw_index=1)
    make_event(make_item(make_batch(), external_id="video1", analysis_id="analysis-video1"), external_id="evt_3")
    run = searched(requested(folder))
    assert (run.state, run.total, run.summary) == (RunState.DONE, 4, "4 events match.")
    matches = list(run.matches.all())
    assert [(match.position, match.video_id) for match in matches] == [
        (0, "video0"), (1, "video0"), (2, "video1"), (3, "video1")
    ]  # fmt: skip
    assert [match.event_id for match in matches] == [None, None, None, event.pk], "another account's is not meant"
    assert (matches[0].similarity, matches[0].reason) == (0.333, "It mentions close.")


@pytest.mark.parametrize("archived", [False, True])
def test_an_analysis_of_two_batches_is_linked_to_the_newer_one(
    connection: Connection, folder: Folder, archived: bool
) -> None:
    older, newer = (
        make_event(
            make_item(make_batch(connection), external_id="video1", analysis_id="analysis-video1"),
            external_id="evt_3", raw_index=1,
        ) for _ in range(2)
    )  # fmt: skip
    if archived:
        Batch.objects.filter(pk=newer.batch_id).update(archived_at=timezone.now(), archived_by=make_user())
    run = searched(requested(folder))
    assert run.matches.get(event__isnull=False).event == (older if archived else newer)


def test_matches_are_linked_once_their_batch_is_synced(connection: Connection, folder: Folder) -> None:
    run = searched(requested(folder))
    assert not run.matches.filter(event__isnull=False).exists()
    batch = Batch.objects.create(connection=connection, external_id=worlds.BATCH)
    run_sync.func(SyncRun.objects.create(batch=batch).pk)
    assert [match.event.external_id for match in run.matches.all() if match.event] == [
        "evt_0", "evt_1", "evt_2", "evt_3"
    ]  # fmt: skip


def test_a_match_without_an_event_id_is_found_by_its_place(connection: Connection, folder: Folder) -> None:
    item = make_item(make_batch(connection), external_id="video1", analysis_id="analysis-video1")
    event = make_event(item, external_id="evt_3", raw_index=1)
    run = requested(folder, background=False)
    named = {"search": run, "video_id": "video1", "analysis_id": "analysis-video1"}
    SearchMatch.objects.create(**named, position=0, raw_index=1)
    SearchMatch.objects.create(**named, position=1, external_id="evt_3")  # the same event once more
    SearchMatch.objects.create(**named, position=2, external_id="evt_9", raw_index=1)
    assert link_matches(connection.pk) == 1
    assert [match.event_id for match in run.matches.all()] == [event.pk, None, None]
    assert link_matches(connection.pk) == 0


def test_a_search_whose_worker_was_killed_is_not_begun_again(vendor: Sandbox, folder: Folder) -> None:
    run = requested(folder)
    session = {"session_id": vendor.state.searches.open(OWNER), "owner": OWNER, "path": "p"}
    begun = {"session": session | {"trace_path": "p"}, "sent_at": timezone.now() - LONGEST}
    VideoSearch.objects.filter(pk=run.pk).update(**begun)
    run = searched(run)
    assert (run.state, run.message) == (RunState.FAILED, "The search did not end within 15 minutes. Search again.")
    state = vendor.state.searches.data(OWNER, session["session_id"])
    assert state is not None
    assert state["status"] == "processing", "it was not begun a second time"


def test_a_vendor_that_is_away_is_called_again(vendor: Sandbox, folder: Folder) -> None:
    vendor.faults = Faults(first=["503"] * 9)
    run = searched(requested(folder))
    assert run.state == RunState.WAITING
    VideoSearch.objects.filter(pk=run.pk).update(retry_at=timezone.now())
    vendor.faults = Faults()
    assert searched(run).state == RunState.DONE


def test_a_search_that_never_reached_the_vendor_is_begun_again(vendor: Sandbox, folder: Folder) -> None:
    vendor.faults = Faults(rate=1.0, kinds=["429-none"], paths=r"^/api/search($|\?)")
    run = searched(requested(folder))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    vendor.faults = Faults()
    VideoSearch.objects.filter(pk=run.pk).update(retry_at=timezone.now())
    assert searched(run).state == RunState.DONE


def test_a_folder_that_the_vendor_lost_is_a_failure(connection: Connection) -> None:
    folder = Folder.objects.create(connection=connection, external_id="f9", name="Gone")
    run = searched(requested(folder))
    assert (run.state, run.message) == (RunState.FAILED, "NomadicML could not search: Folder not found")


def test_one_search_runs_at_a_time(folder: Folder) -> None:
    key = uuid4()
    run = requested(folder, key=key, background=False)
    assert requested(folder, key=key, background=False).pk == run.pk
    with pytest.raises(ValueError, match="already running"):
        requested(folder, background=False)


@pytest.mark.parametrize("question", ["", "  ", "x" * 1001])
def test_a_question_has_a_size(folder: Folder, question: str) -> None:
    with pytest.raises(ValueError, match="1 to 1000 characters"):
        requested(folder, question)


def test_a_folder_of_another_connection_is_refused(folder: Folder) -> None:
    folder.connection = make_connection()
    with pytest.raises(ValueError, match="folder of this connection"):
        search_folder(
            connection=Connection.objects.exclude(pk=folder.connection_id).get(), folder=folder, question="x", by=None,
            idempotency_key=uuid4(),
        )  # fmt: skip


def test_the_vendors_own_sdk_searches_the_sandbox(vendor: Sandbox) -> None:
    answer = NomadicAI(vendor.key, base_url=vendor.url).search(query="cars that are close", folder_name="Fleet")
    assert [match["event_id"] for match in answer["matches"]] == ["evt_0", "evt_1", "evt_2", "evt_3"]


@pytest.mark.parametrize("data", [{}, {"status": None}, {"status": "processing", "matches": []}])
def test_any_other_status_means_to_wait(data: dict[str, Any]) -> None:
    assert not read_answer({"data": data}).ended


@pytest.mark.parametrize("answer", [None, [], {"data": None}, {"data": {"status": "completed", "matches": None}}])
def test_an_answer_about_no_search_is_refused(answer: Any) -> None:
    with pytest.raises(BadRecord):
        read_answer(answer)


def test_unusable_fields_of_a_match_are_left_out() -> None:
    named = {"video_id": "v", "analysis_id": "a"}
    rows = [
        None, {}, {"video_id": 1, "analysis_id": "a"}, {"video_id": "v", "analysis_id": ""},
        named | {"similarity": 10**400, "event_index": -1, "event_id": 7, "reason": ["x"]},
        named | {"similarity": True, "event_index": True},
        named | {"similarity": 87, "event_index": 3, "event_id": "e", "reason": "r\0"},
    ]  # fmt: skip
    odd, flag, whole = read_answer({"data": {"status": "completed", "matches": rows}}).matches
    assert (odd.similarity, odd.raw_index, odd.event_id, odd.reason) == (None, None, "", "")
    assert (flag.similarity, flag.raw_index) == (None, None)
    assert (whole.similarity, whole.raw_index, whole.event_id) == (87.0, 3, "e")
    many = read_answer({"data": {"status": "completed", "matches": [named] * (MAX_MATCHES + 5)}})
    assert len(many.matches) == MAX_MATCHES


@pytest.mark.parametrize("value", [None, "", "nul\0", "half \ud800", "x" * 100_001])
@pytest.mark.parametrize("name", ["session_id", "owner_uid", "session_doc_path"])
def test_a_session_without_a_usable_id_is_refused(name: str, value: str | None) -> None:
    session = {"session_id": "s", "owner_uid": "o", "session_doc_path": "p"}
    assert read_session(session | {"reasoning_trace_path": value}).trace_path == "p"
    with pytest.raises(BadRecord, match=name):
        read_session(session | {name: value})
