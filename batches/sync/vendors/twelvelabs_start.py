"""Starting a batch at TwelveLabs: the body of the call, what it refuses, and the account's assets."""

import json
import re
from collections.abc import Sequence
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, clean, kind
from batches.sync.questions import SEGMENTS, TEXTS, Choices, Question, Video
from batches.sync.vendors.base import gettext_noop

MODEL = "pegasus1.5"  # the only one that batches take
CHOICES = Choices(
    {}, {}, {}, {},
    modes={TEXTS: gettext_noop("A text for each video"), SEGMENTS: gettext_noop("Segments with times")},
)  # fmt: skip
REFUSED_KEYS = {"minLength", "maxLength", "additionalProperties", "uniqueItems", "maxItems"}  # in a JSON schema
RESERVED = {"start_time", "end_time", "metadata"}  # as ids of segments

_ASSET_ID = re.compile(r"[0-9a-fA-F]{24}")
_CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_start(question: Question, videos: Sequence[str]) -> None:
    """Raises ValueError with a message to show. One bad item would make the vendor refuse the whole batch."""
    pairs = [_pair(video) for video in videos]
    for asset_id, custom_id in pairs:
        if not _ASSET_ID.fullmatch(asset_id):
            raise ValueError(f"An asset ID has 24 hexadecimal digits, unlike {asset_id[:80]!r}.")
        if not _CUSTOM_ID.fullmatch(custom_id):
            raise ValueError(f"A custom id has 1 to 64 letters, digits, - and _: {custom_id[:80]!r} is none.")
    if len({custom_id for _, custom_id in pairs}) < len(pairs):
        raise ValueError("Two videos have the same custom id.")
    if question.mode == SEGMENTS:
        segment_definitions(question.definitions)
    elif not question.prompt.strip():
        raise ValueError("Enter a prompt.")
    elif question.schema:
        _schema(question.schema)


def start_body(question: Question, videos: Sequence[str]) -> dict[str, Any]:
    """The body of the call. Each item has a custom id: of its own, or its asset's id, which ties it to its video."""
    if question.mode == SEGMENTS:
        form = {"type": "segment_definitions", "segment_definitions": segment_definitions(question.definitions)}
        defaults: dict[str, Any] = {"response_format": form}
    else:
        defaults = {"prompt": {"input_text": question.prompt}}
        if question.schema:
            defaults["response_format"] = {"type": "json_schema", "json_schema": _schema(question.schema)}
    requests = [
        {"video": {"type": "asset_id", "asset_id": asset_id.lower()}, "custom_id": custom_id}
        for asset_id, custom_id in map(_pair, videos)
    ]
    return {
        "model_name": MODEL,
        "analysis_mode": question.mode or TEXTS,
        "defaults": defaults,
        "requests": requests,
    }


def segment_definitions(text: str) -> list[dict[str, Any]]:
    """A JSON list of definitions, or a line `id: description` for each. Raises ValueError with a message to show."""
    if text.strip().startswith("["):
        definitions = _json(text, "The segment definitions are")
    else:
        lines = [line.partition(":") for line in text.splitlines() if line.strip()]
        definitions = [{"id": name.strip(), "description": about.strip()} for name, _, about in lines]
    ids = []
    for definition in definitions:
        about = definition if isinstance(definition, dict) else {}
        if not all(isinstance(about.get(key), str) and about[key].strip() for key in ("id", "description")):
            raise ValueError("Each segment definition has an id and a description: risk: Anything dangerous.")
        ids.append(about["id"])
    if not ids:
        raise ValueError("Enter a segment definition: risk: Anything dangerous.")
    if len(set(ids)) < len(ids) or RESERVED & set(ids):
        raise ValueError(f"Segments have ids of their own, none of them {', '.join(sorted(RESERVED))}.")
    return list(definitions)


def read_started(answer: Any) -> str:
    """The id of the batch that was started. Raises BadRecord if the answer names none."""
    batch_id = answer.get("batch_id") if isinstance(answer, dict) else None
    if not isinstance(batch_id, str) or not _ASSET_ID.fullmatch(batch_id):
        raise BadRecord("batch_id", f"expected 24 hexadecimal digits, got {kind(batch_id)}")
    return batch_id.lower()


def read_videos(rows: Sequence[dict[str, Any]]) -> list[Video]:
    """Assets as videos of the account; one that is ready counts as uploaded."""
    return [
        Video(
            external_id=row["_id"], name=_text(row, "filename"), folder="",
            status="uploaded" if row.get("status") == "ready" else _text(row, "status"), seconds=_seconds(row),
            created_at=_text(row, "created_at")[:64],
        )
        for row in rows
    ]  # fmt: skip


def is_asset(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("_id"), str) and bool(_ASSET_ID.fullmatch(row["_id"]))


def with_custom_id(asset_id: str, name: str) -> str:
    """How a video is named to `start_body`; a name that is no custom id is left out."""
    return f"{asset_id}={name}" if _CUSTOM_ID.fullmatch(name) else asset_id


def _pair(video: str) -> tuple[str, str]:
    """`ASSET=CUSTOM` or `ASSET` as the asset's id and the custom id."""
    asset_id, _, custom_id = video.partition("=")
    return asset_id, custom_id or asset_id.lower()


def _schema(text: str) -> dict[str, Any]:
    schema = _json(text, "The JSON schema is")
    if not isinstance(schema, dict):
        raise ValueError("The JSON schema is an object.")
    if refused := sorted(REFUSED_KEYS & _keys(schema)):
        raise ValueError(f"TwelveLabs refuses {', '.join(refused)} in a JSON schema.")
    return schema


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    return {*value, *set().union(*map(_keys, value.values()))} if isinstance(value, dict) else set()


def _json(text: str, subject: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{subject} not valid JSON.") from error


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""


def _seconds(row: dict[str, Any]) -> float | None:
    seconds = row.get("duration")
    return float(seconds) if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) else None
