"""Reads a TwelveLabs result line and its task into an ItemRecord."""

from collections.abc import Mapping
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, cell, clean, clean_url, is_finite, kind, quarantine, to_json
from batches.sync.records import BatchRecord, EventRecord, ItemListing, ItemRecord, Quarantine
from batches.sync.vendors.twelvelabs_answers import Answer, read_answer
from batches.sync.vendors.twelvelabs_assets import Asset
from batches.sync.vendors.twelvelabs_batch import FINAL_ITEMS, item_state

JSONObject = dict[str, Any]
TIMED = "time_based_metadata"


STATUSES = frozenset({"pending", "queued", "processing", "ready", "failed", "canceled"})
SOURCES = frozenset({"asset_id", "url", "base64_string", "video_id"})


def checked_task(answer: Any, path: str) -> JSONObject:
    """The task of an answer. Raises BadRecord for one that is not as documented: nothing of it is then believed."""
    if not isinstance(answer, dict):
        raise BadRecord(path, f"expected an object, got {kind(answer)}")
    source = answer.get("video_source")
    if not isinstance(source, dict):
        raise BadRecord(f"{path} video_source", f"expected an object, got {kind(source)}")
    for name, value, documented in (
        ("status", answer.get("status"), STATUSES),
        ("video_source type", source.get("type"), SOURCES),
    ):
        if not isinstance(value, str) or value not in documented:
            raise BadRecord(f"{path} {name}", f"expected one of {', '.join(sorted(documented))}, got {kind(value)}")
    if not is_finite(answer):
        raise BadRecord(path, "holds a number that is not finite")
    return answer


def read_item(
    line: JSONObject,
    task: JSONObject | None,
    batch: BatchRecord,
    listing: ItemListing,
    digest: str,
    asset: Asset | None = None,
) -> ItemRecord:
    """One item. `task`, `asset`: those of the item; None if they were not asked for or are gone.

    An unfinished item is unanswered, so that its stored events are kept. An item whose result cannot be read is also
    unanswered, with the reason in `error`.
    """
    path = f"task {listing.external_id}"
    task = task or {}
    state = item_state(listing.raw_status)
    answer, bad = Answer(), list[Quarantine]()
    answered = state in FINAL_ITEMS
    if state == "completed":
        try:
            answer = _answer(line, task, batch, path)
        except BadRecord as error:
            answered, state, answer.note = False, "unknown", str(error)
            bad.append(quarantine(error, line.get("data")))
    error_text = _error(line.get("error")) or _error(task.get("error"))
    if state == "completed" and (answer.note or error_text):
        state = "partial"
    source = _object(task, "video_source")
    envelope = _object(line, "data")
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=_text(envelope, "generation_id") or None,
        name=_name(_text(line, "custom_id") or _text(task, "custom_id"), asset, source),
        source_uri=source_of(task),
        state=state,
        status=clean(listing.raw_status or "", NAME_LIMIT),
        raw_status=clean(listing.raw_status or "", NAME_LIMIT),
        error=clean(" ".join(filter(None, (answer.note, error_text))), TEXT_LIMIT),
        summary=answer.summary,
        mode=batch.batch_type,
        answered=answered,
        raw=_raw(line, task, source, asset),
        events=_with_picture(answer.events, asset),
        quarantined=(*answer.bad, *bad),
        digest=digest,
    )


def read_prompt(task: JSONObject | None) -> str:
    """The request to the model: the prompt, or the definitions of the segments."""
    request = _object(task or {}, "request_params")
    prompt = _text(_object(request, "prompt_v2"), "input_text", TEXT_LIMIT) or _text(request, "prompt", TEXT_LIMIT)
    if prompt:
        return prompt
    definitions = _object(request, "response_format").get("segment_definitions")
    segments = [
        ": ".join(filter(None, (_text(definition, "id"), _text(definition, "description", TEXT_LIMIT))))
        for definition in (definitions if isinstance(definitions, list) else ())
        if isinstance(definition, dict)
    ]
    return clean("; ".join(filter(None, segments)), TEXT_LIMIT)


def _answer(line: JSONObject, task: JSONObject, batch: BatchRecord, path: str) -> Answer:
    envelope = line.get("data")
    if not isinstance(envelope, dict):
        raise BadRecord(f"{path} data", f"expected an object, got {kind(envelope)}")
    form = _object(_object(task, "request_params"), "response_format").get("type")
    mode = batch.batch_type
    return read_answer(envelope, mode=mode, structured=form == "json_schema", path=path)


def _error(error: Any) -> str:
    """ "asset_unavailable: The asset could not be read."; the code may be missing."""
    if not isinstance(error, dict):
        return ""
    return ": ".join(filter(None, (cell(error.get("code")), cell(error.get("message")))))


def source_of(task: JSONObject | None) -> str:
    """The video's address, or the vendor's id of it."""
    source = _object(task or {}, "video_source")
    source_type = _text(source, "type")
    if source_type == "base64_string":
        return ""
    reference = _text(source, source_type, TEXT_LIMIT)
    return clean_url(
        reference if source_type == "url" else ":".join(filter(None, (source_type.removesuffix("_id"), reference)))
    )


def _name(custom_id: str, asset: Asset | None, source: JSONObject) -> str:
    """The caller's id of the item, unless it only repeats the asset's; then the name of the file."""
    if custom_id and custom_id != _text(source, "asset_id"):
        return custom_id
    return (asset.name if asset else "") or custom_id


def _with_picture(events: list[EventRecord], asset: Asset | None) -> tuple[EventRecord, ...]:
    """The asset has one picture, which stands for all its events."""
    if asset is None or not asset.picture:
        return tuple(events)
    return tuple(event._replace(thumbnail_url=asset.picture) for event in events)


def _raw(line: JSONObject, task: JSONObject, source: JSONObject, asset: Asset | None) -> str:
    """The line, its task and its file as JSON, without the task's copy of the result and without an embedded video."""
    raw = dict(line)
    if asset:
        raw["asset"] = {"filename": asset.name, "duration": asset.seconds}
    if task:
        raw["task"] = {**_without(task, "result"), "video_source": _without(source, "base64_string")}
    try:
        return to_json(raw)
    except BadRecord:
        return ""


def _without(record: Mapping[str, Any], name: str) -> JSONObject:
    return {key: value for key, value in record.items() if key != name}


def _object(record: Mapping[str, Any], key: str) -> JSONObject:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _text(record: Mapping[str, Any], key: str, limit: int = NAME_LIMIT) -> str:
    value = record.get(key)
    return clean(value, limit) if isinstance(value, str) else ""
