"""The videos and folders of the sandbox's account: those of its world, without what was deleted, with what was made."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from batches.sandbox.world import Json, World


class Library:
    """Thread-safe. A video that is deleted stays known to batches, but no longer has an analysis."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._made: list[Json] = []
        self._added: dict[str, Json] = {}
        self.deleted: set[str] = set()

    def videos(self) -> list[Json]:
        rows = [*self._world.videos, *self._added.values()]
        return [row for row in rows if row.get("video_id") not in self.deleted]

    def add_video(self, video_id: str, name: str, folder_id: str | None, scope: str) -> None:
        """A video that came in after the start. One that is there already stays as it is."""
        folder = next((row for row in self._folders() if row["id"] == folder_id), None)
        row = {
            "video_id": video_id, "video_name": name, "duration_s": None, "status": "uploaded", "folder_id": folder_id,
            "created_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        row |= {"folder_name": folder["name"]} if folder else {}
        row |= {"org_id": "org_33"} if scope == "org" else {}
        with self._lock:
            self._added.setdefault(video_id, row)

    def delete(self, video_id: str) -> bool:
        """Whether there was such a video."""
        with self._lock:
            exists = any(row.get("video_id") == video_id for row in self.videos())
            self.deleted |= {video_id} if exists else set()
            return exists

    def folder(self, name: str, scope: str | None) -> Json | None:
        return next((row for row in self._folders() if row["name"] == name and _scope(row) == scope), None)

    def preferred(self, name: str) -> Json | None:
        """The folder that a name without a scope means: a personal one first."""
        return self.folder(name, "user") or self.folder(name, "org")

    def make_folder(self, name: str, scope: str, description: str | None) -> Json:
        folder = {
            "id": f"fld_{uuid4().hex[:12]}", "name": name, "org_id": "org_33" if scope == "org" else None,
            "created_at": datetime.now(UTC).isoformat(), "description": description,
        }  # fmt: skip
        with self._lock:
            self._made.append(folder)
        return folder

    def _folders(self) -> list[Json]:
        of_videos = {
            row["folder_id"]: _folder(row["folder_id"], row.get("folder_name"), row.get("org_id"))
            for row in self._world.videos if row.get("folder_id")
        }  # fmt: skip
        return [*of_videos.values(), *self._made]


def in_scope(video: Json, folder: Json) -> bool:
    """Whether a row of my-videos lies in this folder, and not in another one of its name."""
    return "folder_id" not in video or bool(video["folder_id"] == folder["id"])


def _folder(folder_id: str, name: Any, org_id: Any) -> Json:
    return {"id": folder_id, "name": name, "org_id": org_id, "created_at": None, "description": None}


def _scope(folder: Json) -> str:
    return "org" if folder.get("org_id") else "user"
