"""Findings of the simulated road as the vendor's documents tell them."""

import hashlib
from datetime import UTC, datetime

import numpy as np

from batches.sandbox.road.film import Film
from batches.sandbox.road.script import Finding, Script
from batches.sandbox.world import ORIGIN, Json


def identity(*parts: object) -> str:
    """32 hexadecimal digits, always the same for the same parts."""
    return hashlib.md5(" ".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def ui_event(
    film: Film, script: Script, finding: Finding, event_id: str, rng: np.random.Generator, *, thumbnail: str | None
) -> Json:
    """The form in which the vendor's store keeps an event. `thumbnail` is the video whose picture is linked, if any."""
    data: Json = {"label": finding.label, "category": finding.category}
    confidence = _confidence(finding, rng)
    if confidence is not None:
        data["confidence"] = confidence
    if thumbnail:
        data["annotated_thumbnail_url"] = f"{ORIGIN}media/thumbnails/{thumbnail}/{event_id}.jpg"
    if rng.random() < 0.85:
        data |= _telemetry(film, script, finding)
    event: Json = {
        "type": finding.category,
        "time": f"t={finding.start:.2f}",
        "end_time": f"t={finding.end:.2f}",
        "description": finding.label,
        "severity": finding.severity,
        "dmvRule": "",
        "aiAnalysis": finding.analysis,
        "event_id": event_id,
        "data": data,
    }
    if rng.random() < 0.35:
        event["structured_output"] = {"road": film.road, "light": film.look, **finding.facts}
        event["structured_output_version"] = 1
    return event


def sdk_event(
    film: Film, script: Script, finding: Finding, event_id: str, rng: np.random.Generator, *, thumbnail: str | None
) -> Json:
    """The form that is already clock text: some agents write it."""
    ui = ui_event(film, script, finding, event_id, rng, thumbnail=thumbnail)
    data = ui["data"]
    event = {
        "t_start": _clock(finding.start),
        "t_end": _clock(finding.end),
        "category": finding.category,
        "label": finding.label,
        "severity": finding.severity,
        "aiAnalysis": finding.analysis,
        "event_id": event_id,
    }
    event |= {key: data[key] for key in ("confidence", "annotated_thumbnail_url") if key in data}
    event |= {key: value for key, value in data.items() if key.startswith(("frame_", "unix_"))}
    return event


def approve(event: Json, finding: Finding, rng: np.random.Generator, share: float) -> None:
    """Some events were judged in the vendor's own application already, mostly rightly."""
    if rng.random() >= share:
        if rng.random() < 0.5:
            event["approval"] = "pending"
        return
    right = "approved" if finding.true else "rejected"
    wrong = "rejected" if finding.true else "approved"
    event["approval"] = str(rng.choice([right, wrong, "invalid"], p=[0.84, 0.06, 0.1]))


def _confidence(finding: Finding, rng: np.random.Generator) -> float | None:
    if rng.random() < 0.05:
        return None
    middle, spread = (0.84, 0.1) if finding.true else (0.54, 0.15)
    return round(float(np.clip(rng.normal(middle, spread), 0.3, 0.99)), 2)


def _telemetry(film: Film, script: Script, finding: Finding) -> Json:
    """Speed, place and time at both ends, as read off the film's overlay: texts and numbers mixed."""
    overlay: Json = {}
    for side, time in (("start", finding.start), ("end", finding.end)):
        moment = film.camera.began + time
        latitude, longitude = film.camera.position(script, time)
        clock = datetime.fromtimestamp(moment, UTC)
        overlay[f"frame_timestamp_{side}"] = f"{clock:%Y-%m-%d %H:%M:%S}.{clock.microsecond // 1000:03d} UTC"
        overlay[f"frame_gps_lat_{side}"] = f"{latitude:.6f}"
        overlay[f"frame_gps_lon_{side}"] = f"{longitude:.6f}"
        overlay[f"frame_speed_{side}"] = f"{script.kmh(time):.0f} km/h"
        overlay[f"unix_timestamp_{side}"] = round(moment, 3)
    return overlay


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
