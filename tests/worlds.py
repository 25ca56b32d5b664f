"""Small vendor batches as plain data, for the sandbox to serve."""

from typing import Any

BATCH = "9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19"


def ui_event(number: int, **fields: Any) -> dict[str, Any]:
    """An event as the vendor's store keeps it; every number gives another content."""
    data = {"confidence": round(0.3 + number % 60 / 100, 2), "label": "cut-in"} | fields.pop("data", {})
    return {
        "type": "Cut-in", "time": f"t={number * 2}.25", "end_time": f"t={number * 2 + 1}.5",
        "description": f"Car {number} cuts in", "severity": "high", "aiAnalysis": f"The car {number} is close.",
        "approval": "pending", "event_id": f"evt_{number}", "data": data,
    } | fields  # fmt: skip


def entry(video: str, events: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """One entry of a bulk answer."""
    analysis = {"status": "COMPLETED", "answer": f"{len(events)} events.", "events": events}
    return {
        "video_id": video, "analysis_id": f"analysis-{video}", "analysis": analysis,
        "filename": f"{video}.mp4", "import_source_uri": f"s3://drives/{video}.mp4",
    } | fields  # fmt: skip


def batch(videos: int = 3, events: int = 4, **status: Any) -> dict[str, Any]:
    """A completed Ask batch; the event numbers go through the whole batch."""
    names = [f"video{n}" for n in range(videos)]
    pointers = [{"video_id": name, "analysis_id": f"analysis-{name}", "status": "completed"} for name in names]
    body = {
        "batch_id": BATCH, "status": "completed", "created_at": "2026-05-04T10:11:12.345678+00:00",
        "aggregated_progress": {"total": videos, "completed": videos, "failed": 0},
        "config": {"analysis_kind": "rapid_review", "prompt": "cut-ins", "category": "driving"},
        "videos": pointers, "metadata": {"version": 2},
    } | status  # fmt: skip
    bulk = {name: entry(name, [ui_event(n * events + i) for i in range(events)]) for n, name in enumerate(names)}
    return {"status": body, "bulk": bulk}


def judged_batch() -> dict[str, Any]:
    """A batch of two videos in which the vendor has three approved events and a rejected one for each."""
    made = batch(videos=2)
    for item in made["bulk"].values():
        for number, event in enumerate(item["analysis"]["events"]):
            event["approval"] = "rejected" if number == 0 else "approved"
    return made
