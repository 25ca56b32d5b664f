"""The calls of the NomadicML adapter, and the traps in its status and bulk answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sync.records import FINAL_STATES, BatchRecord, EventRecord, ItemListing
from batches.sync.vendors.nomadic import Chunk, Nomadic, SignedURL, parse_batch_id
from batches.sync.vendors.nomadic_states import read_state

BASE = Nomadic.default_base_url
STATUS = f"{BASE}/api/batch/b1/status"
BULK = f"{BASE}/api/batch/b1/analyses/bulk"
UI_EVENT = {"type": "Lane Change", "time": "t=12.3", "end_time": "t=15.00", "description": "Cuts in", "data": {}}


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def vendor() -> Nomadic:
    return Nomadic.open(base_url=BASE, api_key="  a-key  ", sleep=lambda seconds: None)


def body(**fields: Any) -> dict[str, Any]:
    return {"batch_id": "b1", "status": "completed", "config": {}, "videos": [pointer("v1")]} | fields


def pointer(video_id: Any, **fields: Any) -> dict[str, Any]:
    return {"video_id": video_id, "analysis_id": "a1", "status": "completed", "last_error": None} | fields


def read(mock: responses.RequestsMock, vendor: Nomadic, **fields: Any) -> BatchRecord:
    mock.get(STATUS, json=body(**fields))
    return vendor.batch("b1")


def paths(record: Any) -> list[str]:
    return [entry.path for entry in record.quarantined]


# Whose key


def test_verify_names_the_owner_of_the_key(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.post(
        f"{BASE}/api/keys/verify", json={"valid": True, "user_id": "u1", "email": "u@example.com", "org_id": None}
    )
    assert vendor.verify() == {"user_id": "u1", "email": "u@example.com"}
    headers = mock.calls[0].request.headers
    assert (headers["Authorization"], headers["X-API-Key"]) == ("Bearer a-key", "a-key")


def test_verify_refuses_a_200_that_says_invalid_as_401(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.post(f"{BASE}/api/keys/verify", json={"valid": False})
    with pytest.raises(VendorRefused) as refusal:
        vendor.verify()
    assert refusal.value.status == 401


@pytest.mark.parametrize("answer", [{}, [], None, "ok", {"hello": "world"}])
def test_verify_rejects_the_answer_of_another_server(
    mock: responses.RequestsMock, vendor: Nomadic, answer: Any
) -> None:
    mock.post(f"{BASE}/api/keys/verify", body=json.dumps(answer))
    with pytest.raises(BadRecord, match="not NomadicML"):
        vendor.verify()


@pytest.mark.parametrize("key", ["", "  ", "a b", "a\nb", "é", "a\0"])
def test_open_refuses_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(VendorRefused, match="key"):
        Nomadic.open(base_url=BASE, api_key=key)


# Ids


@pytest.mark.parametrize(
    ("text", "batch_id"),
    [
        ("9f0c", "9f0c"), ("  9f0c\n", "9f0c"), ("a%2Fb", "a%2Fb"),
        ("https://app.nomadicml.com/use-cases/rapid-review/batch-view/9f0c", "9f0c"),
        ("https://app.nomadicml.com/use-cases/rapid-review/batch-view/9f0c/?tab=1#top", "9f0c"),
        ("HTTP://host/x/batch-view/caf%C3%A9", "café"), ("b" * 255, "b" * 255),
    ],
)  # fmt: skip
def test_parse_batch_id_reads_an_id_or_an_address(text: str, batch_id: str) -> None:
    assert parse_batch_id(text) == batch_id


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "../x", "a/b", "..", ".", "/", "a b", "a\0b", "a\\b", "b" * 256, "https://app.nomadicml.com/",
        "https://[x",
        "https://host/batch-view/", "https://host/batch-view/%2e%2e", "https://host/batch-view/a%2Fb",
        "https://host/batch-view/%20", "https://host/batch-view/%FF", "https://host/batch-view/a%00", "a\ud800",
        "https://host/batch-view/a/more",
    ],
)  # fmt: skip
def test_parse_batch_id_explains_an_invalid_id(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_batch_id(text)


# States


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "waiting"), ("queued", "waiting"), ("NOT_STARTED", "waiting"), ("processing", "processing"),
        ("PREPARE_IN_PROGRESS", "processing"), ("PREPARE_COMPLETED", "processing"),
        ("DETECTING_IN_PROGRESS", "processing"),
        ("DETECTING_COMPLETED", "processing"), ("DETECTING_COMPLETED_NO_EVENTS", "processing"),
        ("SUMMARIZING_IN_PROGRESS", "processing"), ("SUMMARIZING_COMPLETED", "processing"), ("completed", "completed"),
        ("COMPLETED", "completed"), (" Completed ", "completed"), ("failed", "failed"), ("cancelled", "canceled"),
        ("canceled", "canceled"), ("partially_completed", "partial"), ("odd", "unknown"), ("", "unknown"),
        (None, "unknown"),
    ],
)  # fmt: skip
def test_read_state_maps_every_status(status: str | None, state: str) -> None:
    assert read_state(status) == state


def test_read_state_final_statuses_are_final() -> None:
    final = ("completed", "failed", "cancelled", "canceled", "partially_completed")
    assert {read_state(status) for status in final} == FINAL_STATES
    assert read_state("odd") not in FINAL_STATES


# The batch


def test_batch_reads_every_field(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    answer = body(
        status="PROCESSING",
        created_at="2026-05-04T10:11:12+00:00",
        aggregated_progress={"total": 3, "completed": 1, "failed": 1},
        config={
            "analysis_kind": "rapid_review",
            "prompt": "jaywalking",
            "category": "driving",
            "custom_workflow_name": "x",
        },
        metadata={"experiment_id": "exp-001", "version": 2},
        review_status=True,
        review_status_updated_at="2026-05-05T00:00:00+00:00",
        error="half of it",
    )
    mock.get(STATUS, json=answer)
    record = vendor.batch("b1")
    assert (record.raw_status, record.state, record.batch_type, record.analysis_type) == (
        "PROCESSING", "processing", "ask", "rapid_review",
    )  # fmt: skip
    assert (record.total, record.completed, record.failed, record.error) == (3, 1, 1, "half of it")
    assert (record.prompt, record.category, record.workflow) == ("jaywalking", "driving", "x")
    assert record.metadata == {"experiment_id": "exp-001", "version": 2}
    assert (record.review_status, record.review_status_updated_at) == ("true", "2026-05-05T00:00:00+00:00")
    assert record.viewer_url == "https://app.nomadicml.com/use-cases/rapid-review/batch-view/b1"
    assert record.listing == (ItemListing("v1", 0, (), "a1", "completed", ""),)
    assert json.loads(record.raw) == {key: value for key, value in answer.items() if key != "videos"}
    assert record.quarantined == ()


def test_batch_prompt_with_a_nul_keeps_its_exact_cell(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, config={"prompt": "cut\0ins"})
    assert (record.prompt, record.odd_cells) == ("cutins", {"Query": "cut\0ins"})


@pytest.mark.parametrize(
    ("config", "batch_type", "analysis_type", "prompt"),
    [
        ({"prompt": "p"}, "ask", "rapid_review", "p"),
        ({"analysis_kind": "rapid_review", "prompt": "p"}, "ask", "rapid_review", "p"),
        ({"analysis_kind": "edge_agent", "prompt": "p"}, "agent", "edge_agent", ""),
        ({"analysis_kind": None, "prompt": "p"}, "agent", None, ""),
        ({"analysis_kind": "new_kind"}, "agent", "new_kind", ""),
    ],
)
def test_batch_type_follows_the_configuration(
    mock: responses.RequestsMock, vendor: Nomadic, config: Any, batch_type: str, analysis_type: str | None, prompt: str
) -> None:
    record = read(mock, vendor, config=config)
    assert (record.batch_type, record.analysis_type, record.prompt) == (batch_type, analysis_type, prompt)


def test_batch_without_videos_has_unknown_type(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, videos=[pointer(None)], config={"analysis_kind": "edge_agent"})
    assert (record.batch_type, record.analysis_type, record.listing) == ("unknown", None, ())


def test_batch_without_listing_is_not_empty(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.get(f"{STATUS}?include_videos=false", json={"status": "processing", "config": {"analysis_kind": "edge_agent"}})
    record = vendor.batch("b1", listing=False)
    assert (record.listing, record.batch_type, record.quarantined) == ((), "agent", ())


@pytest.mark.parametrize(
    "answer",
    [
        {}, [], None, "text", {"hello": "world"}, {"status": "completed"}, {"videos": []},
        {"status": "completed", "videos": {}}, {"status": "completed", "videos": "text"},
        {"batch_id": "another", "status": "completed", "videos": []},
    ],
)  # fmt: skip
def test_batch_rejects_an_unrelated_answer(mock: responses.RequestsMock, vendor: Nomadic, answer: Any) -> None:
    mock.get(STATUS, body=json.dumps(answer))
    with pytest.raises(BadRecord, match=r"^batch b1"):
        vendor.batch("b1")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_batch_refuses_a_redirect(mock: responses.RequestsMock, vendor: Nomadic, status: int) -> None:
    mock.get(STATUS, status=status, json=body(), headers={"Location": STATUS})
    with pytest.raises(VendorRefused, match="redirect"):
        vendor.batch("b1")


def test_batch_null_videos_are_a_list_that_is_missing(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, videos=None)
    assert (record.listing, paths(record)) == ((), ["batch b1 videos"])
    assert (record.missing, record.batch_type) == ("The list of videos arrived as null.", "ask")


@pytest.mark.parametrize("key", ["config", "aggregated_progress", "metadata"])
@pytest.mark.parametrize(("value", "noted"), [(None, False), ([], True), ("text", True), (3, True)])
def test_batch_reads_a_null_or_odd_object_as_empty(
    mock: responses.RequestsMock, vendor: Nomadic, key: str, value: Any, noted: bool
) -> None:
    record = read(mock, vendor, **{key: value})
    assert (record.batch_type, record.total, record.metadata) == ("ask", None, {})
    assert paths(record) == ([f"batch b1 {key}"] if noted else [])


@pytest.mark.parametrize("value", [True, -1, "3", 1.5, [], 2**63])
def test_batch_quarantines_an_invalid_count(mock: responses.RequestsMock, vendor: Nomadic, value: Any) -> None:
    record = read(mock, vendor, aggregated_progress={"total": value, "completed": 2, "failed": None})
    assert (record.total, record.completed, record.failed) == (None, 2, None)
    assert paths(record) == ["batch b1 aggregated_progress total"]


def test_listing_quarantines_odd_pointers_and_keeps_the_rest(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    videos = [
        None,
        "text",
        {},
        pointer(None),
        pointer(""),
        pointer(7),
        pointer("x" * 256),
        pointer("nul\0"),
        pointer("v1"),
    ]
    record = read(mock, vendor, videos=videos)
    assert [line.external_id for line in record.listing] == ["v1"]
    assert record.listing[0].position == 8
    assert paths(record) == [
        "batch b1 videos 0", "batch b1 videos 1", "batch b1 videos 5 video_id", "batch b1 videos 6 video_id",
        "batch b1 videos 7 video_id",
    ]  # fmt: skip


def test_listing_quarantines_odd_fields_and_keeps_the_pointer(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, videos=[pointer("v1", analysis_id=3, status=["x"], last_error={"a": 1})])
    assert record.listing == (ItemListing("v1", 0, (), None, None, ""),)
    assert len(record.quarantined) == 3


def test_listing_merges_a_video_that_is_listed_twice(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    videos = [
        pointer("v1", status="failed", last_error="x"),
        pointer("v2"),
        pointer("v1", analysis_id="a9"),
        pointer("v1"),
    ]
    record = read(mock, vendor, videos=videos)
    assert record.listing == (
        ItemListing("v1", 0, (2, 3), "a1", "completed", ""),
        ItemListing("v2", 1, (), "a1", "completed", ""),
    )


def test_metadata_reads_text_and_whole_numbers_only(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    odd = {"list": [1], "float": 1.5, "bool": True, "null": None, "big": 2**63}
    record = read(mock, vendor, metadata={"a": "x", "n": -3} | odd)
    assert record.metadata == {"a": "x", "n": -3}
    assert paths(record) == [f"batch b1 metadata {key}" for key in odd]


@pytest.mark.parametrize(("value", "read_as"), [(None, None), ("", None), ("N/A", None), ("2026-05-04", "2026-05-04")])
def test_batch_reads_no_review_time_from_na(
    mock: responses.RequestsMock, vendor: Nomadic, value: Any, read_as: str | None
) -> None:
    assert read(mock, vendor, review_status_updated_at=value).review_status_updated_at == read_as


def test_batch_quarantines_a_status_that_is_not_text(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, status=7)
    assert (record.raw_status, record.state, paths(record)) == ("", "unknown", ["batch b1 status"])


def test_batch_is_not_final_when_only_its_videos_are(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    record = read(mock, vendor, status="processing", aggregated_progress={"total": 2, "completed": 1, "failed": 1})
    assert record.state == "processing"


# The chunk


def batch(**fields: Any) -> BatchRecord:
    defaults = dict.fromkeys(BatchRecord.__annotations__, "") | {
        "external_id": "b1", "batch_type": "ask", "listing": (), "quarantined": (),
    }  # fmt: skip
    return BatchRecord(**(defaults | fields))


def line(video_id: str, **fields: Any) -> ItemListing:
    return ItemListing(video_id, 0, **({"analysis_id": f"a-{video_id}", "raw_status": "completed"} | fields))


def entry(video_id: Any, analysis: Any, **fields: Any) -> dict[str, Any]:
    return {"video_id": video_id, "analysis_id": f"a-{video_id}", "analysis": analysis} | fields


def chunk(mock: responses.RequestsMock, vendor: Nomadic, *lines: ItemListing, **answer: Any) -> Chunk:
    mock.post(BULK, json={"analyses": []} | answer)
    return vendor.chunk(batch(), lines)


def document(**fields: Any) -> dict[str, Any]:
    return {"status": "COMPLETED", "answer": "One event.", "events": [UI_EVENT], "engine": 7} | fields


def test_chunk_asks_for_videos_with_their_source(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    result = chunk(
        mock, vendor, line("v1"), analyses=[entry("v1", document(), filename="a.mp4", import_source_uri="s3://b/k")]
    )
    request = mock.calls[0].request
    assert (request.url, json.loads(request.body or "")) == (f"{BULK}?include_source_uri=true", {"video_ids": ["v1"]})
    [item] = result.items
    assert (item.name, item.source_uri, item.analysis_id, item.summary) == ("a.mp4", "s3://b/k", "a-v1", "One event.")
    assert (item.state, item.status, item.raw_status, item.answered) == ("completed", "completed", "COMPLETED", True)
    assert json.loads(item.raw) == {"status": "COMPLETED", "answer": "One event.", "engine": 7}
    [event] = item.events
    assert (event.start_s, event.end_s, event.timestamp) == (12.3, 15.0, "00:12-00:15")
    assert (event.confidence, event.confidence_given) == (0.85, False)
    assert json.loads(event.raw) == UI_EVENT


def test_chunk_reports_ids_missing_from_the_answer_as_lost(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    lines = [line("v1"), line("v2"), line("v3"), line("v4"), line("v5", analysis_id=None)]
    result = chunk(
        mock,
        vendor,
        *lines,
        analyses=[entry("v1", document()), "text", entry(None, document()), entry("stranger", document())],
        unresolved_video_ids=["v2", 3, None],
        not_found_analysis_ids=["a-v3", "v4"],
    )
    assert [(item.external_id, item.answered) for item in result.items] == [("v1", True), ("v2", False), ("v3", False)]
    assert result.lost == ("v4", "v5")


def test_item_without_a_document_shows_its_pointer(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    lines = [
        line("v1", raw_status="failed", error="Model timeout"), line("v2"), line("v3", raw_status=None),
        line("v4", raw_status="PROCESSING"), line("v5", analysis_id=None),
    ]  # fmt: skip
    result = chunk(mock, vendor, *lines, analyses=[entry("v5", {})], unresolved_video_ids=["v1", "v2", "v3", "v4"])
    assert [(item.status, item.state, item.error, item.analysis_id) for item in result.items] == [
        ("failed", "failed", "Model timeout", "a-v1"),
        ("completed", "unknown", "Analysis not found", "a-v2"),
        ("failed", "unknown", "Analysis not found", "a-v3"),
        ("processing", "processing", "Analysis not found", "a-v4"),
        ("completed", "unknown", "Analysis not found", None),
    ]
    assert [item.answered for item in result.items] == [False] * 5


@pytest.mark.parametrize(
    "analysis", [[{"events": []}], "text", 5, {"status": 7, "events": [UI_EVENT]}, {"status": ["x"]}]
)
def test_item_with_an_unreadable_document_is_unanswered(
    mock: responses.RequestsMock, vendor: Nomadic, analysis: Any
) -> None:
    result = chunk(mock, vendor, line("v1"), line("v2"), analyses=[entry("v1", analysis), entry("v2", document())])
    bad, good = result.items
    assert (bad.answered, bad.events, len(bad.quarantined), result.lost) == (False, (), 1, ())
    assert bad.quarantined[0].path.startswith("video v1 analysis a-v1")
    assert bad.error.startswith("video v1 analysis a-v1")
    assert (good.answered, len(good.events)) == (True, 1)


@pytest.mark.parametrize(
    ("own", "of_pointer", "status", "state"),
    [
        ("COMPLETED", "failed", "completed", "completed"), ("FAILED", "completed", "failed", "failed"),
        ("PROCESSING", None, "completed", "processing"), ("odd", None, "completed", "unknown"),
        (None, "FAILED", "failed", "failed"), ("", "processing", "completed", "processing"),
        (None, None, "completed", "completed"),
    ],
)  # fmt: skip
def test_item_keeps_the_sdks_status_and_the_true_state(
    mock: responses.RequestsMock, vendor: Nomadic, own: str | None, of_pointer: str | None, status: str, state: str
) -> None:
    result = chunk(mock, vendor, line("v1", raw_status=of_pointer), analyses=[entry("v1", document(status=own))])
    assert (result.items[0].status, result.items[0].state, result.items[0].raw_status) == (status, state, own or "")


@pytest.mark.case("U11")
def test_item_failed_keeps_the_error_of_its_pointer(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    result = chunk(mock, vendor, line("v1", error="Model timeout"), analyses=[entry("v1", document(status="FAILED"))])
    assert (result.items[0].status, result.items[0].error) == ("failed", "Model timeout")


def test_chunk_last_of_two_entries_wins(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    result = chunk(
        mock, vendor, line("v1"), analyses=[entry("v1", document(answer="old")), entry("v1", document(answer="new"))]
    )
    assert [item.summary for item in result.items] == ["new"]


@pytest.mark.parametrize("answer", [{}, [], None, "ok", {"success": False}, {"analyses": None}, {"analyses": {}}])
def test_chunk_rejects_an_unrelated_answer(mock: responses.RequestsMock, vendor: Nomadic, answer: Any) -> None:
    mock.post(BULK, body=json.dumps(answer))
    with pytest.raises(BadRecord, match="batch b1 analyses"):
        vendor.chunk(batch(), [line("v1"), line("v2")])


@pytest.mark.parametrize("poison", [b"[" * 100_000 + b"]" * 100_000, b'"\xff"'])
def test_chunk_unreadable_document_affects_only_its_video(
    mock: responses.RequestsMock, vendor: Nomadic, poison: bytes
) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        video_ids = json.loads(request.body or "")["video_ids"]
        entries = [
            json.dumps(entry(video_id, document() if video_id != "v3" else "POISON")).encode() for video_id in video_ids
        ]
        return 200, {}, b'{"analyses": [' + b",".join(entries).replace(b'"POISON"', poison) + b"]}"

    mock.add_callback(responses.POST, BULK, answer)
    result = vendor.chunk(batch(), [line(f"v{number}") for number in range(8)])
    assert [item.external_id for item in result.items] == [f"v{number}" for number in range(8)]
    assert [item.external_id for item in result.items if not item.answered] == ["v3"]
    assert (paths(result.items[3]), result.lost) == (["video v3 answer"], ("v3",))
    assert "video v3 answer" in result.failure


def test_chunk_unreadable_throughout_takes_few_calls(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.post(BULK, body=b'"\xff"')
    video_ids = [f"v{number}" for number in range(100)]
    result = vendor.chunk(batch(), [line(video_id) for video_id in video_ids])
    assert (set(result.lost), bool(result.failure)) == (set(video_ids), True)
    assert len(mock.calls) < 60
    with pytest.raises(BadRecord):
        vendor.chunk(batch(), [line("v100"), line("v101")])


def test_event_with_a_huge_number_is_quarantined(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    text = json.dumps({"analyses": [entry("v1", document(events=[UI_EVENT, UI_EVENT | {"data": "HUGE"}, UI_EVENT]))]})
    mock.post(BULK, body=text.replace('"HUGE"', '{"confidence": ' + "9" * 5_000 + "}"))
    [item] = vendor.chunk(batch(), [line("v1")]).items
    assert [event.raw_index for event in item.events] == [0, 2]
    assert paths(item) == ["video v1 analysis a-v1 event 1"]


def test_event_texts_are_cleaned_and_exact_cells_kept(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    odd = UI_EVENT | {"description": "a\0b\ud800", "type": "x" * 300}
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=[odd]), filename="n\0" * 200)])
    [item] = result.items
    [event] = item.events
    assert (event.label, event.category) == ("ab\ufffd", "x" * 254 + "…")
    assert event.odd_cells == {"Label": "a\0b\ud800", "Category": "x" * 300}
    assert json.loads(event.raw) == odd
    assert (item.name, item.odd_cells) == ("n" * 200, {"Video Name": "n\0" * 200})


def test_event_long_address_stays_only_in_raw(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    url = "https://x.example/" + "y" * 2_000
    result = chunk(
        mock, vendor, line("v1"), analyses=[entry("v1", document(events=[UI_EVENT | {"annotated_thumbnail_url": url}]))]
    )
    [event] = result.items[0].events
    assert (event.thumbnail_url, event.odd_cells) == ("", {"Annotated Thumbnail URL": url})


def test_event_infinite_confidence_stays_an_exact_cell(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    events = [UI_EVENT | {"data": {"confidence": value}} for value in ("nan", "1e999", 0.4, "0.4", None, "high")]
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=events))])
    assert [(event.confidence, event.confidence_given, event.odd_cells) for event in result.items[0].events] == [
        (None, True, {"Confidence": "nan"}), (None, True, {"Confidence": "inf"}), (0.4, True, None), (0.4, True, None),
        (0.85, False, None), (0.85, False, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "approval", "shown"),
    [
        ("approved", "approved", "approved"), ("rejected", "rejected", "rejected"), ("invalid", "invalid", "invalid"),
        ("pending", "pending", "pending"), (None, "pending", "pending"), ("", "pending", "pending"),
        ("Approved", None, "Approved"), (" approved ", None, " approved "), ("flagged", None, "flagged"),
        (True, None, "True"),
        (False, "pending", "pending"), (["approved"], None, "['approved']"),
    ],
)  # fmt: skip
def test_event_keeps_every_spelling_of_an_approval(
    mock: responses.RequestsMock, vendor: Nomadic, sent: Any, approval: str | None, shown: str
) -> None:
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=[UI_EVENT | {"approval": sent}]))])
    [event] = result.items[0].events
    assert (event.approval, event.raw_approval) == (approval, shown)


def test_event_that_the_sdk_omits_is_quarantined(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    events = [{"type": "only type"}, None, UI_EVENT, {"t_start": "00:01"}, {"time": "t=1", "description": "no end"}]
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=events))])
    [item] = result.items
    assert [(event.position, event.raw_index) for event in item.events] == [(0, 2)]
    assert paths(item) == [f"video v1 analysis a-v1 event {index}" for index in (0, 1, 3, 4)]


def test_event_intervals_share_index_and_raw_record(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    refined = {"description": "d", "time": "t=1", "refined_events": '[[1.5, 2], [3, 4, "x"]]', "approval": "approved"}
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=[refined, UI_EVENT]))])
    events = result.items[0].events
    assert [(event.position, event.raw_index) for event in events] == [(0, 0), (1, 0), (2, 1)]
    assert [(event.start_s, event.end_s) for event in events[:2]] == [(1.5, 2.0), (3.0, 4.0)]
    assert (events[0].approval, json.loads(events[0].raw)["approval"]) == ("pending", "approved")


def test_event_seconds_and_fingerprints_differ_for_equal_times(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    events = [UI_EVENT | {"time": mark} for mark in ("t=12.3", "t=12.9", "t=12.3")]
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=events))])
    first, second, third = result.items[0].events
    assert {event.timestamp for event in (first, second, third)} == {"00:12-00:15"}
    assert first.fingerprint == third.fingerprint != second.fingerprint


def test_fingerprint_covers_only_the_judged_values(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    same = [
        UI_EVENT,
        UI_EVENT
        | {"severity": "high", "approval": "approved", "event_id": "e", "dmvRule": "x", "data": {"confidence": 0.1}},
    ]
    other = [UI_EVENT | {key: "other"} for key in ("type", "description", "aiAnalysis")]
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=same + other))])
    prints = [event.fingerprint for event in result.items[0].events]
    assert (prints[0], len(set(prints[1:]))) == (prints[1], 4)
    assert {len(text) for text in prints} == {32}


def values_of(event: EventRecord) -> dict[str, Any]:
    """The values of an event: our columns and the SDK's JSON."""
    return {name: getattr(event, name) for name in EventRecord._fields} | {"sdk": json.loads(event.sdk)}


LEGACY = {"label": "Cuts in", "start_time": 1, "end_time": 2}
SDK = {"t_start": "00:01", "t_end": "00:02"}
TRAPS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "presence_decides_not_truth": ({"type": None, "time": None, **SDK}, {"timestamp": "00:00", "category": ""}),
    "a_missing_end_is_the_clock_text_zero": ({"type": "A", "time": "t=12.3"},
        {"timestamp": "00:12-00:00", "end_s": None}),
    "an_end_may_be_before_its_start": (UI_EVENT | {"end_time": "t=3"}, {"start_s": 12.3, "timestamp": "00:12-00:03"}),
    "fractions_are_cut_on_the_clock_and_kept_as_seconds": (UI_EVENT | {"time": "t=59.999"},
        {"start_s": 59.999, "timestamp": "00:59-00:15"}),
    "the_clock_grows_at_an_hour_and_seconds_sort": (UI_EVENT | {"time": "t=3600"},
        {"start_s": 3600.0, "timestamp": "01:00:00-00:15"}),
    "negative_times_wrap_on_the_clock": (UI_EVENT | {"time": "t=-3"}, {"timestamp": "59:57-00:15"}),
    "a_confidence_the_sdk_made_up_is_not_called_the_vendors": (UI_EVENT,
        {"confidence": 0.85, "confidence_given": False}),
    "an_unreadable_confidence_is_zero_elsewhere": (LEGACY | {"confidence": "high"},
        {"confidence": 0.0, "confidence_given": False}),
    "a_missing_confidence_stays_missing_elsewhere": (LEGACY, {"confidence": None}),
    "a_confidence_may_be_above_one": (UI_EVENT | {"data": {"confidence": 91}},
        {"confidence": 91.0, "confidence_given": True}),
    "a_null_severity_is_the_word_none": (UI_EVENT | {"severity": None}, {"severity": "None"}),
    "a_severity_keeps_its_case": (UI_EVENT | {"severity": "High"}, {"severity": "High"}),
    "unix_seconds_may_be_whole_or_not": (
        UI_EVENT | {"data": {"unix_timestamp_start": 1758309762.0, "unix_timestamp_end": 1758309764}},
        {"unix_start": "1758309762.0", "unix_end": "1758309764"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "shown"), list(TRAPS.values()), ids=list(TRAPS))
def test_known_traps_of_events(
    mock: responses.RequestsMock, vendor: Nomadic, raw: dict[str, Any], shown: dict[str, Any]
) -> None:
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=[raw]))])
    values = values_of(result.items[0].events[0])
    assert {name: values[name] for name in shown} == shown


def test_event_overlay_of_the_sdk_is_kept_with_numbers(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    own = {"overlay": {"frame_speed": {"start": 1, "end": 2}}}
    stamp = {"frame_timestamp_start": "20250919"}
    events = [UI_EVENT | own | {"data": stamp}, SDK | own | stamp]
    result = chunk(mock, vendor, line("v1"), analyses=[entry("v1", document(events=events))])
    read_as = {"frame_timestamp": {"start": 20250919.0, "end": None}}
    assert [json.loads(event.sdk)["overlay"] for event in result.items[0].events] == [
        read_as, {"frame_speed": {"start": 1, "end": 2}} | read_as,
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "error"), [(503, VendorUnavailable), (401, VendorRefused), (404, VendorRefused)])
def test_chunk_failure_raises_and_is_never_empty(
    mock: responses.RequestsMock, vendor: Nomadic, status: int, error: type[Exception]
) -> None:
    mock.post(BULK, status=status, json={"detail": "no"})
    with pytest.raises(error):
        vendor.chunk(batch(), [line("v1")])


@pytest.mark.parametrize(
    ("batch_type", "workflow", "found_in"),
    [("ask", "", "visual"), ("agent", "", "edge"), ("agent", "robotic-action-segmentation", "visual")],
)
def test_event_array_is_read_where_the_sdk_reads_it(
    mock: responses.RequestsMock, vendor: Nomadic, batch_type: str, workflow: str, found_in: str
) -> None:
    analysis = {
        "events": [],
        "detectedEvents": "text",
        "edge_case_events": [UI_EVENT | {"type": "edge"}],
        "result": [],
        "visual_analysis": {"events": [UI_EVENT | {"type": "visual"}], "more": 1},
    }
    mock.post(BULK, json={"analyses": [entry("v1", analysis)]})
    [item] = vendor.chunk(batch(batch_type=batch_type, workflow=workflow), [line("v1")]).items
    assert ([event.category for event in item.events], item.mode) == ([found_in], batch_type)
    remaining = json.loads(item.raw)
    assert ("edge_case_events" in remaining, remaining["visual_analysis"].get("more")) == (found_in != "edge", 1)


# Playing and pictures


@pytest.mark.parametrize(
    ("moment", "epoch"),
    [
        ("2026-05-04T10:26:12+00:00", 1777890372.0), ("2026-05-04T10:26:12Z", 1777890372.0),
        ("2026-05-04T10:26:12", 1777890372.0), (1777890372, 1777890372.0), ("soon", None), (None, None), (True, None),
        ([], None),
    ],
)  # fmt: skip
def test_sign_returns_an_address_and_its_expiry(
    mock: responses.RequestsMock, vendor: Nomadic, moment: Any, epoch: float | None
) -> None:
    mock.post(
        f"{BASE}/api/video/v%2F1/signed-url", json={"url": "https://store.example/v.mp4?sig=1", "expires_at": moment}
    )
    assert vendor.sign("v/1", expires_in=5) == SignedURL("https://store.example/v.mp4?sig=1", epoch)
    assert json.loads(mock.calls[0].request.body or "") == {"expires_in": 60}


@pytest.mark.parametrize("answer", [{}, [], {"url": ""}, {"url": None}, {"url": 3}])
def test_sign_rejects_an_answer_without_an_address(mock: responses.RequestsMock, vendor: Nomadic, answer: Any) -> None:
    mock.post(f"{BASE}/api/video/v1/signed-url", json=answer)
    with pytest.raises(BadRecord, match="video v1 url"):
        vendor.sign("v1")


def test_thumbnails_keep_the_index_of_events(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    events = [
        {"annotated_thumbnail_url": "https://a"},
        {},
        None,
        {"annotated_thumbnail_url": None},
        {"annotated_thumbnail_url": "https://b"},
    ]
    mock.post(f"{BASE}/api/videos/v1/analyses/a1/generate-thumbnails", json={"events": events})
    assert vendor.thumbnails("v1", "a1") == ("https://a", "", "", "", "https://b")
    assert mock.calls[0].request.body == "firebase_collection_name=videos"


def test_thumbnails_are_not_retried(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.post(f"{BASE}/api/videos/v1/analyses/a1/generate-thumbnails", status=503)
    with pytest.raises(VendorUnavailable):
        vendor.thumbnails("v1", "a1")
    assert len(mock.calls) == 1


@pytest.mark.parametrize("answer", [{}, [], {"events": None}, {"events": {}}])
def test_thumbnails_reject_an_answer_without_events(mock: responses.RequestsMock, vendor: Nomadic, answer: Any) -> None:
    mock.post(f"{BASE}/api/videos/v1/analyses/a1/generate-thumbnails", json=answer)
    with pytest.raises(BadRecord, match="expected a list"):
        vendor.thumbnails("v1", "a1")


def test_metadata_is_sent_as_json_text_without_retry(mock: responses.RequestsMock, vendor: Nomadic) -> None:
    mock.post(f"{BASE}/api/batch/b1/metadata", json={"success": True, "metadata": {"run": 2}})
    vendor.add_metadata("b1", {"run": 2})
    assert json.loads(mock.calls[0].request.body or b"") == {"metadata": '{"run": 2}'}
    mock.post(f"{BASE}/api/batch/b2/metadata", status=503)
    with pytest.raises(VendorUnavailable):
        vendor.add_metadata("b2", {"run": 2})
    assert len(mock.calls) == 2
