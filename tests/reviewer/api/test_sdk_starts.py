"""`analyze` of the vendor's SDK against our server: one batch at the vendor, whatever is lost or repeated."""

import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import requests
from django.test import Client
from django.utils import timezone
from nomadic import NomadicAI
from nomadic.video import AnalysisType
from pytest_django.live_server_helper import LiveServer
from requests.adapters import HTTPAdapter

from batches.actions import decide, request_sync
from batches.models import AccountVideo, Batch, BatchStart, Connection, Membership, Role, Scope
from batches.models.run import RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.tasks import run_start, run_sync, sweep
from tests import worlds
from tests.factories import make_connection, make_member, remove_batch
from tests.reviewer.api.conftest import caller, make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


def analysed(batch_id: str, form: dict[str, Any], videos: list[str]) -> Any:
    """What the vendor finds in a batch that is started."""
    config = {name: form.get(name) for name in ("analysis_kind", "prompt", "category")}
    return worlds.batch(videos=len(videos), batch_id=batch_id, config=config)


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, analyse=analysed)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


@pytest.fixture
def key(connection: Connection) -> str:
    return make_token(make_member(connection, Role.EDITOR, "ed"), Scope.START)


@pytest.fixture
def client(key: str) -> Client:
    return caller(key)


def post(client: Client, repeat: str = "", **fields: Any) -> Any:
    form = {
        "video_ids": ["video0", "video1"], "analysis_kind": "rapid_review", "prompt": "near misses", "start": "true",
        "client_batch_id": repeat or uuid4().hex,
    } | fields  # fmt: skip
    form = {name: value for name, value in form.items() if value is not None}
    return client.post("/api/create-batch", urlencode(form, doseq=True), "application/x-www-form-urlencoded")


def creations(vendor: Sandbox) -> int:
    return sum(call.path == "/api/create-batch" for call in vendor.calls)


class LosesOneAnswer(HTTPAdapter):
    """A network that breaks after the first request was answered."""

    sent = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(*args, **kwargs)
        self.sent += 1
        if self.sent == 1:
            response.close()
            raise requests.ConnectionError("the answer is lost")
        return response


@pytest.mark.filterwarnings("ignore:AnalysisType.ASK:FutureWarning")
def test_the_sdk_starts_one_batch_though_it_repeats_a_lost_call(
    vendor: Sandbox, connection: Connection, key: str, live_server: LiveServer
) -> None:
    script, network = NomadicAI(api_key=key, base_url=live_server.url), LosesOneAnswer()
    script.session.mount(live_server.url, network)
    started = script.analyze(
        ["video0"], analysis_type=AnalysisType.ASK, custom_event="near misses", is_thumbnail=True,
        overlay_mode="gps", wait_for_completion=False,
    )  # fmt: skip
    run = BatchStart.objects.get()
    assert run.batch
    assert started["batch_metadata"]["batch_id"] == run.batch.external_id
    assert (network.sent, creations(vendor), run.batch.syncs.count()) == (2, 1, 1)
    assert (run.videos, run.connection) == (["video0"], connection)
    assert run.requested_by
    assert run.requested_by.username == "ed"
    asked = [run.question[name] for name in ("prompt", "thumbnails", "motion", "overlay")]
    assert asked == ["near misses", True, False, "gps"]


def test_the_sdk_starts_a_batch_with_a_prompt_only(connection: Connection, key: str, live_server: LiveServer) -> None:
    script = NomadicAI(api_key=key, base_url=live_server.url)
    script.analyze(["video0", "video1"], prompt="near misses", mode="fast", wait=False)
    run = BatchStart.objects.get()
    assert (run.state, run.videos, run.question["prompt"], run.question["mode"]) == (
        RunState.DONE, ["video0", "video1"], "near misses", "fast",
    )  # fmt: skip


def test_a_thorough_prompt_is_made_by_a_worker_and_told_in_a_stream(
    client: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.api.sdk_prompts.LONGEST", 0)
    body, key = {"query": "near misses", "video_id": "video0"}, {"Idempotency-Key": uuid4().hex}
    first, again = (
        client.post("/api/router/v2/query/start", body, "application/json", headers=key).json() for _ in range(2)
    )
    assert first == again
    stream = f"/api/router/v2/query/events/{first['stream_id']}"
    assert client.get(stream).content == b": waiting\n\n"
    run_start.func(BatchStart.objects.get().pk)
    batch = Batch.objects.get()
    assert client.get(stream).text == f'id: 1\nevent: batch_created\ndata: {{"batch_id": "{batch.external_id}"}}\n\n'
    other = caller(make_token(make_member(connection, Role.EDITOR), Scope.START))
    assert other.get(stream).status_code == 404
    lost = client.post("/api/router/query", body | {"output_schema": {"a": 1}}, "application/json")
    assert (lost.status_code, "does not pass this on" in lost.text) == (422, True)


def test_the_sdks_second_way_finds_the_start_whose_answer_was_lost(
    client: Client, vendor: Sandbox, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.api.sdk_prompts.LONGEST", 0)
    body = {"query": "near misses", "video_id": "video0"}
    for path in ("start", "stream"):  # each call has its own key
        client.post(f"/api/router/v2/query/{path}", body, "application/json", headers={"X-Request-ID": uuid4().hex})
    run_start.func(BatchStart.objects.get().pk)
    stream = client.post("/api/router/v2/query/stream", body, "application/json")
    assert f'{{"batch_id": "{Batch.objects.get().external_id}"}}' in stream.text
    remove_batch(Batch.objects.get())
    again = f"/api/router/v2/query/events/start-{BatchStart.objects.get().pk}"
    assert "The batch of this stream was removed." in client.get(again).text
    client.post("/api/router/v2/query/stream", body, "application/json")
    assert BatchStart.objects.count() == 2, "a removed batch answers no new call"
    client.post("/api/router/v2/query/stream", body | {"query": "other"}, "application/json")
    assert BatchStart.objects.count() == 3


def test_a_removed_batch_is_not_given_out_again(client: Client) -> None:
    key = uuid4().hex
    assert post(client, key).status_code == 200
    remove_batch(Batch.objects.get())
    answer = post(client, key)
    assert (answer.status_code, "was removed" in answer.text) == (404, True)


@pytest.mark.parametrize("kind", ["reset", "truncated", "500", "503"])
def test_a_lost_answer_of_the_vendor_is_told_and_never_repeated(vendor: Sandbox, client: Client, kind: str) -> None:
    vendor.faults = Faults(first=[kind])
    answers = [post(client, "one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 502]
    assert "may have started" in answers[0].json()["detail"]
    assert creations(vendor) == 1


def test_a_vendor_that_is_away_starts_nothing_now_or_later(
    vendor: Sandbox, connection: Connection, client: Client
) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    answer = post(client, "one")
    assert (answer.status_code, BatchStart.objects.get().state) == (503, RunState.FAILED)
    assert answer.json()["detail"].endswith("Nothing was started.")
    Connection.objects.update(base_url=vendor.url)
    sweep()
    assert (post(client, "one").status_code, creations(vendor)) == (503, 0)
    assert post(client, "two").status_code == 200


def test_a_refusal_of_the_vendor_is_passed_on(vendor: Sandbox, client: Client) -> None:
    answer = post(client, video_ids=["video0", "nobody"])
    assert (answer.status_code, creations(vendor)) == (400, 1)
    assert "Video nobody not found" in answer.json()["detail"]


def test_a_start_that_waits_is_not_called_started(vendor: Sandbox, client: Client) -> None:
    post(client, "one")
    BatchStart.objects.update(
        state=RunState.WAITING, batch=None, finished_at=None, retry_at=timezone.now() + timedelta(hours=1)
    )
    answer = post(client, "one")
    assert (answer.status_code, creations(vendor)) == (409, 1)
    assert "same client_batch_id" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"video_ids": None}, "video_ids"), ({"video_ids": [""]}, "video_ids"), ({"video_ids": ["a\0"]}, "video_ids"),
        ({"client_batch_id": None}, "client_batch_id"), ({"custom_agent_id": "a"}, "custom_agent_id"),
        ({"output_schema_json": "{}"}, "output_schema_json"), ({"concepts_json": '["c"]'}, "concepts_json"),
        ({"use_embedding_search": "true"}, "use_embedding_search"), ({"start": "false"}, "start"),
        ({"analysis_kind": "edge_agent", "edge_case_category": "spies"}, "edge_case_category"),
        ({"analysis_kind": "edge_agent", "edge_case_category": "Vehicle Turns", "model_id": "M"}, "model_id"),
    ],
)  # fmt: skip
def test_a_field_that_would_be_lost_is_refused_as_the_vendor_does(
    vendor: Sandbox, client: Client, fields: dict[str, Any], name: str
) -> None:
    answer = post(client, **fields)
    (problem,) = answer.json()["detail"]
    assert (answer.status_code, problem["loc"], set(problem)) == (422, ["body", name], {"loc", "msg", "type"})
    assert (BatchStart.objects.count(), vendor.calls) == (0, [])


def test_a_batch_of_the_most_videos_fits_into_a_form(vendor: Sandbox, client: Client) -> None:
    assert "Video 0 not found" in post(client, video_ids=list(range(1000))).json()["detail"]
    for count in (1001, 1100):
        answer = post(client, video_ids=list(range(count)))
        assert (answer.status_code, "at most 1,000 videos" in answer.json()["detail"]) == (400, True)
    empty = post(client, prompt="")
    assert (empty.status_code, empty.json()["detail"]) == (400, "Enter a prompt, or choose an agent.")


def test_an_agent_of_the_vendor_is_asked_by_its_category(vendor: Sandbox, client: Client) -> None:
    fields = {"analysis_kind": "edge_agent", "edge_case_category": "Vehicle Turns", "agent_mode": "assistant"}
    assert post(client, prompt=None, model_id="Nomadic-VL-XLarge", concepts_json="[]", **fields).status_code == 200
    assert BatchStart.objects.get().question["agent"] == "turn"


def test_the_account_that_has_the_videos_starts_the_batch(
    vendor: Sandbox, connection: Connection, client: Client
) -> None:
    other = make_connection(base_url=vendor.url, key=vendor.key)
    Membership.objects.create(user=Membership.objects.get().user, connection=other, role=Role.EDITOR)
    assert post(client).status_code == 404
    AccountVideo.objects.create(connection=other, external_id="video0")
    assert post(client, "one").status_code == 200
    AccountVideo.objects.create(connection=connection, external_id="video1")
    assert (post(client).status_code, post(client, "one").status_code) == (409, 200)
    assert BatchStart.objects.get().connection == other


def test_a_call_without_the_right_starts_nothing(vendor: Sandbox, connection: Connection) -> None:
    reader = caller(make_token(make_member(connection, Role.EDITOR, "reader"), Scope.READ))
    reviewer = caller(make_token(make_member(connection, Role.REVIEWER, "rita"), Scope.START))
    answers = [post(reader), post(reviewer)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "this call needs start" in answers[0].json()["detail"]
    assert (BatchStart.objects.count(), vendor.calls) == (0, [])


# ── one video ──


@pytest.fixture
def time_passes(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the SDK waits between two looks, the vendor finishes and the batch is synced."""

    def wait(seconds: float) -> None:
        vendor.state.fast_forward(60)
        for batch in Batch.objects.all():
            run_sync.call(request_sync(batch_id=batch.pk, by=None, background=False).pk)

    monkeypatch.setattr("nomadic.video.time", SimpleNamespace(time=time.time, sleep=wait))


@pytest.mark.usefixtures("time_passes")
@pytest.mark.filterwarnings("ignore:AnalysisType.ASK:FutureWarning")
def test_the_sdk_analyses_one_video_as_a_batch_that_can_be_reviewed(
    vendor: Sandbox, connection: Connection, key: str, live_server: LiveServer
) -> None:
    script, network = NomadicAI(api_key=key, base_url=live_server.url), LosesOneAnswer()
    script.session.mount(live_server.url, network)
    result = script.analyze("video0", analysis_type=AnalysisType.ASK, custom_event="near misses", overlay_mode="gps")
    run = BatchStart.objects.get()
    assert (run.videos, creations(vendor), run.question["prompt"]) == (["video0"], 1, "near misses")
    assert (run.question["category"], run.question["overlay"]) == ("driving", "gps")
    assert run.batch
    labels = [event.label for event in run.batch.events.in_order()]
    assert [event["label"] for event in result["events"]] == labels
    assert len(labels) == 4
    assert result["analysis_id"] == f"start-{run.pk}"


@pytest.mark.usefixtures("time_passes")
def test_the_sdk_has_an_agent_look_at_one_video(vendor: Sandbox, key: str, live_server: LiveServer) -> None:
    script = NomadicAI(api_key=key, base_url=live_server.url)
    result = script.analyze("video0", analysis_type=AnalysisType.TURN)
    assert (result["status"], len(result["events"])) == ("completed", 4)
    assert BatchStart.objects.get().question["agent"] == "turn"


def test_an_analysis_is_read_by_its_alias_and_by_its_id(vendor: Sandbox, client: Client) -> None:
    sent = {"video_id": "video0", "question": "near misses"}
    asked = client.post(
        "/api/ask", urlencode(sent), "application/x-www-form-urlencoded", headers={"Idempotency-Key": "one"}
    )
    alias = asked.json()["analysis_id"]
    assert asked.status_code == 202
    address = f"/api/videos/video0/analyses/{alias}"
    assert client.get(address).json()["analysis"] == {"status": "PROCESSING"}
    vendor.state.fast_forward(60)
    run_sync.call(request_sync(batch_id=Batch.objects.get().pk, by=None, background=False).pk)
    event = Batch.objects.get().events.in_order()[0]
    decide(
        event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval="approved",
        by=Membership.objects.get().user, idempotency_key=uuid4(),
    )  # fmt: skip
    for name in (alias, "analysis-video0"):
        body = client.get(f"/api/videos/video0/analyses/{name}").json()
        assert (body["analysis"]["status"], body["events"][0]["approval"]) == ("COMPLETED", "approved")
        status = client.get(f"/api/videos/video0/analyses/{name}/status").json()
        assert (status["status"], status["events"], status["answer"]) == ("COMPLETED", body["events"], "4 events.")
    stranger = caller(make_token(make_member(make_connection(), Role.EDITOR, "eve"), Scope.READ))
    for path in (address, f"{address}/status", "/api/videos/video1/analyses/start-1", "/api/videos/v/analyses/%00"):
        assert stranger.get(path).status_code == 404
    assert client.get(f"/api/videos/video1/analyses/{alias}").status_code == 404


def test_a_start_of_one_video_is_refused_as_others_are(vendor: Sandbox, client: Client) -> None:
    def ask(path: str = "ask", key: str = "one", **fields: str) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(f"/api/{path}", urlencode(fields), "application/x-www-form-urlencoded", headers=headers)

    assert ask(question="x").json()["detail"][0]["loc"] == ["body", "video_id"]
    assert ask(video_id="video0", question="x", custom_agent_id="a").status_code == 422
    assert "Idempotency-Key" in ask(video_id="video0", question="x", key="").json()["detail"]
    assert ask("analyze-video-edge/video0", edge_case_category="spies").status_code == 422
    assert "Video nobody not found" in ask(video_id="nobody", question="x").json()["detail"]
    vendor.faults = Faults(first=["reset"])
    lost = [ask(video_id="video0", question="x", key="two") for _ in range(2)]
    assert [answer.status_code for answer in lost] == [502, 502]
    assert creations(vendor) == 2
