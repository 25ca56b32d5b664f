"""The TwelveLabs adapter (batch analysis, v1.3): API calls and the reading of their answers."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from threading import Lock
from typing import Any, ClassVar, Self

from batches.errors import BadRecord, VendorRefused, VendorUnavailable
from batches.sync.fields import kind, quarantine, unpack
from batches.sync.http import VendorHTTP
from batches.sync.jsontext import parse
from batches.sync.pages import Page, read_pages
from batches.sync.questions import Choices, Question, Video
from batches.sync.quota import Quota
from batches.sync.records import READING, BatchRecord, Chunk, ItemListing, ItemRecord, Quarantine
from batches.sync.vendors.base import NO_VIDEO, NOTHING_KNOWN, SignedURL, Vendor, gettext_noop, plain_key
from batches.sync.vendors.twelvelabs_assets import Asset, read_asset, read_transcript
from batches.sync.vendors.twelvelabs_batch import FINAL_ITEMS, item_state, read_batch
from batches.sync.vendors.twelvelabs_items import JSONObject, checked_task, read_item, read_prompt, source_of
from batches.sync.vendors.twelvelabs_lines import ResultLines
from batches.sync.vendors.twelvelabs_start import (
    CHOICES,
    check_start,
    is_asset,
    read_started,
    read_videos,
    start_body,
    with_custom_id,
)

PAGE_LIMIT = 50  # batches per page; the vendor refuses larger pages
LINE_READING = 2  # raise it when items store more of their lines; READING does the same for all vendors
MAX_ODD_ANSWERS = 5  # about one task of an unchanged item; then its result is kept as it is
MAX_TASK_CALLS = 1_000  # per sync, the maximum items of a batch; the next sync asks for the rest
MAX_ASSET_CALLS = 1_000
LISTED_ASSETS = 200  # the newest; others are named by their ids
MANIFEST_SECONDS = 600  # the vendor says nothing of the life of a playlist's address
NO_STREAM = "TwelveLabs has no stream of this video: its asset was uploaded without HLS."

_ASSET = re.compile(r"asset:([0-9a-fA-F]{24})")  # the source of an item
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{24}(?![0-9A-Za-z])")


def parse_batch_id(text: str) -> str:
    """The batch id in `text`: 24 hex digits, alone or in a pasted address. Raises ValueError with a message to show."""
    ids: set[str] = set(_ID.findall(text.lower()))
    if len(ids) != 1:
        raise ValueError("A TwelveLabs batch ID has 24 hexadecimal digits; paste one, or an address that holds one.")
    return ids.pop()


class TwelveLabs(Vendor):
    """One account at TwelveLabs. Every call raises the errors of `VendorHTTP`; safe to use from several threads."""

    name: ClassVar[str] = "twelvelabs"
    default_base_url: ClassVar[str] = "https://api.twelvelabs.io/v1.3"
    chunk_size: ClassVar[int] = 20  # items, each with a task call of its own
    lists: ClassVar[bool] = True
    choices: ClassVar[Choices | None] = CHOICES
    has_clips: ClassVar[bool] = True
    has_details: ClassVar[bool] = True
    details_noun: ClassVar[str] = gettext_noop("the transcript")
    webhook_header: ClassVar[str] = "TL-Signature"
    cancel_effect: ClassVar[str] = gettext_noop(
        "Waiting items are canceled and not billed. Items that are being analysed are finished first, so this takes "
        "a while."
    )
    delete_effect: ClassVar[str] = gettext_noop(
        "TwelveLabs deletes the batch and its results for everybody, permanently. What it cost stays on the bill."
    )
    parse_batch_id = staticmethod(parse_batch_id)

    def __init__(
        self, http: VendorHTTP, *, task_calls: int = MAX_TASK_CALLS, asset_calls: int = MAX_ASSET_CALLS
    ) -> None:
        self.http = http
        self._calls_left = {"task": task_calls, "asset": asset_calls}
        self._assets: dict[str, Asset | None] = {}
        self._counting = Lock()

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """Open the account of an API key, without a call. Raises VendorRefused for an invalid address or key."""
        key = plain_key(api_key)
        http_options.setdefault("quota", Quota())
        http = VendorHTTP(base_url, headers={"x-api-key": key}, secret=key, private_hosts=private_hosts, **http_options)
        return cls(http)

    def verify(self) -> dict[str, str]:
        """Check the key. The vendor does not say who owns it."""
        self._page(1, 1)
        return {}

    def batches(self) -> Iterator[BatchRecord]:
        """Every batch of the account once, newest first, without its items. Unreadable batches are left out."""
        rows = read_pages(lambda number: self._page(number, PAGE_LIMIT), key=lambda row: row["batch_id"]).rows
        for row in rows:
            yield read_batch(row, row["batch_id"].lower())

    def _page(self, number: int, limit: int) -> Page[JSONObject]:
        answer = self.http.get("analyze", "batches", params={"page": str(number), "page_limit": str(limit)})
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise BadRecord("batches data", f"expected a list, got {kind(rows)}")
        info = answer.get("page_info")
        info = info if isinstance(info, dict) else {}
        total, pages = info.get("total_results"), info.get("total_page")
        last = number >= pages if type(pages) is int else len(rows) < limit
        readable = [
            row for row in rows if isinstance(row, dict) and _ID.fullmatch(str(row.get("batch_id"))) and "status" in row
        ]
        return Page(readable, last, total if type(total) is int and len(readable) == len(rows) else None)

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """Fetch the batch, with a line for each of its results unless `listing` is false. Raises BadRecord."""
        record = read_batch(self.http.get("analyze", "batches", batch_id), batch_id)
        if not listing:
            return record
        lines = ResultLines(f"batch {batch_id} results", record.total)
        missing = ""
        try:
            self.http.stream("analyze", "batches", batch_id, "results", read=lines.read)
        except (VendorUnavailable, BadRecord) as error:
            if getattr(error, "retry_after", None) is not None or not len(lines):
                raise
            missing = f"{len(lines):,} of {record.total or 'unknown'} results arrived. {error}"
        quarantined = (*record.quarantined, *lines.bad.values())
        return replace(record, listing=lines.listing(), quarantined=quarantined, missing=missing)

    def cancel(self, batch_id: str) -> None:
        """Cancel a pending or processing batch. Not retried: the answer to a second request would be a refusal."""
        self.http.post("analyze", "batches", batch_id, "cancel", retry=False)

    def delete_batch(self, batch_id: str) -> None:
        """Delete a completed, canceled or expired batch and its tasks."""
        self.http.delete("analyze", "batches", batch_id)

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """The results of these items, with one task call for each item that is finished and has changed, and one
        asset call for each of their videos.

        If such a call fails, the item is stored without what it would say, and the next sync asks for it again. Of
        a task with odd answers only the next MAX_ODD_ANSWERS syncs ask: the stored digest counts them.
        """
        items: list[ItemRecord] = []
        lost: list[str] = []
        same: list[str] = []
        failure, prompt = "", ""
        for listing in listings:
            digest, stored = _digest(batch, listing), stored_digests.get(listing.external_id)
            odd_answers = _odd_answers(batch, listing, stored)
            if stored == digest or odd_answers == MAX_ODD_ANSWERS:
                same.append(listing.external_id)
                continue
            task: JSONObject | None = None
            asset: Asset | None = None
            bad: tuple[Quarantine, ...] = ()
            try:
                task = self._task(listing)
                asset = self._asset_of(source_of(task))
            except VendorUnavailable as error:
                if error.retry_after is not None:
                    raise
                failure, digest = str(error), ""
                lost.append(listing.external_id)
            except BadRecord as error:
                bad = (_odd_task(error, odd_answers + 1),)
                digest = _digest(batch, listing, odd_answers + 1)
            prompt = prompt or read_prompt(task)
            item = read_item(parse(unpack(listing.payload)), task, batch, listing, digest, asset)
            items.append(replace(item, quarantined=item.quarantined + bad))
        return Chunk(tuple(items), tuple(lost), tuple(same), prompt=prompt or None, failure=failure)

    def _task(self, listing: ItemListing) -> JSONObject | None:
        """The item's task; None while the item is not finished.

        Raises BadRecord for an odd answer: the next sync asks again.
        """
        if item_state(listing.raw_status) not in FINAL_ITEMS:
            return None
        self._count("task")
        try:
            answer = self.http.get("analyze", "tasks", listing.external_id)
        except VendorRefused as error:
            if error.status != 404:
                raise
            raise BadRecord(f"task {listing.external_id}", "the vendor says that there is no such task") from error
        return checked_task(answer, f"task {listing.external_id}")

    @classmethod
    def prompt_of(cls, question: Question) -> str:
        """The prompt, or the definitions of the segments, of which each item repeats the words."""
        return question.prompt or read_prompt({"request_params": start_body(question, ())["defaults"]})

    @classmethod
    def check_start(cls, question: Question, video_ids: Sequence[str]) -> None:
        """Raises ValueError with a message to show for what the vendor would refuse."""
        check_start(question, video_ids)

    @classmethod
    def video_id(cls, item_id: str, source: str, name: str) -> str:
        """The id of the item's asset, with the item's custom id, by which batches are compared; "" if it has none."""
        match = _ASSET.fullmatch(source)
        return with_custom_id(match[1], name) if match else ""

    def start(self, question: Question, video_ids: tuple[str, ...], client_batch_id: str) -> str:
        """Start a batch over these assets. Not retried once it may have arrived: the vendor tells no repetition."""
        return read_started(self.http.post("analyze", "batches", json=start_body(question, video_ids), retry=False))

    def videos(self, folder: str = "", scope: str = "") -> list[Video]:
        """The newest videos of the account, at most LISTED_ASSETS."""
        if folder:
            raise VendorRefused("TwelveLabs has no folders.")
        rows: list[JSONObject] = []
        for number in range(1, LISTED_ASSETS // PAGE_LIMIT + 1):
            params = {"asset_types": "video", "page": str(number), "page_limit": str(PAGE_LIMIT)}
            answer = self.http.get("assets", params=params)
            page = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(page, list):
                raise BadRecord("assets data", f"expected a list, got {kind(page)}")
            rows += filter(is_asset, page)
            if len(page) < PAGE_LIMIT:
                break
        return read_videos(list({row["_id"]: row for row in rows}.values()))

    def _count(self, noun: str) -> None:
        """Raises VendorUnavailable where this adapter has made its calls."""
        with self._counting:
            if self._calls_left[noun] <= 0:
                raise VendorUnavailable(
                    f"This sync has reached its limit of {noun} calls. The next sync asks for the rest."
                )
            self._calls_left[noun] -= 1

    def _asset_of(self, source: str) -> Asset | None:
        """The asset of an item's source, asked for once; None if the source is none, or the vendor gives it not."""
        match = _ASSET.fullmatch(source)
        if match is None:
            return None
        if match[1] not in self._assets:
            self._count("asset")
            try:
                self._assets[match[1]] = self._asset(match[1])
            except (VendorRefused, BadRecord) as error:
                if getattr(error, "status", None) == 401:
                    raise
                self._assets[match[1]] = None  # gone, or not in the plan: the results are readable without it
        return self._assets[match[1]]

    def _asset(self, asset_id: str) -> Asset:
        return read_asset(self.http.get("assets", asset_id), asset_id)

    def sign(self, item_id: str, *, expires_in: int = 900, source: str = "") -> SignedURL:
        """The address of the playlist of the item's asset, asked for anew."""
        match = _ASSET.fullmatch(source)
        if match is None:
            raise VendorRefused(NO_VIDEO)
        asset = self._asset(match[1])
        if not asset.manifest:
            wait = asset.stream_status in ("pending", "processing")
            raise VendorRefused("TwelveLabs is still making the stream of this video." if wait else NO_STREAM)
        return SignedURL(asset.manifest, time.time() + MANIFEST_SECONDS)

    def details(self, analysis_id: str, source: str = "") -> str:
        """The transcript of the item's asset. Raises VendorRefused if it has none."""
        if match := _ASSET.fullmatch(source):
            try:
                answer = self.http.get("assets", match[1], "transcription", params={"include": "sentences,utterances"})
            except VendorRefused as error:
                if error.status != 404:
                    raise
            else:
                if text := read_transcript(answer, match[1]):
                    return text
        raise VendorRefused("TwelveLabs has no transcript of this video.")


def _digest(batch: BatchRecord, listing: ItemListing, odd_answers: int = 0) -> str:
    """32 hex digits over everything that an item is read from. The task of a finished item no longer changes."""
    odd = f"{odd_answers} odd answers|" if odd_answers else ""
    content = f"{READING}.{LINE_READING}|{batch.batch_type}|{odd}".encode() + unpack(listing.payload)
    return blake2b(content, digest_size=16).hexdigest()


def _odd_answers(batch: BatchRecord, listing: ItemListing, stored: str | None) -> int:
    """How many odd answers about the item's task the `stored` digest counts."""
    if not stored:
        return 0
    counts = range(1, MAX_ODD_ANSWERS + 1)
    return next((count for count in counts if stored == _digest(batch, listing, count)), 0)


def _odd_task(error: BadRecord, count: int) -> Quarantine:
    later = "the next sync asks again" if count < MAX_ODD_ANSWERS else "it is not asked for again"
    return quarantine(
        BadRecord(error.path, f"{error.reason} ({count} of {MAX_ODD_ANSWERS} such answers: {later})"), None
    )
