"""Small batches of TwelveLabs and Wickson as plain data, for the sandbox to serve."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests import worlds

TL_BATCH = "68f4ddaf8aaa60d33df0e8ff"
W_BATCH = "batch-7d31c0"
IDS = {"nomadic": worlds.BATCH, "twelvelabs": TL_BATCH, "wickson": W_BATCH}  # vendor → its batch


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds").replace("+00:00", "Z")


def task_id(number: int) -> str:
    return f"68f4ddaf8aaa60d3{number:08x}"


def envelope(text: str, **fields: Any) -> dict[str, Any]:
    return {"generation_id": "gen_1", "data": text, "finish_reason": "stop", "usage": {"output_tokens": 9}} | fields


def line(number: int, text: str | None = None, status: str = "ready", **fields: Any) -> dict[str, Any]:
    """A result line: ready with a text, or in another status."""
    body: dict[str, Any] = {"task_id": task_id(number), "custom_id": f"clip-{number:03}", "status": status}
    if status == "ready":
        body["data"] = envelope(f"A bus blocks lane {number}." if text is None else text)
    if status == "failed":
        body["error"] = {"code": "asset_unavailable", "message": "The asset could not be read."}
    return body | fields


def segments(**kinds: list[Any]) -> str:
    return json.dumps(kinds)


def task(body: dict[str, Any], batch_id: str = TL_BATCH, **fields: Any) -> dict[str, Any]:
    """The task answer that belongs to a result line."""
    whole: dict[str, Any] = {
        "task_id": body["task_id"], "custom_id": body.get("custom_id"), "batch_id": batch_id, "status": body["status"],
        "video_source": {"type": "asset_id", "asset_id": f"asset{body['task_id'][-4:]}",
            "system_metadata": {"duration": 61.5}},
        "request_params": {"analysis_mode": "general", "prompt_v2": {"input_text": "Describe risks."},
            "temperature": 0.2},
        "created_at": "2026-05-20T09:00:00Z", "completed_at": "2026-05-20T09:09:00Z",
    }  # fmt: skip
    if "data" in body:
        whole["result"] = body["data"]
    if "error" in body:
        whole["error"] = body["error"]
    return whole | fields


def tl_batch(lines: list[Any], *, tasks: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A batch with these lines; its counts follow from them unless told otherwise."""
    entries = [row for row in lines if isinstance(row, dict)]
    counts = Counter(row["status"] for row in entries)
    batch = {
        "batch_id": TL_BATCH, "analysis_mode": "general", "model_name": "pegasus1.5", "status": "completed",
        "total_items": len(entries), "created_at": days_ago(24), "expires_at": days_ago(23),
        "completed_at": days_ago(23.9),
        **{f"{word}_items": counts[word] for word in ("queued", "processing", "ready", "failed", "canceled")},
    } | fields  # fmt: skip
    response = {row["task_id"]: task(row, batch["batch_id"]) for row in entries if isinstance(row.get("task_id"), str)}
    return {"batch": batch, "lines": lines, "tasks": response | (tasks or {})}


def job(number: int, status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    """A job of Wickson; failed ones have an error and no media id."""
    failed = status == "failed"
    body: dict[str, Any] = {
        "job_id": f"job-{number:03}", "media_id": None if failed else f"vec-{number:06}",
        "filename": f"drive {number}.mp4",
        "media_type": "video", "status": status, "file_info": {"size_bytes": 10485760, "size_mb": 10.0},
        "processing_info": {"created_at": "2026-06-01T08:01:30Z", "completed_at": "2026-06-01T08:03:12Z"},
    }  # fmt: skip
    if failed:
        details = {"format": ".numbers", "supported_formats": [".pdf", ".txt"]}
        body["error"] = {"message": "Unsupported file format", "code": "format_error", "details": details}
    return body | fields


def w_batch(jobs: list[Any], **fields: Any) -> dict[str, Any]:
    """A completed batch with these jobs, statistics and one media answer a job."""
    counts = Counter(row["status"] for row in jobs if isinstance(row, dict))
    good, failed = len(jobs) - counts["failed"], counts["failed"]
    rate = round(100 * good / len(jobs), 2) if jobs else 0.0
    summary = {
        "batch_id": W_BATCH, "batch_name": "June dashcams", "collection": "fleet-june", "status": "completed",
        "timeline": {"created_at": "2026-06-01T08:00:00Z", "started_at": "2026-06-01T08:01:15Z",
                     "completed_at": "2026-06-01T08:40:00Z", "total_duration_seconds": 2325.0},
        "completion": {"successful": good, "failed": failed, "total_items": len(jobs), "completion_rate": rate},
    } | fields  # fmt: skip
    statistics: dict[str, Any] = {
        "media_distribution": {"by_type": {"video": len(jobs)}, "total_created_media_items": good},
        "completion": {"successful": good, "failed": failed, "total": len(jobs), "success_rate": rate},
        "resources": {"total_files_size_bytes": 21146940, "total_files_size_mb": 20.17},
    }
    if failed:
        statistics["error_summary"] = [
            {"error_type": "format_error", "count": failed, "affected_files": ["notes.numbers"],
             "resolution": "Convert files to a supported format"}
        ]  # fmt: skip
    media = {
        row["media_id"]: {"id": row["media_id"], "metadata": {"search": {"summary": f"A car drives on road {n}."}}}
        for n, row in enumerate(jobs)
        if isinstance(row, dict) and row.get("media_id")
    }
    return {"summary": summary, "jobs": jobs, "statistics": statistics, "media": media}


def all_vendors(items: int) -> World:
    """A batch of so many items at each vendor, every seventh failed; at most 1,000."""
    texts = ["failed" if n % 7 == 3 else "" for n in range(items)]
    return World(
        {worlds.BATCH: worlds.batch(videos=items, events=2)},
        twelvelabs={TL_BATCH: tl_batch([line(n, status=word or "ready") for n, word in enumerate(texts)])},
        wickson={W_BATCH: w_batch([job(n, word or "succeeded") for n, word in enumerate(texts)])},
    )


def address(sandbox: Sandbox, vendor: str) -> str:
    """The base address of a connection to this vendor's stand-in."""
    return sandbox.url + ("/v1.3" if vendor == "twelvelabs" else "")
