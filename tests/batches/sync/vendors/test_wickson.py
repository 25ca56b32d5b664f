"""The Wickson adapter against its stand-in over real HTTP: moving pages, envelopes with errors, the hourly limit."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.quota import Quota
from batches.sync.records import BatchRecord, Chunk
from batches.sync.vendors.wickson import PAGE_SIZE, RESERVED_REQUESTS, Wickson, parse_batch_id, real_status
from batches.sync.vendors.wickson_batch import batch_state
from batches.sync.vendors.wickson_items import PROCESSED, job_state
from tests.loopback import send, serving
from tests.vendor_worlds import W_BATCH, job, w_batch

RESULTS = f"/v1/batches/{W_BATCH}/results"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World({}, wickson={W_BATCH: w_batch([job(0), job(1, "failed"), job(2, "processed")])})) as running:
        yield running


def opened(sandbox: Sandbox, key: str | None = None, **options: Any) -> Wickson:
    hosts = frozenset({sandbox.url.removeprefix("http://")})
    options = {"sleep": lambda seconds: None} | options
    return Wickson.open(base_url=sandbox.url, api_key=key or sandbox.key, private_hosts=hosts, **options)


def read(sandbox: Sandbox) -> tuple[BatchRecord, Chunk]:
    vendor = opened(sandbox)
    batch = vendor.batch(W_BATCH)
    return batch, vendor.chunk(batch, batch.listing)


def pages(sandbox: Sandbox) -> list[str]:
    return [call.path.partition("?page=")[2].partition("&")[0] for call in sandbox.calls]


# ── the batch ──


def test_batch_reads_name_and_counts(sandbox: Sandbox) -> None:
    batch, _ = read(sandbox)
    assert (batch.name, batch.analysis_type, batch.total, batch.completed, batch.failed, batch.canceled) == (
        "June dashcams", "fleet-june", 3, 2, 1, None,
    )  # fmt: skip
    assert (batch.state, batch.raw_status, batch.expires_at, batch.missing) == ("partial", "completed", None, "")


@pytest.mark.parametrize(
    ("status", "successful", "failed", "state"),
    [
        ("created", 0, 0, "waiting"), ("running", 1, 0, "processing"), ("completed", 3, 0, "completed"),
        ("completed", 2, 1, "partial"), ("completed", 0, 3, "partial"), ("failed", 1, 2, "failed"),
        ("cancelled", 0, 0, "canceled"), ("canceled", 1, 0, "partial"), ("paused", 1, 0, "unknown"),
        ("", 0, 0, "unknown"),
    ],
)  # fmt: skip
def test_batch_state_maps_every_status_by_counts(status: str, successful: int, failed: int, state: str) -> None:
    assert batch_state(status, 3, successful, failed) == state


@pytest.mark.parametrize(
    ("status", "state"),
    [("succeeded", "completed"), ("failed", "failed"), ("processed", "completed"), ("created", "waiting"),
     ("pending", "waiting"), ("queued", "waiting"), ("running", "processing"), ("processing", "processing"),
     ("cancelled", "canceled"), ("sleeping", "unknown"), ("", "unknown"), (None, "unknown")],
)  # fmt: skip
def test_job_state_maps_every_status(status: str | None, state: str) -> None:
    assert job_state(status) == state


def test_cancelled_is_known_in_both_spellings() -> None:
    assert {batch_state(status, 3, 0, 0) for status in ("cancelled", "canceled")} == {"canceled"}
    assert {job_state(status) for status in ("cancelled", "canceled")} == {"canceled"}


def test_batch_failed_still_has_its_jobs(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["summary"]["status"] = "failed"
    batch, chunk = read(sandbox)
    assert (batch.state, len(chunk.items)) == ("failed", 3)


def test_report_shows_the_vendors_own_numbers(sandbox: Sandbox) -> None:
    facts = dict(read(sandbox)[0].report.facts)
    assert facts == {
        "Collection": "fleet-june", "Succeeded": "2", "Failed": "1", "Success rate": "66.67 %",
        "Processing time": "38 min 45 s", "Media items created": "2", "Files": "21,146,940 bytes", "Of type video": "3",
    }  # fmt: skip


def test_report_duration_starts_at_processing(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["summary"]["timeline"] |= {"created_at": "2026-05-31T08:00:00Z", "total_duration_seconds": 13455.25}
    batch = read(sandbox)[0]
    assert (batch.created_at, dict(batch.report.facts)["Processing time"]) == ("2026-05-31T08:00:00Z", "3 h 44 min")


def test_report_shows_contradicting_statistics(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["statistics"]["media_distribution"] = {
            "by_type": {"video": 200}, "total_created_media_items": 180, "media_ids_by_type": {"audio": ["vec-1"]},
        }  # fmt: skip
        data["statistics"]["resources"] = {"total_files_size_bytes": 2048, "total_files_size_mb": 77.0}
        data["statistics"]["error_summary"][0]["count"] = 40
    batch, chunk = read(sandbox)
    facts = dict(batch.report.facts)
    assert (facts["Of type video"], facts["Media items created"], facts["Files"]) == ("200", "180", "2,048 bytes")
    assert (batch.report.errors[0][1], batch.failed, len(chunk.items), batch.missing) == (40, 1, 3, "")


def test_report_reads_the_rate_under_either_name(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        del data["summary"]["completion"]["completion_rate"]
        data["statistics"]["completion"]["success_rate"] = 90.0
    assert dict(read(sandbox)[0].report.facts)["Success rate"] == "90 %"


def test_report_lists_errors_with_the_vendors_advice(sandbox: Sandbox) -> None:
    assert read(sandbox)[0].report.errors == (
        ("format_error", 1, ("notes.numbers",), "Convert files to a supported format"),
    )


def test_report_works_without_errors_and_statistics(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data.update(w_batch([job(0)]))
    assert read(sandbox)[0].report.errors == ()
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        del data["statistics"], data["summary"]["batch_name"], data["summary"]["timeline"]
    batch, _ = read(sandbox)
    assert (batch.name, batch.created_at, dict(batch.report.facts)["Success rate"]) == ("", None, "100 %")


@pytest.mark.parametrize(
    "summary", [None, "soon", [{"error_type": 5, "count": "many", "affected_files": "a.pdf"}, "odd"]]
)
def test_report_survives_odd_statistics(sandbox: Sandbox, summary: Any) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["statistics"]["error_summary"] = summary
        data["statistics"]["resources"] = {"total_files_size_bytes": float("nan")}
        data["summary"]["timeline"]["total_duration_seconds"] = -1
    errors = read(sandbox)[0].report.errors
    assert errors == ((("unknown", None, (), ""),) if isinstance(summary, list) else ())


# ── jobs ──


def test_jobs_are_items_with_one_event_if_they_succeeded(sandbox: Sandbox) -> None:
    _, chunk = read(sandbox)
    rows = [(i.external_id, i.name, i.analysis_id, i.state, i.answered, len(i.events)) for i in chunk.items]
    assert rows == [
        ("job-000", "drive 0.mp4", "vec-000000", "completed", True, 1),
        ("job-001", "drive 1.mp4", None, "failed", True, 0),
        ("job-002", "drive 2.mp4", "vec-000002", "completed", True, 1),
    ]
    event = chunk.items[0].events[0]
    assert (event.label, event.category, event.start_s, event.end_s) == ("drive 0.mp4", "video", None, None)


def test_job_processed_is_completed_with_a_note(sandbox: Sandbox) -> None:
    assert read(sandbox)[1].items[2].error == PROCESSED


def test_job_error_shows_the_vendors_details(sandbox: Sandbox) -> None:
    assert read(sandbox)[1].items[1].error == (
        "format_error: Unsupported file format (format: .numbers; supported_formats: .pdf, .txt)"
    )


@pytest.mark.parametrize("missing", ["filename", "media_id", "media_type", "file_info", "processing_info"])
def test_job_fields_may_be_missing(sandbox: Sandbox, missing: str) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        del data["jobs"][0][missing]
    item = read(sandbox)[1].items[0]
    assert (item.state, len(item.events)) == ("completed", 1)
    assert item.events[0].label == ("video" if missing == "filename" else "drive 0.mp4")


@pytest.mark.parametrize("media_id", ["img-1", "vec/../x?y", "", None, 7])
def test_job_media_id_is_any_text_or_none(sandbox: Sandbox, media_id: Any) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"][0]["media_id"] = media_id
    item = read(sandbox)[1].items[0]
    assert (item.analysis_id, len(item.events)) == (media_id if isinstance(media_id, str) and media_id else None, 1)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "<img src=x>", "=cmd|' /C calc'!A0", "\u202efdp.exe", "", "nul\0.mp4"]
)
def test_job_file_names_may_hold_any_text(sandbox: Sandbox, name: str) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"][0]["filename"] = name
    item = read(sandbox)[1].items[0]
    assert (item.name, item.events[0].label) == (name.replace("\0", ""), name.replace("\0", "") or "video")


def test_jobs_unfinished_are_unanswered(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"][0]["status"] = "running"
    vendor = opened(sandbox)
    batch = vendor.batch(W_BATCH)
    chunk = vendor.chunk(batch, batch.listing)
    assert (chunk.items[0].state, chunk.items[0].answered, chunk.items[0].events) == ("processing", False, ())
    digests = {item.external_id: item.digest for item in chunk.items}
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"][0]["status"] = "succeeded"
    batch = vendor.batch(W_BATCH)
    again = vendor.chunk(batch, batch.listing, digests)
    assert ([item.external_id for item in again.items], again.same) == (["job-000"], ("job-001", "job-002"))


@pytest.mark.parametrize("odd", ["text", None, {}, {"job_id": 7}, {"job_id": ""}])
def test_jobs_without_an_id_are_quarantined_as_missing(sandbox: Sandbox, odd: Any) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"].append(odd)
    batch, chunk = read(sandbox)
    assert (len(chunk.items), len(batch.quarantined)) == (3, 1)
    assert batch.missing == "1 jobs of the list are unreadable."


# ── pages ──


def many(sandbox: Sandbox, count: int) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data.update(w_batch([job(n) for n in range(count)]))


def test_pages_of_a_large_batch_are_all_read(sandbox: Sandbox) -> None:
    many(sandbox, 2 * PAGE_SIZE + 1)
    batch, chunk = read(sandbox)
    assert ([item.external_id for item in chunk.items], batch.missing) == ([f"job-{n:03}" for n in range(201)], "")
    assert pages(sandbox) == ["1", "2", "3"]


def test_pages_are_read_again_for_a_skipped_job(sandbox: Sandbox) -> None:
    many(sandbox, 150)
    sandbox.faults = Faults(first=["ok", "dropped"])
    batch, chunk = read(sandbox)
    assert (len(chunk.items), batch.missing, pages(sandbox)) == (150, "", ["1", "2", "1", "2"])


def test_pages_merge_a_job_that_appears_twice(sandbox: Sandbox) -> None:
    many(sandbox, 150)
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["jobs"].insert(100, data["jobs"][99])
        data["total"] = 150
    batch, chunk = read(sandbox)
    assert (len(chunk.items), len(set(chunk.items)), batch.missing) == (150, 150, "")


def test_pages_end_at_an_empty_page() -> None:
    jobs = [job(n) for n in range(3)]
    data = {"batch_summary": w_batch(jobs)["summary"], "pagination": {"total_items": 3, "total_pages": 9}}
    paths: list[str] = []

    def answer(request: Any) -> None:
        paths.append(request.path)
        page = data | {"job_results": jobs if len(paths) == 1 else []}
        send(request, 200, {}, json.dumps({"success": True, "data": page}).encode())

    with serving(answer) as host:
        vendor = Wickson.open(base_url=f"http://{host}", api_key="key", private_hosts=frozenset({host}))
        batch = vendor.batch(W_BATCH)
    assert (len(batch.listing), batch.missing) == (3, "")
    assert paths == [f"{RESULTS}?page={number}&page_size=100" for number in (1, 2)], (
        "our own size, whatever the default"
    )


def test_pages_with_a_wrong_total_keep_the_jobs(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["total"] = 5
    batch, chunk = read(sandbox)
    assert (len(chunk.items), len(sandbox.calls)) == (3, 3)
    assert batch.missing == "3 of 5 jobs could be read: the list changed while it was read."
    for status, why in [("running", "are listed so far."), ("cancelled", "are listed: the batch was canceled.")]:
        with sandbox.wickson.batches.edit(W_BATCH) as data:
            data["summary"]["status"] = status
        assert read(sandbox)[0].missing == f"3 of 5 jobs {why}"


def test_pages_accept_totals_of_finished_jobs_only(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["total"] = 2
    assert read(sandbox)[0].missing == ""


# ── refusals and limits ──


def test_envelope_error_in_a_200_is_retried(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["unsuccessful"])
    batch, _ = read(sandbox)
    assert (batch.total, len(sandbox.calls)) == (3, 2)
    sandbox.faults = Faults(rate=1, kinds=["unsuccessful"])
    with pytest.raises(VendorUnavailable, match="status 500"):
        read(sandbox)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"success": True}, 200), ({"data": {}}, 200), ([], 200), ({"success": False, "status_code": 404}, 404),
        ({"success": False, "code": "not_found"}, 404), ({"success": False, "code": "rate_limit_error"}, 429),
        ({"success": False, "code": "quota_exceeded"}, 403), ({"success": False, "code": "validation_error"}, 400),
        ({"success": False}, 500), ({"success": False, "status_code": 200}, 500),
        ({"success": False, "status_code": "x"}, 500),
    ],
)  # fmt: skip
def test_real_status_reads_the_envelope(answer: Any, status: int) -> None:
    assert real_status(answer) == status


def test_revoked_key_costs_one_call(sandbox: Sandbox) -> None:
    with pytest.raises(VendorRefused, match="401: Invalid API key"):
        opened(sandbox, "revoked").batch(W_BATCH)
    assert len(sandbox.calls) == 1


def test_unknown_batch_costs_one_call(sandbox: Sandbox) -> None:
    with pytest.raises(VendorRefused, match="404: Batch batch-none not found") as refusal:
        opened(sandbox).batch("batch-none")
    assert (refusal.value.status, len(sandbox.calls)) == (404, 1)


def test_quota_stops_at_the_hourly_limit(sandbox: Sandbox) -> None:
    vendor = opened(sandbox, quota=Quota(limit=RESERVED_REQUESTS + 2, reserve=RESERVED_REQUESTS))
    vendor.http.quota.update_from_headers = lambda headers: None  # type: ignore[method-assign, union-attr]  # a vendor without headers
    vendor.batch(W_BATCH)
    vendor.batch(W_BATCH)
    with pytest.raises(VendorUnavailable) as stop:
        vendor.batch(W_BATCH)
    assert len(sandbox.calls) == 2
    assert stop.value.retry_after == pytest.approx(3600, abs=60)


def test_quota_is_shared_by_syncs_with_one_key(sandbox: Sandbox) -> None:
    sandbox.wickson.hourly = RESERVED_REQUESTS + 2
    opened(sandbox).batch(W_BATCH)
    opened(sandbox).batch(W_BATCH)
    with pytest.raises(VendorUnavailable) as stop:
        opened(sandbox).batch(W_BATCH)
    assert len(sandbox.calls) == 2, "the third one was not even asked"
    assert 0 < (stop.value.retry_after or 0) <= 3600


def test_429_names_its_end_in_the_body() -> None:
    details = {"limit": 1000, "remaining": 0, "reset_time": int(time.time()) + 1200, "window_size": 3600}
    body = json.dumps({"success": False, "code": "rate_limit_error", "message": "Full", "details": details}).encode()
    with serving(lambda request: send(request, 429, {}, body)) as host:
        years_behind = {"now": lambda: 1_000_000.0}  # our clock; what counts is the vendor's own
        vendor = Wickson.open(base_url=f"http://{host}", api_key="key", private_hosts=frozenset({host}), **years_behind)
        with pytest.raises(VendorUnavailable) as stop:
            vendor.batch(W_BATCH)
    assert stop.value.retry_after == pytest.approx(1200, abs=10)


def test_redirect_is_not_followed_and_sends_no_key(sandbox: Sandbox) -> None:
    with serving(lambda request: send(request, 302, {"Location": sandbox.url + RESULTS})) as host:
        vendor = Wickson.open(base_url=f"http://{host}", api_key="secret", private_hosts=frozenset({host}))
        with pytest.raises(VendorRefused, match="redirect"):
            vendor.batch(W_BATCH)
    assert sandbox.calls == []


def test_batch_rejects_an_answer_without_an_envelope() -> None:
    for body in (b"[]", b'{"success": true}', b'{"success": true, "data": {"batch_summary": []}}'):
        with serving(lambda request, body=body: send(request, 200, {}, body)) as host:
            vendor = Wickson.open(base_url=f"http://{host}", api_key="key", private_hosts=frozenset({host}))
            with pytest.raises(BadRecord):
                vendor.batch(W_BATCH)


def test_batch_does_not_follow_addresses_in_an_answer(sandbox: Sandbox) -> None:
    with sandbox.wickson.batches.edit(W_BATCH) as data:
        data["summary"]["related_endpoints"] = {"media_details": f"{sandbox.url}/v1/media/vec-000000"}
        data["jobs"][0]["related_endpoints"] = {"next": "https://elsewhere.example/v1/batches"}
    read(sandbox)
    assert [call.path.partition("?")[0] for call in sandbox.calls] == [RESULTS]


def test_details_cost_one_call(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    assert vendor.details("vec-000000") == "A car drives on road 0."
    with pytest.raises(VendorRefused, match="404"):
        vendor.details("vec-none")
    assert [call.path for call in sandbox.calls] == ["/v1/media/vec-000000", "/v1/media/vec-none"]


def test_verify_names_the_owner_of_the_key(sandbox: Sandbox) -> None:
    assert opened(sandbox).verify() == {"user_id": "u_81f2", "email": "owner@example.com"}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("undocumented", [403, 404, 405, 500, "<html>", "[]"])
@pytest.mark.parametrize(("status", "accepted"), [(404, True), (401, False)])
def test_a_wickson_key_is_verified_by_documented_calls_alone(
    undocumented: int | str, status: int, accepted: bool
) -> None:
    """The account answer is not in the vendor's documents; that a batch is unknown says as much of the key."""

    def answer(request: Any) -> None:
        if request.path == "/v1/status" and isinstance(undocumented, str):
            return send(request, 200, {"Content-Type": "application/json"}, undocumented.encode())
        refusal = undocumented if request.path == "/v1/status" else status
        body = json.dumps({"success": False, "message": "no", "status_code": refusal})
        return send(request, refusal, {"Content-Type": "application/json"}, body.encode())

    with serving(answer) as host:
        vendor = Wickson.open(base_url=f"http://{host}/v1/", api_key="w-key", private_hosts=frozenset({host}))
        if accepted:
            assert vendor.verify() == {}
            return
        with pytest.raises(VendorRefused) as refused:
            vendor.verify()
        assert refused.value.status == 401


@pytest.mark.parametrize("text", [W_BATCH, f" {W_BATCH} ", f"https://api.wickson.ai{RESULTS}?page=1"])
def test_parse_batch_id_reads_an_id_or_an_address(text: str) -> None:
    assert parse_batch_id(text) == W_BATCH


@pytest.mark.parametrize(
    "text", ["", "two words", "a/b", "https://wickson.ai/docs", "https://api.wickson.ai/v1/batches/%2e%2e/x"]
)
def test_parse_batch_id_rejects_invalid_text(text: str) -> None:
    with pytest.raises(ValueError, match="batch ID"):
        parse_batch_id(text)


def test_sign_and_thumbnails_are_refused(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    for ask in (lambda: vendor.sign("job-000"), lambda: vendor.thumbnails("job-000", "vec-000000")):
        with pytest.raises(VendorRefused, match=r"The vendor provides no video|This vendor offers no thumbnails"):
            ask()
    assert sandbox.calls == []
