"""Imports from cloud storage in the sandbox: a few buckets that are there, jobs whose videos appear one by one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from batches.sandbox.library import Library
from batches.sandbox.wire import Refusal, invalid
from batches.sandbox.world import Json

INTEGRATIONS: list[Json] = [
    {"id": "int_gcs_fleet", "name": "Fleet archive", "type": "gcs", "bucket": "fleet-archive", "prefix": None},
    {"id": "int_s3_fleet", "name": "Fleet uploads", "type": "s3", "bucket": "fleet-uploads", "prefix": "raw/"},
    {"id": "int_hf_roads", "name": "Open roads", "type": "hf_bucket", "bucket": "open/roads", "prefix": None},
]
SECONDS = 2.0  # from one video of a job to the next
PAGE_ROWS = 500  # at most in one page
FINAL = ("UPLOADED", "UPLOADING_FAILED")


@dataclass
class _Object:
    video_id: str
    source: str
    since: float  # when it began, by the server's clock
    fails: bool

    def status(self, now: float, seconds: float) -> str | None:
        """None before it becomes a row."""
        if now < self.since:
            return None
        if now < self.since + seconds:
            return "UPLOADING"
        return "UPLOADING_FAILED" if self.fails else "UPLOADED"


@dataclass
class _Job:
    source: str
    bucket: str
    folder_id: Any
    scope: str
    created: float
    objects: list[_Object] = field(default_factory=list)


class CloudImports:
    """Thread-safe. An object whose name holds `broken` fails once, one that holds `missing` always."""

    def __init__(self, library: Library, now: Callable[[], float]) -> None:
        self._library, self._now = library, now
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.RLock()
        self.seconds = SECONDS
        self.page_rows = PAGE_ROWS

    def start(self, source: str, body: Json) -> Json:
        keys = body.get("files" if source == "gcs" else "keys")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
            raise invalid("files" if source == "gcs" else "keys", "Input should be a list of names")
        integration = next((row for row in INTEGRATIONS if row["id"] == body.get("integration_id")), None)
        if integration is None and (source == "gcs" or body.get("integration_id")):
            raise Refusal(404, "Integration not found")
        bucket = body.get("bucket") if source == "s3" else (integration or {})["bucket"]
        if not isinstance(bucket, str) or not bucket:
            raise invalid("bucket", "Field required")
        now = self._now()
        job = _Job(source, bucket, body.get("folder_id"), str(body.get("scope") or "user"), now)
        scheme = "gs" if source == "gcs" else "s3"
        for number, key in enumerate(keys):
            begins = now + number * self.seconds / max(1, len(keys) / 10)
            fails = "broken" in key or "missing" in key
            job.objects.append(_Object(uuid4().hex, f"{scheme}://{bucket}/{key}", begins, fails))
        job_id = f"ij_{uuid4().hex[:12]}"
        with self._lock:
            self._jobs[job_id] = job
        return {"import_job_id": job_id}

    def job(self, job_id: str) -> Json:
        job = self._get(job_id)
        statuses = self._statuses(job)
        over = all(status in FINAL for status in statuses)
        return {
            "job_id": job_id, "source": job.source, "bucket": job.bucket, "prefix": None, "folder_id": job.folder_id,
            "total": len(job.objects), "created_at": datetime.fromtimestamp(job.created, UTC).isoformat(),
            "completed_at": datetime.fromtimestamp(self._now(), UTC).isoformat() if over else None,
        }  # fmt: skip

    def videos(self, job_id: str, limit: int, cursor: str | None) -> Json:
        """One page, ordered by id: a row that appears later may stand before the cursor."""
        job = self._get(job_id)
        rows = sorted(
            (thing.video_id, status, thing.source)
            for thing, status in zip(job.objects, self._statuses(job), strict=True) if status
        )  # fmt: skip
        rows = [row for row in rows if cursor is None or row[0] > cursor]
        page = rows[: min(limit, self.page_rows)]
        more = len(rows) > len(page)
        return {
            "import_job_id": job_id, "total": len(job.objects), "limit": limit, "cursor": cursor, "has_more": more,
            "next_cursor": page[-1][0] if more else None, "video_count": len(page),
            "videos": [
                {"video_id": video_id, "status": status, "import_source_uri": source}
                for video_id, status, source in page
            ],
        }  # fmt: skip

    def retry(self, job_id: str, video_ids: Any) -> Json:
        """Begins again with what failed; the ids stay."""
        job = self._get(job_id)
        if video_ids is not None and not isinstance(video_ids, list):
            raise invalid("video_ids", "Input should be a list of strings")
        now, retried = self._now(), []
        with self._lock:
            for thing in job.objects:
                asked = video_ids is None or thing.video_id in video_ids
                if asked and thing.status(now, self.seconds) == "UPLOADING_FAILED":
                    thing.since, thing.fails = now, "missing" in thing.source
                    retried.append(thing.video_id)
        return {"import_job_id": job_id, "retried_video_ids": retried}

    def _get(self, job_id: str) -> _Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise Refusal(404, "Import job not found")
        return job

    def _statuses(self, job: _Job) -> list[str | None]:
        """Of each object; those that are uploaded by now are videos of the account."""
        now = self._now()
        statuses = [thing.status(now, self.seconds) for thing in job.objects]
        for thing, status in zip(job.objects, statuses, strict=True):
            if status == "UPLOADED":
                self._library.add_video(thing.video_id, thing.source.rpartition("/")[2], job.folder_id, job.scope)
        return statuses
