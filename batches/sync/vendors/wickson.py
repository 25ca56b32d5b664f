"""The Wickson adapter (batches, v1): API calls and the reading of their answers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from mimetypes import guess_type
from threading import Lock
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from batches.errors import BadRecord, SyncError, VendorRefused
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, identifier, kind, pack, quarantine, to_json, unpack
from batches.sync.http import VendorHTTP
from batches.sync.multipart import MultipartBody
from batches.sync.pages import Listed, Page, read_pages
from batches.sync.quota import Quota
from batches.sync.records import READING, BatchRecord, Chunk, ItemListing, Quarantine
from batches.sync.vendors.base import NOTHING_KNOWN, FileLimits, Vendor, VideoFile, gettext_noop, plain_key, single_word
from batches.sync.vendors.wickson_batch import inner, is_canceled, read_batch
from batches.sync.vendors.wickson_items import JSONObject, read_item

PAGE_SIZE = 100  # jobs per page, the vendor's default; a larger one is not documented
HOURLY_REQUESTS = 1_000  # the vendor's limit, all endpoints together
MAX_FILES = 25  # of a batch that is started here
MAX_FILES_BYTES = 100 * 1024 * 1024  # of all its files
DEFAULT_COLLECTION = "default"
RESERVED_REQUESTS = 50  # of the hourly limit, left for other users of the same key

_STATUS_OF = {"not_found": 404, "validation_error": 400, "quota_exceeded": 403, "rate_limit_error": 429}
_QUOTAS: dict[tuple[str, str], Quota] = {}  # by address and key, because syncs with one key share the limit
_quotas = Lock()


def parse_batch_id(text: str) -> str:
    """The batch id in `text`, an id or an address with /batches/<id>. Raises ValueError with a message to show."""
    if re.match(r"\s*https?://", text, re.IGNORECASE):
        match = re.search(r"/batches/([^/]+)", urlsplit(text.strip()).path)
        if match is None:
            raise ValueError("The address must contain /batches/ and a batch ID.")
        return single_word(unquote(match[1]))
    return single_word(text)


def real_status(answer: Any) -> int:
    """The real status of an answer: this vendor may report an error with HTTP 200."""
    if not isinstance(answer, dict) or answer.get("success") is not False:
        return 200
    status = answer.get("status_code")
    if type(status) is int and 400 <= status <= 599:
        return status
    return _STATUS_OF.get(str(answer.get("code")), 500)


class Wickson(Vendor):
    """One account at Wickson. Every call raises the errors of `VendorHTTP`; safe to use from several threads."""

    name: ClassVar[str] = "wickson"
    default_base_url: ClassVar[str] = "https://api.wickson.ai"
    chunk_size: ClassVar[int] = 500  # jobs; the list already holds their results
    has_details: ClassVar[bool] = True
    cancel_effect: ClassVar[str] = gettext_noop(
        "Waiting files are dropped and running ones stopped immediately; finished ones are kept. A canceled batch "
        "cannot be resumed."
    )
    file_limits: ClassVar[FileLimits | None] = FileLimits(
        MAX_FILES,
        MAX_FILES_BYTES,
        gettext_noop("Videos and audio of at most 10 minutes; images of at most 20 MB, audio of 50 MB."),
    )
    parse_batch_id = staticmethod(parse_batch_id)

    def __init__(self, http: VendorHTTP) -> None:
        self.http = http

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """Open the account of an API key, without a call. Raises VendorRefused for an invalid address or key."""
        key = plain_key(api_key)
        headers = {"X-Api-Key": key}
        base_url = base_url.rstrip("/").removesuffix("/v1")  # the paths below begin with it
        http = VendorHTTP(
            base_url, headers=headers, secret=key, private_hosts=private_hosts, real_status=real_status, **http_options
        )
        with _quotas:
            http.quota = http.quota or _QUOTAS.setdefault(
                (http.base_url, key), Quota(limit=HOURLY_REQUESTS, reserve=RESERVED_REQUESTS)
            )
        return cls(http)

    def verify(self) -> dict[str, str]:
        """The owner of the key, if the account answer names one.

        It is not documented: without it a batch is asked for.
        """
        try:
            data = inner(_envelope(self.http.get("v1", "status"), "status"), "data")
        except SyncError as error:
            if getattr(error, "status", None) == 401 or getattr(error, "retry_after", None) is not None:
                raise
            self._ask_with_key()
            return {}
        return {key: clean(data[key], NAME_LIMIT) for key in ("user_id", "email") if isinstance(data.get(key), str)}

    def cancel(self, batch_id: str) -> None:
        """Cancel a running batch. The vendor's state call does nothing else, whatever body it gets."""
        _envelope(self.http.put("v1", "batches", batch_id, "state"), f"batch {batch_id}")

    def batch_body(self, files: Sequence[VideoFile], collection: str, *, again: bool) -> MultipartBody:
        """The form of a new batch. Files that are known in the collection are skipped unless `again`."""
        fields = {"collection_id": collection or DEFAULT_COLLECTION, "force_overwrite": "true" if again else "false"}
        parts = [file.part("file", guess_type(file.name)[0] or "application/octet-stream") for file in files]
        return MultipartBody(fields, parts)

    def start_files(self, body: MultipartBody) -> str:
        """Start a batch with files. Not retried once it may have arrived whole."""
        data = _envelope(self.http.post("v1", "batches", data=body, retry=False), "new batch")["data"]
        batch_id = identifier(data, "batch_id", "new batch")
        if batch_id is None:
            raise BadRecord("new batch batch_id", "expected an id")
        return batch_id

    def _ask_with_key(self) -> None:
        """Make a documented call: a wrong key is refused, and a good one learns that there is no such batch."""
        try:
            self._results("no-such-batch", 1, 1)
        except VendorRefused as error:
            if error.status != 404:
                raise

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """Fetch the batch, with all its jobs unless `listing` is false. Raises BadRecord."""
        path = f"batch {batch_id}"
        if not listing:
            return read_batch(self._results(batch_id, 1, 1), batch_id)
        answers: list[JSONObject] = []
        bad: dict[str, Quarantine] = {}

        def ask(number: int) -> Page[JSONObject]:
            answers.append(self._results(batch_id, number, PAGE_SIZE))
            return _page(answers[-1], number, path, bad)

        jobs = read_pages(ask, key=lambda job: job["job_id"])
        record = read_batch(answers[-1], batch_id)
        return replace(
            record,
            listing=tuple(_line(job, position) for position, job in enumerate(jobs.rows)),
            quarantined=(*record.quarantined, *bad.values()),
            missing=_missing(jobs, record, len(bad)),
        )

    def _results(self, batch_id: str, page: int, size: int) -> JSONObject:
        params = {"page": str(page), "page_size": str(size)}
        return _envelope(self.http.get("v1", "batches", batch_id, "results", params=params), f"batch {batch_id}")

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """The records of these jobs, from their payloads in the list; makes no call."""
        items, same = [], []
        for listing in listings:
            payload = unpack(listing.payload)
            digest = blake2b(f"{READING}|".encode() + payload, digest_size=16).hexdigest()
            if stored_digests.get(listing.external_id) == digest:
                same.append(listing.external_id)
            else:
                items.append(read_item(json.loads(payload), batch, listing, digest))
        return Chunk(tuple(items), (), tuple(same))

    def details(self, analysis_id: str, source: str = "") -> str:
        """The summary of one media item.

        Costs one request of the hourly limit, so it is fetched only on a person's request.
        """
        data = inner(_envelope(self.http.get("v1", "media", analysis_id), f"media {analysis_id}"), "data")
        summary = inner(inner(data, "metadata"), "search").get("summary")
        return clean(summary, TEXT_LIMIT) if isinstance(summary, str) else ""


def _envelope(answer: Any, path: str) -> JSONObject:
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
        raise BadRecord(path, "expected an envelope with data; check the address")
    return answer


def _missing(jobs: Listed[JSONObject], batch: BatchRecord, bad: int) -> str:
    """Why the list of jobs is incomplete; empty if it is complete."""
    if bad:
        return f"{bad:,} jobs of the list are unreadable."
    if jobs.complete:
        return ""
    read = f"{len(jobs.rows):,} of {jobs.total or 'unknown'} jobs"
    if batch.state in ("waiting", "processing"):
        return f"{read} are listed so far."
    if is_canceled(batch.raw_status):
        return f"{read} are listed: the batch was canceled."
    return f"{read} could be read: the list changed while it was read."


def _page(answer: JSONObject, number: int, path: str, bad: dict[str, Quarantine]) -> Page[JSONObject]:
    """The readable jobs of one page. A job without an id cannot be stored, so it is quarantined in `bad`."""
    rows = answer["data"].get("job_results")
    if not isinstance(rows, list):
        raise BadRecord(f"{path} job_results", f"expected a list, got {kind(rows)}")
    readable = []
    for index, row in enumerate(rows):
        where = f"{path} page {number} job {index}"
        try:
            if not isinstance(row, dict) or identifier(row, "job_id", where) is None:
                raise BadRecord(where, "expected an object with a job_id")
            to_json(row, where)
            readable.append(row)
        except BadRecord as error:
            bad[where] = quarantine(error, row)
    pagination = inner(answer["data"], "pagination")
    total, pages, size = (pagination.get(key) for key in ("total_items", "total_pages", "page_size"))
    short = len(rows) < (size if type(size) is int and size > 0 else PAGE_SIZE)
    last = number >= pages if type(pages) is int else short
    return Page(readable, last, max(0, total - len(bad)) if type(total) is int else None)


def _line(job: JSONObject, position: int) -> ItemListing:
    status = job.get("status")
    payload = pack(to_json(job).encode())
    return ItemListing(job["job_id"], position, raw_status=status if isinstance(status, str) else None, payload=payload)
