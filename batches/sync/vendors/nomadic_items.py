"""Reads NomadicML's bulk answer into ItemRecords: the analysis document of each video, or why it is missing."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import (
    NAME_LIMIT,
    TEXT_LIMIT,
    URL_LIMIT,
    cell,
    clean,
    clean_url,
    kind,
    quarantine,
    to_json,
    to_json_each,
)
from batches.sync.records import READING, BatchRecord, Chunk, ItemListing, ItemRecord
from batches.sync.vendors.nomadic_events import JSONObject
from batches.sync.vendors.nomadic_rows import read_events
from batches.sync.vendors.nomadic_states import read_state

ACTION_SEGMENTATION = "robotic-action-segmentation"
NO_ANALYSIS = "Analysis not found"

_ASK_ARRAYS = (("events",), ("visual_analysis", "events"))
_AGENT_ARRAYS = (
    ("events",),
    ("detected_events",),
    ("detectedEvents",),
    ("edge_case_events",),
    ("edgeCaseEvents",),
    ("result", "events"),
    ("visual_analysis", "events"),
)


def read_chunk(
    answer: Any, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] | None = None
) -> Chunk:
    """A record for each listed video in the answer, in order, and the ids that the answer does not mention.

    `known`: video id → digest of the stored record; a video with the same digest is only named. Raises BadRecord if the
    answer is not about analyses.
    """
    path = f"batch {batch.external_id} analyses"
    if not isinstance(answer, dict) or not isinstance(answer.get("analyses"), list):
        raise BadRecord(path, "expected an object with a list of analyses")
    entries: dict[str, JSONObject] = {}
    for entry in answer["analyses"]:
        if isinstance(entry, dict) and isinstance(entry.get("video_id"), str):
            entries[entry["video_id"]] = entry
    unresolved = _texts(answer.get("unresolved_video_ids"))
    not_found = _texts(answer.get("not_found_analysis_ids"))  # ids of analyses, not of videos
    items: list[ItemRecord] = []
    lost: list[str] = []
    same: list[str] = []
    for listing in listings:
        entry = entries.get(listing.external_id)
        if entry is not None:
            item = read_item(entry, batch, listing, (stored_digests or {}).get(listing.external_id))
            if item is None:
                same.append(listing.external_id)
            else:
                items.append(item)
        elif listing.external_id in unresolved or listing.analysis_id in not_found:
            items.append(without_document(batch, listing))
        else:
            lost.append(listing.external_id)
    return Chunk(tuple(items), tuple(lost), tuple(same))


def _texts(values: Any) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str)) if isinstance(values, list) else frozenset()


def read_item(
    entry: JSONObject, batch: BatchRecord, listing: ItemListing, stored_digest: str | None
) -> ItemRecord | None:
    """The record of one video; None if its digest equals `known`.

    An unreadable document leaves the item unanswered, so that its stored events are kept.
    """
    document = entry.get("analysis")
    if not document:
        return without_document(batch, listing)
    analysis_id = cell(entry.get("analysis_id"))
    path = f"video {listing.external_id} analysis {analysis_id or 'unknown'}"
    try:
        return _read_document(document, entry, batch, listing, path, stored_digest)
    except BadRecord as error:
        return without_document(batch, listing, error, document)
    except (RecursionError, ValueError) as error:
        return without_document(batch, listing, BadRecord(path, f"cannot be read: {error}"), document)


def without_document(
    batch: BatchRecord, listing: ItemListing, error: BadRecord | None = None, document: Any = None
) -> ItemRecord:
    """The record of a video whose document is missing or unreadable (`error`), as the SDK reports such a video."""
    status = (listing.raw_status or "").lower()
    state = read_state(status)
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=listing.analysis_id,
        name="",
        source_uri="",
        state="unknown" if state in ("completed", "partial") else state,  # reported as done, but without a document
        status=status or "failed",
        raw_status="",
        error=clean(str(error), TEXT_LIMIT) if error else listing.error or NO_ANALYSIS,
        summary="",
        mode=batch.batch_type,
        answered=False,
        raw="",
        quarantined=(quarantine(error, document),) if error else (),
    )


def _read_document(
    document: Any, entry: JSONObject, batch: BatchRecord, listing: ItemListing, path: str, stored_digest: str | None
) -> ItemRecord | None:
    if not isinstance(document, dict):
        raise BadRecord(path, f"expected an object, got {kind(document)}")
    own_status = document.get("status")
    if own_status and not isinstance(own_status, str):
        raise BadRecord(f"{path} status", f"expected text, got {kind(own_status)}")
    events_path, elements = _event_array(document, agent=batch.batch_type == "agent" and not _segments(batch))
    raw = to_json(_without(document, events_path), path)
    raw_status = own_status or listing.raw_status or "completed"
    status = raw_status.lower()
    if status not in ("completed", "failed") and not _segments(batch):
        status = "completed"
    exact = {
        "Video Name": cell(entry.get("filename") or ""),
        "Analysis ID": cell(entry.get("analysis_id")),
        "Status": status,
        "Import Source URI": cell(entry.get("import_source_uri") or ""),
        "Summary": _summary(document) if batch.batch_type == "ask" else "",
    }
    raws = to_json_each(elements)
    digest = _digest((READING, batch.batch_type, batch.workflow, listing, own_status, exact, events_path, raw), raws)
    if digest and digest == stored_digest:
        return None
    cleaned = {column: clean(text, _LIMITS[column]) for column, text in exact.items() if column != "Import Source URI"}
    cleaned["Import Source URI"] = clean_url(exact["Import Source URI"])
    events, bad = read_events(elements, raws, fractions=_segments(batch), path=path)
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=cleaned["Analysis ID"] or None,
        name=cleaned["Video Name"],
        source_uri=cleaned["Import Source URI"],
        state=read_state(raw_status),
        status=cleaned["Status"],
        raw_status=clean(own_status or "", NAME_LIMIT),
        error=listing.error,
        summary=cleaned["Summary"],
        mode=batch.batch_type,
        answered=True,
        raw=raw,
        events=events,
        quarantined=bad,
        odd_cells={column: text for column, text in exact.items() if cleaned[column] != text} or None,
        digest=digest,
    )


def _digest(fields: tuple[Any, ...], raws: list[str | None]) -> str:
    """32 hex digits over everything that a record is read from; "" if an event cannot be written as JSON."""
    texts = [raw for raw in raws if raw is not None]
    if len(texts) < len(raws):
        return ""
    texts.append(repr(fields))
    return blake2b("\n".join(texts).encode(), digest_size=16).hexdigest()


_LIMITS = {
    "Video Name": NAME_LIMIT,
    "Analysis ID": NAME_LIMIT,
    "Status": NAME_LIMIT,
    "Import Source URI": URL_LIMIT,
    "Summary": TEXT_LIMIT,
}


def _segments(batch: BatchRecord) -> bool:
    return batch.workflow == ACTION_SEGMENTATION


def _event_array(document: JSONObject, *, agent: bool) -> tuple[tuple[str, ...], list[Any]]:
    """The path of the events array and its elements: the first non-empty list, else the first list, else no path."""
    empty: tuple[str, ...] = ()
    for path in _AGENT_ARRAYS if agent else _ASK_ARRAYS:
        holder: Any = document
        for key in path:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, list):
            if holder:
                return path, holder
            empty = empty or path
    return empty, []


def _without(document: JSONObject, path: tuple[str, ...]) -> JSONObject:
    """`document` without the value at `path`."""
    if not path:
        return document
    key, *deeper = path
    others = {name: value for name, value in document.items() if name != key or deeper}
    if deeper:
        others[key] = _without(document[key], tuple(deeper))
    return others


def _summary(document: JSONObject) -> str:
    """The answer or summary of an Ask document. A list becomes one line for each element."""
    answer = document.get("answer") or document.get("summary")
    if isinstance(answer, list):
        return "\n".join(map(str, answer))
    return answer if isinstance(answer, str) else ""
