"""A downloaded file is imported as the same events."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from nomadic import NomadicAI

from batches.actions import decide, request_sync
from batches.models import Batch, Connection, Event
from batches.sandbox.server import Sandbox
from batches.sync.run import sync
from tests import worlds
from tests.batches.imports.conftest import Import
from tests.downloads import csv_of
from tests.factories import make_batch, make_connection, make_member

pytestmark = pytest.mark.django_db(transaction=True)

ODD = [
    worlds.ui_event(90, description="=HYPERLINK(1)", aiAnalysis='two\r\nlines, "quoted" – dash', approval="approved"),
    worlds.ui_event(91, description="'-quoted", type="+1", severity="", approval="Flagged"),
    worlds.ui_event(92, time="t=3723.5", end_time="t=3724", overlay={"speed": {"start": 1, "end": 2.5}}),
]


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    world = worlds.batch(videos=4, events=3)
    world["bulk"]["video1"]["analysis"]["events"] += ODD
    world["bulk"]["video3"]["analysis"]["events"] = []
    with Sandbox({worlds.BATCH: world}) as running:
        settings.PRIVATE_HOSTS = frozenset({running.url.removeprefix("http://")})
        yield running


@pytest.fixture
def synced(sandbox: Sandbox) -> Batch:
    batch = make_batch(make_connection(base_url=sandbox.url, key=sandbox.key), external_id=worlds.BATCH, prompt="")
    run = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert run is not None
    assert run.state == "done"
    return Batch.objects.get(pk=batch.pk)


def exported(batch: Batch, columns: str, *, raw: bool = False) -> bytes:
    return b"".join(csv_of(batch, columns, raw=raw))


def imported(connection: Connection) -> Batch:
    return Batch.objects.get(connection=connection)


@pytest.mark.parametrize("columns", ["documented", "sdk"])
def test_round_trip_of_a_download_is_byte_identical(synced: Batch, bring_in: Import, columns: str) -> None:
    data, empty = exported(synced, columns), make_connection()
    run = bring_in(empty, "events.csv", data)
    assert (run.state, run.events_created, run.refused) == ("done", 12, 0)
    assert exported(imported(empty), columns) == data


def test_round_trip_of_a_full_download_keeps_spans_and_fields(synced: Batch, bring_in: Import) -> None:
    empty = make_connection()
    assert bring_in(empty, "full.csv", exported(synced, "full")).state == "done"
    fields = ("fingerprint", "start_s", "end_s", "category", "label", "ai_text", "severity", "confidence", "approval",
              "thumbnail_url", "external_id", "sequence", "item__external_id", "item__name",
              "item__summary")  # fmt: skip
    first, second = (
        list(Event.objects.filter(batch=batch).in_order().values_list(*fields)) for batch in (synced, imported(empty))
    )
    assert second == first
    assert exported(imported(empty), "Overlay,Start Seconds") == exported(synced, "Overlay,Start Seconds")


def test_round_trip_of_the_sdks_result_equals_a_sync(synced: Batch, bring_in: Import, sandbox: Sandbox) -> None:
    result = NomadicAI(api_key=sandbox.key, base_url=sandbox.url).get_batch_analysis(worlds.BATCH)
    empty = make_connection()
    run = bring_in(empty, "result.json", json.dumps(result, indent=2).encode())
    assert (run.state, run.events_created) == ("done", 12)
    assert exported(imported(empty), "sdk") == exported(synced, "sdk")
    assert imported(empty).items.count() == 4


def test_round_trip_imports_decisions_in_the_importers_name(synced: Batch, bring_in: Import) -> None:
    maya, empty = make_member(synced.connection), make_connection()
    for event, (approval, reason) in zip(
        Event.objects.filter(batch=synced).in_order()[:2], [("rejected", "Wrong span"), ("approved", "")], strict=True
    ):
        decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval=approval, by=maya,
               idempotency_key=UUID(int=event.pk), reason=reason, note="seen twice")  # fmt: skip
    eva = make_member(empty)
    run = bring_in(empty, "full.csv", exported(synced, "full"), decide=True, requested_by=eva)
    assert (run.state, run.decided) == ("done", 3)
    decided = Event.objects.filter(batch=imported(empty), decided_by=eva).in_order()
    assert list(decided.values_list("approval", "reason", "note")) == [
        ("rejected", "Wrong span", "seen twice"), ("approved", "", "seen twice"), ("approved", "", "")
    ]  # fmt: skip
