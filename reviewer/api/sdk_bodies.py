"""Builds the answers of the NomadicML wire format from our tables, with the reviewers' decisions as approvals.

Events are sent in the form that the vendor's SDK returns, and the SDK reads this form back unchanged. The stored JSON
text is sent as it is, so keys keep their order and numbers their notation. Only events that a person decided or
corrected are written again, with the new approval and values.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F

from batches.export.corrected import put_in_event
from batches.export.reviewed import review_fields
from batches.export.stream import listed_by_vendor
from batches.models import AccountVideo, Batch, Event, Item
from batches.models.batch_metadata import metadata_of
from batches.models.event import EventQuerySet

# The keys under which the SDK looks for events. Ours are written under the first one, so all others must be removed.
ARRAYS = ("events", "detected_events", "detectedEvents", "edge_case_events", "edgeCaseEvents")
HOLDERS = ("result", "visual_analysis")
# The SDK assigns pictures by position, so nothing comes between the vendor's own events.
ADDED_LAST = (F("origin").asc(nulls_first=True), "sequence", "id")


def status_body(batch: Batch, *, listing: bool) -> str:
    """The batch with its configuration, review status and metadata, and the list of its videos."""
    body = json.loads(batch.raw) if batch.raw else {"status": "pending"}
    body |= {
        "batch_id": batch.external_id,
        "videos": _pointers(batch) if listing else [],
        "metadata": metadata_of(batch),
        **review_fields(batch),
    }
    return json.dumps(body)


def _pointers(batch: Batch) -> list[dict[str, Any]]:
    lines = []
    fields = ("position", "repeats", "external_id", "analysis_id", "status", "error")
    for position, repeats, video_id, *rest in Item.objects.filter(batch=batch, gone_at=None).values_list(*fields):
        pointer = dict(zip(("analysis_id", "status", "last_error"), rest, strict=True))
        lines += [(line_position, {"video_id": video_id, **pointer}) for line_position in (position, *repeats)]
    return [pointer for _, pointer in sorted(lines, key=lambda line: line[0])]


def bulk_body(batch: Batch, video_ids: Sequence[str]) -> str:
    """The documents of these videos, and the ids of the videos without one. Two queries."""
    items = list(Item.objects.filter(batch=batch, external_id__in=video_ids, gone_at=None, answered=True))
    events = texts_of(Event.objects.filter(batch=batch, item__in=items))
    entries = ", ".join(_entry(item, events[item.pk]) for item in items)
    in_batch = {item.external_id for item in items}
    missing = [video_id for video_id in dict.fromkeys(video_ids) if video_id not in in_batch]
    return f'{{"analyses": [{entries}], "unresolved_video_ids": {json.dumps(missing)}, "not_found_analysis_ids": []}}'


def texts_of(events: EventQuerySet) -> dict[int, list[str]]:
    """Item → the JSON texts of its events: the vendor's in its order, then those that people added."""
    listed = listed_by_vendor(events.for_review(), by_approval=False).order_by(*ADDED_LAST)
    texts: dict[int, list[str]] = defaultdict(list)
    rows = listed.values_list("item_id", "payload__sdk", "approval", "decided_at", "corrections")
    for item_id, text, approval, decided_at, corrections in rows:
        decided = {} if decided_at is None else {"approval": approval}
        is_ours = decided or corrections
        texts[item_id].append(json.dumps(put_in_event(json.loads(text), corrections) | decided) if is_ours else text)
    return texts


def thumbnails_body(item: Item) -> str:
    """The events of one item with the addresses of their pictures, up to the first event that has none.

    The vendor's SDK drops empty addresses and assigns the others by position. A picture after a gap would therefore be
    assigned to the wrong event.
    """
    events = Event.objects.filter(item=item)
    listed = listed_by_vendor(events.for_review(), by_approval=False).order_by(*ADDED_LAST)
    urls = list(listed.values_list("thumbnail_url", flat=True))
    before_gap = urls.index("") if "" in urls else len(urls)
    urls = urls[:before_gap] + [""] * (len(urls) - before_gap)
    named = [
        json.dumps(json.loads(text) | {"annotated_thumbnail_url": url})
        for text, url in zip(texts_of(events)[item.pk], urls, strict=True)
    ]
    return f'{{"events": [{", ".join(named)}]}}'


def videos(items: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """(video id, name), newest last → the rows of my-videos, each video once. Unknown values are null."""
    names: dict[str, str] = {}
    for video_id, name in items:
        names[video_id] = name or names.get(video_id, "")
    return [
        {"video_id": video_id, "video_name": name or None, "filename": name or None, "duration_s": None,
            "status": "uploaded"}
        for video_id, name in names.items()
    ]  # fmt: skip


def account_videos(videos: Iterable[AccountVideo]) -> list[dict[str, Any]]:
    """The rows of my-videos, as the account last listed them."""
    return [
        {"video_id": video.external_id, "video_name": video.name or None, "filename": video.name or None,
            "duration_s": video.seconds, "status": video.status or "uploaded",
            "folder_id": video.folder.external_id if video.folder else None,
            "folder_name": video.folder.name or None if video.folder else None, "org_id": video.org_id or None,
            "created_at": video.vendor_created_at or None}
        for video in videos
    ]  # fmt: skip


def _entry(item: Item, events: list[str]) -> str:
    odd = json.loads(item.odd_cells) if item.odd_cells else {}
    head = {
        "video_id": item.external_id,
        "analysis_id": odd.get("Analysis ID") or item.analysis_id,
        "pointer": {"video_id": item.external_id, "status": item.status},
        "filename": odd.get("Video Name") or item.name or None,
        "import_source_uri": odd.get("Import Source URI") or item.source_uri or None,
    }
    document = json.dumps(_without_events(json.loads(item.raw or "{}")))
    tail = f', "events": [{", ".join(events)}]}}' if document != "{}" else f'"events": [{", ".join(events)}]}}'
    return f'{json.dumps(head)[:-1]}, "analysis": {document[:-1]}{tail}}}'


def _without_events(document: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in document.items() if key not in ARRAYS}
    for holder in HOLDERS:
        if isinstance(inner := rest.get(holder), dict):
            rest[holder] = {key: value for key, value in inner.items() if key != "events"}
    return rest
