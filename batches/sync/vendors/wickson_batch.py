"""Reads Wickson's results answer into a BatchRecord: the summary, and the statistics as text to show."""

from collections.abc import Callable
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import (
    NAME_LIMIT,
    TEXT_LIMIT,
    cell,
    clean,
    count_or_none,
    kind,
    quarantine,
    text_or_none,
    to_json,
)
from batches.sync.records import BatchRecord, Quarantine, Report, State
from batches.sync.vendors.states import completed_state, stopped_state

JSONObject = dict[str, Any]
MAX_SHOWN_FILES = 20  # per kind of error; the vendor only names a sample

_BATCH_STATES: dict[str, State] = {
    "created": "waiting",
    "running": "processing",
    "failed": "failed",
}


def is_canceled(status: str) -> bool:
    return status.strip().lower() in ("cancelled", "canceled")


def batch_state(status: str, total: int | None, successful: int | None, failed: int | None) -> State:
    """The state of a batch, from the vendor's status and counts."""
    if is_canceled(status):
        return stopped_state(successful)
    status = status.strip().lower()
    return completed_state(total, successful, failed) if status == "completed" else _BATCH_STATES.get(status, "unknown")


def read_batch(answer: Any, batch_id: str) -> BatchRecord:
    """The batch of a results answer, without its jobs. Raises BadRecord if the answer is not about this batch."""
    path = f"batch {batch_id}"
    data = answer.get("data") if isinstance(answer, dict) else None
    summary = data.get("batch_summary") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(summary, dict):
        raise BadRecord(f"{path} batch_summary", f"expected an object, got {kind(summary)}; this is not a batch")
    if summary.get("batch_id") not in (None, "", batch_id):
        raise BadRecord(f"{path} batch_id", f"the answer is about another batch, {kind(summary['batch_id'])}")
    bad: list[Quarantine] = []

    def optional(read: Callable[..., Any], record: JSONObject, key: str) -> Any:
        try:
            return read(record, key, path)
        except BadRecord as error:
            bad.append(quarantine(error, record.get(key)))
            return None

    completion = inner(summary, "completion")
    status = optional(text_or_none, summary, "status") or ""
    total, successful, failed = (
        optional(count_or_none, completion, k) for k in ("total_items", "successful", "failed")
    )
    statistics = inner(data, "statistics")
    return BatchRecord(
        external_id=batch_id,
        raw_status=status,
        state=batch_state(status, total, successful, failed),
        batch_type="files",
        analysis_type=optional(text_or_none, summary, "collection"),
        viewer_url="",
        created_at=optional(text_or_none, inner(summary, "timeline"), "created_at"),
        prompt="",
        category="",
        total=total,
        completed=successful,
        failed=failed,
        error="",
        metadata={},
        review_status=None,
        review_status_updated_at=None,
        raw=to_json({"batch_summary": summary, "statistics": statistics}, path),
        name=optional(text_or_none, summary, "batch_name") or "",
        report=Report(tuple(_facts(summary, statistics)), tuple(_errors(statistics))),
        quarantined=tuple(bad),
    )


def _facts(summary: JSONObject, statistics: JSONObject) -> list[tuple[str, str]]:
    """The vendor's own counts. They may contradict each other, so none is derived from another."""
    completion, other = inner(summary, "completion"), inner(statistics, "completion")
    media = inner(statistics, "media_distribution")
    facts = [
        ("Collection", _text(summary, "collection")),
        ("Succeeded", _number(completion.get("successful"))),
        ("Failed", _number(completion.get("failed"))),
        ("Success rate", _percent(completion.get("completion_rate", other.get("success_rate")))),
        ("Processing time", _duration(inner(summary, "timeline").get("total_duration_seconds"))),
        ("Media items created", _number(media.get("total_created_media_items"))),
        ("Files", _bytes(inner(statistics, "resources").get("total_files_size_bytes"))),
    ]
    by_type = inner(media, "by_type")
    facts += [(clean(f"Of type {name}", NAME_LIMIT), _number(count)) for name, count in by_type.items()]
    return [(name, text) for name, text in facts if text]


def _errors(statistics: JSONObject) -> list[tuple[str, int | None, tuple[str, ...], str]]:
    """Kinds of errors with the vendor's advice. The vendor omits the key if there were none."""
    summary = statistics.get("error_summary")
    errors = []
    for entry in summary if isinstance(summary, list) else ():
        if not isinstance(entry, dict):
            continue
        files = entry.get("affected_files")
        names = [
            clean(name, NAME_LIMIT) for name in (files if isinstance(files, list) else ()) if isinstance(name, str)
        ]
        count = entry.get("count")
        errors.append(
            (
                _text(entry, "error_type") or "unknown",
                count if type(count) is int else None,
                tuple(names[:MAX_SHOWN_FILES]),
                clean(cell(entry.get("resolution")), TEXT_LIMIT),
            )
        )
    return errors


def inner(record: JSONObject, key: str) -> JSONObject:
    """The object at `key`, or an empty one."""
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _text(record: JSONObject, key: str) -> str:
    value = record.get(key)
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e18


def _number(value: Any) -> str:
    return f"{value:,}" if _is_number(value) else ""


def _percent(value: Any) -> str:
    """The vendor's rates are percentages already: 66.67 is 66.67 %."""
    return f"{value:g} %" if _is_number(value) else ""


def _bytes(value: Any) -> str:
    return f"{value:,} bytes" if _is_number(value) else ""


def _duration(value: Any) -> str:
    """The duration of processing, without the wait before it."""
    if not _is_number(value) or value < 0:
        return ""
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {seconds} s"
