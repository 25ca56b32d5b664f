"""Corrections over REST, in every download, in the vendor's own format, and as a filter, today and in the past."""

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import polars
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from batches.actions import correct, decide, undo
from batches.models import Batch, Connection, Event
from reviewer.api.sdk_bodies import texts_of
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import facets
from tests.factories import make_event, make_item, make_member
from tests.reviewer.api.conftest import Caller

SDK = '{"t_start": "00:04", "t_end": "00:07", "category": "Cut-in", "label": "A car cuts in", "severity": "high"}'


@pytest.fixture
def reviewer(batch: Batch) -> Any:
    return make_member(batch.connection)


@pytest.fixture
def finding(batch: Batch) -> Event:
    return make_event(make_item(batch), sdk=SDK, unix_start="100", unix_end="103.5",
                      odd_cells='{"Severity": "HIGH!", "Confidence": "0.90"}')  # fmt: skip


def give(event: Event, by: Any, **values: Any) -> None:
    event.refresh_from_db()
    correct(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, values=values, by=by,
            idempotency_key=uuid4())  # fmt: skip


def headers(event: Event) -> dict[str, str]:
    event.refresh_from_db()
    return {"If-Match": f'"{event.version}-{event.fingerprint}"', "Idempotency-Key": str(uuid4())}


def test_a_correction_without_a_verdict(script: Caller, finding: Event) -> None:
    client, address = script("review"), f"/api/v1/events/{finding.pk}/corrections/"
    answer = client.post(address, {"severity": "low", "end_s": 9}, headers=headers(finding),
                         content_type="application/json")  # fmt: skip
    event = answer.json()["events"][0]
    assert (event["severity"], event["end_s"], event["approval"]) == ("low", 9.0, "pending")
    assert event["vendor"] == {"label": "A car cuts in", "category": "Cut-in", "severity": "high", "start_s": 4.0,
                               "end_s": 7.5, "box": None, "approval": "pending"}  # fmt: skip
    assert (event["corrected"], event["origin"]) == (["severity", "end_s"], "vendor")
    step = client.get(f"/api/v1/events/{finding.pk}/decisions/").json()["results"][0]
    assert (step["kind"], step["corrections"]) == ("correct", {"severity": "low", "end_s": 9.0})
    assert step["values_before"] == {"severity": "high", "end_s": 7.5}


def test_a_decision_with_corrections_and_a_span_that_cannot_be(script: Caller, finding: Event) -> None:
    client, address = script("review"), f"/api/v1/events/{finding.pk}/decisions/"
    body = {"approval": "approved", "corrections": {"start_s": 8}}
    refused = client.post(address, body, headers=headers(finding), content_type="application/json")
    assert (refused.status_code, refused.json()["detail"]) == (400, "corrections: The span ends before it starts.")
    for values in ({"end_s": True}, {"box": [True, 0.2, 0.3, 0.4]}):
        body["corrections"] = values
        refused = client.post(address, body, headers=headers(finding), content_type="application/json")
        assert (refused.status_code, "A valid number is required" in refused.json()["detail"]) == (400, True)
    body["corrections"] = {"label": "A van"}
    answer = client.post(address, body, headers=headers(finding), content_type="application/json")
    assert answer.json()["events"][0]["label"] == "A van"


def test_a_box_is_corrected_and_downloaded(script: Caller, viewer: Client, finding: Event) -> None:
    Event.objects.update(box=[0.1, 0.2, 0.3, 0.4])
    client, address = script("review"), f"/api/v1/events/{finding.pk}/corrections/"
    body = {"box": [0.5, 0.2, 0.6, 0.4]}
    refused = client.post(address, body, headers=headers(finding), content_type="application/json")
    assert (refused.status_code, "must lie in the picture" in refused.json()["detail"]) == (400, True)
    body = {"box": [0.5, 0.2, 0.25, 0.4]}
    answer = client.post(address, body, headers=headers(finding), content_type="application/json")
    event = answer.json()["events"][0]
    assert (event["box"], event["vendor"]["box"], event["corrected"]) == (body["box"], [0.1, 0.2, 0.3, 0.4], ["box"])
    row = rows(viewer, finding, "columns=full&corrected=box")[0]
    assert (row["Box"], row["Vendor Box"]) == ("[0.5, 0.2, 0.25, 0.4]", "[0.1, 0.2, 0.3, 0.4]")
    assert json.loads(texts_of(Event.objects.all())[finding.item_id][0])["box"] == body["box"]
    page = viewer.get(f"/events/{finding.pk}/").content.decode()
    assert 'data-box="0.5 0.2 0.25 0.4"' in page
    assert "30 % × 40 % at 10 %, 20 %" in page


def rows(client: Client, event: Event, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/batches/{event.batch_id}/events.csv?ids={event.pk}&{query}")
    return list(csv.DictReader(StringIO(b"".join(answer).decode(), newline="")))  # type: ignore[arg-type]


def test_downloads_have_the_true_values(viewer: Client, batch: Batch, finding: Event, reviewer: Any) -> None:
    give(finding, reviewer, severity="low", label="Cut-in", start_s=5)
    row = rows(viewer, finding, "")[0]
    assert (row["Severity"], row["Label"], row["Timestamp"], row["Confidence"]) == ("low", "", "00:05-00:07", "0.90")
    full = rows(viewer, finding, "columns=full")[0]
    assert {name: full[name] for name in list(full)[-10:]} == {
        "Corrected Fields": "label, severity, start_s", "Vendor Label": "A car cuts in", "Vendor Category": "Cut-in",
        "Vendor Severity": "high", "Vendor Timestamp": "00:04-00:07",
        "Vendor Start Seconds": "4.0", "Vendor End Seconds": "7.5", "Origin": "vendor", "Box": "", "Vendor Box": "",
    }  # fmt: skip
    sdk = rows(viewer, finding, "columns=sdk")[0]
    assert (sdk["Severity"], sdk["unix_timestamp_start"], sdk["unix_timestamp_end"]) == ("low", "101", "103.5")
    for kind, read in (("jsonl", polars.read_ndjson), ("parquet", polars.read_parquet)):
        answer = viewer.get(f"/batches/{batch.pk}/events.{kind}?ids={finding.pk}&columns=full")
        [table] = read(BytesIO(b"".join(answer))).to_dicts()  # type: ignore[operator, arg-type]
        assert (table["Severity"], table["Vendor Severity"], table["Timestamp"], table["Vendor Timestamp"]) == (
            "low", "high", "00:05-00:07", "00:04-00:07",
        ), kind  # fmt: skip
    document = b"".join(viewer.get(f"/batches/{batch.pk}/events.json?ids={finding.pk}"))  # type: ignore[arg-type]
    event = json.loads(document)["results"][0]["events"][0]
    assert (event["severity"], event["t_start"], event["t_end"]) == ("low", "00:05", "00:07")
    assert json.loads(texts_of(Event.objects.all())[finding.item_id][0])["severity"] == "low"


def test_a_download_of_the_past_has_the_values_of_then(
    viewer: Client, batch: Batch, finding: Event, reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = timezone.now()
    Event.objects.update(created_at=start, odd_cells=None)
    for hour, severity in ((1, "low"), (3, "medium")):
        monkeypatch.setattr("django.utils.timezone.now", lambda hour=hour: start + timedelta(hours=hour))
        give(finding, reviewer, severity=severity, start_s=float(hour))
    monkeypatch.setattr("django.utils.timezone.now", lambda: start + timedelta(hours=5))
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    seen = []
    for hour in (0, 2, 4, 6):
        at = QueryDict(mutable=True)
        at["as_of"] = (start + timedelta(hours=hour, minutes=1)).isoformat()
        row = rows(viewer, finding, at.urlencode())[0]
        at["severity"] = row["Severity"]
        assert len(rows(viewer, finding, at.urlencode())) == 1
        seen.append((row["Severity"], row["Timestamp"]))
    assert seen == [("high", "00:04-00:07"), ("low", "00:01-00:07"), ("medium", "00:03-00:07"), ("low", "00:01-00:07")]
    at["as_of"] = (start + timedelta(minutes=1)).isoformat()
    del at["severity"]
    at["corrected"] = "1"
    assert rows(viewer, finding, at.urlencode()) == []


def test_a_finding_of_the_past_has_the_values_of_then(
    viewer: Client, batch: Batch, finding: Event, reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = timezone.now()
    Connection.objects.update(vendor="open")
    Event.objects.update(created_at=start, box=[0.1, 0.2, 0.3, 0.4])
    monkeypatch.setattr("django.utils.timezone.now", lambda: start + timedelta(hours=1))
    give(finding, reviewer, severity="low", end_s=9.0, box=[0.5, 0.2, 0.3, 0.4])
    monkeypatch.setattr("django.utils.timezone.now", lambda: start + timedelta(hours=3))
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    seen = []
    for hour in (0, 2, 4):
        at = QueryDict(mutable=True)
        at["as_of"] = (start + timedelta(hours=hour, minutes=1)).isoformat()
        answer = viewer.get(f"/batches/{batch.pk}/events.json?ids={finding.pk}&{at.urlencode()}")
        about = json.loads(b"".join(answer))["results"][0]["events"][0]["finding"]  # type: ignore[arg-type]
        seen.append((about["severity"], about["end"], about["box"][0]))
    assert seen == [("high", 7.5, 0.1), ("low", 9.0, 0.5), ("high", 7.5, 0.1)]


def test_the_filter_names_the_corrected_fields(batch: Batch, finding: Event, reviewer: Any) -> None:
    other = make_event(finding.item)
    make_event(finding.item)
    give(finding, reviewer, label="A van", category='"severity":')
    give(other, reviewer, end_s=9)
    results = {
        name: list(EventFilter.of(batch, QueryDict(f"corrected={name}")).qs.in_order().values_list("pk", flat=True))
        for name in ("1", "label", "severity", "span", "label,span")
    }
    assert results == {"1": [finding.pk, other.pk], "label": [finding.pk], "severity": [], "span": [other.pk],
                     "label,span": [finding.pk, other.pk]}  # fmt: skip


def test_a_verdict_later_keeps_who_corrected_in_the_past(batch: Batch, finding: Event, reviewer: Any) -> None:
    finding.refresh_from_db()
    decide(event_id=finding.pk, version=1, fingerprint=finding.fingerprint, approval="approved", by=reviewer,
           idempotency_key=uuid4())  # fmt: skip
    give(finding, make_member(batch.connection, name="corrector"), severity="low")
    then = EventFilter.of(batch, QueryDict("approval=approved"), at=timezone.now()).qs
    assert list(then.values_list("then_reviewer", "then_approval")) == [(reviewer.get_username(), "approved")]


def test_insights_say_what_was_corrected_into_what(viewer: Client, batch: Batch, finding: Event, reviewer: Any) -> None:
    give(finding, reviewer, category="Merge", severity="low")
    page = viewer.get(f"/batches/{batch.pk}/insights/?figures=1")
    tables = {table.name: (table.columns, table.rows) for table in page.context["confusions"]}
    (columns, [(was, [cell])]) = tables["category"]
    assert (columns, was, cell.count) == (["Merge"], "Cut-in", 1)
    assert list(EventFilter.of(batch, QueryDict(cell.query)).qs) == [finding]
    assert (tables["severity"][0], tables["severity"][1][0][0]) == (["low"], "high")


def test_a_severity_in_any_letter_case_is_one_row(viewer: Client, batch: Batch, finding: Event, reviewer: Any) -> None:
    other = make_event(finding.item, severity="High")
    for event in (finding, other):
        give(event, reviewer, severity="low")
    [table] = viewer.get(f"/batches/{batch.pk}/insights/?figures=1").context["confusions"]
    [(was, [cell])] = table.rows
    assert (was, cell.count) == ("high", 2)
    assert set(EventFilter.of(batch, QueryDict(cell.query)).qs) == {finding, other}


def test_each_cell_of_corrected_values_leads_to_exactly_its_events(
    viewer: Client, batch: Batch, finding: Event, reviewer: Any
) -> None:
    names = ("", "none", "a, b", 'say "hi"')
    for was in names:
        for now in names:
            give(make_event(finding.item, category=was, severity=was), reviewer, category=now, severity=now or "low")
    page = viewer.get(f"/batches/{batch.pk}/insights/?figures=1")
    cells = [(cell, was, now) for table in page.context["confusions"] for was, row in table.rows
             for now, cell in zip(table.columns, row, strict=True) if cell.count]  # fmt: skip
    assert len(cells) == 12 + 4 + 4  # 12 changed categories; each text of a severity into low, and into another text
    for cell, was, now in cells:
        events = EventFilter.of(batch, QueryDict(cell.query)).qs
        assert (len(events), cell.count) == (cell.count, cell.count), (was, now)
        assert {(event.vendor_category, event.category) for event in events} == {(was, now)} or now in ("low", "other")
    assert [(choice.value, choice.count) for choice in facets(EventFilter.of(batch, QueryDict())).get("categories", [])
            if choice.label == "No category"] == [('""', 4)]  # fmt: skip


def test_grid_and_table_mark_and_show_what_was_corrected(
    viewer: Client, batch: Batch, finding: Event, reviewer: Any
) -> None:
    give(finding, reviewer, label="A van", severity="low")
    for view, mark in (("", "corrected"), ("table/", 'title="Corrected"')):
        page = viewer.get(f"/batches/{batch.pk}/{view}?ids={finding.pk}").content.decode()
        assert ("A van" in page, "severity-low" in page, mark in page) == (True, True, True)
    card = viewer.get(f"/events/{finding.pk}/").content.decode()
    assert "The vendor says" in card
    assert "<del>A car cuts in</del>" in card
