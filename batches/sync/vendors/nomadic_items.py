"""NomadicML's bulk answer → ItemRecords: the analysis document of each video, or why there is none."""

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
    answer: Any, batch: BatchRecord, listings: Sequence[ItemListing], known: Mapping[str, str] | None = None
) -> Chunk:
    """A record for each listed video the answer accounts for, in order, and the ids it says nothing about.

    `known`: video id → digest of the record we have; a video whose digest is the same is only named. Raises BadRecord
    where the answer is not one about analyses at all.
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
            item = read_item(entry, batch, listing, (known or {}).get(listing.external_id))
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


def read_item(entry: JSONObject, batch: BatchRecord, listing: ItemListing, known: str | None) -> ItemRecord | None:
    """One video's record; None where its digest would be `known`.

    A document that cannot be read leaves the item unanswered, so that known events are kept.
    """
    document = entry.get("analysis")
    if not document:
        return without_document(batch, listing)
    analysis_id = cell(entry.get("analysis_id"))
    path = f"video {listing.external_id} analysis {analysis_id or 'unknown'}"
    try:
        return _read_document(document, entry, batch, listing, path, known)
    except BadRecord as error:
        return without_document(batch, listing, error, document)
    except (RecursionError, ValueError) as error:
        return without_document(batch, listing, BadRecord(path, f"cannot be read: {error}"), document)


def without_document(
    batch: BatchRecord, listing: ItemListing, error: BadRecord | None = None, document: Any = None
) -> ItemRecord:
    """The record of a video whose document is not there, or not readable (`error`), as the SDK reports such a video."""
    status = (listing.raw_status or "").lower()
    state = read_state(status)
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=listing.analysis_id,
        name="",
        source_uri="",
        state="unknown" if state in ("completed", "partial") else state,  # done, they say, but nothing is there
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
    document: Any, entry: JSONObject, batch: BatchRecord, listing: ItemListing, path: str, known: str | None
) -> ItemRecord | None:
    if not isinstance(document, dict):
        raise BadRecord(path, f"expected an object, got {kind(document)}")
    own_status = document.get("status")
    if own_status and not isinstance(own_status, str):
        raise BadRecord(f"{path} status", f"expected text, got {kind(own_status)}")
    place, elements = _event_array(document, agent=batch.batch_type == "agent" and not _segments(batch))
    raw = to_json(_without(document, place), path)
    word = own_status or listing.raw_status or "completed"
    status = word.lower()
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
    digest = _digest((READING, batch.batch_type, batch.workflow, listing, own_status, exact, place, raw), raws)
    if digest and digest == known:
        return None
    kept = {column: clean(text, _LIMITS[column]) for column, text in exact.items() if column != "Import Source URI"}
    kept["Import Source URI"] = clean_url(exact["Import Source URI"])
    events, bad = read_events(elements, raws, fractions=_segments(batch), path=path)
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=kept["Analysis ID"] or None,
        name=kept["Video Name"],
        source_uri=kept["Import Source URI"],
        state=read_state(word),
        status=kept["Status"],
        raw_status=clean(own_status or "", NAME_LIMIT),
        error=listing.error,
        summary=kept["Summary"],
        mode=batch.batch_type,
        answered=True,
        raw=raw,
        events=events,
        quarantined=bad,
        odd_cells={column: text for column, text in exact.items() if kept[column] != text} or None,
        digest=digest,
    )


def _digest(said: tuple[Any, ...], raws: list[str | None]) -> str:
    """32 hex digits over all that a record is read from; "" where an event has no JSON text to tell it by."""
    texts = [raw for raw in raws if raw is not None]
    if len(texts) < len(raws):
        return ""
    texts.append(repr(said))
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
    """Where the events are, and they: the first list that is not empty, else the first list, else nowhere."""
    empty: tuple[str, ...] = ()
    for place in _AGENT_ARRAYS if agent else _ASK_ARRAYS:
        holder: Any = document
        for key in place:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, list):
            if holder:
                return place, holder
            empty = empty or place
    return empty, []


def _without(document: JSONObject, place: tuple[str, ...]) -> JSONObject:
    """`document` without what is at `place`."""
    if not place:
        return document
    key, *deeper = place
    rest = {name: value for name, value in document.items() if name != key or deeper}
    if deeper:
        rest[key] = _without(document[key], tuple(deeper))
    return rest


def _summary(document: JSONObject) -> str:
    """The answer or summary of an Ask document; a list has one line an element."""
    said = document.get("answer") or document.get("summary")
    if isinstance(said, list):
        return "\n".join(map(str, said))
    return said if isinstance(said, str) else ""
