"""Starting a batch: once, whatever happens to the answer or the worker."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.utils import timezone

from batches.actions import start_batch
from batches.errors import KeyReused
from batches.models import Batch, BatchStart, Connection, Vendor
from batches.models.run import RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.questions import Question
from batches.sync.start import start
from batches.tasks import run_start, run_sync
from tests import worlds
from tests.factories import make_connection, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

ASK = Question(prompt="near misses at night", thumbnails=True, overlay="gps")


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)})) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def intent(connection: Connection, question: Question = ASK, **fields: Any) -> BatchStart:
    fields = {"videos": ["video0", "video1"], "by": None, "idempotency_key": uuid4(), "background": False} | fields
    return start_batch(connection=connection, question=question, **fields)


def carried_out(run: BatchStart) -> BatchStart:
    done = start(run.pk)
    assert done is not None
    return done


def creations(vendor: Sandbox) -> int:
    return sum(call.path == "/api/create-batch" for call in vendor.calls)


def test_a_start_becomes_a_batch_that_is_synced(vendor: Sandbox, connection: Connection) -> None:
    run = intent(connection, by=make_user())
    run_start.call(run.pk)
    run.refresh_from_db()
    batch = Batch.objects.get()
    assert (run.state, run.batch, batch.connection) == (RunState.DONE, batch, connection)
    assert vendor.state.has(batch.external_id)
    assert batch.syncs.count() == 1


def test_the_form_is_the_one_of_the_vendors_own_sdk(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(intent(connection))
    (call,) = vendor.calls
    assert parse_qs(call.body.decode()) == {
        "video_ids": ["video0", "video1"], "analysis_kind": ["rapid_review"], "prompt": ["near misses at night"],
        "category": ["driving"], "confidence": ["low"], "concepts_json": ["[]"], "config": ["default"],
        "is_thumbnail": ["true"], "use_enhanced_motion_analysis": ["false"], "use_embedding_search": ["false"],
        "extract_frame_timestamps": ["true"], "extract_frame_gps": ["true"], "start": ["true"],
        "client_batch_id": [run.client_batch_id],
    }  # fmt: skip
    vendor.calls.clear()
    carried_out(intent(connection, Question(agent="turn")))
    sent = parse_qs(vendor.calls[0].body.decode())
    assert (sent["analysis_kind"], sent["agent_mode"], sent["edge_case_category"]) == (
        ["edge_agent"], ["assistant"], ["Vehicle Turns"],
    )  # fmt: skip
    assert "prompt" not in sent


@pytest.mark.parametrize("kind", ["reset", "truncated", "500", "503"])
def test_a_lost_answer_never_starts_a_second_batch(vendor: Sandbox, connection: Connection, kind: str) -> None:
    vendor.faults = Faults(first=[kind])
    run = carried_out(intent(connection))
    assert run.state == RunState.INCOMPLETE
    assert "may have started" in run.message
    assert (creations(vendor), start(run.pk)) == (1, None)


@pytest.mark.parametrize(("first", "state"), [([], "done"), (["ok"] + ["reset"] * 9, "incomplete")])
def test_a_prompt_without_options_starts_at_most_once(
    vendor: Sandbox, connection: Connection, first: list[str], state: str
) -> None:
    vendor.faults = Faults(first=first)
    run = carried_out(intent(connection, Question.from_fields(prompt="near misses", mode="thinking")))
    assert run.state == state, run.message
    assert run.question["mode"] == "thinking"
    assert sum(call.path.endswith("/query/start") for call in vendor.calls) == 1
    with pytest.raises(ValueError, match="Unknown mode 'general'"):
        intent(connection, Question(prompt="x", mode="general"))


def test_a_worker_killed_during_the_call_starts_no_second_batch(vendor: Sandbox, connection: Connection) -> None:
    run = intent(connection)
    BatchStart.objects.filter(pk=run.pk).update(sent_at=timezone.now())
    run = carried_out(run)
    assert (run.state, creations(vendor)) == (RunState.INCOMPLETE, 0)


def test_a_request_that_never_arrived_is_made_again_later(vendor: Sandbox, connection: Connection) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    run = carried_out(intent(connection))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    Connection.objects.update(base_url=vendor.url)
    BatchStart.objects.update(retry_at=timezone.now())
    assert carried_out(run).state == RunState.DONE
    assert creations(vendor) == 1


def test_a_refusal_is_shown_in_the_vendors_words(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(intent(connection, videos=["video0", "nobody"]))
    assert (run.state, Batch.objects.count()) == (RunState.FAILED, 0)
    assert "Video nobody not found" in run.message


def test_the_same_intent_twice_is_one_start(vendor: Sandbox, connection: Connection) -> None:
    key = uuid4()
    runs = [intent(connection, idempotency_key=key) for _ in range(2)]
    assert runs[0] == runs[1]
    with pytest.raises(KeyReused):
        intent(connection, idempotency_key=key, videos=["video1"])


@pytest.mark.parametrize(
    ("question", "videos", "message"),
    [
        (Question(), ["video0"], "Enter a prompt"),
        (ASK, [" "], "Select at least one video"),
        (ASK, [str(number) for number in range(1001)], "at most 1,000 videos, not 1,001"),
        (Question(prompt="x" * 10_001), ["video0"], "at most 10,000 characters"),
        (Question(prompt="x", category="cooking"), ["video0"], "Unknown category 'cooking'"),
        (Question(prompt="x", overlay="all"), ["video0"], "Unknown overlay 'all'"),
        (Question(agent="spy"), ["video0"], "Unknown agent 'spy'"),
    ],
)
def test_a_question_that_the_vendor_would_ignore_is_refused(
    question: Question, videos: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        intent(make_connection(), question, videos=videos)
    with pytest.raises(ValueError, match="cannot be started here"):
        intent(make_connection(vendor="wickson"))
    assert BatchStart.objects.count() == 0


# ── TwelveLabs ──

ASSETS = ["6298d673f1090f1100476d4c", "6298d673f1090f1100476d4d"]


@pytest.fixture
def labs(settings: Any) -> Iterator[Sandbox]:
    assets = {pk: {"filename": f"{number}.mp4", "duration": 9.0, "video": "v"} for number, pk in enumerate(ASSETS)}
    with Sandbox(World({}, assets=assets)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


def labs_intent(labs: Sandbox, question: Question, **fields: Any) -> BatchStart:
    account = Connection.objects.filter(vendor=Vendor.TWELVELABS).first() or make_connection(
        vendor=Vendor.TWELVELABS, base_url=f"{labs.url}/v1.3", key=labs.key
    )
    return intent(account, question, **{"videos": ASSETS} | fields)


def test_a_prompt_over_assets_becomes_a_batch_with_their_names(labs: Sandbox) -> None:
    question = Question(prompt="Describe risks.", schema='{"type": "object"}')
    run = labs_intent(labs, question, videos=[f"{ASSETS[0]}=clip-1", ASSETS[1]])
    run_start.call(run.pk)
    (batch,) = Batch.objects.all()
    assert batch.title == "Describe risks.", "before its first item"
    body = json.loads(next(call.body for call in labs.calls if call.method == "POST"))
    assert body == {
        "model_name": "pegasus1.5", "analysis_mode": "general",
        "defaults": {"prompt": {"input_text": "Describe risks."},
                     "response_format": {"type": "json_schema", "json_schema": {"type": "object"}}},
        "requests": [{"video": {"type": "asset_id", "asset_id": ASSETS[0]}, "custom_id": "clip-1"},
                     {"video": {"type": "asset_id", "asset_id": ASSETS[1]}, "custom_id": ASSETS[1]}],
    }  # fmt: skip
    run_sync.call(batch.syncs.get().pk)
    batch.refresh_from_db()
    assert (batch.prompt, batch.batch_type) == ("Describe risks.", "general")
    rows = batch.items.order_by("position").values_list("name", "source_uri")
    assert list(rows) == [("clip-1", f"asset:{ASSETS[0]}"), ("1.mp4", f"asset:{ASSETS[1]}")]


def test_segments_are_sent_as_definitions(labs: Sandbox) -> None:
    question = Question.from_fields(definitions="risk: Anything dangerous\ncalm: Nobody near", prompt="ignored")
    run = carried_out(labs_intent(labs, question))
    assert (run.state, run.batch and run.batch.title) == (
        RunState.DONE, "risk: Anything dangerous; calm: Nobody near",
    )  # fmt: skip
    body = json.loads(labs.calls[0].body)
    assert (body["analysis_mode"], body["defaults"]) == ("time_based_metadata", {"response_format": {
        "type": "segment_definitions", "segment_definitions": [
            {"id": "risk", "description": "Anything dangerous"}, {"id": "calm", "description": "Nobody near"},
        ],
    }})  # fmt: skip


def test_a_lost_answer_of_twelvelabs_starts_no_second_batch(labs: Sandbox) -> None:
    labs.faults = Faults(first=["reset"])
    run = carried_out(labs_intent(labs, Question(prompt="risks")))
    assert (run.state, len(labs.calls)) == (RunState.INCOMPLETE, 1)
    assert "may have started" in run.message


def test_a_sixth_active_batch_waits_here(labs: Sandbox) -> None:
    for number in range(5):
        with labs.twelvelabs.batches.edit(f"{number:024x}") as batch:
            batch |= {"batch": {"status": "processing", "created_at": timezone.now().isoformat()}}
    run = carried_out(labs_intent(labs, Question(prompt="risks")))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    labs.twelvelabs.batches.delete(f"{0:024x}")
    BatchStart.objects.update(retry_at=timezone.now())
    Connection.objects.update(wait_until=None)
    assert carried_out(run).state == RunState.DONE


@pytest.mark.parametrize(
    ("question", "videos", "reason"),
    [
        (Question(prompt="x"), ["short"], "24 hexadecimal digits"),
        (Question(prompt="x"), [f"{ASSETS[0]}=a b"], "1 to 64 letters"),
        (Question(prompt="x"), [f"{ASSETS[0]}=a", f"{ASSETS[1]}=a"], "same custom id"),
        (Question(), ASSETS, "Enter a prompt"), (Question(agent="turn"), ASSETS, "Unknown agent"),
        (Question(prompt="x", schema="{"), ASSETS, "not valid JSON"),
        (Question(prompt="x", schema='{"properties": {"a": {"maxLength": 3}}}'), ASSETS, "refuses maxLength"),
        (Question.from_fields(definitions="metadata: x"), ASSETS, "ids of their own"),
        (Question.from_fields(definitions="risk"), ASSETS, "an id and a description"),
        (Question.from_fields(definitions="[1"), ASSETS, "not valid JSON"),
        (Question(prompt="x", mode="both"), ASSETS, "Unknown mode"),
    ],
)  # fmt: skip
def test_what_twelvelabs_would_refuse_is_never_sent(
    labs: Sandbox, question: Question, videos: list[str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        labs_intent(labs, question, videos=videos)
    assert labs.calls == []
