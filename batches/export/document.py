"""Batches → JSON in the shape that the vendor documents for "get_batch_analysis", with people's decisions as approvals.

Beyond what the vendor's SDK gives, and as its document promises: `review_status`, `review_status_updated_at` and
`metadata` of the batch.
"""

import json
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Max, QuerySet

from batches.export import pages
from batches.export.cells import read_json, utc
from batches.export.past import THEN
from batches.export.reviewed import NEVER, reviewed
from batches.models import Batch, Event, Item

_FIELDS = ("id", "item_id", "payload__sdk", "approval", "decided_at")
_REVIEW = ("decided_by__username", "reason", "note", "raw_approval")
BATCH_EVENTS = 1_000  # events


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

    `filtered`: items without an event are left out. `sdk`: the list names an item again where the vendor's does.
    `full`: each event has our `review` of it as well. A failure leaves the text without its end.
    """
    yield b'{"batch_metadata": ' + _json(about(batch, events.db, past)) + b', "results": ['
    writer = _Events(public_url, full=full, past=past is not None, permalinks=permalinks)
    comma = b""
    there = _places(events)
    for some in _items(batch, events.db, there, filtered=filtered, sdk=sdk):
        spans = [there[pk] for pk in some if pk in there]
        by_item: dict[int, list[bytes]] = {pk: [] for pk in some}
        if spans:
            ids = array("q", chain.from_iterable(span.ids for span in spans))
            low, high = min(span.low for span in spans), max(span.high for span in spans)
            for row in pages.read(events, writer.fields, pages.Page(low, high, ids)):
                by_item.setdefault(row[1], []).append(writer.write(row))
            seen(len(ids))
        items = Item.objects.using(events.db).in_bulk(some)
        for pk in some:
            head = _json(_result(batch, items[pk]))
            yield comma + head[:-1] + b', "events": [' + b", ".join(by_item[pk]) + b"]}"
            comma = b",\n"
    yield b"]}\n"


def about(batch: Batch, using: str, past: datetime | None = None) -> dict[str, Any]:
    """The `batch_metadata` of the document. `past`: as it stood then is not told."""
    raw = json.loads(batch.raw) if batch.raw else {}
    config: dict[str, Any] = raw["config"] if isinstance(raw.get("config"), dict) else {}
    told: dict[str, Any] = {
        "batch_id": batch.external_id, "batch_viewer_url": batch.viewer_url, "batch_type": batch.batch_type,
    }  # fmt: skip
    if batch.batch_type != "unknown":
        told["analysis_type"] = batch.analysis_type
        if batch.vendor_created_at:
            told["created_at"] = batch.vendor_created_at
        if config.get("output_schema"):
            told["output_schema"] = config["output_schema"]
    if batch.batch_type == "ask":
        told |= {"prompt": config.get("prompt", batch.prompt), "category": config.get("category", batch.category)}
        told |= {name: config.get(name, False) for name in ("is_thumbnail", "use_enhanced_motion_analysis")}
    status, since = (None, NEVER) if past else reviewed(batch, _last_verdict(batch, using))
    told |= {"review_status": status, "review_status_updated_at": since}
    return told | {"metadata": batch.vendor_metadata}


def _last_verdict(batch: Batch, using: str) -> datetime | None:
    decided = Event.objects.using(using).filter(batch=batch, decided_at__isnull=False)
    last: datetime | None = decided.aggregate(last=Max("decided_at"))["last"]
    return last


def _places(events: QuerySet[Event]) -> dict[int, pages.Page]:
    """Item → its events and where they stand, as it is when the reading begins."""
    there: dict[int, pages.Page] = {}
    for item, sequence, pk in events.order_by("sequence", "id").values_list("item", "sequence", "id").iterator():
        page = there.get(item)
        ids = page.ids if page else array("q")
        ids.append(pk)
        there[item] = pages.Page(page.low if page else sequence, sequence, ids)
    return there


def _items(batch: Batch, using: str, there: dict[int, pages.Page], *, filtered: bool, sdk: bool) -> Iterator[list[int]]:
    """The items to tell of, in order, as many at once as have BATCH_EVENTS events together; one told again by itself."""
    items = Item.objects.using(using).filter(batch=batch)
    if sdk:
        items = items.filter(gone_at__isnull=True)
    places = items.order_by("position", "id").values_list("pk", "position", "repeats", "gone_at")
    wanted = [
        (place, pk, place != position)
        for pk, position, repeats, gone_at in places
        for place in ([position, *repeats] if sdk else [position])
        if pk in there or not (filtered or gone_at)
    ]
    some: list[int] = []
    load, alone = 0, False
    for _, pk, again in sorted(wanted):
        more = len(there[pk].ids) if pk in there else 0
        if some and (alone or again or load + more > BATCH_EVENTS or len(some) == BATCH_EVENTS):
            yield some
            some, load = [], 0
        some.append(pk)
        load, alone = load + more, again
    if some:
        yield some


def _result(batch: Batch, item: Item) -> dict[str, Any]:
    """What the SDK says of an item, but for its events."""
    odd = json.loads(item.odd_cells) if item.odd_cells else {}
    said: dict[str, Any] = {
        "video_id": item.external_id, "analysis_id": odd.get("Analysis ID", item.analysis_id),
        "mode": item.mode or batch.batch_type, "status": odd.get("Status", item.status),
    }  # fmt: skip
    optional = {"import_source_uri": ("Import Source URI", item.source_uri), "video_name": ("Video Name", item.name)}
    for key, (column, value) in optional.items():
        if exact := odd.get(column, value):
            said[key] = exact
    if not item.answered:
        said["error"] = item.error
    elif batch.batch_type == "ask":
        said["summary"] = odd.get("Summary", item.summary)
    return said


class _Events:
    """Writes an event as the SDK returns it, with the approval that stands."""

    def __init__(self, public_url: str, *, full: bool, past: bool, permalinks: bool) -> None:
        self.public_url, self.full, self.permalinks = public_url, full, permalinks
        names = (*_FIELDS, *_REVIEW) if full else _FIELDS
        self.fields = [THEN.get(name, name) for name in names] if past else list(names)

    def write(self, row: tuple[Any, ...]) -> bytes:
        pk, _, sdk, approval, decided_at, *review = row
        as_it_is = decided_at is None and not (self.full or self.permalinks)
        if as_it_is and "NaN" not in sdk and "Infinity" not in sdk:  # which JSON does not have
            return str(sdk).encode("utf-8", "replace")
        event = read_json(sdk)
        if decided_at is not None:
            event["approval"] = approval
        if self.permalinks and event.get("annotated_thumbnail_url"):
            event["annotated_thumbnail_url"] = f"{self.public_url}/events/{pk}/thumbnail/"
        if self.full:
            reviewer, reason, note, vendor = review
            event["review"] = {
                "approval": approval, "reviewer": reviewer, "decided_at": utc(decided_at) or None, "reason": reason or "",
                "note": note or "", "vendor_approval": vendor, "permalink": f"{self.public_url}/events/{pk}/",
            }  # fmt: skip
        return _json(event)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def several(documents: Iterator[Iterator[bytes]]) -> Iterator[bytes]:
    """Several documents as one JSON array."""
    yield b"["
    for number, one in enumerate(documents):
        yield from chain([b", "] if number else [], one)
    yield b"]\n"
