"""Starting a batch at NomadicML: the form of `create-batch`, and the account's videos."""

import json
from math import isfinite
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, clean, kind
from batches.sync.questions import FAST, THINKING, Choices, Question, Video, VideoFolder
from batches.sync.vendors.base import gettext_noop

MODEL = "Nomadic-VL-XLarge"

# Agent → its category at the vendor, its mode, and what it looks for (title, importance, description).
AGENTS: dict[str, tuple[str, str, tuple[tuple[str, int, str], ...]]] = {
    "general": ("agent_mode_placeholder", "agent", ()),
    "turn": ("Vehicle Turns", "assistant", (("vehicle turns", 80, "The vehicle turns left or right."),)),
    "relative_motion": (
        "Relative Motion Analysis",
        "assistant",
        (("relative motion", 70, "How other vehicles move in relation to the camera's vehicle."),),
    ),
    "lane_change": (
        "Lane Change Detection",
        "assistant",
        (("lane change", 80, "The vehicle changes from one lane to another."),),
    ),
    "driving_violations": (
        "Driving Violations",
        "assistant",
        (
            ("speeding", 90, "The vehicle is faster than the limit."),
            ("running red light", 95, "The vehicle passes a signal that is red."),
            ("failure to stop", 85, "The vehicle does not stop where it has to."),
            ("improper lane usage", 80, "The vehicle uses a lane in a way that is not allowed."),
            ("following too closely", 75, "The vehicle keeps too little distance to the one ahead."),
        ),
    ),
}
CHOICES = Choices(
    agents={
        "general": gettext_noop("General"),
        "lane_change": gettext_noop("Lane change"),
        "turn": gettext_noop("Turn"),
        "relative_motion": gettext_noop("Relative motion"),
        "driving_violations": gettext_noop("Driving violations"),
    },
    categories={
        "driving": gettext_noop("Driving"),
        "robotics": gettext_noop("Robotics"),
        "aerial": gettext_noop("Aerial"),
        "security": gettext_noop("Security"),
        "environment": gettext_noop("Environment"),
        "construction": gettext_noop("Construction"),
    },
    confidences={"low": gettext_noop("Low: more findings"), "high": gettext_noop("High: fewer, surer findings")},
    overlays={
        "timestamps": gettext_noop("Timestamps in the picture"),
        "gps": gettext_noop("Timestamps and coordinates in the picture"),
        "custom": gettext_noop("Fields of the metadata uploaded with the video"),
    },
    prompts={THINKING: gettext_noop("Prompt only, thorough"), FAST: gettext_noop("Prompt only, fast")},
    options_note=gettext_noop(
        "NomadicML has announced that the ask with options stops working after 19 May 2026. If it is refused, choose "
        "prompt only."
    ),
)


def start_form(question: Question, video_ids: tuple[str, ...], client_batch_id: str) -> dict[str, str | list[str]]:
    """The fields of `create-batch`; every value is text, `video_ids` is repeated."""
    fields: dict[str, str | list[str]] = {
        "video_ids": list(video_ids),
        "concepts_json": "[]",
        "config": "default",
        "start": "true",
        "client_batch_id": client_batch_id,
    }
    if question.agent:
        category, mode, edge_cases = AGENTS[question.agent]
        entries = [
            {"title": title, "importance": importance, "description": text} for title, importance, text in edge_cases
        ]
        return fields | {
            "analysis_kind": "edge_agent",
            "model_id": MODEL,
            "edge_case_category": category,
            "agent_mode": mode,
            "assistant_edge_cases_json": json.dumps(entries),
        }
    overlays = {
        "timestamps": ("extract_frame_timestamps",),
        "gps": ("extract_frame_timestamps", "extract_frame_gps"),
        "custom": ("overlay_mode",),
    }
    return (
        fields
        | {
            "analysis_kind": "rapid_review",
            "prompt": question.prompt,
            "category": question.category,
            "confidence": question.confidence,
            "is_thumbnail": _flag(question.thumbnails),
            "use_enhanced_motion_analysis": _flag(question.motion),
            "use_embedding_search": "false",
        }
        | dict.fromkeys(overlays.get(question.overlay, ()), "true")
    )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def read_started(answer: Any) -> str:
    """The id of the batch that was started. Raises BadRecord if the answer names none."""
    batch_id = answer.get("batch_id") if isinstance(answer, dict) else None
    if not isinstance(batch_id, str) or not batch_id or len(batch_id) > NAME_LIMIT:
        raise BadRecord("batch_id", f"expected an id, got {kind(batch_id)}")
    return batch_id


def read_videos(answer: Any) -> list[Video]:
    """The rows of `my-videos`. A row without an id is left out. Raises BadRecord if there is no list."""
    rows = answer.get("videos") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise BadRecord("videos", f"expected a list, got {kind(rows)}")
    return [_video(row) for row in rows if isinstance(row, dict) and isinstance(row.get("video_id"), str)]


def read_folder(answer: Any, name: str, scope: str) -> VideoFolder:
    """The folder that was made or looked up by this name. Raises BadRecord if the answer names none."""
    folder_id = _text(answer, "id") if isinstance(answer, dict) else ""
    if not folder_id:
        raise BadRecord("folder id", f"expected an id, got {kind(answer)}")
    return VideoFolder(
        folder_id, _text(answer, "name") or name, _text(answer, "scope") or scope, _text(answer, "org_id"),
        _text(answer, "description"), _text(answer, "created_at")[:64],
    )  # fmt: skip


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""


def _video(row: dict[str, Any]) -> Video:
    seconds = row.get("duration_s")
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool) and isfinite(seconds)
    return Video(
        external_id=clean(row["video_id"], NAME_LIMIT),
        name=_text(row, "video_name") or _text(row, "filename"),
        folder=_text(row, "folder_name"),
        status=_text(row, "status").lower(),
        seconds=float(seconds) if usable and seconds is not None else None,
        folder_id=_text(row, "folder_id"),
        org_id=_text(row, "org_id"),
        created_at=_text(row, "created_at")[:64],
    )
