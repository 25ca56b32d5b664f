"""Our reading of NomadicML against the vendor's own SDK, over generated documents of every shape."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.sync.records import BatchRecord, EventRecord, ItemRecord
from batches.sync.vendors.nomadic import Chunk
from batches.sync.vendors.nomadic_rows import read_events
from tests.nomadic_documents import BATCH_ID, batches, events
from tests.nomadic_sdk import sdk_events, sdk_reads, we_read

GENEROUS = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def as_sent(value: Any) -> Any:
    return json.loads(json.dumps(value))


def cells(event: EventRecord) -> dict[str, str]:
    """The SDK's columns of an event: the cells of its fields, replaced by the exact cells where they differ."""
    plain = {
        "Approval Status": event.raw_approval,
        "Timestamp": event.timestamp,
        "unix_timestamp_start": event.unix_start,
        "unix_timestamp_end": event.unix_end,
        "Category": event.category,
        "Label": "" if event.label == event.category else event.label,
        "AI Analysis": event.ai_text,
        "Severity": event.severity,
        "Event ID": event.external_id,
        "Confidence": "" if event.confidence is None else repr(event.confidence),
        "Annotated Thumbnail URL": event.thumbnail_url,
    }
    return plain | (event.odd_cells or {})


def rows(batch: BatchRecord, chunk: Chunk) -> list[dict[str, str]]:
    """The 20 columns of the SDK's CSV, from our records only."""
    by_id = {item.external_id: item for item in chunk.items}
    positions = sorted((position, line) for line in batch.listing for position in (line.position, *line.repeats))
    item_events: list[tuple[ItemRecord, EventRecord]] = [
        (by_id[line.external_id], event) for _, line in positions for event in by_id[line.external_id].events
    ]
    return [
        {
            "Query": batch.prompt,
            "Video Name": item.name or item.external_id,
            "Video ID": item.external_id,
            "Analysis ID": item.analysis_id or "",
            "Batch ID": batch.external_id,
            "Batch Viewer URL": batch.viewer_url,
            "Status": item.status,
            "Import Source URI": item.source_uri,
            "Summary": item.summary,
        }
        | (item.odd_cells or {})
        | cells(event)
        for item, event in item_events
    ]


def written(header: list[str], lines: list[dict[str, str]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, header)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def respelled(text: str) -> str:
    """The JSON text normalised: key order, types and NaN stay; spaces and escapes do not matter."""
    return json.dumps(json.loads(text))


@pytest.mark.parametrize("fractions", [False, True])
@given(elements=st.lists(events(), max_size=4))
@GENEROUS
def test_golden_events_equal_the_sdks_events(fractions: bool, elements: list[Any]) -> None:
    expected: list[str] = []
    set_aside: list[int] = []
    for index, event in enumerate(as_sent(elements)):
        try:
            survivors = sdk_events([event], fractions=fractions)
        except (AttributeError, TypeError, ValueError, OverflowError):
            survivors = []
        expected += [json.dumps(survivor) for survivor in survivors]
        set_aside += [] if survivors else [index]
    records, bad = read_events(as_sent(elements), fractions=fractions, path="here")
    assert [respelled(event.sdk) for event in records] == expected
    assert [event.position for event in records] == list(range(len(records)))
    assert [respelled(event.raw) for event in records] == [json.dumps(elements[event.raw_index]) for event in records]
    assert [entry.path.split()[:3] for entry in bad] == [["here", "event", str(index)] for index in set_aside]


@given(batch=batches(tame=True))
@GENEROUS
def test_golden_results_equal_the_sdks_results(batch: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    expected = as_sent(sdk_reads(*batch))
    record, chunk = we_read(*batch)
    by_id = {item.external_id: item for item in chunk.items}
    results = expected["results"]
    assert [result["video_id"] for result in results] == [
        line.external_id
        for _, line in sorted(
            (position, line) for line in record.listing for position in (line.position, *line.repeats)
        )
    ]
    assert chunk.lost == ()
    for result in results:
        item = by_id[result["video_id"]]
        assert item.answered == ("error" not in result)
        assert [respelled(event.sdk) for event in item.events] == [json.dumps(event) for event in result["events"]]
        assert (item.status, item.mode) == (result["status"], result["mode"])
        assert item.analysis_id == result["analysis_id"]
        odd = item.odd_cells or {}
        assert odd.get("Video Name", item.name) == result.get("video_name", "")
        assert odd.get("Import Source URI", item.source_uri) == result.get("import_source_uri", "")
        assert odd.get("Summary", item.summary) == result.get("summary", "")
        if "error" in result:
            assert item.error == result["error"]
    metadata = expected["batch_metadata"]
    assert record.viewer_url == metadata["batch_viewer_url"]
    assert (record.batch_type, record.analysis_type) == (metadata["batch_type"], metadata.get("analysis_type"))
    if results:
        assert record.created_at == metadata.get("created_at")
    assert record.prompt == (metadata.get("prompt") or "")


@given(batch=batches(tame=True))
@GENEROUS
def test_golden_csv_equals_the_sdks_csv_byte_for_byte(batch: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    expected = sdk_reads(*batch, as_csv=True)
    header = next(csv.reader(StringIO(expected, newline="")))
    assert written(header, rows(*we_read(*batch))) == expected


@given(batch=batches(tame=True), approval=st.sampled_from(["pending", "approved", "rejected", "invalid"]))
@settings(GENEROUS, max_examples=30)
def test_golden_approval_filters_as_the_sdk_does(
    batch: tuple[dict[str, Any], dict[str, dict[str, Any]]], approval: str
) -> None:
    expected = [
        json.dumps(event) for result in sdk_reads(*batch, filter=approval)["results"] for event in result["events"]
    ]
    record, chunk = we_read(*batch)
    by_id = {item.external_id: item for item in chunk.items}
    positions = sorted((position, line) for line in record.listing for position in (line.position, *line.repeats))
    matches = [event for _, line in positions for event in by_id[line.external_id].events if event.approval == approval]
    assert [respelled(event.sdk) for event in matches] == expected


@given(batch=batches())
@GENEROUS
def test_golden_reading_survives_every_batch(batch: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    record, chunk = we_read(*batch)
    assert record.external_id == BATCH_ID
    assert [item.external_id for item in chunk.items] == [line.external_id for line in record.listing]
