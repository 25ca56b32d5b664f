"""The demo world: the drives of a small fleet, and five batches over them with documented ids."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np

from batches.sandbox.demo_vendors import describing, twelvelabs_assets, twelvelabs_batches, wickson_batches
from batches.sandbox.events import approve, identity, sdk_event, ui_event
from batches.sandbox.firstpass import FIRST_PROMPT, as_first_found
from batches.sandbox.footage import RoadFootage
from batches.sandbox.mistakes import mistakes
from batches.sandbox.odd import failing_batch, odd_batch
from batches.sandbox.prompts import findings_for
from batches.sandbox.road.boxes import shown
from batches.sandbox.road.caption import Telemetry
from batches.sandbox.road.conditions import conditions
from batches.sandbox.road.film import Film
from batches.sandbox.road.look import LOOKS
from batches.sandbox.road.script import Finding, Script
from batches.sandbox.world import Batch, Json, World

DEMO_BATCHES = {
    "first pass": "2d7e9a4c1b6f4830a5c8e0d3f7b1964e",  # ten of the same videos, analysed two weeks earlier
    "near misses": "9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19",  # 24 videos, some 400 events: the one to review
    "processing": "5b8e1d3f7c2a49068e4f1a9b0d6c3e72",  # an agent's batch that completes while you watch
    "failures": "c3d1f0a86b2e4975a1e8d7c40f5b9263",  # failed videos, lost documents, hostile texts; the SDK reads it
    "odd records": "e7a49c05d81b4f3296c0b5e2d7f81a34",  # records that the vendor's own SDK cannot read
}
UNKNOWN_BATCH = "00000000000000000000000000000000"  # answers 404

# Road, light and name of each drive. Each drive has one film.
DRIVES = [
    ("city", "day", "Market Street"), ("highway", "dusk", "Bayshore Freeway"), ("country", "rain", "Skyline Ridge"),
    ("suburb", "morning", "Linden School Run"),
    ("city", "night rain", "Harbor District"), ("highway", "day", "Interstate North"),
    ("country", "morning", "Mill Valley Road"), ("suburb", "overcast", "Oak Park Loop"),
    ("city", "dusk", "Grand Avenue"), ("highway", "rain", "Ring Road East"), ("country", "fog", "Marsh Causeway"),
    ("suburb", "snow", "Hillcrest Winter"),
    ("city", "overcast", "Union Square"), ("highway", "night", "Airport Connector"),
    ("country", "dusk", "Old Stage Road"), ("suburb", "day", "Maple Court"),
    ("city", "night", "Theatre Row"), ("highway", "fog", "Delta Bridge"), ("country", "night", "Pine Hollow"),
    ("suburb", "rain", "Cedar Heights"),
    ("city", "rain", "Canal Street"), ("highway", "morning", "Commuter South"), ("country", "day", "Quiet Valley"),
    ("suburb", "dusk", "Quiet Lane"),
]  # fmt: skip
QUIET = frozenset({22, 23})  # nothing happens there
BARE = frozenset({3, 9, 14, 19})  # their events have no pictures yet
PROMPT = "near misses, hard braking, people or animals on the road and anything else a driver should have seen coming"


@dataclass
class Drive:
    """One film with everything a model says about it."""

    video_id: str
    film: Film
    script: Script
    name: str
    findings: list[Finding]
    source: str


def demo_world(folder: Path) -> World:
    """The whole demo. Media are kept below `folder`."""
    return build_world([make_drive(index) for index in range(len(DRIVES))], folder)


def tiny_world(folder: Path) -> World:
    """One short drive with the same kinds of batches: for tests."""
    return build_world([make_drive(0, seconds=12.0)], folder)


def build_world(drives: list[Drive], folder: Path) -> World:
    pictures: dict[str, tuple[str, Finding]] = {}
    ask = _ask_batch(drives, pictures)
    earlier = [replace(drive, findings=as_first_found(drive.findings, drive.film.seconds)) for drive in drives[:10]]
    first = _ask_batch(earlier, pictures, "first pass", prompt=FIRST_PROMPT, created="2026-04-20T08:30:00.5+00:00")
    agent, due = _agent_batch(drives, pictures)
    batches = {
        DEMO_BATCHES["first pass"]: first,
        DEMO_BATCHES["near misses"]: ask,
        DEMO_BATCHES["processing"]: agent,
        DEMO_BATCHES["failures"]: failing_batch(DEMO_BATCHES["failures"], ask),
        DEMO_BATCHES["odd records"]: odd_batch(DEMO_BATCHES["odd records"], ask),
    }
    films = {drive.video_id: drive.film for drive in drives}
    strangers = {video_id for batch in batches.values() for video_id in batch["bulk"]} - films.keys()
    loans = {video_id: list(films)[index % len(films)] for index, video_id in enumerate(sorted(strangers))}
    footage = RoadFootage(films, pictures, folder, loans=loans)
    unfolding = {DEMO_BATCHES["processing"]: due}
    by_id = {drive.video_id: drive for drive in drives}

    def drive_of(video_id: str) -> Drive:
        """A video that came in later shows one of the drives."""
        if video_id in by_id:
            return by_id[video_id]
        drive = drives[crc32(video_id.encode()) % len(drives)]
        footage.lend(video_id, drive.video_id)
        return replace(drive, video_id=video_id)

    def analyse(batch_id: str, form: Json, video_ids: list[str]) -> Batch:
        prompt = form.get("prompt") or form["edge_case_category"]
        analysed = [drive_of(video_id) for video_id in dict.fromkeys(video_ids) if video_id not in strangers]
        analysed = [replace(drive, findings=findings_for(drive.findings, prompt)) for drive in analysed]
        batch = _ask_batch(analysed, pictures, batch_id, prompt=prompt, created=datetime.now(UTC).isoformat())
        batch["status"]["metadata"] = {}
        batch["status"]["config"] |= {
            "analysis_kind": form["analysis_kind"],
            "category": form.get("category", "driving"),
        }
        return batch

    return World(
        batches,
        [_row(drive) for drive in drives],
        unfolding,
        footage,
        pictures.keys(),
        analyse,
        twelvelabs_batches(drives),
        wickson_batches(drives),
        twelvelabs_assets(drives),
        describing(drives),
        lambda video_id: conditions(drive_of(video_id).script),
    )


def make_drive(index: int, *, seconds: float | None = None) -> Drive:
    """One drive of DRIVES. `seconds`: the length, instead of the usual one."""
    road, look, name = DRIVES[index]
    rng = np.random.default_rng(1000 + index)
    day = datetime(2026, 4, 7, LOOKS[look].hour, tzinfo=UTC) + timedelta(days=index, minutes=int(rng.integers(60)))
    position = 37.70 + float(rng.uniform(0, 0.2)), -122.45 + float(rng.uniform(0, 0.2))
    camera = Telemetry(f"FLEET {index % 7 + 1:02d}", day.timestamp(), *position, float(rng.uniform(0, 360)))
    length = seconds or float(45 + (index * 5) % 6 if index % 8 else 58)
    film = Film(100 + index, road, look, length, camera, quiet=index in QUIET)
    renderer = film.renderer()
    findings = renderer.script.findings = [seen for f in renderer.script.findings if (seen := shown(renderer, f))]
    if not film.quiet:
        findings = sorted([*findings, *mistakes(renderer, rng)], key=lambda finding: finding.start)
    source = f"s3://fleet-archive/raw/{day:%Y-%m-%d}/{camera.camera.lower().replace(' ', '-')}/{index:04d}.mp4"
    return Drive(identity("video", index), film, renderer.script, f"{name} {day:%Y-%m-%d %H%M}.mp4", findings, source)


def _ask_batch(
    drives: Iterable[Drive],
    pictures: dict[str, tuple[str, Finding]],
    title: str = "near misses",
    *,
    prompt: str = PROMPT,
    created: str = "2026-05-04T10:11:12.345678+00:00",
) -> Batch:
    kind = "ask" if title == "near misses" else f"ask {title}"  # keeps the documented ids
    pointers, bulk = [], {}
    for index, drive in enumerate(drives):
        rng = np.random.default_rng(index)
        analysis_id = identity(kind, drive.video_id)
        events = []
        for number, finding in enumerate(drive.findings):
            event_id = f"evt_{identity(kind, drive.video_id, number)[:12]}"
            seen = bool(finding.actors) or finding.true
            if seen:
                pictures[event_id] = drive.video_id, finding
            make = sdk_event if index % 9 == 5 else ui_event
            event = make(
                drive.film,
                drive.script,
                finding,
                event_id,
                rng,
                thumbnail=drive.video_id if seen and index not in BARE else None,
            )
            approve(event, finding, rng, 0.15)
            events.append(event)
        answer = f"{len(events)} events in {drive.film.seconds:.0f} seconds." if events else "No matching events."
        pointers.append(
            {"video_id": drive.video_id, "analysis_id": analysis_id, "status": "completed", "last_error": None}
        )
        bulk[drive.video_id] = _entry(drive, analysis_id, {"status": "COMPLETED", "answer": answer, "events": events})
    status = {
        "batch_id": DEMO_BATCHES.get(title, title),
        "status": "completed",
        "created_at": created,
        "aggregated_progress": {"total": len(pointers), "completed": len(pointers), "failed": 0},
        "config": {"analysis_kind": "rapid_review", "prompt": prompt, "category": "driving", "is_thumbnail": True,
            "use_enhanced_motion_analysis": False},
        "videos": pointers,
        "metadata": {"experiment_id": "exp-near-miss-07", "version": 2},
        "review_status": None,
        "review_status_updated_at": None,
    }  # fmt: skip
    return {"status": status, "bulk": bulk}


AGENT_ARRAYS = ("events", "detected_events", "detectedEvents", "edge_case_events", "edgeCaseEvents")


def _agent_batch(drives: list[Drive], pictures: dict[str, tuple[str, Finding]]) -> tuple[Batch, dict[str, float]]:
    """Ten of the same drives, seen by a fixed agent; one is done every twenty seconds, the last one fails."""
    pointers, bulk, due = [], {}, {}
    shown = drives[1:11] or drives
    for index, drive in enumerate(shown):
        rng = np.random.default_rng(500 + index)
        analysis_id = identity("agent", drive.video_id)
        due[drive.video_id] = 20.0 * (index + 1)
        if index == 9:
            error = "Model timeout after 3 attempts"
            pointers.append({"video_id": drive.video_id, "analysis_id": None, "status": "failed", "last_error": error})
            continue
        events = []
        for number, finding in enumerate(drive.findings):
            if number % 3 == 2:
                continue
            event_id = f"evt_{identity('agent', drive.video_id, number)[:12]}"
            pictures[event_id] = drive.video_id, finding
            events.append(sdk_event(drive.film, drive.script, finding, event_id, rng, thumbnail=drive.video_id))
        document = {"status": "COMPLETED", AGENT_ARRAYS[index % len(AGENT_ARRAYS)]: events}
        pointers.append(
            {"video_id": drive.video_id, "analysis_id": analysis_id, "status": "completed", "last_error": None}
        )
        bulk[drive.video_id] = _entry(drive, analysis_id, document)
    status = {
        "batch_id": DEMO_BATCHES["processing"],
        "status": "completed",
        "created_at": "2026-05-11T07:40:03.120000+00:00",
        "aggregated_progress": None,
        "config": {"analysis_kind": "edge_agent", "category": "driving", "is_thumbnail": True},
        "videos": pointers,
        "metadata": {"agent": "driving-violations", "run": 31},
    }
    return {"status": status, "bulk": bulk}, due


def _entry(drive: Drive, analysis_id: str, analysis: Json) -> Json:
    return {
        "video_id": drive.video_id,
        "analysis_id": analysis_id,
        "analysis": analysis,
        "pointer": {"video_id": drive.video_id, "status": "completed"},
        "filename": drive.name,
        "import_source_uri": drive.source,
    }


def _row(drive: Drive) -> Json:
    """A line of my-videos."""
    return {
        "video_id": drive.video_id,
        "video_name": drive.name,
        "filename": drive.name,
        "duration_s": drive.film.seconds,
        "folder_id": "fld_fleet",
        "folder_name": "Fleet 2026",
        "status": "uploaded",
        "created_at": datetime.fromtimestamp(drive.film.camera.began + 3600, UTC).isoformat(),
    }
