"""The Wickson API (batch results): true paths, true envelopes, the limit of requests an hour."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from batches.sandbox.forms import Form, SentFile
from batches.sandbox.shelf import Shelf, account_of
from batches.sandbox.wire import Answer, Request
from batches.sandbox.world import Account, Json

PREFIX = "/v1/"
HOURLY = 1_000
HOUR = 3_600
SECONDS = 5.0  # that a batch which is created here runs
SLOW_SECONDS = 120.0  # with "slowly" in a file's name: time for a person to cancel it
MAX_FILES, MAX_BYTES = 25, 100 * 1024 * 1024  # of a batch
MEDIA_TYPES = {
    "video": (".mp4", ".mov", ".avi", ".webm", ".mpeg", ".mpg", ".wmv"), "image": (".jpg", ".jpeg", ".png"),
    "audio": (".mp3", ".wav"), "document": (".pdf", ".txt"),
}  # fmt: skip
MAX_PAGE_JOBS = 100  # jobs a page

# A batch of this vendor: {"summary": its batch_summary, "jobs": [job, …], "statistics": {…} or missing,
# "media": {media id: its data}}. Counts are the summary's own; a "total" replaces the number of jobs in pagination.


class WicksonApi:
    """One callable: request in, answer out. `now` gives epoch seconds."""

    def __init__(self, batches: Mapping[str, Json], accounts: Mapping[str, Account], now: Callable[[], float]) -> None:
        self.batches = Shelf(batches)
        self.hourly, self.seconds = HOURLY, SECONDS
        self._accounts, self._now = accounts, now
        self._asked: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        account = account_of(request, self._accounts)
        if account is None:
            return refuse(401, "authentication_error", "Invalid API key")
        left, headers = self._count(account)
        if left < 0:
            details = {
                "limit": self.hourly,
                "remaining": 0,
                "reset_time": int(headers["X-RateLimit-Reset"]),
                "window_size": HOUR,
            }
            answer = refuse(429, "rate_limit_error", "Rate limit exceeded", details)
            headers = {**headers, "Retry-After": str(int(details["reset_time"] - self._now()) + 1)}
        else:
            answer = self._answer(request, account)
        return replace(answer, headers={**answer.headers, **headers})

    def _count(self, account: Account) -> tuple[int, dict[str, str]]:
        """Requests this account has left in the running hour, this one counted, and the headers that say so."""
        hour = int(self._now()) // HOUR
        with self._lock:
            self._asked[account.user_id, hour] += 1
            left = self.hourly - self._asked[account.user_id, hour]
        reset = (hour + 1) * HOUR
        shown = {"Limit": self.hourly, "Remaining": max(0, left), "Reset": reset}
        return left, {f"X-RateLimit-{name}": str(value) for name, value in shown.items()}

    def _answer(self, request: Request, account: Account) -> Answer:
        path = request.path.removeprefix(PREFIX.rstrip("/"))
        if path == "/status":
            return _data(
                {"user_id": account.user_id, "email": account.email, "limits": {"requests_per_hour": self.hourly}}
            )
        if not account.reads:
            return refuse(403, "forbidden", "This key may not read batches")
        if request.method == "POST" and path == "/batches":
            return self._create(request)
        if match := re.fullmatch(r"/batches/([^/]+)(/results)?", path):
            batch_id = unquote(match[1])
            self._settle(batch_id)
            stored = self.batches.get(batch_id)
            if stored is None:
                return refuse(404, "not_found", f"Batch {batch_id} not found")
            return self._results(request, stored) if match[2] else _data(_status(stored))
        if request.method == "PUT" and (match := re.fullmatch(r"/batches/([^/]+)/state", path)):
            return self._cancel(unquote(match[1]))
        if match := re.fullmatch(r"/media/([^/]+)", path):
            return self._media(unquote(match[1]))
        return refuse(404, "not_found", "No such endpoint")

    def _create(self, request: Request) -> Answer:
        """A batch of the files in a form. Those of unknown types fail alone."""
        form = request.multipart or Form()
        files = [file for name, file in form.files if name == "file"]
        if not 0 < len(files) <= MAX_FILES or sum(file.size for file in files) > MAX_BYTES:
            return refuse(400, "validation_error", f"A batch takes 1 to {MAX_FILES} files and at most 100 MB")
        if any("quota" in file.name for file in files):
            return refuse(403, "quota_exceeded", "The prepaid balance is empty")
        batch_id, now = f"batch-{uuid4().hex[:6]}", self._now()
        seconds = SLOW_SECONDS if any("slowly" in file.name for file in files) else self.seconds
        moment = datetime.fromtimestamp(now, UTC).isoformat()
        jobs = [_job(batch_id, number, file, moment) for number, file in enumerate(files, 1)]
        counts = {"successful": 0, "failed": 0, "total_items": len(jobs), "completion_rate": 0.0}
        with self.batches.edit(batch_id) as made:
            made |= {
                "summary": {
                    "batch_id": batch_id, "status": "running",
                    "collection": form.fields.get("collection_id", "default"),
                    "timeline": {"created_at": moment, "started_at": moment}, "completion": counts,
                },
                "jobs": [], "total": len(jobs), "due": now + seconds, "coming": jobs,
            }  # fmt: skip
        return _data({"batch_id": batch_id, "status": "created"}, "Batch created")

    def _settle(self, batch_id: str) -> None:
        """Finish a batch that was created here, once it is due."""
        stored = self.batches.get(batch_id)
        if stored is None or "coming" not in stored or self._now() < stored["due"]:
            return
        with self.batches.edit(batch_id) as changed:
            if jobs := changed.pop("coming", None):
                good, summary = sum(job["status"] == "succeeded" for job in jobs), changed["summary"]
                summary["status"] = "completed" if summary["status"] == "running" else summary["status"]
                summary["timeline"]["completed_at"] = datetime.fromtimestamp(self._now(), UTC).isoformat()
                summary["completion"] |= {
                    "successful": good, "failed": len(jobs) - good, "completion_rate": round(100 * good / len(jobs), 2),
                }  # fmt: skip
                changed["jobs"] = jobs

    def _cancel(self, batch_id: str) -> Answer:
        """The state call: it only cancels, whatever its body."""
        stored = self.batches.get(batch_id)
        if stored is None:
            return refuse(404, "not_found", f"Batch {batch_id} not found")
        before = stored["summary"]["status"]
        if before in ("completed", "failed", "cancelled"):
            details = {"operation": "cancel_batch"}
            return refuse(500, "processing_error", f"Batch {batch_id} is {before}", details)
        with self.batches.edit(batch_id) as changed:
            changed["summary"]["status"] = "cancelled"
            changed.pop("coming", None)  # running jobs end, waiting ones are dropped
        moment = datetime.fromtimestamp(self._now(), UTC).isoformat()
        return _data(
            {"batch_id": batch_id, "previous_state": before, "current_state": "cancelled", "timestamp": moment}
        )

    def _results(self, request: Request, stored: Json) -> Answer:
        page, size = request.query.get("page", "1"), request.query.get("page_size", "100")
        if not (page.isdigit() and size.isdigit() and int(page) >= 1 and 1 <= int(size) <= MAX_PAGE_JOBS):
            return refuse(400, "validation_error", f"page starts at 1, page_size is from 1 to {MAX_PAGE_JOBS}")
        first = (int(page) - 1) * int(size)
        jobs = stored["jobs"][first : first + int(size)]
        if request.drop:
            jobs = jobs[len(jobs) // 2 + 1 :]
        total = stored.get("total", len(stored["jobs"]))
        data = {
            "batch_summary": stored["summary"],
            "job_results": jobs,
            "pagination": {
                "page": int(page),
                "page_size": int(size),
                "total_items": total,
                "total_pages": max(1, -(-total // int(size))),
            },
        }
        if "statistics" in stored:
            data["statistics"] = stored["statistics"]
        return _data(data, "Batch results retrieved successfully")

    def _media(self, media_id: str) -> Answer:
        for batch_id in self.batches:
            stored = self.batches.get(batch_id)
            if stored and media_id in stored.get("media", {}):
                return _data(stored["media"][media_id])
        return refuse(404, "not_found", f"Media {media_id} not found")


def _job(batch_id: str, number: int, file: SentFile, moment: str) -> Json:
    suffix = PurePosixPath(file.name).suffix.lower()
    media_type = next((kind for kind, suffixes in MEDIA_TYPES.items() if suffix in suffixes), "document")
    job = {
        "job_id": f"job-{batch_id}-{number:02}", "filename": file.name, "media_type": media_type,
        "file_info": {"size_bytes": file.size, "size_mb": round(file.size / 1024 / 1024, 2)},
        "processing_info": {"created_at": moment, "completed_at": moment},
    }  # fmt: skip
    if suffix in MEDIA_TYPES[media_type]:
        return {**job, "media_id": f"vec-{uuid4().hex[:6]}", "status": "succeeded"}
    error = {"message": "Unsupported file format", "code": "format_error", "details": {"format": suffix}}
    return {**job, "media_id": None, "status": "failed", "error": error}


def _status(stored: Json) -> Json:
    summary = stored["summary"]
    done = summary["completion"]["successful"] + summary["completion"]["failed"]
    total = summary["completion"]["total_items"]
    progress = {"percentage": 100.0 * done / total if total else 0.0, "completed": done, "total": total}
    return {
        **{key: summary.get(key) for key in ("batch_id", "batch_name", "status")},
        "progress": progress,
        "timing": {},
    }


def refuse(status: int, code: str, message: str, details: Json | None = None, *, sent_as: int | None = None) -> Answer:
    """A failure's envelope; `sent_as` 200 is what this vendor may do."""
    body: Json = {"success": False, "message": message, "code": code, "status_code": status}
    if details is not None:
        body["details"] = details
    return Answer(sent_as or status, json.dumps(body).encode())


def _data(data: Any, message: str = "Retrieved successfully") -> Answer:
    body = {
        "success": True,
        "message": message,
        "data": data,
        "metadata": {"request_id": "req_sandbox"},
    }
    return Answer(200, json.dumps(body).encode())
