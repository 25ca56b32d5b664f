"""What a record says is written to the columns of the same names."""

import re
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from batches.counters import wrong_counts
from batches.models import Event, EventCount, EventPayload, Item, ItemCount
from batches.models.search import mentions
from batches.models.severity import Severity
from batches.sync.plan import Incoming, StoredEvent
from batches.sync.records import EventRecord, ItemListing
from batches.sync.store import (
    COPIED,
    MANY_ITEMS,
    NEW_COLUMNS,
    UNDECIDED,
    _create,
    _known_events,
    _seen_again,
    _store_listing,
    _update,
    new_rows,
)
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db

# No two values are alike, so that none can stand in another one's column.
RECORD = EventRecord(
    position=1,
    raw_index=2,
    external_id="an id",
    start_s=3.5,
    end_s=4.5,
    timestamp="00:03-00:04",
    unix_start="1758309762.0",
    unix_end="1758309764.0",
    category="a category",
    label="a label",
    severity="high",
    confidence=0.25,
    confidence_given=True,
    ai_text="a text",
    thumbnail_url="https://storage.example/1.jpg",
    approval="rejected",
    raw_approval="Rejected!",
    odd_cells={"Label": "a cell"},
    sdk='{"sdk": 1}',
    raw='{"raw": 1}',
    fingerprint="f" * 32,
)
OTHER = RECORD._replace(
    raw_index=5, external_id="another id", start_s=6.5, end_s=7.5, timestamp="00:06-00:07", unix_start="1.0",
    unix_end="2.0", category="another category", label="another label", severity="low", confidence=0.75,
    confidence_given=False, ai_text="another text", thumbnail_url="https://storage.example/2.jpg", approval="approved",
    raw_approval="Approved!", odd_cells=None, sdk="{}", raw="[]", fingerprint="e" * 32,
)  # fmt: skip
KNOWN = set(StoredEvent._fields) - {"corrected", "decided", "gone", "unread"}


def stored() -> dict[str, object]:
    return Event.objects.values(
        *COPIED, "identity", "digest", "sequence", "severity_rank", "odd_cells", "approval"
    ).get()


def expected(record: EventRecord, odd_cells: str | None) -> dict[str, object]:
    return {column: getattr(record, name) for column, name in COPIED.items()} | {
        "identity": "id:1:0",
        "digest": "d" * 32,
        "sequence": 7,
        "severity_rank": Severity.of(record.severity),
        "odd_cells": odd_cells,
        "approval": record.approval,
    }


def test_events_stored_together_are_counted_as_those_stored_alone() -> None:
    items = [make_item()]
    items.append(make_item(items[0].batch))
    batch_id = items[0].batch_id
    make_event(items[0])
    records = [RECORD, OTHER, RECORD._replace(category="", confidence=None), RECORD._replace(thumbnail_url="")]
    new = [
        (item.pk, Incoming(record, f"id:{at}:0", at, "d" * 32))
        for item in items for at, record in enumerate(records)
    ]  # fmt: skip
    for number in range(2):  # the second time, their counters are there already
        with transaction.atomic():
            _create(batch_id, [(pk, row._replace(identity=f"{number}{row.identity}")) for pk, row in new], Counter())
    make_event(items[1])
    assert list(wrong_counts(batch_id)) == []
    counts = ItemCount.objects.filter(batch=batch_id).order_by("item").values_list("item").annotate(Sum("events"))
    assert list(counts) == [(item.pk, 9) for item in items]
    assert set(EventCount.objects.values_list("batch_id", flat=True)) == {batch_id}


def test_each_field_of_a_record_is_in_its_column() -> None:
    item = make_item()
    with transaction.atomic():
        _create(item.batch_id, [(item.pk, Incoming(RECORD, "id:1:0", 7, "d" * 32))], Counter())
    assert stored() == expected(RECORD, '{"Label": "a cell"}')
    assert Event.objects.values(*UNDECIDED).get() == UNDECIDED
    assert EventPayload.objects.values_list("sdk", "raw").get() == (RECORD.sdk, RECORD.raw)
    event = Event.objects.get()
    assert (event.batch_id, event.item_id, event.gone_at) == (item.batch_id, item.pk, None)
    existing = StoredEvent(**Event.objects.values(*KNOWN).get(), decided=False, gone=False, unread=False)
    with transaction.atomic():
        _update([(existing, Incoming(OTHER, "id:1:0", 7, "d" * 32))], Counter())
    assert stored() == expected(OTHER, None)


def test_many_events_are_written_each_with_its_values() -> None:
    item = make_item()
    records = [RECORD._replace(label=f"label {number}", start_s=float(number % 2)) for number in range(1_500)]
    new = [(item.pk, Incoming(record, f"id:{number}:0", number, "d" * 32)) for number, record in enumerate(records)]
    with transaction.atomic():
        _create(item.batch_id, new, counters := Counter[str]())
    assert counters == {"rejected": 1_500}
    rows = Event.objects.order_by("sequence").values_list("label", "start_s", "identity", "confidence_given", "version")
    assert list(rows) == [(f"label {number}", float(number % 2), f"id:{number}:0", True, 1) for number in range(1_500)]


def test_a_changed_event_is_found_by_its_new_words_only() -> None:
    item = make_item()
    with transaction.atomic():
        _create(item.batch_id, [(item.pk, Incoming(RECORD._replace(label="a van"), "id:1:0", 7, "d" * 32))], Counter())
        existing = StoredEvent(**Event.objects.values(*KNOWN).get(), decided=False, gone=False, unread=False)
        _update([(existing, Incoming(OTHER, "id:1:0", 7, "d" * 32))], Counter())
    results = {
        word: Event.objects.filter(mentions([item.batch_id], word)).count() for word in ("a van", "another label text")
    }
    assert results == {"a van": 0, "another label text": 1}


def test_every_column_of_an_event_is_written_by_name() -> None:
    columns = {field.column for field in Event._meta.concrete_fields}
    assert set(NEW_COLUMNS) <= columns
    assert len(set(NEW_COLUMNS)) == len(NEW_COLUMNS)
    assert set(EventRecord._fields) - set(COPIED.values()) == {"position", "odd_cells", "sdk", "raw", "box"}


def test_texts_and_numbers_of_any_kind_are_stored_as_they_are() -> None:
    texts = ["", "\\N", "\\.", "a\\tb", "a\tb", "a\nb", "a\r\nb", "\\", "\\\\", '"', "'", "ä ٣ 🚗", "\x0b", "\u2028"]
    numbers = [None, 0.1 + 0.2, 1e-7, 1e300, -0.0, 5.0, 123456789.123456789]
    item = make_item()
    records = [RECORD._replace(label=text, raw=text, sdk=text) for text in texts]
    records += [RECORD._replace(start_s=number, confidence_given=False) for number in numbers]
    new = [Incoming(record, f"id:{number}:0", number, "d" * 32) for number, record in enumerate(records)]
    ready = [event._replace(rows=rows) for event, rows in zip(new[::2], new_rows(new[::2]), strict=True)]
    with transaction.atomic():  # some made before, some not
        _create(item.batch_id, [(item.pk, event) for event in [*ready, *new[1::2]]], Counter())
    stored_columns = Event.objects.order_by("sequence").values_list(
        "label", "payload__raw", "payload__sdk", "start_s", "confidence_given", "odd_cells", "box", "vendor_approval"
    )
    assert list(stored_columns) == [
        (record.label, record.raw, record.sdk, record.start_s, record.confidence_given, '{"Label": "a cell"}', None,
         "rejected")
        for record in records
    ]  # fmt: skip


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite counts nothing before it plans")
def test_the_events_of_new_items_are_found_without_reading_those_that_came_before() -> None:
    first, batch = make_event(), make_batch()
    new = [make_item(batch) for _ in range(100)]
    columns = ", ".join(
        str(field.column) for field in Event._meta.concrete_fields
        if not field.generated and field.column not in ("id", "identity")
    )  # fmt: skip
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, is_many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT ") and 'FROM "batches_event"' in sql:
            execute(f"EXPLAIN {sql}", params, is_many, context)
            plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, is_many, context)

    with connection.cursor() as cursor:  # since PostgreSQL last looked, which was never
        cursor.execute(f"INSERT INTO batches_event (identity, {columns}) SELECT 'id:' || n || ':0', {columns} "
                       f"FROM batches_event, generate_series(1, 5000) n WHERE id = {first.pk}")  # fmt: skip
    with connection.execute_wrapper(explained):
        assert not _known_events([item.pk for item in new])
        assert _seen_again(batch.pk, [item.external_id for item in new])["events_seen"] == 0
    print(*plans, sep="\n")
    assert [("Seq Scan" in plan, "event_once_an_item" in plan) for plan in plans] == [(False, True)] * 2
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it plans without counting")
def test_some_of_many_new_items_are_found_without_reading_the_others() -> None:
    batch = make_batch()
    _store_listing(batch.pk, [ItemListing(f"video {number}", number) for number in range(4 * MANY_ITEMS)], whole=True)
    some = Item.objects.filter(batch=batch, external_id__in=["video 7", "video 8"]).order_by()
    assert "external_id" in re.search(r"Index Cond: (.*)", some.explain()).group(1)
