"""Reads NomadicML's status answer into a BatchRecord: the batch, its progress and the list of its videos."""

from collections.abc import Callable
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import (
    NAME_LIMIT,
    TEXT_LIMIT,
    WHOLE_LIMIT,
    cell,
    clean,
    count_or_none,
    identifier,
    kind,
    quarantine,
    text_or_none,
    to_json,
)
from batches.sync.records import BatchRecord, ItemListing, Quarantine
from batches.sync.vendors.nomadic_events import JSONObject
from batches.sync.vendors.nomadic_states import batch_state

ASK_KIND = "rapid_review"
VIEWER_PATH = "/use-cases/rapid-review/batch-view/"


def read_batch(answer: Any, batch_id: str, *, listing: bool, dashboard_url: str) -> BatchRecord:
    """The batch of a status answer. `listing`: the answer must hold the list of videos.

    Raises BadRecord if the answer is not about this batch. Unreadable fields are quarantined.
    """
    path = f"batch {batch_id}"
    body = _require(answer, batch_id, listing, path)
    bad: list[Quarantine] = []
    null_list = listing and body["videos"] is None
    lines = _read_listing(body["videos"], path, bad) if listing else ()
    config = _object(body, "config", path, bad)
    progress = _object(body, "aggregated_progress", path, bad)
    analysis_kind = config.get("analysis_kind", ASK_KIND)
    batch_type = "ask" if analysis_kind == ASK_KIND else "agent"
    if listing and not lines and not null_list:
        batch_type, analysis_kind = "unknown", None

    def optional(read: Callable[..., Any], record: JSONObject, key: str, where: str = path, *limit: int) -> Any:
        """The field, or None and a quarantined record."""
        try:
            return read(record, key, where, *limit)
        except BadRecord as error:
            bad.append(quarantine(error, record.get(key)))
            return None

    query = cell(config.get("prompt") or "") if batch_type == "ask" else ""
    status = optional(text_or_none, body, "status") or ""
    total, completed, failed = (
        optional(count_or_none, progress, name, f"{path} aggregated_progress")
        for name in ("total", "completed", "failed")
    )
    return BatchRecord(
        external_id=batch_id,
        raw_status=status,
        state=batch_state(status, total, completed, failed),
        batch_type=batch_type,
        analysis_type=None if analysis_kind is None else clean(cell(analysis_kind), NAME_LIMIT),
        viewer_url=dashboard_url.rstrip("/") + VIEWER_PATH + batch_id,
        created_at=optional(text_or_none, body, "created_at"),
        prompt=(
            prompt := clean(query, TEXT_LIMIT)
        ),  # the Query column of the vendor's CSV, which only Ask batches have
        category=clean(cell(config.get("category")), NAME_LIMIT) if batch_type == "ask" else "",
        total=total,
        completed=completed,
        failed=failed,
        error=optional(text_or_none, body, "error", path, TEXT_LIMIT) or "",
        metadata=custom_map(_object(body, "metadata", path, bad), path, bad),
        review_status=_review_status(body, path, bad),
        review_status_updated_at=_moment_or_none(optional(text_or_none, body, "review_status_updated_at")),
        raw=to_json({key: value for key, value in body.items() if key != "videos"}, path),
        listing=lines,
        missing="The list of videos arrived as null." if null_list and progress.get("total") != 0 else "",
        quarantined=tuple(bad),
        odd_cells={"Query": query} if query != prompt else None,
        workflow=clean(cell(config.get("custom_workflow_name")), NAME_LIMIT),
    )


def _require(answer: Any, batch_id: str, listing: bool, path: str) -> JSONObject:
    """`answer`, if it is about this batch: an unrelated answer must not look like an empty batch."""
    if not isinstance(answer, dict):
        raise BadRecord(path, f"expected an object, got {kind(answer)}")
    for key in ("status", "videos") if listing else ("status",):
        if key not in answer:
            raise BadRecord(f"{path} {key}", "is missing; this does not look like a batch")
    if answer.get("batch_id") not in (None, "", batch_id):
        raise BadRecord(f"{path} batch_id", f"the answer is about another batch, {kind(answer['batch_id'])}")
    if listing and answer["videos"] is not None and not isinstance(answer["videos"], list):
        raise BadRecord(f"{path} videos", f"expected a list, got {kind(answer['videos'])}")
    return answer


def _read_listing(videos: list[Any] | None, path: str, bad: list[Quarantine]) -> tuple[ItemListing, ...]:
    """The videos in the vendor's order.

    A video listed several times becomes one line with the data of the last entry.
    """
    if videos is None:
        bad.append(quarantine(BadRecord(f"{path} videos", "expected a list, got null"), None))
        return ()
    lines: dict[str, ItemListing] = {}
    for position, pointer in enumerate(videos):
        where = f"{path} videos {position}"
        try:
            line = _read_pointer(pointer, position, where, bad)
        except BadRecord as error:
            bad.append(quarantine(error, pointer))
            continue
        if line is None:
            continue
        first = lines.get(line.external_id)
        lines[line.external_id] = line if first is None else _merge_repeat(first, line)
    return tuple(lines.values())


def _merge_repeat(first: ItemListing, last: ItemListing) -> ItemListing:
    return ItemListing(
        last.external_id,
        first.position,
        (*first.repeats, last.position),
        last.analysis_id,
        last.raw_status,
        last.error,
    )


def _read_pointer(pointer: Any, position: int, where: str, bad: list[Quarantine]) -> ItemListing | None:
    """One line; None without a video id.

    Raises BadRecord for an unreadable id; other unreadable fields are quarantined.
    """
    if not isinstance(pointer, dict):
        raise BadRecord(where, f"expected an object, got {kind(pointer)}")
    video_id = identifier(pointer, "video_id", where)
    if video_id is None:
        return None
    fields: dict[str, str | None] = {}
    for key, limit in (("analysis_id", NAME_LIMIT), ("status", NAME_LIMIT), ("last_error", TEXT_LIMIT)):
        try:
            fields[key] = text_or_none(pointer, key, where, limit)
        except BadRecord as error:
            bad.append(quarantine(error, pointer))
    return ItemListing(
        video_id, position, (), fields.get("analysis_id"), fields.get("status"), fields.get("last_error") or ""
    )


def _object(body: JSONObject, key: str, path: str, bad: list[Quarantine]) -> JSONObject:
    """The object at `key`, or an empty one. A value that is neither an object nor null is quarantined."""
    value = body.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        bad.append(quarantine(BadRecord(f"{path} {key}", f"expected an object, got {kind(value)}"), value))
    return {}


def custom_map(metadata: JSONObject, path: str, bad: list[Quarantine]) -> dict[str, str | int]:
    """The custom metadata: text and whole numbers. Other values are quarantined in `bad`."""
    values: dict[str, str | int] = {}
    for key, value in metadata.items():
        if isinstance(value, str):
            values[clean(key, NAME_LIMIT)] = clean(value, TEXT_LIMIT)
        elif type(value) is int and abs(value) <= WHOLE_LIMIT:
            values[clean(key, NAME_LIMIT)] = value
        else:
            reason = f"expected text or a whole number, got {kind(value)}"
            bad.append(quarantine(BadRecord(f"{path} metadata {key}", reason), value))
    return values


def _review_status(body: JSONObject, path: str, bad: list[Quarantine]) -> str | None:
    """The review status as text. The vendor may send text or a boolean; a boolean becomes "true" or "false"."""
    value = body.get("review_status")
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return text_or_none(body, "review_status", path)
    except BadRecord as error:
        bad.append(quarantine(error, value))
        return None


def _moment_or_none(moment: str | None) -> str | None:
    return None if moment == "N/A" else moment
