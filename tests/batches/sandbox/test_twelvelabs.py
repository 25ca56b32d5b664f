"""The TwelveLabs stand-in, read by the vendor's own SDK."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from twelvelabs import TwelveLabs
from twelvelabs.core.api_error import ApiError

from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import STRANGER_KEY, World
from tests.footage import OneClip, make_clip
from tests.vendor_worlds import TL_BATCH, days_ago, line, task_id, tl_batch


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    lines = [line(0), line(1, status="failed"), line(2, status="queued"), line(3, status="canceled")]
    older = {
        f"{n:024x}": tl_batch([], batch_id=f"{n:024x}", created_at=days_ago(25 + n / 100), status="canceled")
        for n in range(12)
    }
    batches = {TL_BATCH: tl_batch(lines, status="processing"), **older}
    with Sandbox(World({}, twelvelabs=batches)) as running:
        yield running


@pytest.fixture
def sdk(sandbox: Sandbox) -> Iterator[TwelveLabs]:
    with httpx.Client() as client:  # the SDK's own is never closed
        yield TwelveLabs(api_key=sandbox.key, base_url=f"{sandbox.url}/v1.3", httpx_client=client)


def test_the_sdk_lists_batches_newest_first_over_several_pages(sdk: TwelveLabs) -> None:
    results = [batch.batch_id for batch in sdk.analyze_async.batches.list(page_limit=5)]
    assert results == [TL_BATCH, *(f"{n:024x}" for n in range(12))]


def test_the_sdk_filters_by_any_of_several_statuses(sdk: TwelveLabs) -> None:
    assert len(list(sdk.analyze_async.batches.list(status=["processing", "canceled"]))) == 13
    assert [batch.batch_id for batch in sdk.analyze_async.batches.list(status=["processing"])] == [TL_BATCH]


def test_the_sdk_reads_a_batch_with_its_counts(sdk: TwelveLabs) -> None:
    batch = sdk.analyze_async.batches.retrieve(TL_BATCH)
    counts = batch.total_items, batch.ready_items, batch.failed_items, batch.canceled_items, batch.queued_items
    assert (counts, batch.status, batch.analysis_mode) == ((4, 1, 1, 1, 1), "processing", "general")


def test_the_sdk_reads_every_result_line(sdk: TwelveLabs) -> None:
    result = list(sdk.analyze_async.batches.results(TL_BATCH))
    assert [(row.task_id, row.status) for row in result] == [
        (task_id(0), "ready"), (task_id(1), "failed"), (task_id(2), "queued"), (task_id(3), "canceled"),
    ]  # fmt: skip
    assert result[0].data is not None
    assert (result[0].data.data, result[0].data.finish_reason) == ("A bus blocks lane 0.", "stop")
    assert result[1].error is not None
    assert result[1].error.code == "asset_unavailable"


def test_the_sdk_reads_a_task_with_its_video(sdk: TwelveLabs) -> None:
    task = sdk.analyze_async.tasks.retrieve(task_id(0))
    assert task.video_source is not None
    assert task.video_source.asset_id == "asset0000"
    assert task.result is not None
    assert task.result.data == "A bus blocks lane 0."


def test_the_sdk_cancels_a_running_batch_and_deletes_a_final_one(sandbox: Sandbox, sdk: TwelveLabs) -> None:
    assert sdk.analyze_async.batches.cancel(TL_BATCH).status == "canceling"
    with pytest.raises(ApiError) as refusal:
        sdk.analyze_async.batches.delete(TL_BATCH)
    assert refusal.value.status_code == 409
    sdk.analyze_async.batches.delete(f"{3:024x}")
    with pytest.raises(ApiError) as refusal:
        sdk.analyze_async.batches.retrieve(f"{3:024x}")
    assert refusal.value.status_code == 404


@pytest.mark.parametrize(
    ("path", "key", "status", "code"),
    [
        ("analyze/batches", "wrong", 401, "api_key_invalid"), ("analyze/batches", STRANGER_KEY, 403, "forbidden"),
        ("analyze/batches?page_limit=51", None, 400, "parameter_invalid"),
        ("analyze/batches?page=0", None, 400, "parameter_invalid"),
        ("analyze/batches/short", None, 400, "parameter_invalid"),
        (f"analyze/batches/{'9' * 24}", None, 404, "resource_not_exist"),
        (f"analyze/batches/{'9' * 24}/results", None, 404, "resource_not_exist"),
        ("analyze/tasks/none", None, 404, "resource_not_exist"),
        ("elsewhere", None, 404, "resource_not_exist"),
    ],
)  # fmt: skip
def test_refusals_have_the_vendors_flat_shape(
    sandbox: Sandbox, path: str, key: str | None, status: int, code: str
) -> None:
    answer = requests.get(f"{sandbox.url}/v1.3/{path}", headers={"x-api-key": key or sandbox.key}, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_gateways_errors_are_nested(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["503"])
    answer = requests.get(f"{sandbox.url}/v1.3/analyze/batches", headers={"x-api-key": sandbox.key}, timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


def test_results_are_json_lines(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/v1.3/analyze/batches/{TL_BATCH.upper()}/results"
    answer = requests.get(url, headers={"x-api-key": sandbox.key}, timeout=5)
    assert (answer.headers["Content-Type"], answer.content.count(b"\n")) == ("application/jsonl", 4)


def test_the_sdk_reads_assets_and_transcriptions(tmp_path: Path) -> None:
    asset_id = "6298d673f1090f1100476d4c"
    asset = {"filename": "front.mp4", "duration": 2.0, "video": "v0", "created_at": days_ago(1),
             "transcript": [{"start": 0.5, "end": 1.0, "value": "Mind the bus."}]}  # fmt: skip
    world = World({}, assets={asset_id: asset}, footage=OneClip(make_clip(tmp_path, 2)))
    with Sandbox(world) as sandbox, httpx.Client() as client:
        sdk = TwelveLabs(api_key=sandbox.key, base_url=f"{sandbox.url}/v1.3", httpx_client=client)
        detail = sdk.assets.retrieve(asset_id)
        assert (detail.id, detail.filename, detail.duration, detail.status) == (asset_id, "front.mp4", 2.0, "ready")
        assert [row.id for row in sdk.assets.list(filename="FRONT")] == [asset_id]
        spoken = sdk.assets.retrieve_transcription(asset_id, include=["sentences"])
        assert [(entry.start, entry.value) for entry in spoken.sentences or []] == [(0.5, "Mind the bus.")]
        with pytest.raises(ApiError) as refused:
            sdk.assets.retrieve("0" * 24)
        assert refused.value.status_code == 404
        assert detail.hls is not None
        assert detail.hls.manifest_url is not None
        assert detail.thumbnail is not None
        assert detail.thumbnail.representative_url is not None
        playlist = client.get(detail.hls.manifest_url)
        segments = [name for name in playlist.text.splitlines() if not name.startswith("#")]
        assert playlist.headers["Access-Control-Allow-Origin"] == "*"
        segment = client.get(detail.hls.manifest_url.replace("index.m3u8", segments[0]))
        assert (segment.headers["Content-Type"], segment.content[:1]) == ("video/mp2t", b"G")
        assert client.get(detail.thumbnail.representative_url).content.startswith(b"\xff\xd8\xff")
        assert client.get(detail.hls.manifest_url.replace("index", "other")).status_code == 404


def test_the_sdk_starts_a_batch_over_assets() -> None:
    asset_id = "6298d673f1090f1100476d4c"
    world = World({}, assets={asset_id: {"filename": "front.mp4", "duration": 2.0, "video": "v0"}})
    with Sandbox(world) as sandbox, httpx.Client() as client:
        batches = TwelveLabs(
            api_key=sandbox.key, base_url=f"{sandbox.url}/v1.3", httpx_client=client
        ).analyze_async.batches
        asked = {"video": {"type": "asset_id", "asset_id": asset_id}, "custom_id": "clip-1"}
        settings: dict[str, Any] = {
            "model_name": "pegasus1.5", "analysis_mode": "general",
            "defaults": {"prompt": {"input_text": "Describe risks."}},
        }  # fmt: skip
        made = batches.create(requests=[asked], **settings)  # type: ignore[list-item]
        assert (made.status, made.total_items, [item.custom_id for item in made.items or []]) == (
            "pending", 1, ["clip-1"],
        )  # fmt: skip
        assert batches.retrieve(made.batch_id).status == "completed"
        (result,) = batches.results(made.batch_id)
        assert (result.custom_id, result.status) == ("clip-1", "ready")
        with pytest.raises(ApiError) as refused:
            batches.create(requests=[asked, asked], **settings)  # type: ignore[list-item]
        assert refused.value.status_code == 400


def test_a_batch_asked_for_slowly_progresses_and_can_be_canceled() -> None:
    assets = {f"{n:024x}": {"filename": f"{n}.mp4", "duration": 2.0, "video": "v0"} for n in range(4)}
    with Sandbox(World({}, assets=assets)) as sandbox, httpx.Client() as client:
        batches = TwelveLabs(
            api_key=sandbox.key, base_url=f"{sandbox.url}/v1.3", httpx_client=client
        ).analyze_async.batches

        def seen(batch_id: str) -> tuple[str, dict[str, int]]:
            batch = batches.retrieve(batch_id)
            return str(batch.status), dict(Counter(row.status for row in batches.results(batch_id)))

        made = batches.create(
            requests=[{"video": {"type": "asset_id", "asset_id": asset_id}} for asset_id in assets],  # type: ignore[misc]
            model_name="pegasus1.5", analysis_mode="general",
            defaults={"prompt": {"input_text": "Look slowly."}},  # type: ignore[arg-type]
        )  # fmt: skip
        sandbox.state.fast_forward(20)
        assert seen(made.batch_id) == ("processing", {"ready": 1, "processing": 1, "queued": 2})
        assert batches.cancel(made.batch_id).status == "canceling"
        assert seen(made.batch_id) == ("canceling", {"ready": 1, "processing": 1, "canceled": 2})
        sandbox.state.fast_forward(60)
        assert seen(made.batch_id) == ("canceled", {"ready": 2, "canceled": 2})
        batches.delete(made.batch_id)
        with pytest.raises(ApiError):
            batches.retrieve(made.batch_id)
