"""Reads a TwelveLabs asset: its file's name, length, picture and stream; and its transcript."""

from dataclasses import dataclass
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, clean_url, kind

MAX_LINES = 5_000  # of a transcript


@dataclass(frozen=True)
class Asset:
    """`picture`, `manifest`: addresses of the thumbnail and of the HLS playlist; "" where there is none (yet)."""

    name: str
    seconds: float | None
    picture: str
    manifest: str
    stream_status: str  # "" where no stream was asked for when the asset was uploaded


def read_asset(answer: Any, asset_id: str) -> Asset:
    """Raises BadRecord for anything but an object."""
    if not isinstance(answer, dict):
        raise BadRecord(f"asset {asset_id}", f"expected an object, got {kind(answer)}")
    hls, thumbnail = _object(answer.get("hls")), _object(answer.get("thumbnail"))
    seconds = answer.get("duration")
    return Asset(
        name=_text(answer, "filename", NAME_LIMIT),
        seconds=float(seconds) if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) else None,
        picture=_address(thumbnail, "representative_url"),
        manifest=_address(hls, "manifest_url"),
        stream_status=_text(hls, "status", NAME_LIMIT),
    )


def read_transcript(answer: Any, asset_id: str) -> str:
    """A line for each sentence, `[12.4] Text`, with the second at which it begins. Raises BadRecord.

    Speaker turns, or single words, where the vendor has no sentences.
    """
    path = f"asset {asset_id} transcription"
    if not isinstance(answer, dict):
        raise BadRecord(path, f"expected an object, got {kind(answer)}")
    entries: Any = next((answer[key] for key in ("sentences", "utterances", "words") if answer.get(key)), [])
    if not isinstance(entries, list):
        raise BadRecord(path, f"expected a list, got {kind(entries)}")
    lines = []
    for entry in entries[:MAX_LINES]:
        start, text = _object(entry).get("start"), " ".join(_text(_object(entry), "value", TEXT_LIMIT).split())
        if isinstance(start, (int, float)) and not isinstance(start, bool) and text:
            speaker = _text(_object(entry), "speaker", NAME_LIMIT)
            lines.append(f"[{start:g}] {f'{speaker}: ' if speaker else ''}{text}")
    return clean("\n".join(lines), TEXT_LIMIT)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(record: dict[str, Any], key: str, limit: int) -> str:
    value = record.get(key)
    return clean(value, limit) if isinstance(value, str) else ""


def _address(record: dict[str, Any], key: str) -> str:
    """Only of a part that is ready: the vendor leaves the address out until then."""
    return clean_url(_text(record, key, TEXT_LIMIT)) if record.get("status") == "ready" else ""
