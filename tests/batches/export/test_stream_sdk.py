"""`columns=sdk` against the vendor's own SDK: the same bytes while nobody has decided anything here."""

import csv
from io import StringIO
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from batches.actions import decide
from batches.export.columns import DOCUMENTED, SDK
from batches.models import Batch, Event
from tests.downloads import csv_of
from tests.factories import make_member
from tests.nomadic_documents import APPROVALS, batches
from tests.nomadic_sdk import sdk_reads
from tests.sdk_worlds import FILTERS, World, stored, world

pytestmark = pytest.mark.django_db


def written(batch: Batch, columns: str = "sdk", approvals: list[str] | None = None) -> bytes:
    return b"".join(csv_of(batch, columns, approvals=approvals, raw=True))


@given(data=batches(tame=True), approvals=FILTERS)
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_the_bytes_are_the_sdks_for_every_shape_of_event(data: World, approvals: list[str] | None) -> None:
    expected = sdk_reads(*data, as_csv=True, filter=approvals)
    assert written(stored(*data), approvals=approvals) == expected.encode("utf-8", "replace")


@pytest.mark.parametrize("approvals", [None, ["approved"], ["pending"], ["pending", "rejected"], list(APPROVALS)])
def test_odd_words_of_approval_are_filtered_as_the_sdk_does(approvals: list[str] | None) -> None:
    status, entries = world(1, 8)
    phrase = ("approved", "Approved", None, "", "flagged", True, "rejected", "pending")
    for event, word in zip(entries["video0"]["analysis"]["events"], phrase, strict=True):
        event["approval"] = word
    expected = sdk_reads(status, entries, as_csv=True, filter=approvals)
    assert written(stored(status, entries), approvals=approvals) == expected.encode()


def test_stream_repeats_the_rows_of_a_repeated_item() -> None:
    status, entries = world(4, 2)
    pointers = status["videos"]
    status["videos"] = [pointers[0], pointers[1], pointers[0], pointers[2], pointers[1], pointers[3], pointers[0]]
    expected = sdk_reads(status, entries, as_csv=True)
    assert expected.count("\r\n") == 15
    batch = stored(status, entries)
    assert written(batch) == expected.encode()
    assert written(batch, "documented").count(b"\r\n") == 9


def test_what_the_vendor_no_longer_lists_or_answers_has_no_row() -> None:
    status, entries = world(4, 2)
    batch = stored(status, entries)
    items = {item.external_id: item for item in batch.items.all()}
    batch.items.filter(pk=items["video0"].pk).update(answered=False)
    batch.items.filter(pk=items["video1"].pk).update(gone_at="2026-05-04T00:00Z")
    gone = Event.objects.filter(item=items["video2"]).in_order()[0]
    Event.objects.filter(pk=gone.pk).update(gone_at="2026-05-04T00:00Z")
    del entries["video0"], entries["video2"]["analysis"]["events"][0]
    status["videos"].pop(1)
    assert written(batch) == sdk_reads(status, entries, as_csv=True).encode()


def test_stream_sdk_shows_and_filters_by_a_decision() -> None:
    status, entries = world(1, 3)
    events = entries["video0"]["analysis"]["events"]
    events[1]["approval"] = "flagged"
    batch = stored(status, entries)
    event = Event.objects.filter(batch=batch).in_order()[1]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="rejected", by=by, idempotency_key=uuid4()
    )
    events[1]["approval"] = "rejected"
    assert written(batch) == sdk_reads(status, entries, as_csv=True).encode()
    for wanted in (["rejected"], ["pending"]):
        assert written(batch, approvals=wanted) == sdk_reads(status, entries, as_csv=True, filter=wanted).encode()


@given(data=batches(tame=True))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_the_documented_columns_hold_the_sdks_cells(data: World) -> None:
    status, entries = data
    status["videos"] = list({line.get("video_id"): line for line in status["videos"]}.values())
    batch = stored(status, entries)
    # Approval aside: a word of the vendor's that we do not know is pending for us.
    shown = [name for name in DOCUMENTED if name != "Approval Status"]
    ours, sdks = table(written(batch, ",".join(shown))), table(written(batch))
    places = [SDK.index("Video Name" if name == "Video" else name) for name in shown]
    assert ours == [shown, *([row[position] for position in places] for row in sdks[1:])]


def table(text: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(text.decode(), newline="")))
