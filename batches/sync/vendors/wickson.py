"""Wickson (batches, v1): which calls to make, and what their answers mean."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from threading import Lock
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, identifier, kind, pack, quarantine, to_json, unpack
from batches.sync.http import VendorHTTP
from batches.sync.pages import Page, read_pages
from batches.sync.quota import Quota
from batches.sync.records import READING, BatchRecord, Chunk, ItemListing, Quarantine
from batches.sync.vendors.base import NOTHING_KNOWN, Vendor, plain_key, single_word
from batches.sync.vendors.wickson_batch import inner, read_batch
from batches.sync.vendors.wickson_items import JSONObject, read_item

PAGE_SIZE = 100  # the vendor's default; a larger one is not documented
HOURLY = 1_000  # requests, all endpoints together
RESERVE = 50  # of them, for others who use the same key

_STATUS_OF = {"not_found": 404, "validation_error": 400, "quota_exceeded": 403, "rate_limit_error": 429}
_QUOTAS: dict[tuple[str, str], Quota] = {}  # by address and key: the limit outlives one sync
_quotas = Lock()


def parse_batch_id(text: str) -> str:
    """The batch id in `text`: an id, or an address with /batches/<id> in it. Raises ValueError with a sentence."""
    if re.match(r"\s*https?://", text, re.IGNORECASE):
        found = re.search(r"/batches/([^/]+)", urlsplit(text.strip()).path)
        if found is None:
            raise ValueError("This address has no /batches/ and a batch id in it.")
        return single_word(unquote(found[1]))
    return single_word(text)


def verdict(answer: Any) -> int:
    """The status an answer really has: this vendor may say no with a 200."""
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
    chunk_size: ClassVar[int] = 500  # jobs; the list brings all of them along
    has_details: ClassVar[bool] = True
    parse_batch_id = staticmethod(parse_batch_id)

    def __init__(self, http: VendorHTTP) -> None:
        self.http = http

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """An account by its key. Raises VendorRefused for an address or a key that cannot be right; makes no call."""
        key = plain_key(api_key)
        headers = {"X-Api-Key": key}
        http = VendorHTTP(
            base_url, headers=headers, secret=key, private_hosts=private_hosts, verdict=verdict, **http_options
        )
        with _quotas:
            http.quota = http.quota or _QUOTAS.setdefault((http.base_url, key), Quota(limit=HOURLY, reserve=RESERVE))
        return cls(http)

    def verify(self) -> dict[str, str]:
        """Whose key it is, where the account answer tells."""
        data = inner(_envelope(self.http.get("v1", "status"), "status"), "data")
        return {key: clean(data[key], NAME_LIMIT) for key in ("user_id", "email") if isinstance(data.get(key), str)}

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """The batch as it is now, with all its jobs unless `listing` is false. Raises BadRecord."""
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
        missing = ""
        if not jobs.whole or bad:
            missing = f"{len(jobs.rows):,} of {jobs.total or 'unknown'} jobs could be read; their list kept moving."
            if bad:
                missing = f"{len(bad):,} jobs of the list cannot be read."
        return replace(
            record,
            listing=tuple(_line(job, position) for position, job in enumerate(jobs.rows)),
            quarantined=(*record.quarantined, *bad.values()),
            missing=missing,
        )

    def _results(self, batch_id: str, page: int, size: int) -> JSONObject:
        params = {"page": str(page), "page_size": str(size)}
        return _envelope(self.http.get("v1", "batches", batch_id, "results", params=params), f"batch {batch_id}")

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], known: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """What the list said about these jobs; makes no call."""
        items, same = [], []
        for listing in listings:
            said = unpack(listing.said)
            digest = blake2b(f"{READING}|".encode() + said, digest_size=16).hexdigest()
            if known.get(listing.external_id) == digest:
                same.append(listing.external_id)
            else:
                items.append(read_item(json.loads(said), batch, listing, digest))
        return Chunk(tuple(items), (), tuple(same))

    def details(self, analysis_id: str) -> str:
        """The summary of one media item. Costs one of the hour's requests, so only when a person asks."""
        data = inner(_envelope(self.http.get("v1", "media", analysis_id), f"media {analysis_id}"), "data")
        summary = inner(inner(data, "metadata"), "search").get("summary")
        return clean(summary, TEXT_LIMIT) if isinstance(summary, str) else ""


def _envelope(answer: Any, path: str) -> JSONObject:
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
        raise BadRecord(path, "expected an envelope with data; is the address right?")
    return answer


def _page(answer: JSONObject, number: int, path: str, bad: dict[str, Quarantine]) -> Page[JSONObject]:
    """The readable jobs of one page; without an id of its own a job can neither be kept nor found again."""
    rows = answer["data"].get("job_results")
    if not isinstance(rows, list):
        raise BadRecord(f"{path} job_results", f"expected a list, got {kind(rows)}")
    good = []
    for place, row in enumerate(rows):
        where = f"{path} page {number} job {place}"
        try:
            if not isinstance(row, dict) or identifier(row, "job_id", where) is None:
                raise BadRecord(where, "expected an object with a job_id")
            to_json(row, where)
            good.append(row)
        except BadRecord as error:
            bad[where] = quarantine(error, row)
    pagination = inner(answer["data"], "pagination")
    total, pages, size = (pagination.get(key) for key in ("total_items", "total_pages", "page_size"))
    short = len(rows) < (size if type(size) is int and size > 0 else PAGE_SIZE)
    last = number >= pages if type(pages) is int else short
    return Page(good, last, max(0, total - len(bad)) if type(total) is int else None)


def _line(job: JSONObject, position: int) -> ItemListing:
    status = job.get("status")
    said = pack(to_json(job).encode())
    return ItemListing(job["job_id"], position, raw_status=status if isinstance(status, str) else None, said=said)
