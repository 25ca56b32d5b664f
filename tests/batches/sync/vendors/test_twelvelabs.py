"""The TwelveLabs adapter against its stand-in over real HTTP: calls, results, states, and failures."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.wire import Answer
from batches.sandbox.world import World
from batches.sync import lines
from batches.sync.fields import pack
from batches.sync.records import FINAL_STATES, BatchRecord, Chunk, ItemRecord
from batches.sync.vendors import twelvelabs_lines
from batches.sync.vendors.twelvelabs import MAX_ODD_ANSWERS, TwelveLabs, parse_batch_id
from batches.sync.vendors.twelvelabs_batch import batch_state, item_state
from tests.loopback import send, serving
from tests.vendor_worlds import TL_BATCH, days_ago, line, segments, task, task_id, tl_batch

PATH = f"/v1.3/analyze/batches/{TL_BATCH}"


def served(lines: list[Any], **fields: Any) -> Sandbox:
    return Sandbox(World({}, twelvelabs={TL_BATCH: tl_batch(lines, **fields)}))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with served(
        [line(0), line(1, status="failed"), line(2, status="processing"), line(3, status="canceled")]
    ) as running:
        yield running


def opened(sandbox: Sandbox, key: str | None = None) -> TwelveLabs:
    hosts = frozenset({sandbox.url.removeprefix("http://")})
    return TwelveLabs.open(
        base_url=f"{sandbox.url}/v1.3", api_key=key or sandbox.key, private_hosts=hosts, sleep=lambda seconds: None
    )


def read(lines: list[Any], **fields: Any) -> tuple[BatchRecord, Chunk]:
    with served(lines, **fields) as sandbox:
        vendor = opened(sandbox)
        batch = vendor.batch(TL_BATCH)
        return batch, vendor.chunk(batch, batch.listing)


def paths(sandbox: Sandbox) -> list[str]:
    return [call.path for call in sandbox.calls]


def items_of(chunk: Chunk) -> dict[str, ItemRecord]:
    return {item.external_id: item for item in chunk.items}


# ── the batch ──


def test_batch_has_counts_and_expires_30_days_after_creation(
    sandbox: Sandbox,
) -> None:
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["batch"] |= {"created_at": "2026-11-01T09:00:00.5+02:00", "expires_at": "2026-11-02T09:00:00Z"}
    batch = opened(sandbox).batch(TL_BATCH, listing=False)
    assert (batch.total, batch.completed, batch.failed, batch.canceled) == (4, 1, 1, 1)
    assert (batch.batch_type, batch.analysis_type, batch.prompt) == ("general", "pegasus1.5", None)
    assert batch.expires_at == "2026-12-01T09:00:00.500000+02:00", "30 days after creation, not when processing ends"
    assert dict(batch.report.facts)["End of processing"] == "2026-11-02T09:00:00Z"
    assert paths(sandbox) == [PATH]


@pytest.mark.parametrize(
    ("status", "ready", "failed", "state"),
    [
        ("pending", 0, 0, "waiting"), ("processing", 1, 0, "processing"), ("canceling", 1, 0, "processing"),
        ("completed", 4, 0, "completed"), ("completed", 3, 1, "partial"), ("completed", 0, 4, "partial"),
        ("completed", 0, 0, "partial"), ("canceled", 0, 0, "canceled"), ("canceled", 2, 0, "partial"),
        ("expired", 0, 1, "canceled"), ("expired", 3, 1, "partial"), ("COMPLETED", 4, 0, "completed"),
        ("cancelled", 0, 0, "unknown"), ("failed", 0, 4, "unknown"), ("archived", 4, 0, "unknown"),
        ("", 0, 0, "unknown"),
    ],
)  # fmt: skip
def test_batch_state_maps_every_status_by_counts(status: str, ready: int, failed: int, state: str) -> None:
    assert batch_state(status, 4, ready, failed) == state


@pytest.mark.parametrize("status", ["canceling", "pending", "processing", "failed"])
def test_batch_canceling_is_not_final(status: str) -> None:
    assert batch_state(status, 4, 0, 4) not in FINAL_STATES


@pytest.mark.parametrize(
    ("status", "state"),
    [("pending", "waiting"), ("queued", "waiting"), ("processing", "processing"), ("ready", "completed"),
     ("failed", "failed"), ("canceled", "canceled"), ("paused", "unknown"), ("", "unknown"), (None, "unknown")],
)  # fmt: skip
def test_item_state_maps_every_status(status: str | None, state: str) -> None:
    assert item_state(status) == state


def test_canceled_is_only_known_in_american_spelling() -> None:
    assert (batch_state("canceled", 4, 0, 0), item_state("canceled")) == ("canceled", "canceled")
    assert (batch_state("cancelled", 4, 0, 0), item_state("cancelled")) == ("unknown", "unknown")


def test_batch_without_counters_is_read(sandbox: Sandbox) -> None:
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["batch"] = {"batch_id": TL_BATCH, "status": "completed", "created_at": days_ago(1)}
    batch = opened(sandbox).batch(TL_BATCH)
    assert (batch.total, batch.completed, batch.state, batch.missing) == (None, None, "completed", "")
    assert len(batch.listing) == 4


def test_batch_of_no_items_is_completed() -> None:
    batch, chunk = read([])
    assert (batch.total, batch.state, batch.listing, chunk.items) == (0, "completed", (), ())


def test_batch_reports_an_undelivered_webhook(sandbox: Sandbox) -> None:
    hook = {"url": "https://hooks.example/tl", "delivered": False, "attempts": 3, "last_error": "timeout"}
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["batch"]["webhooks"] = [hook, {"url": "https://fine.example", "delivered": True}, "odd"]
    facts = opened(sandbox).batch(TL_BATCH).report.facts
    assert facts[-1] == ("Webhook https://hooks.example/tl", "not delivered after 3 tries: timeout")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[]", "expected an object"), (b'{"data": []}', "does not look like a batch"),
        (b'{"status": "completed", "batch_id": "0"}', "another batch"),
    ],
)  # fmt: skip
def test_batch_rejects_an_unrelated_answer(body: bytes, sentence: str) -> None:
    with canned({PATH: (200, body)}) as (vendor, _), pytest.raises(BadRecord, match=sentence):
        vendor.batch(TL_BATCH)


@pytest.mark.parametrize("odd", ["N/A", "yesterday", 12])
def test_batch_unreadable_time_claims_no_expiry(odd: Any) -> None:
    answer = {"status": "completed", "batch_id": TL_BATCH, "created_at": odd, "total_items": True}
    with canned({PATH: (200, json.dumps(answer).encode())}) as (vendor, _):
        batch = vendor.batch(TL_BATCH, listing=False)
    assert (batch.expires_at, batch.total) == (None, None)
    assert {record.path.rsplit(" ", 1)[1] for record in batch.quarantined} == {"created_at", "total_items"}


# ── finding batches ──


def shelf(count: int) -> dict[str, Any]:
    ids = [f"{n:024x}" for n in range(count)]
    return {i: tl_batch([], batch_id=i, created_at=days_ago(n / 100)) for n, i in enumerate(ids)}


def test_batches_lists_newest_first_in_pages_of_fifty() -> None:
    with Sandbox(World({}, twelvelabs=shelf(120))) as sandbox:
        batch_ids = [batch.external_id for batch in opened(sandbox).batches()]
        assert batch_ids == list(shelf(120))
        assert paths(sandbox) == [f"/v1.3/analyze/batches?page={n}&page_limit=50" for n in (1, 2, 3)]


def rows(*numbers: int, **info: Any) -> bytes:
    data = [{"batch_id": f"{n:024x}", "status": "completed"} for n in numbers]
    return json.dumps({"data": data, "page_info": {"page": 1} | info}).encode()


def test_batches_reads_again_after_a_batch_is_created() -> None:
    first, second = range(50), [49, 50]
    pages = [rows(*first), rows(*second), rows(99, *range(49)), rows(49, 50)]
    with canned({"/v1.3/analyze/batches": pages}) as (vendor, asked):
        assert {int(batch.external_id, 16) for batch in vendor.batches()} == {*range(51), 99}
    assert [path.split("?")[1].split("&")[0] for path in asked] == ["page=1", "page=2", "page=1", "page=2"]


def test_batches_reads_again_after_a_batch_is_deleted() -> None:
    remaining = [n for n in range(52) if n != 3]
    pages = [
        rows(*range(50), total_page=2, total_results=52), rows(51, total_page=2, total_results=51),
        rows(*remaining[:50], total_page=2, total_results=51), rows(*remaining[50:], total_page=2, total_results=51),
    ]  # fmt: skip
    with canned({"/v1.3/analyze/batches": pages}) as (vendor, asked):
        assert {int(batch.external_id, 16) for batch in vendor.batches()} >= set(remaining)
    assert len(asked) == 4


def test_batches_without_totals_end_at_the_short_page() -> None:
    with canned({"/v1.3/analyze/batches": [rows(1, 2)]}) as (vendor, asked):
        assert len(list(vendor.batches())) == 2
    assert len(asked) == 1


def test_batches_leaves_out_an_unreadable_row() -> None:
    body = {"data": ["odd", {"batch_id": "short", "status": "completed"}, {"batch_id": TL_BATCH, "status": "pending"}]}
    with canned({"/v1.3/analyze/batches": [json.dumps(body).encode()]}) as (vendor, _):
        assert [batch.external_id for batch in vendor.batches()] == [TL_BATCH]


@pytest.mark.parametrize(
    "text",
    [
        TL_BATCH,
        TL_BATCH.upper(),
        f"  {TL_BATCH}\n",
        f"https://api.twelvelabs.io/v1.3/analyze/batches/{TL_BATCH}/results",
    ],
)
def test_parse_batch_id_reads_either_case_and_addresses(text: str) -> None:
    assert parse_batch_id(text) == TL_BATCH


@pytest.mark.parametrize(
    "text", ["", "batch", TL_BATCH[:-1], TL_BATCH + "0", f"{TL_BATCH} {'0' * 24}", "../" + "g" * 24]
)
def test_parse_batch_id_rejects_invalid_text(text: str) -> None:
    with pytest.raises(ValueError, match="24 hexadecimal digits"):
        parse_batch_id(text)


# ── results ──


def test_results_make_one_item_for_each_line(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    chunk = vendor.chunk(batch, batch.listing)
    rows = [(i.name, i.state, i.raw_status, i.answered, len(i.events), i.error) for i in chunk.items]
    assert rows == [
        ("clip-000", "completed", "ready", True, 1, ""),
        ("clip-001", "failed", "failed", True, 0, "asset_unavailable: The asset could not be read."),
        ("clip-002", "processing", "processing", False, 0, ""),
        ("clip-003", "canceled", "canceled", True, 0, ""),
    ]
    assert (batch.missing, chunk.lost, chunk.prompt) == ("", (), "Describe risks.")


def test_task_adds_video_and_prompt(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    item = vendor.chunk(batch, batch.listing[:1]).items[0]
    raw = json.loads(item.raw)
    assert item.source_uri == "asset:asset0000"
    assert raw["task"]["video_source"]["system_metadata"] == {"duration": 61.5}
    assert "result" not in raw["task"]
    assert {name: value for name, value in raw.items() if name != "task"} == line(0), "and the line is kept whole"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ({"type": "url", "url": "https://v.example/drives/1.mp4"}, "https://v.example/drives/1.mp4"),
        ({"type": "video_id", "video_id": "v1"}, "video:v1"), ({"type": "base64_string", "base64_string": "AAAA"}, ""),
        ({}, ""), ("odd", ""), ({"type": 3}, ""), ({"type": "tape", "tape": "7"}, ""),
    ],
)  # fmt: skip
def test_task_names_the_video_without_storing_it(source: Any, uri: str) -> None:
    result_line = line(0)
    _, chunk = read([result_line], tasks={task_id(0): task(result_line, video_source=source)})
    assert chunk.items[0].source_uri == uri
    assert "AAAA" not in chunk.items[0].raw


NONSENSE = [
    None, {}, {"video_source": None}, [], {**task(line(0)), "status": "dreaming"}, {**task(line(0)), "status": None},
    {**task(line(0)), "video_source": {"type": "tape"}}, task(line(0), video_source={"type": []}),
    task(line(0), request_params={"temperature": float("nan")}), task(line(0), anything=[{"deep": float("inf")}]),
]  # fmt: skip


@pytest.mark.parametrize("answer", NONSENSE)
def test_task_with_an_odd_answer_is_asked_for_again(sandbox: Sandbox, answer: Any) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    whole = items_of(vendor.chunk(batch, batch.listing))
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        good = data["tasks"].pop(task_id(0))
        if answer is not None:
            data["tasks"][task_id(0)] = answer
    item = items_of(vendor.chunk(batch, batch.listing))[task_id(0)]
    assert item.digest != whole[task_id(0)].digest
    assert (item.source_uri, len(item.events)) == ("", len(whole[task_id(0)].events)), "nothing of it is believed"
    assert "1 of 5 such answers: the next sync asks again" in item.quarantined[0].reason
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["tasks"][task_id(0)] = good
    existing = {name: item.digest for name, item in whole.items()} | {task_id(0): item.digest}
    again = vendor.chunk(batch, batch.listing, existing)
    assert items_of(again) == {task_id(0): whole[task_id(0)]}


def test_task_with_odd_answers_has_a_limit_of_its_own(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        del data["tasks"][task_id(0)]
    existing: dict[str, str] = {}
    for syncs in range(1, 8):
        sandbox.calls.clear()
        chunk = vendor.chunk(batch, batch.listing, existing)
        existing |= {item.external_id: item.digest for item in chunk.items}
        asked = f"/v1.3/analyze/tasks/{task_id(0)}" in paths(sandbox)
        assert (asked, task_id(0) in chunk.same) == ((True, False) if syncs <= MAX_ODD_ANSWERS else (False, True))
        if syncs == MAX_ODD_ANSWERS:
            assert items_of(chunk)[task_id(0)].quarantined[0].reason.endswith("it is not asked for again)")
    changed = replace(batch.listing[0], payload=pack(json.dumps(line(0, "another answer")).encode()))
    sandbox.calls.clear()
    assert "1 of 5" in items_of(vendor.chunk(batch, [changed], existing))[task_id(0)].quarantined[0].reason


def test_task_is_not_asked_for_unfinished_items(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    vendor.chunk(batch, batch.listing)
    assert paths(sandbox)[2:] == [f"/v1.3/analyze/tasks/{task_id(n)}" for n in (0, 1, 3)]


def test_task_is_not_asked_for_unchanged_items(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    digests = {item.external_id: item.digest for item in vendor.chunk(batch, batch.listing).items}
    sandbox.calls.clear()
    again = vendor.chunk(batch, batch.listing, digests)
    assert (again.items, again.same, paths(sandbox)) == ((), tuple(task_id(n) for n in range(4)), [])


def test_results_are_keyed_by_task_between_polls(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    digests = {item.external_id: item.digest for item in vendor.chunk(batch, batch.listing).items}
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["lines"][2] = line(2, "Clear road.")
        data["lines"].reverse()
    batch = vendor.batch(TL_BATCH)
    chunk = vendor.chunk(batch, batch.listing, digests)
    assert [(item.external_id, item.state, item.events[0].label) for item in chunk.items] == [
        (task_id(2), "completed", "Clear road.")
    ]


def test_results_do_not_depend_on_the_order_of_lines(sandbox: Sandbox) -> None:
    vendor = opened(sandbox)
    before = vendor.batch(TL_BATCH).listing
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["lines"].reverse()
    assert vendor.batch(TL_BATCH).listing == before


def test_results_later_line_of_a_task_wins() -> None:
    batch, chunk = read([line(0, "first"), line(0, "second")], total_items=1)
    assert [item.events[0].label for item in chunk.items] == ["second"]
    assert batch.missing == ""


def test_results_custom_ids_may_be_missing_or_equal() -> None:
    _, chunk = read([line(0, custom_id=None), line(1, custom_id="same"), line(2, custom_id="same")])
    assert [(item.external_id, item.name) for item in chunk.items] == [
        (task_id(0), ""), (task_id(1), "same"), (task_id(2), "same"),
    ]  # fmt: skip


def as_bytes(*lines: Any, end: bytes = b"\n") -> list[bytes]:
    return [json.dumps(entry, ensure_ascii=False).encode() + end for entry in lines]


def test_results_accept_crlf_blank_lines_and_no_last_newline() -> None:
    lines = [*as_bytes(line(0), end=b"\r\n"), b"\n", b"  \r\n", *as_bytes(line(1), end=b"")]
    batch, _ = read(lines, total_items=2)
    assert [entry.external_id for entry in batch.listing] == [task_id(0), task_id(1)]
    assert (batch.missing, batch.quarantined) == ("", ())


def test_results_unicode_separators_do_not_split_a_line() -> None:
    text = "one\u2028two\u2029three\x85four\x0bfive\x1c"
    batch, chunk = read(as_bytes(line(0, text)), total_items=1, tasks={})
    assert batch.missing == ""
    assert json.loads(chunk.items[0].events[0].raw)["data"] == text


@pytest.mark.parametrize("size", [1, 7, 64])
def test_results_do_not_depend_on_network_chunks(size: int) -> None:
    body = "".join(json.dumps(line(n, f"ü{n}"), ensure_ascii=False) + "\n" for n in range(5)).encode()
    pieces = iter([body[start : start + size] for start in range(0, len(body), size)])
    results = [json.loads(text or b"") for _, text, _ in twelvelabs_lines.split_lines(pieces)]
    assert [entry["data"]["data"] for entry in results] == [f"ü{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"task_id": \n', "is not JSON"), (b'["list"]\n', "expected an object"),
        (b'{"status": "ready"}\n', "is missing"),
        (b'{"task_id": 7}\n', "expected text"), (b"\xff\xfe\n", "is not UTF-8"), (b"[" * 5000 + b"\n", "nested deeper"),
    ],
)  # fmt: skip
def test_results_quarantine_an_unreadable_line_as_missing(broken: bytes, reason: str) -> None:
    batch, _ = read([line(0), broken, line(2)], total_items=3)
    assert [entry.external_id for entry in batch.listing] == [task_id(0), task_id(2)]
    assert reason in batch.quarantined[0].reason
    assert "line 2" in batch.quarantined[0].path
    assert batch.missing.startswith("2 of 3 results arrived.")


def test_results_quarantine_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lines, twelvelabs_lines):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 1000)
    batch, _ = read([line(0), line(1, "long " * 10_000), line(2)])
    assert [entry.external_id for entry in batch.listing] == [task_id(0), task_id(2)]
    assert "is longer than 1,000 bytes" in batch.quarantined[0].reason


@pytest.mark.case("U08")
def test_results_stop_an_endless_stream_and_keep_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twelvelabs_lines, "MAX_STORED_BYTES", 300)
    batch, _ = read([line(n) for n in range(50)], total_items=50)
    assert 0 < len(batch.listing) < 50
    assert "larger than 300 bytes" in batch.missing


def test_results_read_again_after_a_clean_early_end(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["ok", "dropped"])
    batch = opened(sandbox).batch(TL_BATCH)
    assert (len(batch.listing), batch.missing) == (4, "")
    assert paths(sandbox) == [PATH, f"{PATH}/results", f"{PATH}/results"]


def test_results_that_stay_short_keep_their_lines() -> None:
    batch, chunk = read([line(0), line(1)], total_items=3)
    assert [item.external_id for item in chunk.items] == [task_id(0), task_id(1)]
    assert batch.missing == "2 of 3 results arrived. The vendor sent 2 of 3 results."


@pytest.mark.parametrize("kind", ["truncated", "reset", "500", "429-none", "html"])
def test_results_read_again_after_a_broken_stream(sandbox: Sandbox, kind: str) -> None:
    sandbox.faults = Faults(first=["ok", kind])
    batch = opened(sandbox).batch(TL_BATCH)
    assert (len(batch.listing), batch.missing, len(sandbox.calls)) == (4, "", 3)


def test_results_keep_the_lines_of_all_broken_tries(sandbox: Sandbox) -> None:
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data |= tl_batch([line(n) for n in range(200)])
    sandbox.faults = Faults(first=["ok", *["truncated"] * 6])
    batch = opened(sandbox).batch(TL_BATCH)
    assert 50 < len(batch.listing) < 110
    assert "broke off the connection" in batch.missing


def test_results_without_a_line_are_not_an_empty_batch(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["ok", *["reset"] * 6])
    with pytest.raises(VendorUnavailable):
        opened(sandbox).batch(TL_BATCH)


@pytest.mark.case("U04")
def test_results_ignore_a_line_cut_in_the_middle() -> None:
    batch, _ = read([line(0), json.dumps(line(1)).encode()[:40]], total_items=2)
    assert [entry.external_id for entry in batch.listing] == [task_id(0)]
    assert batch.missing.endswith("The vendor stopped in the middle of a result.")


@pytest.mark.parametrize("content_type", ["application/jsonl", "application/json", "text/html; charset=latin-1", ""])
def test_results_are_read_with_any_content_type(content_type: str) -> None:
    body = b"".join(as_bytes(line(0, "Straße"), line(1)))
    answers = {PATH: (200, json.dumps(tl_batch([line(0), line(1)])["batch"]).encode()), f"{PATH}/results": (200, body)}
    with canned(answers, {"Content-Type": content_type}) as (vendor, _):
        batch = vendor.batch(TL_BATCH)
    assert ([entry.external_id for entry in batch.listing], batch.missing) == ([task_id(0), task_id(1)], "")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"message": "The asset could not be read."}, "The asset could not be read."),
        ({"code": "new_code"}, "new_code"),
        ({"code": "x", "message": '{"code": "y"}'}, 'x: {"code": "y"}'), ({"code": None, "message": None}, ""),
        ({}, ""), (None, ""), ("text", ""),
    ],
)  # fmt: skip
def test_item_error_may_lack_its_code(error: Any, text: str) -> None:
    result_line = line(0, status="failed", error=error)
    _, chunk = read([result_line], tasks={task_id(0): task(result_line)})
    assert (chunk.items[0].state, chunk.items[0].error, chunk.items[0].quarantined) == ("failed", text, ())


# ── tasks ──


def test_item_reads_the_answer_of_line_and_task() -> None:
    result_line = line(0, "of the line")
    _, chunk = read(
        [result_line], tasks={task_id(0): task(result_line, result={"data": "of the task", "finish_reason": "stop"})}
    )
    assert [event.label for event in chunk.items[0].events] == ["of the line"]
    assert "of the task" not in chunk.items[0].raw


def test_item_shows_a_warning_of_its_task() -> None:
    result_line = line(0)
    warning = {"message": "Some segments are missing."}
    _, chunk = read([result_line], tasks={task_id(0): task(result_line, error=warning)})
    item = chunk.items[0]
    assert (item.state, item.error, len(item.events)) == ("partial", "Some segments are missing.", 1)


def test_task_missing_at_the_vendor_keeps_the_result(sandbox: Sandbox) -> None:
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as data:
        data["tasks"].clear()
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    chunk = vendor.chunk(batch, batch.listing)
    assert (chunk.lost, chunk.items[0].source_uri, len(chunk.items[0].events)) == ((), "", 1)


def test_task_failure_keeps_the_result_and_is_asked_again(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["500"] * 6, paths=f"tasks/{task_id(0)}")
    vendor = opened(sandbox)
    batch = vendor.batch(TL_BATCH)
    chunk = vendor.chunk(batch, batch.listing)
    item = items_of(chunk)[task_id(0)]
    assert (chunk.lost, item.digest, len(item.events)) == ((task_id(0),), "", 1)
    assert chunk.failure == "The vendor answered with status 500."


def test_task_calls_are_limited_per_sync(sandbox: Sandbox) -> None:
    hosts = frozenset({sandbox.url.removeprefix("http://")})
    http = TwelveLabs.open(base_url=f"{sandbox.url}/v1.3", api_key=sandbox.key, private_hosts=hosts).http
    vendor = TwelveLabs(http, task_calls=1)
    batch = vendor.batch(TL_BATCH)
    chunk = vendor.chunk(batch, batch.listing)
    assert (len(sandbox.calls), chunk.lost) == (3, (task_id(1), task_id(3)))
    assert len(chunk.items) == 4


@pytest.mark.parametrize("answer", [b"[]", b'"text"'])
def test_task_answer_that_is_not_an_object_is_quarantined(answer: bytes) -> None:
    result_line = line(0)
    status = tl_batch([result_line])["batch"]
    answers = {
        PATH: (200, json.dumps(status).encode()), f"{PATH}/results": (200, json.dumps(result_line).encode()),
        f"/v1.3/analyze/tasks/{task_id(0)}": (200, answer),
    }  # fmt: skip
    with canned(answers) as (vendor, _):
        batch = vendor.batch(TL_BATCH)
        item = vendor.chunk(batch, batch.listing).items[0]
    assert (len(item.events), item.source_uri, len(item.quarantined)) == (1, "", 1)


def test_prompt_of_a_segment_batch_lists_its_definitions() -> None:
    result_line = line(0, segments(risk=[]))
    definitions = [{"id": "risk", "description": "Near misses"}, {"id": "sign"}, "odd"]
    request = {"response_format": {"type": "segment_definitions", "segment_definitions": definitions}}
    _, chunk = read(
        [result_line],
        analysis_mode="time_based_metadata",
        tasks={task_id(0): task(result_line, request_params=request)},
    )
    assert chunk.prompt == "risk: Near misses; sign"


# ── refusals ──


def test_revoked_key_costs_one_call(sandbox: Sandbox) -> None:
    with pytest.raises(VendorRefused, match="401: The API key is invalid") as refusal:
        opened(sandbox, "revoked").batch(TL_BATCH)
    assert (refusal.value.status, len(sandbox.calls)) == (401, 1)


@pytest.mark.parametrize(("batch_id", "status"), [("0" * 24, 404), ("short", 400)])
def test_unknown_id_is_404_and_a_malformed_one_400(sandbox: Sandbox, batch_id: str, status: int) -> None:
    with pytest.raises(VendorRefused) as refusal:
        opened(sandbox).batch(batch_id)
    assert (refusal.value.status, len(sandbox.calls)) == (status, 1)


def test_batch_answers_404_after_thirty_days(sandbox: Sandbox) -> None:
    sandbox.state.fast_forward(7 * 86_400)
    with pytest.raises(VendorRefused, match="does not exist") as refusal:
        opened(sandbox).batch(TL_BATCH)
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    "body", [b'{"code":"x","message":"No such plan."}', b'{"error":{"code":"x","message":"No such plan."}}']
)
def test_error_is_read_in_both_formats(body: bytes) -> None:
    with canned({PATH: (403, body)}) as (vendor, _), pytest.raises(VendorRefused, match=r"403: No such plan\.$"):
        vendor.batch(TL_BATCH)


def test_redirect_is_not_followed_and_sends_no_key(sandbox: Sandbox) -> None:
    with serving(lambda request: send(request, 302, {"Location": sandbox.url + PATH})) as host:
        vendor = TwelveLabs.open(base_url=f"http://{host}/v1.3", api_key="secret", private_hosts=frozenset({host}))
        with pytest.raises(VendorRefused, match="redirect"):
            vendor.batch(TL_BATCH)
    assert sandbox.calls == []


def test_verify_accepts_only_a_valid_key(sandbox: Sandbox) -> None:
    assert opened(sandbox).verify() == {}
    with pytest.raises(VendorRefused):
        opened(sandbox, "wrong").verify()


def test_key_is_sent_in_its_own_header_only(sandbox: Sandbox) -> None:
    opened(sandbox).verify()
    headers = sandbox.calls[0].headers
    assert (headers["x-api-key"], headers.get("Authorization")) == (sandbox.key, None)


def test_rate_limit_header_stops_calls_ahead_of_time() -> None:
    headers = {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": str(time.time() + 900)}
    with canned({"/v1.3/analyze/batches": [rows(1)]}, headers) as (vendor, asked):
        vendor.verify()
        with pytest.raises(VendorUnavailable) as stop:
            vendor.verify()
    assert len(asked) == 1
    assert stop.value.retry_after == pytest.approx(900, abs=5)


@contextmanager
def canned(answers: dict[str, Any], headers: dict[str, str] | None = None) -> Iterator[tuple[TwelveLabs, list[str]]]:
    """A server with our own answers, path → (status, body) or a list of bodies; and the paths of its requests."""
    asked: list[str] = []

    def handle(request: Any) -> None:
        asked.append(request.path)
        answer = answers[request.path.split("?")[0]]
        status, body = answer if isinstance(answer, tuple) else (200, answer.pop(0))
        send(request, status, headers or {}, body)

    with serving(handle) as host:
        hosts = frozenset({host})
        yield TwelveLabs.open(base_url=f"http://{host}/v1.3", api_key="key", private_hosts=hosts), asked


# ── assets ──

ASSET = "6298d673f1090f1100476d4c"
TRANSCRIPT = [{"start": 1.5, "end": 3, "value": "Mind\nthe bus."}, {"start": 61, "end": 63, "value": "Slowly."}]


@contextmanager
def with_asset(**fields: Any) -> Iterator[Sandbox]:
    lines = [line(0, custom_id=None), line(1)]
    source = {"type": "asset_id", "asset_id": ASSET}
    tasks = {row["task_id"]: task(row, video_source=source) for row in lines}
    asset = {"filename": "front.mp4", "duration": 61.5, "video": "v0", "transcript": TRANSCRIPT} | fields
    world = World({}, twelvelabs={TL_BATCH: tl_batch(lines, tasks=tasks)}, assets={ASSET: asset})
    with Sandbox(world) as running:
        yield running


def test_an_asset_gives_its_items_a_name_and_a_picture_with_one_call() -> None:
    with with_asset() as sandbox:
        vendor = opened(sandbox)
        batch = vendor.batch(TL_BATCH)
        first, second = vendor.chunk(batch, batch.listing).items
        calls = [path for path in paths(sandbox) if "/assets/" in path]
        picture = f"{sandbox.url}/media/posters/v0.jpg"
    assert (first.name, second.name, first.source_uri) == ("front.mp4", "clip-001", f"asset:{ASSET}")
    assert {event.thumbnail_url for item in (first, second) for event in item.events} == {picture}
    assert json.loads(first.raw)["asset"] == {"filename": "front.mp4", "duration": 61.5}
    assert calls == [f"/v1.3/assets/{ASSET}"]


def test_an_asset_that_is_gone_or_odd_leaves_the_results_readable() -> None:
    for served_as in ((404, {"code": "resource_not_exist"}), (403, {"code": "forbidden"}), (200, [1])):
        with with_asset() as sandbox, pytest.MonkeyPatch.context() as patch:
            body = Answer(served_as[0], json.dumps(served_as[1]).encode())
            patch.setattr(sandbox.twelvelabs, "_known_asset", lambda asset_id, body=body: body)
            vendor = opened(sandbox)
            batch = vendor.batch(TL_BATCH)
            chunk = vendor.chunk(batch, batch.listing)
        assert [(len(item.events), item.events[0].thumbnail_url) for item in chunk.items] == [(1, ""), (1, "")]
        assert (chunk.failure, chunk.lost) == ("", ())


def test_an_asset_that_the_budget_does_not_cover_comes_with_the_next_sync() -> None:
    with with_asset() as sandbox:
        vendor = opened(sandbox)
        frugal = TwelveLabs(vendor.http, asset_calls=0)
        batch = frugal.batch(TL_BATCH)
        chunk = frugal.chunk(batch, batch.listing)
        assert "limit of asset calls" in chunk.failure
        assert [item.source_uri for item in chunk.items] == [f"asset:{ASSET}"] * 2
        stored = {item.external_id: item.digest for item in chunk.items}
        assert vendor.chunk(batch, batch.listing, stored).same == ()


def test_the_playlist_of_an_asset_is_signed_when_it_is_played() -> None:
    with with_asset() as sandbox:
        signed = opened(sandbox).sign("task", source=f"asset:{ASSET}")
        assert signed.url == f"{sandbox.url}/media/hls/v0/index.m3u8"
        assert signed.expires_at is not None
        assert 0 < signed.expires_at - time.time() <= 600
        with pytest.raises(VendorRefused, match="provides no video"):
            opened(sandbox).sign("task", source="https://v.example/1.mp4")


@pytest.mark.parametrize(("hls", "reason"), [(None, "without HLS"), ({"status": "processing"}, "still making")])
def test_an_asset_without_a_stream_says_why(hls: Any, reason: str) -> None:
    answer = {"_id": ASSET, "filename": "front.mp4", **({"hls": hls} if hls else {})}
    served = canned({f"/v1.3/assets/{ASSET}": (200, json.dumps(answer).encode())})
    with served as (vendor, _), pytest.raises(VendorRefused, match=reason):
        vendor.sign("task", source=f"asset:{ASSET}")


def test_the_transcript_of_an_asset_has_a_line_a_sentence() -> None:
    with with_asset() as sandbox:
        assert opened(sandbox).details("gen_1", f"asset:{ASSET}") == "[1.5] Mind the bus.\n[61] Slowly."
    with with_asset(transcript=[]) as sandbox, pytest.raises(VendorRefused, match="no transcript of this video"):
        opened(sandbox).details("gen_1", f"asset:{ASSET}")
