"""Searches of the sandbox: an event matches by the words that it shares with the question."""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from batches.sandbox.prompts import long_words
from batches.sandbox.world import Json, events_of

MAX_MATCHES = 50


class Searches:
    """Thread-safe. A session is `processing` from when it is opened until its search was run."""

    def __init__(self, analyses: Callable[[], Iterable[tuple[str, Json]]]) -> None:
        self._analyses = analyses
        self._sessions: dict[str, Json] = {}
        self._lock = threading.Lock()

    def open(self, owner: str) -> str:
        """The id of a new session."""
        session_id = uuid4().hex
        with self._lock:
            self._sessions[session_id] = {"status": "processing", "owner": owner, "thoughts": []}
        return session_id

    def data(self, owner: str, session_id: str) -> Json | None:
        session = self._sessions.get(session_id)
        if session is None or session["owner"] != owner:
            return None
        return {name: value for name, value in session.items() if name != "owner"}

    def run(self, session_id: str, query: str, video_ids: set[str] | None) -> None:
        """Search these videos; None: the folder does not exist."""
        if video_ids is None:
            self._sessions[session_id] |= {"status": "failed", "error": "Folder not found"}
            return
        matches = self._matches(long_words(query), video_ids)
        summary = f"{len(matches)} events match." if matches else "No analysed event matches."
        self._sessions[session_id] |= {"status": "completed", "summary": summary, "matches": matches}

    def _matches(self, query: set[str], video_ids: set[str]) -> list[Json]:
        matches = []
        for video_id, entry in self._analyses():
            for index, event in enumerate(events_of(entry.get("analysis")) if video_id in video_ids else ()):
                shared = query & long_words(_text(event))
                if shared:
                    matches.append({
                        "video_id": video_id, "analysis_id": entry.get("analysis_id"), "event_index": index,
                        "event_id": event.get("event_id"), "similarity": round(len(shared) / len(query), 3),
                        "reason": f"It mentions {', '.join(sorted(shared))}.",
                    })  # fmt: skip
        return sorted(matches, key=lambda match: -match["similarity"])[:MAX_MATCHES]


def _text(event: Any) -> str:
    """Every text of an event, whatever its form."""
    if isinstance(event, dict):
        return " ".join(_text(value) for value in event.values())
    return event if isinstance(event, str) else ""
