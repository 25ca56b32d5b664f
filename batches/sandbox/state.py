"""The world as one running server has changed it: what callers wrote, what time unfolded, what a test edited."""

import copy
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from batches.sandbox.imports import CloudImports
from batches.sandbox.library import Library
from batches.sandbox.prompts import due_times
from batches.sandbox.searches import Searches
from batches.sandbox.world import ORIGIN, Batch, Json, World, events_of


class State:
    """Thread-safe. Answers are serialised once and kept until their batch changes."""

    def __init__(self, world: World, origin: str, *, fast_forward: float = 0.0) -> None:
        self.world = world
        self.library = Library(world)
        self.imports = CloudImports(self.library, self.now)
        self.searches = Searches(self.analyses)
        self._origin = f"{origin}/".encode()
        self._batches: dict[str, Batch] = dict(world.batches)
        self._unfolding = dict(world.unfolding)
        self._own: set[str] = set()  # batches we hold a private copy of
        self._cache: dict[tuple[str, ...], bytes] = {}
        self._began: dict[str, float] = {}  # when an unfolding batch was first asked for
        self._skipped = fast_forward
        self._lock = threading.RLock()

    def now(self) -> float:
        """Seconds since the epoch, as this server sees them."""
        return time.time() + self._skipped

    def fast_forward(self, seconds: float) -> None:
        """Let time pass: signed addresses expire, unfinished batches get on."""
        with self._lock:
            for batch_id in self._unfolding:
                self._elapsed(batch_id)
            self._skipped += seconds

    @contextmanager
    def edit(self, batch_id: str) -> Iterator[Batch]:
        """The batch as a dict to change freely; an unknown id starts an empty one."""
        with self._lock:
            if batch_id not in self._own:
                empty: Batch = {"status": {"batch_id": batch_id, "status": "completed", "videos": []}, "bulk": {}}
                self._batches[batch_id] = copy.deepcopy(self._batches.get(batch_id, empty))
                self._own.add(batch_id)
            try:
                yield self._batches[batch_id]
            finally:
                self._cache = {key: value for key, value in self._cache.items() if key[0] != batch_id}

    def delete(self, batch_id: str) -> None:
        """From now on the batch is unknown."""
        with self._lock:
            del self._batches[batch_id]

    def start(self, form: Json, video_ids: list[str]) -> str:
        """A batch that is done video by video from now on. Returns its id."""
        batch_id = uuid4().hex
        batch = self.world.analyse(batch_id, form, video_ids) if self.world.analyse else _empty(batch_id, video_ids)
        with self._lock:
            self._batches[batch_id] = batch
            self._unfolding[batch_id] = due_times(pointer["video_id"] for pointer in batch["status"]["videos"])
            self._began[batch_id] = self.now()
        return batch_id

    def has(self, batch_id: str) -> bool:
        return batch_id in self._batches

    def status(self, batch_id: str, *, listing: bool) -> bytes:
        """The body of the status call."""
        with self._lock:
            if batch_id in self._unfolding:
                body = self._unfolded(batch_id)
                return self.dump(body if listing else {**body, "videos": []})
            return self._kept((batch_id, "status", str(listing)), self._status_body(batch_id, listing))

    def bulk(self, batch_id: str, ids: Sequence[str], *, source_uri: bool, drop: bool = False) -> bytes:
        """The body of the bulk call; entries come last asked first, since no order is promised."""
        with self._lock:
            entries = self._batches[batch_id]["bulk"]
            if isinstance(entries, bytes):
                return entries
            pointers = {str(p["video_id"]): p for p in self._pointers(batch_id)}
            waiting = {v for v, p in pointers.items() if p.get("status") in ("pending", "processing")}
            analyses: list[bytes] = []
            unresolved: list[str] = []
            not_found: list[str] = []
            for video_id in reversed(dict.fromkeys(ids)):
                if video_id in self.library.deleted or (video_id in waiting and batch_id in self._unfolding):
                    unresolved.append(video_id)
                elif entries.get(video_id) is not None:
                    analyses.append(self._entry(batch_id, video_id, source_uri))
                elif video_id not in entries and (pointers.get(video_id) or {}).get("analysis_id"):
                    not_found.append(pointers[video_id]["analysis_id"])
                elif video_id not in entries:
                    unresolved.append(video_id)
        if drop:
            analyses, unresolved = analyses[len(analyses) // 2 + 1 :], []
        tail = json.dumps({"unresolved_video_ids": unresolved, "not_found_analysis_ids": not_found})
        return b'{"analyses": [' + b", ".join(analyses) + b"], " + tail[1:].encode()

    def approvals(self, batch_id: str) -> Counter[str]:
        """How many of the batch's events have which approval here, at the vendor."""
        with self._lock:
            entries = self._batches[batch_id]["bulk"]
            analyses = (
                [entry.get("analysis") for entry in entries.values() if isinstance(entry, dict)]
                if isinstance(entries, dict)
                else []
            )
            events = [event for analysis in analyses for event in events_of(analysis) if isinstance(event, dict)]
        return Counter(str(event.get("approval")) for event in events)

    def merge_metadata(self, batch_id: str, values: Json) -> Json:
        with self.edit(batch_id) as batch:
            merged: Json = {**(batch["status"].get("metadata") or {}), **values}
            batch["status"]["metadata"] = merged
            return merged

    def find(self, video_id: str, analysis_id: str) -> tuple[str, Json] | None:
        """Batch id and bulk entry of one analysis."""
        with self._lock:
            for batch_id, batch in self._batches.items():
                entry = batch["bulk"].get(video_id) if isinstance(batch["bulk"], dict) else None
                if isinstance(entry, dict) and entry.get("analysis_id") == analysis_id:
                    return batch_id, entry
        return None

    def analyses(self) -> list[tuple[str, Json]]:
        """Video id and bulk entry of every analysis."""
        with self._lock:
            batches = [batch["bulk"] for batch in self._batches.values() if isinstance(batch["bulk"], dict)]
            return [
                (video_id, entry) for bulk in batches for video_id, entry in bulk.items() if isinstance(entry, dict)
            ]

    def add_thumbnails(self, batch_id: str, video_id: str) -> list[Json]:
        """Gives every event that can be pictured an address; the events as they are afterwards."""
        with self.edit(batch_id) as batch:
            entry = batch["bulk"][video_id]
            events = [e for e in events_of(entry.get("analysis")) if isinstance(e, dict)]
            for index, event in enumerate(events):
                self._add_thumbnail(video_id, entry["analysis_id"], index, event)
            return copy.deepcopy(events)

    def knows_video(self, video_id: str) -> bool:
        if video_id in self.library.deleted:
            return False
        with self._lock:
            return any(row.get("video_id") == video_id for row in self.library.videos()) or any(
                isinstance(batch["bulk"], dict) and video_id in batch["bulk"] for batch in self._batches.values()
            )

    def _add_thumbnail(self, video_id: str, analysis_id: str, index: int, event: Json) -> None:
        holder = event["data"] if {"type", "time"} <= event.keys() and isinstance(event.get("data"), dict) else event
        if holder.get("annotated_thumbnail_url"):
            return
        name = str(event.get("event_id") or f"{analysis_id}-{index}")
        if self.world.pictures is None or name in self.world.pictures:
            holder["annotated_thumbnail_url"] = f"{ORIGIN}media/thumbnails/{video_id}/{name}.jpg"

    def _status_body(self, batch_id: str, listing: bool) -> Any:
        body = self._batches[batch_id]["status"]
        return body if listing or not isinstance(body, dict) else {**body, "videos": []}

    def _pointers(self, batch_id: str) -> list[Json]:
        unfolding = batch_id in self._unfolding
        body = self._unfolded(batch_id) if unfolding else self._batches[batch_id]["status"]
        videos = body.get("videos") if isinstance(body, dict) else None
        return [p for p in videos or () if isinstance(p, dict) and p.get("video_id")]

    def _entry(self, batch_id: str, video_id: str, source_uri: bool) -> bytes:
        entry = self._batches[batch_id]["bulk"][video_id]
        if isinstance(entry, dict) and not source_uri:
            entry = {key: value for key, value in entry.items() if key != "import_source_uri"}
        return self._kept((batch_id, "bulk", video_id, str(source_uri)), entry)

    def _elapsed(self, batch_id: str) -> float:
        began = self._began.setdefault(batch_id, time.time())
        return time.time() - began + self._skipped

    def _unfolded(self, batch_id: str) -> Json:
        """The status body as far as the batch has got by now."""
        status: Json = self._batches[batch_id]["status"]
        elapsed = self._elapsed(batch_id)
        due = self._unfolding[batch_id]
        videos = [_pointer_at(pointer, elapsed, due[pointer["video_id"]]) for pointer in status["videos"]]
        counts = {state: sum(v["status"] == state for v in videos) for state in ("completed", "failed")}
        done = counts["completed"] + counts["failed"] == len(videos)
        return {
            **status,
            "status": status["status"] if done else "processing",
            "aggregated_progress": {"total": len(videos), **counts},
            "videos": videos,
        }

    def _kept(self, key: tuple[str, ...], body: Any) -> bytes:
        if key not in self._cache:
            self._cache[key] = self.dump(body)
        return self._cache[key]

    def dump(self, body: Any) -> bytes:
        """JSON with the addresses of this server in it; bytes stand for themselves."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return raw.replace(ORIGIN.encode(), self._origin)


def _empty(batch_id: str, video_ids: list[str]) -> Batch:
    """A world without films finds nothing."""
    videos = [
        {"video_id": video, "analysis_id": None, "status": "failed", "last_error": "No film"} for video in video_ids
    ]
    return {"status": {"batch_id": batch_id, "status": "completed", "config": {}, "videos": videos}, "bulk": {}}


def _pointer_at(pointer: Json, elapsed: float, due: float) -> Json:
    if elapsed >= due:
        return pointer
    return {
        **pointer,
        "analysis_id": None,
        "last_error": None,
        "status": "processing" if elapsed > due / 3 else "pending",
    }
