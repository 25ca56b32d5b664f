"""The demo's batches at TwelveLabs and Wickson: the same drives, as those vendors tell of them."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from batches.sandbox.events import identity
from batches.sandbox.road.film import Film
from batches.sandbox.road.script import Finding
from batches.sandbox.world import Json

TWELVELABS_BATCHES = {
    "segments": "68f4ddaf8aaa60d33df0e8ff",  # time_based_metadata: an event each segment; leaves in 24 days
    "descriptions": "68e1b2c49d3f5a7081c6e2d4",  # general: a text each video, some failed or cut; leaves in 6 days
}
WICKSON_BATCHES = {"files": "batch-7d31c0"}  # videos with summaries beside documents that failed

DEFINITIONS = [
    {"id": "risk_event", "description": "Anything a driver should have seen coming"},
    {"id": "calm_stretch", "description": "Ten seconds or more without another road user near"},
]


class Drive(Protocol):
    """What is known of one film."""

    video_id: str
    film: Film
    name: str
    findings: list[Finding]


def twelvelabs_batches(drives: Sequence[Drive]) -> dict[str, Json]:
    segments, descriptions = TWELVELABS_BATCHES.values()
    today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return {
        segments: _segments_batch(segments, drives[:12], today - timedelta(days=6)),
        descriptions: _descriptions_batch(descriptions, drives[6:18] or drives, today - timedelta(days=24)),
    }


def twelvelabs_assets(drives: Sequence[Drive]) -> dict[str, Json]:
    """The files of the drives, as the account has uploaded them; every second one with a transcript."""
    return {
        _asset_id(drive): {
            "filename": drive.name, "duration": drive.film.seconds, "video": drive.video_id,
            "created_at": (datetime.now(UTC) - timedelta(days=30, minutes=number)).isoformat(),
            "transcript": _commentary(drive) if number % 2 == 0 else [],
        }
        for number, drive in enumerate(drives)
    }  # fmt: skip


def describing(drives: Sequence[Drive]) -> Callable[[str, Json], str]:
    """What the model answers about an asset: a description, or the findings under the first segment asked for."""
    by_asset = {_asset_id(drive): drive for drive in drives}

    def describe(asset_id: str, body: Json) -> str:
        drive = by_asset[asset_id]
        form = body["defaults"].get("response_format", {})
        if form.get("type") != "segment_definitions":
            return _description(drive)
        segments = list(json.loads(_segments(drive)).values())
        ids = [definition["id"] for definition in form["segment_definitions"]]
        return json.dumps({name: segments[number] if number < len(segments) else [] for number, name in enumerate(ids)})

    return describe


def _commentary(drive: Drive) -> list[Json]:
    """What a driver says to each finding."""
    return [
        {
            "start": round(finding.start, 2),
            "end": round(finding.end, 2),
            "value": f"Watch out: {finding.label.lower()}.",
        }
        for finding in sorted(drive.findings, key=lambda finding: finding.start)
    ]


def _asset_id(drive: Drive) -> str:
    return identity("asset", drive.video_id)[:24]


def _segments_batch(batch_id: str, drives: Sequence[Drive], created: datetime) -> Json:
    form = {"type": "segment_definitions", "segment_definitions": DEFINITIONS}
    request = {"analysis_mode": "time_based_metadata", "response_format": form, "temperature": 0.2}
    lines = [_line(batch_id, drive, number, _segments(drive)) for number, drive in enumerate(drives)]
    return _batch(batch_id, "time_based_metadata", lines, drives, created, request)


def _segments(drive: Drive) -> str:
    """The findings as segments, and the stretches between them where nothing happens."""
    risks, calm, free = [], [], 0.0
    for finding in sorted(drive.findings, key=lambda finding: finding.start):
        metadata = {
            "title": finding.label,
            "description": finding.analysis,
            "severity": finding.severity,
            **finding.facts,
        }
        risks.append({"start_time": round(finding.start, 2), "end_time": round(finding.end, 2), "metadata": metadata})
        if finding.start - free >= 10:
            calm.append((free, finding.start))
        free = max(free, finding.end)
    if drive.film.seconds - free >= 10:
        calm.append((free, drive.film.seconds))
    quiet = [
        {
            "start_time": round(start, 2),
            "end_time": round(end, 2),
            "metadata": {"title": f"{end - start:.0f} calm seconds"},
        }
        for start, end in calm
    ]
    return json.dumps({"risk_event": risks, "calm_stretch": quiet})


def _descriptions_batch(batch_id: str, drives: Sequence[Drive], created: datetime) -> Json:
    prompt = "Describe in three sentences what happens on this drive and whether anybody was at risk."
    request = {"analysis_mode": "general", "prompt_v2": {"input_text": prompt}, "temperature": 0.2, "max_tokens": 256}
    lines = []
    for number, drive in enumerate(drives):
        line = _line(batch_id, drive, number, _description(drive))
        if number % 12 == 4:
            error = {"code": "asset_unavailable", "message": "The asset could not be read."}
            line = {**_without_data(line), "status": "failed", "error": error}
        elif number % 12 == 7:
            line = {**_without_data(line), "status": "canceled"}
        elif number % 12 == 9:
            text = line["data"]["data"]
            line["data"] |= {"data": text[: len(text) * 2 // 3], "finish_reason": "length"}
        lines.append(line)
    return _batch(batch_id, "general", lines, drives, created, request)


def _description(drive: Drive) -> str:
    """A few sentences on one drive."""
    findings = sorted(drive.findings, key=lambda finding: finding.start)[:3]
    road = f"A {drive.film.road} drive of {drive.film.seconds:.0f} seconds by {drive.film.look} light."
    if not findings:
        return f"{road} Nothing happens that a driver would remember. Nobody was at risk."
    worst = Counter(finding.severity for finding in findings).most_common(1)[0][0]
    return " ".join([road, *(finding.analysis for finding in findings), f"The risk was {worst} overall."])


def _line(batch_id: str, drive: Drive, number: int, text: str) -> Json:
    custom = drive.name.removesuffix(".mp4").replace(" ", "-")[:64]
    usage = {"output_tokens": len(text) // 4, "input_tokens": 45}
    envelope = {"generation_id": identity("generation", batch_id, number)[:24], "data": text, "finish_reason": "stop"}
    task_id = batch_id[:8] + identity("task", batch_id)[:12] + f"{number:04x}"
    return {"task_id": task_id, "custom_id": custom, "status": "ready", "data": {**envelope, "usage": usage}}


def _without_data(line: Json) -> Json:
    return {key: value for key, value in line.items() if key != "data"}


def _batch(
    batch_id: str, mode: str, lines: list[Json], drives: Sequence[Drive], created: datetime, request: Json
) -> Json:
    counts = Counter(line["status"] for line in lines)
    done = created + timedelta(minutes=3 * len(lines))
    batch = {
        "batch_id": batch_id, "analysis_mode": mode, "model_name": "pegasus1.5", "status": "completed",
        "total_items": len(lines),
        **{f"{word}_items": counts[word] for word in ("queued", "processing", "ready", "failed", "canceled")},
        "created_at": created.isoformat(), "expires_at": (created + timedelta(days=1)).isoformat(),
        "completed_at": done.isoformat(),
    }  # fmt: skip
    tasks = {
        line["task_id"]: _task(batch_id, line, drive, created, request)
        for line, drive in zip(lines, drives, strict=True)
    }
    return {"batch": batch, "lines": lines, "tasks": tasks}


def _task(batch_id: str, line: Json, drive: Drive, created: datetime, request: Json) -> Json:
    asset = {"type": "asset_id", "asset_id": _asset_id(drive)}
    task = {
        "task_id": line["task_id"], "custom_id": line["custom_id"], "batch_id": batch_id, "status": line["status"],
        "video_source": {**asset, "system_metadata": {"duration": drive.film.seconds}}, "request_params": request,
        "created_at": created.isoformat(), "completed_at": (created + timedelta(minutes=9)).isoformat(),
    }  # fmt: skip
    if "data" in line:
        task["result"] = line["data"]
        if line["data"]["finish_reason"] == "length":
            task["error"] = {"message": "The text was truncated at max_tokens."}
    if line["status"] == "canceled":
        task["error"] = {"code": "user_canceled", "message": "Canceled before it started."}
    return task | ({"error": line["error"]} if "error" in line else {})


DOCUMENTS = [
    ("depot notes.numbers", "format_error", "Unsupported file format",
        {"format": ".numbers", "supported_formats": [".pdf", ".docx", ".txt"]}),
    ("inspection march.pdf", "corrupted_file", "The file cannot be read", {}),
    ("route plan.pages", "format_error", "Unsupported file format",
        {"format": ".pages", "supported_formats": [".pdf", ".docx", ".txt"]}),
]  # fmt: skip
ADVICE = {
    "format_error": "Convert files to a supported format",
    "corrupted_file": "Check file integrity and upload again",
}


def wickson_batches(drives: Sequence[Drive]) -> dict[str, Json]:
    (batch_id,) = WICKSON_BATCHES.values()
    began = datetime(2026, 6, 1, 8, 1, 15, tzinfo=UTC)
    media = {f"vec-{identity('media', drive.video_id)[:6]}": drive for drive in drives}
    jobs = [
        _job(number, drive.name, "video", int(drive.film.seconds * 1_310_720), began, media_id=media_id)
        for number, (media_id, drive) in enumerate(media.items())
    ]
    for name, code, message, details in DOCUMENTS:
        job = _job(len(jobs), name, "document", 175_420, began, media_id=None)
        jobs.append({**job, "status": "failed", "error": {"message": message, "code": code, "details": details}})
    good, failed = len(media), len(DOCUMENTS)
    rate = round(100 * good / len(jobs), 2)
    completion = {"successful": good, "failed": failed}
    kinds = Counter(code for _, code, _, _ in DOCUMENTS)
    end = began + timedelta(seconds=2325)
    return {
        batch_id: {
            "summary": {
                "batch_id": batch_id, "batch_name": "June dashcams and paperwork", "collection": "fleet-june",
                "status": "completed",
                "timeline": {"created_at": (began - timedelta(seconds=75)).isoformat(), "started_at": began.isoformat(),
                             "completed_at": end.isoformat(), "total_duration_seconds": 2325.0},
                "completion": {**completion, "total_items": len(jobs), "completion_rate": rate},
            },
            "jobs": jobs,
            "statistics": {
                "media_distribution": {"by_type": {"video": good, "document": failed},
                    "total_created_media_items": good},
                "completion": {**completion, "total": len(jobs), "success_rate": rate},
                "resources": {"total_files_size_bytes": sum(job["file_info"]["size_bytes"] for job in jobs)},
                "error_summary": [
                    {"error_type": kind, "count": count, "resolution": ADVICE[kind],
                     "affected_files": [name for name, code, _, _ in DOCUMENTS if code == kind]}
                    for kind, count in kinds.items()
                ],
            },
            "media": {
                media_id: {"id": media_id, "media_type": "video", "file_info": {"filename": drive.name},
                           "metadata": {"search": {"summary": _description(drive)}}}
                for media_id, drive in media.items()
            },
        }
    }  # fmt: skip


def _job(number: int, name: str, sort: str, size: int, began: datetime, *, media_id: str | None) -> Json:
    start = began + timedelta(seconds=80 * number)
    times = {"created_at": start.isoformat(), "completed_at": (start + timedelta(seconds=102)).isoformat()}
    return {
        "job_id": f"job-{number:03}", "media_id": media_id, "filename": name, "media_type": sort, "status": "succeeded",
        "file_info": {"size_bytes": size, "size_mb": round(size / 1_048_576, 2)}, "processing_info": times,
    }  # fmt: skip
