"""Writes batches as JSON in the format of the vendor's "get_batch_analysis", with people's decisions as approvals.

Beyond the vendor's SDK, the batch has `review_status`, `review_status_updated_at` and `metadata`, as the vendor's
documentation promises; and the vendor's own status and review status.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from batches.export import pages
from batches.export.cells import CHANGED, event_cells, read_json, utc
from batches.export.columns import RESERVED
from batches.export.corrected import VENDORS, put_in_event
from batches.export.past import THEN
from batches.export.reviewed import NEVER, review_fields
from batches.models import Batch, Event, Item, Vendor
from batches.models.corrections import read
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.vendor_outcome import english_outcome

_FIELDS = ("id", "item_id", "payload__sdk", "approval", "decided_at", "corrections")
_REVIEW = ("decided_by__username", "reason", "note", "raw_approval", "origin", *VENDORS.values())
# What this product made of a detector's record, whose own names and units nobody else knows: field of the event → key.
_FINDING = {
    "start_s": "start", "end_s": "end", "label": "label", "category": "category", "severity": "severity",
    "confidence": "confidence", "ai_text": "text", "thumbnail_url": "thumbnail", "external_id": "id",
    "box": "box",
}  # fmt: skip
CHUNK_EVENTS = 1_000


def document(
    batch: Batch,
    events: QuerySet[Event],
    *,
    public_url: str,
    sdk: bool = False,
    filtered: bool = False,
    full: bool = False,
    past: datetime | None = None,
    permalinks: bool = False,
    seen: Callable[[int], None] = lambda events: None,
) -> Iterator[bytes]:
    """`{"batch_metadata": …, "results": […]}` of these events of the batch.

    `filtered`: items without an event are left out. `sdk`: items are repeated where the vendor's list repeats them.
    `full`: each event has our `review` too. A failure leaves the text incomplete.
    """
    yield b'{"batch_metadata": ' + _json(about(batch, past)) + b', "results": ['
    # Without an SDK whose shape must be kept, everything is written.
    full = full or not (sdk or Vendor(batch.connection.vendor).has_sdk_shape)
    finding = batch.connection.vendor == Vendor.OPEN
    writer = _Events(public_url, full=full, past=past is not None, permalinks=permalinks, finding=finding)
    comma = b""
    item_pages = _item_pages(batch, events, selected=filtered or past is not None)
    for item_ids in _items(batch, events.db, item_pages, filtered=filtered, sdk=sdk):
        spans = [item_pages[pk] for pk in item_ids if pk in item_pages]
        by_item: dict[int, list[bytes]] = {pk: [] for pk in item_ids}
        if spans:
            ids = array("q", chain.from_iterable(span.ids for span in spans))
            low, high = min(span.low for span in spans), max(span.high for span in spans)
            for row in pages.read(events, writer.fields, pages.Page(low, high, ids)):
                by_item.setdefault(row[1], []).append(writer.write(row))
            seen(len(ids))
        items = Item.objects.using(events.db).in_bulk(item_ids)
        for pk in item_ids:
            head = _json(_result(batch, items[pk]))
            yield comma + head[:-1] + b', "events": [' + b", ".join(by_item[pk]) + b"]}"
            comma = b",\n"
    yield b"]}\n"


def about(batch: Batch, past: datetime | None = None) -> dict[str, Any]:
    """The `batch_metadata` of the document. `past`: the review status is left out, because its past is not stored."""
    raw = json.loads(batch.raw) if batch.raw else {}
    config: dict[str, Any] = raw["config"] if isinstance(raw.get("config"), dict) else {}
    metadata: dict[str, Any] = {
        "batch_id": batch.external_id, "batch_viewer_url": batch.viewer_url, "batch_type": batch.batch_type,
    }  # fmt: skip
    if batch.batch_type != "unknown":
        metadata["analysis_type"] = batch.analysis_type
        if batch.vendor_created_at:
            metadata["created_at"] = batch.vendor_created_at
        if config.get("output_schema"):
            metadata["output_schema"] = config["output_schema"]
    if batch.batch_type == "ask":
        metadata |= {"prompt": config.get("prompt", batch.prompt), "category": config.get("category", batch.category)}
        metadata |= {name: config.get(name, False) for name in ("is_thumbnail", "use_enhanced_motion_analysis")}
    metadata |= {"vendor_status": batch.raw_status, "vendor_outcome": english_outcome(batch)} | review_fields(batch)
    if past:
        metadata |= {"review_status": None, "review_status_updated_at": NEVER}
    return metadata | {"metadata": batch.vendor_metadata}


def _item_pages(batch: Batch, events: QuerySet[Event], *, selected: bool) -> dict[int, pages.Page]:
    """Item → its events and their range of sequences, read when the download begins. `selected`: by a filter or a
    moment, so that they are found in one read.
    """
    fields = ("id", "item", "sequence")
    places: Iterable[tuple[int, int, int]] = events.order_by("sequence", "id").values_list(*fields).iterator()
    if not selected:
        places = chain.from_iterable(zip(*page, strict=True) for page in pages.follow(batch, events, fields))
    item_pages: dict[int, pages.Page] = {}
    for pk, item, sequence in places:
        page = item_pages.get(item)
        ids = page.ids if page else array("q")
        ids.append(pk)
        # If a sync moves the item meanwhile, its page must not span all events between its two places.
        in_place = page and 0 <= sequence - page.low < POSITIONS_PER_ITEM
        item_pages[item] = pages.Page(page.low if page and in_place else sequence, sequence, ids)
    return item_pages


def _items(
    batch: Batch, using: str, item_pages: dict[int, pages.Page], *, filtered: bool, sdk: bool
) -> Iterator[list[int]]:
    """Yield the listed items in order, in chunks of at most CHUNK_EVENTS events.

    A repeated item is a chunk of its own.
    """
    items = Item.objects.using(using).filter(batch=batch)
    if sdk:
        items = items.filter(gone_at__isnull=True)
    rows = items.order_by("position", "id").values_list("pk", "position", "repeats", "gone_at")
    wanted = [
        (listed_position, pk, listed_position != position)
        for pk, position, repeats, gone_at in rows
        for listed_position in ([position, *repeats] if sdk else [position])
        if pk in item_pages or not (filtered or gone_at)
    ]
    item_ids: list[int] = []
    load, last_repeated = 0, False
    for _, pk, repeated in sorted(wanted):
        size = len(item_pages[pk].ids) if pk in item_pages else 0
        if item_ids and (last_repeated or repeated or load + size > CHUNK_EVENTS or len(item_ids) == CHUNK_EVENTS):
            yield item_ids
            item_ids, load = [], 0
        item_ids.append(pk)
        load, last_repeated = load + size, repeated
    if item_ids:
        yield item_ids


def _result(batch: Batch, item: Item) -> dict[str, Any]:
    """The SDK's result of an item, without its events."""
    odd = json.loads(item.odd_cells) if item.odd_cells else {}
    result: dict[str, Any] = {
        "video_id": item.external_id, "analysis_id": odd.get("Analysis ID", item.analysis_id),
        "mode": item.mode or batch.batch_type, "status": odd.get("Status", item.status),
    }  # fmt: skip
    optional = {"import_source_uri": ("Import Source URI", item.source_uri), "video_name": ("Video Name", item.name)}
    for key, (column, value) in optional.items():
        if exact := odd.get(column, value):
            result[key] = exact
    sdk_shape = Vendor(batch.connection.vendor).has_sdk_shape
    if not item.answered or (item.error and not sdk_shape):
        result["error"] = item.error
    if item.answered and (batch.batch_type == "ask" if sdk_shape else item.summary):
        result["summary"] = odd.get("Summary", item.summary)
    return result


class _Events:
    """Writes an event as the SDK returns it, with the current approval."""

    def __init__(self, public_url: str, *, full: bool, past: bool, permalinks: bool, finding: bool) -> None:
        self.public_url, self.full, self.permalinks, self.finding = public_url, full, permalinks, finding
        self.past = past
        names = (*_FIELDS, *_REVIEW) if full else _FIELDS
        if finding:  # the detector's own record; ours has its box in one form
            names = tuple("payload__raw" if name == "payload__sdk" else name for name in names)
        self.fields: list[Any] = [_then(name) for name in names] if past else list(names)
        if full:
            self.fields.append(event_cells(sdk=False, past=past)[CHANGED])
            self.fields += _FINDING if finding else ()

    def write(self, row: tuple[Any, ...]) -> bytes:
        pk, _, sdk, approval, decided_at, corrections, *review = row
        as_it_is = decided_at is None and not (corrections or self.full or self.permalinks)
        if as_it_is and "NaN" not in sdk and "Infinity" not in sdk:  # JSON has neither
            return str(sdk).encode("utf-8", "replace")
        if self.finding:
            event = _with_own(read_json(sdk))
        else:
            event = put_in_event(read_json(sdk), corrections)
            if decided_at is not None:
                event["approval"] = approval
        if self.permalinks and event.get("annotated_thumbnail_url"):
            event["annotated_thumbnail_url"] = f"{self.public_url}/events/{pk}/thumbnail/"
        if self.full:
            reviewer, reason, note, vendor, origin, *more = review
            values, (changed, *finding) = dict(zip(VENDORS, more, strict=False)), more[len(VENDORS) :]
            event["review"] = {
                "approval": approval, "reviewer": reviewer, "decided_at": utc(decided_at) or None,
                "reason": reason or "",
                "note": note or "", "vendor_approval": vendor, "changed_since_decided": changed or None,
                "permalink": f"{self.public_url}/events/{pk}/", "corrected": list(read(corrections)),
                "vendor": values, "origin": origin or "vendor",
            }  # fmt: skip
            if self.finding:
                event["finding"] = self._finding(finding, values | read(corrections) if self.past else {})
        return _json(event)

    @staticmethod
    def _finding(cells: Sequence[Any], then: Mapping[str, Any]) -> dict[str, Any]:
        """`then`: the values at a moment in the past, of the fields that people correct."""
        finding = dict(zip(_FINDING, cells, strict=True)) | dict(then)
        if finding["box"] is None:
            del finding["box"]
        return {key: finding[name] for name, key in _FINDING.items() if name in finding}


def _with_own(record: dict[str, Any]) -> dict[str, Any]:
    """A detector's record, with the keys under `own` that have another meaning in a download."""
    own = {name: record[name] for name in RESERVED if name in record}
    rest = {name: value for name, value in record.items() if name not in own}
    return rest | {"own": own} if own else rest


def _then(name: Any) -> Any:
    return THEN.get(name, name) if isinstance(name, str) else name


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def several(documents: Iterator[Iterator[bytes]]) -> Iterator[bytes]:
    """Several documents as one JSON array."""
    yield b"["
    for number, document in enumerate(documents):
        yield from chain([b", "] if number else [], document)
    yield b"]\n"
