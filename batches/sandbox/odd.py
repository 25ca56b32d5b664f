"""Batches that hurt: failed videos, lost documents, hostile texts, and records at which the vendor's SDK gives up."""

import copy
from typing import Any

from batches.sandbox.events import identity
from batches.sandbox.world import Batch, Json

CONFIG = {
    "analysis_kind": "rapid_review",
    "prompt": "=cmd|' /C calc'!A0, or \"anything\" <b>odd</b>",
    "category": "driving",
}
HOSTILE_TEXTS = [
    "<script>alert('label')</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://attacker.example","Click me")',
    "+1234567890 @SUM(1+1)",
    "-2+3+cmd|' /C calc'!A0",
    "\tstarts with a tab",
    "\u202eevil txt.exe\u202c reads from right to left",
    "مشاة يعبرون الطريق أمام السيارة مباشرة",
    "行人在斑马线外横穿马路",
    "🚸🚴‍♀️ near miss 💥 with family 👨‍👩‍👧‍👦",
    "Unbrokenwordthatnevereverends" * 24,
    'Commas, "quotes", and\nline breaks\r\nin one text',
    "Zalgo t̷̡̛e̸̢̛x̷̧̛t̶̨̛ and a zero\u200bwidth\u2060space",
]
HOSTILE_THUMBNAILS = [
    "javascript:alert(document.cookie)", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/", "https://user:secret@storage.example/thumb.jpg",
    "//attacker.example/thumb.jpg",
]  # fmt: skip


def failing_batch(batch_id: str, good: Batch) -> Batch:
    """Some videos of a good batch beside failed, waiting, lost and repeated ones; the SDK reads all of it."""
    pointers: list[Json] = []
    bulk: dict[str, Any] = {}
    for video_id, entry in list(good["bulk"].items())[:4]:
        analysis_id = identity("failures", video_id)
        bulk[video_id] = {**copy.deepcopy(entry), "analysis_id": analysis_id}
        pointers.append(_pointer(video_id, analysis_id, "completed"))
    pointers.append(dict(pointers[0]))  # the same video once more
    for number, error in enumerate(
        ["Model timeout", "Video could not be decoded: moov atom not found", "<b>Quota</b> exceeded & more", None]
    ):
        pointers.append(_pointer(identity("failed", number), None, "failed", error))
    pointers.append(_pointer(identity("unresolved", 0), None, "processing"))
    pointers.append(_pointer(identity("unresolved", 1), None, "Cancelled"))
    pointers.append(_pointer(identity("gone", 0), identity("gone", "analysis"), "completed"))
    failed = identity("failed document", 0)
    pointers.append(_pointer(failed, identity(failed), "failed", "Summary failed"))
    bulk[failed] = _document(failed, {"status": "FAILED", "events": []}, name="half a drive.mp4")
    staged = identity("staged", 0)
    pointers.append(_pointer(staged, identity(staged), "processing"))
    bulk[staged] = _document(
        staged,
        {
            "status": "DETECTING_IN_PROGRESS",
            "answer": ["Two lines", "of text"],
            "visual_analysis": {"events": _shapes()},
        },
    )
    hostile = identity("hostile", 0)
    pointers.append(_pointer(hostile, identity(hostile), "completed"))
    bulk[hostile] = _document(
        hostile, {"status": "COMPLETED", "answer": HOSTILE_TEXTS[0], "events": _hostile_events()}, name=HOSTILE_TEXTS[1]
    )
    empty = identity("empty", 0)
    pointers.append(_pointer(empty, identity(empty), "completed"))
    bulk[empty] = _document(empty, {}, name=None)
    return {"status": _status(batch_id, "Partially_Completed", pointers, CONFIG), "bulk": bulk}


def odd_batch(batch_id: str, good: Batch) -> Batch:
    """Every record that makes the SDK fail, each in a video with good events around it."""
    first, entry = next(iter(good["bulk"].items()))
    sound = _sound(entry)
    odd_events: list[tuple[str, Any]] = [
        ("time as a number", {"type": "Cut-in", "time": 12.3, "end_time": "t=15", "description": "Time is a number"}),
        ("time not finite",
            {"type": "Cut-in", "time": "t=nan", "end_time": "t=inf", "description": "Time is not a number"}),
        ("data as text",
            {"type": "Cut-in", "time": "t=1", "end_time": "t=2", "description": "Data is text", "data": "{}"}),
        ("data as list",
            {"type": "Cut-in", "time": "t=1", "end_time": "t=2", "description": "Data is a list", "data": [1]}),
        ("null time", {"description": "Pedestrian waits", "time": None, "end_time": "t=4"}),
        ("intervals as list",
            {"description": "Pedestrian waits", "time": "t=1", "end_time": "t=4", "refined_events": [[1, 2]]}),
        ("intervals as words",
            {"description": "Pedestrian waits", "time": "t=1", "end_time": "t=4", "refined_events": '[["a", "b"]]'}),
        ("overlay as list",
            {"t_start": "00:01", "t_end": "00:02", "category": "Cut-in", "label": "Overlay is a list",
                "overlay": [1, 2]}),
        ("approval as object",
            {"t_start": "00:03", "t_end": "00:04", "category": "Cut-in", "label": "Approval is an object",
                "approval": {"by": "x"}}),
        ("not finite confidence",
            {"t_start": "00:05", "t_end": "00:06", "category": "Cut-in", "label": "NaN", "confidence": float("nan")}),
    ]  # fmt: skip
    pointers: list[Any] = [_pointer(first, entry["analysis_id"], "completed")]
    bulk: dict[str, Any] = {first: copy.deepcopy(entry)}
    for name, event in odd_events:
        video_id = identity("odd", name)
        document = {"status": "COMPLETED", "answer": f"Odd: {name}", "events": [sound[0], event, sound[1]]}
        bulk[video_id] = _document(video_id, document, name=f"{name}.mp4")
        pointers.append(_pointer(video_id, identity(video_id), "completed"))
    for name, analysis in (("document as list", [1, 2]), ("status as number", {"status": 7, "events": sound})):
        video_id = identity("odd", name)
        bulk[video_id] = _document(video_id, analysis, name=f"{name}.mp4")
        pointers.append(_pointer(video_id, identity(video_id), "completed"))
    lost = identity("odd", "lost")
    bulk[lost] = None  # asked for, and in none of the three lists
    pointers.append(_pointer(lost, identity(lost), "completed"))
    pointers += [None, "a pointer as text", {"status": "completed"}]
    return {"status": _status(batch_id, "completed", pointers, CONFIG), "bulk": bulk}


def _sound(entry: Json) -> list[Json]:
    events = copy.deepcopy(entry["analysis"]["events"][:2])
    return [{**event, "event_id": f"evt_sound_{number}"} for number, event in enumerate(events)]


def _shapes() -> list[Any]:
    """Every form an event can have, the ones the SDK skips too."""
    return [
        {
            "t_start": "00:02",
            "t_end": "00:05",
            "category": "Cut-in",
            "label": "Clock text",
            "severity": "High",
            "confidence": "0.4",
        },
        {"label": "Legacy seconds", "start_time": 7.25, "end_time": 9, "confidence": 0.77, "approval": None},
        {"description": "Descriptive", "time": "from t=12.3,15.6", "end_time": "t=18", "approval": "approved"},
        {"description": "Refined", "time": "t=0", "end_time": "t=1", "refined_events": "[[20, 22.5], [24.0, 25.5]]"},
        {"type": None, "time": "t=3599.99", "end_time": "", "severity": None, "approval": "Approved", "data": None},
        {"type": "Cut-in", "time": "t=30", "end_time": "t=28", "description": "Ends before it starts", "id": 4711},
        "not an event",
        {"t_start": "00:40", "category": "Cut-in", "label": "No end: vanishes"},
    ]


def _hostile_events() -> list[Json]:
    events: list[Json] = []
    for number, text in enumerate(HOSTILE_TEXTS):
        address = HOSTILE_THUMBNAILS[number % len(HOSTILE_THUMBNAILS)]
        data = {"confidence": 1.7 if number == 3 else 0.5, "annotated_thumbnail_url": address, "label": text}
        event = {
            "type": text if number % 2 else "Hostile",
            "time": f"t={number * 2}",
            "end_time": f"t={number * 2 + 1.5}",
        }
        events.append(
            {
                **event,
                "description": text,
                "severity": "CRITICAL",
                "aiAnalysis": text * 3,
                "data": data,
                "event_id": f"evt_hostile_{number}",
            }
        )
    return events


def _pointer(video_id: str, analysis_id: str | None, status: str, error: str | None = None) -> Json:
    return {"video_id": video_id, "analysis_id": analysis_id, "status": status, "last_error": error}


def _document(video_id: str, analysis: Any, *, name: str | None = None) -> Json:
    entry = {"video_id": video_id, "analysis_id": identity(video_id), "analysis": analysis}
    return {**entry, "pointer": {"video_id": video_id}, "filename": name, "import_source_uri": None}


def _status(batch_id: str, status: str, pointers: list[Any], config: Json) -> Json:
    failed = sum(isinstance(p, dict) and p.get("status") == "failed" for p in pointers)
    done = sum(isinstance(p, dict) and p.get("status") == "completed" for p in pointers)
    return {
        "batch_id": batch_id,
        "status": status,
        "created_at": "2026-05-09T16:20:00+00:00",
        "aggregated_progress": {"total": len(pointers), "completed": done, "failed": failed},
        "config": config,
        "videos": pointers,
        "metadata": {"note": "<i>metadata</i> is text too"},
        "review_status": "in_review",
        "review_status_updated_at": "N/A",
    }
