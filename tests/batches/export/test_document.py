"""JSON against the vendor's own SDK: its document while nobody has decided anything here, and what its text
promises.
"""

import csv
import json
from array import array
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from batches.actions import decide
from batches.export.columns import parse_columns
from batches.export.document import _item_pages
from batches.export.download import Download, Format, Part
from batches.export.pages import Page
from batches.models import Batch, Event
from batches.models.corrections import FIELDS
from tests.downloads import csv_of
from tests.factories import change_upstream, make_batch, make_connection, make_event, make_item, make_member
from tests.nomadic_documents import batches
from tests.nomadic_sdk import sdk_reads
from tests.sdk_worlds import FILTERS, World, stored, world

pytestmark = pytest.mark.django_db

REVIEW = {"review_status", "review_status_updated_at", "metadata"}
OURS = REVIEW | {"vendor_status", "vendor_outcome", "vendor_review_status", "vendor_review_status_updated_at"}


def ours(batch: Batch, columns: str = "sdk", approvals: list[str] | None = None) -> dict[str, Any]:
    events = Event.objects.filter(batch=batch).for_review()
    if approvals is not None:
        events = events.filter(approval__in=approvals)
    asked = approvals is not None
    download = Download(columns=parse_columns(columns), public_url="https://r.example", format=Format.JSON)
    return json.load(BytesIO(b"".join(download.write([Part(batch, events, filtered=asked, by_approval=asked)]))))


def strict(value: Any) -> Any:
    """The SDK's value as strict JSON has it: no NaN, no infinity, no half surrogate pair."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(text, parse_constant=lambda _: None)


def without_ours(document: dict[str, Any]) -> dict[str, Any]:
    about = {name: value for name, value in document["batch_metadata"].items() if name not in OURS}
    return document | {"batch_metadata": about}


@given(data=batches(tame=True), approvals=FILTERS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_the_document_is_the_sdks_for_every_shape_of_event(data: World, approvals: list[str] | None) -> None:
    assert without_ours(ours(stored(*data), approvals=approvals)) == strict(sdk_reads(*data, filter=approvals))


def test_document_shows_a_decision_and_review_in_progress() -> None:
    status, entries = world(2, 3)
    batch = stored(status, entries)
    event = Event.objects.filter(batch=batch).in_order()[1]
    by = make_member(batch.connection, name="ana")
    before = sdk_reads(status, entries)
    assert ours(batch)["batch_metadata"]["review_status_updated_at"] == "N/A"
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="rejected",
        by=by,
        idempotency_key=uuid4(),
        note="n",
    )
    batch.refresh_from_db()
    result = ours(batch)
    before["results"][0]["events"][1]["approval"] = "rejected"
    assert without_ours(result) == before
    event.refresh_from_db()
    at = event.decided_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert {name: result["batch_metadata"][name] for name in REVIEW} == {
        "review_status": "in_progress", "review_status_updated_at": "N/A", "metadata": {"version": 2},
    }  # fmt: skip
    assert ours(batch, "full")["results"][0]["events"][1]["review"] == {
        "approval": "rejected", "reviewer": "ana", "decided_at": at, "reason": "", "note": "n",
        "vendor_approval": "pending", "changed_since_decided": None, "permalink": f"https://r.example/events/{event.pk}/",
        "corrected": [], "origin": "vendor",
        "vendor": {name: getattr(event, name) for name in FIELDS},
    }  # fmt: skip


def test_items_without_events_are_there_unless_a_filter_is_on() -> None:
    status, entries = world(3, 2)
    entries["video1"]["analysis"]["events"] = []
    batch = stored(status, entries)
    assert [result["video_id"] for result in ours(batch, "documented")["results"]] == ["video0", "video1", "video2"]
    assert [result["video_id"] for result in ours(batch, approvals=["pending"])["results"]] == ["video0", "video2"]


def test_a_relisted_item_is_returned_again() -> None:
    status, entries = world(2, 2)
    status["videos"] = [status["videos"][0], status["videos"][1], status["videos"][0]]
    batch = stored(status, entries)
    assert without_ours(ours(batch)) == sdk_reads(status, entries)
    assert len(ours(batch, "documented")["results"]) == 2


def test_an_item_that_a_sync_moves_meanwhile_is_read_from_its_new_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not from all that is between the two places."""
    listed = [[[1], [7], [5]], [[2, 3], [8, 7], [2_000_000, 90_000_000]]]  # ids, items, sequences
    monkeypatch.setattr("batches.export.pages.follow", lambda *_: iter(listed))
    assert _item_pages(make_batch(), Event.objects.all(), selected=False) == {
        7: Page(90_000_000, 90_000_000, array("q", [1, 3])), 8: Page(2_000_000, 2_000_000, array("q", [2])),
    }  # fmt: skip


def test_several_batches_are_an_array() -> None:
    batch = stored(*world(1, 1))
    download = Download(columns=parse_columns(""), public_url="", format=Format.JSON, several=True)
    parts = [Part(batch, Event.objects.filter(batch=batch))] * 2
    payload = json.loads(b"".join(download.write(parts)))
    assert [len(document["results"]) for document in payload] == [1, 1]


def test_the_review_names_the_verdict_on_earlier_content() -> None:
    batch = stored(*world(1, 1))
    event = Event.objects.get(batch=batch)
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    change_upstream(event)
    review = ours(batch, "full")["results"][0]["events"][0]["review"]
    assert (review["approval"], review["changed_since_decided"]) == ("pending", "approved")


@pytest.mark.parametrize("vendor", ["twelvelabs", "wickson"])
def test_other_vendors_keep_errors_reasons_reviewers_and_the_query(vendor: str) -> None:
    batch = make_batch(make_connection(vendor=vendor), batch_type="general", prompt="Describe risks.")
    ready = make_item(batch, summary="A bus.", position=0)
    make_item(batch, error="The asset could not be read.", status="failed", state="failed", position=1)
    event = make_event(ready, sdk='{"label": "A bus"}')
    by = make_member(batch.connection, name="rita")
    seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
    decide(**seen, approval="rejected", reason="too far", note="a shadow", by=by, idempotency_key=uuid4())
    first, second = ours(Batch.objects.get(pk=batch.pk), "documented")["results"]
    assert (first["summary"], second["error"], second["status"]) == ("A bus.", "The asset could not be read.", "failed")
    review = first["events"][0]["review"]
    assert (review["reviewer"], review["reason"], review["note"]) == ("rita", "too far", "a shadow")
    assert next(csv.DictReader(StringIO(b"".join(csv_of(batch)).decode())))["Query"] == "Describe risks."
