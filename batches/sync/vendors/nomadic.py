"""The NomadicML adapter: calls the API and reads its answers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from threading import Lock
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from batches.errors import BadRecord, VendorRefused
from batches.sync.clouds import CloudObjects, ImportJob, ImportRow, Integration
from batches.sync.fields import NAME_LIMIT, cell, clean, kind
from batches.sync.http import VendorHTTP
from batches.sync.multipart import MultipartBody
from batches.sync.questions import Choices, Question, SearchAnswer, SearchSession, Video, VideoFolder
from batches.sync.records import BatchRecord, Chunk, ItemListing
from batches.sync.vendors.base import NOTHING_KNOWN, SignedURL, VideoFile, plain_key, single_word
from batches.sync.vendors.nomadic_agents import NomadicAgents
from batches.sync.vendors.nomadic_batch import read_batch
from batches.sync.vendors.nomadic_imports import (
    MAX_PAGES,
    PAGE_ROWS,
    check_joined,
    file_body,
    import_body,
    read_import_started,
    read_integrations,
    read_job,
    read_rows,
    read_upload_state,
    read_uploaded,
)
from batches.sync.vendors.nomadic_items import read_chunk, without_document
from batches.sync.vendors.nomadic_odd import NomadicOdd
from batches.sync.vendors.nomadic_prompt import NomadicPrompts
from batches.sync.vendors.nomadic_search import read_answer, read_session, scope_word, search_form
from batches.sync.vendors.nomadic_start import CHOICES, read_folder, read_started, read_videos, start_form
from batches.sync.views import FRONT

MIN_SIGNATURE_SECONDS = 60

MAX_SPLITS = 25  # times one sync may halve an unreadable answer: enough to find three documents among hundreds

_VIEWER = re.compile(r"/batch-view/([^/]+)/*$")
_WHO = ("user_id", "uid", "email", "org_id")


def parse_batch_id(text: str) -> str:
    """The batch id in `text`, an id or the address of the vendor's viewer. Raises ValueError with a message to show."""
    batch_id = text.strip()
    if re.match(r"https?://", batch_id, re.IGNORECASE):
        try:
            match = _VIEWER.search(urlsplit(batch_id).path)
        except ValueError:
            match = None
        if match is None:
            raise ValueError("The address must end in batch-view/ and a batch ID.")
        batch_id = unquote(match[1], errors="strict") if _decodes(match[1]) else ""
    return single_word(batch_id)


def _decodes(quoted: str) -> bool:
    try:
        unquote(quoted, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


class Nomadic(NomadicAgents, NomadicOdd, NomadicPrompts):
    """One account at NomadicML. Every call raises the errors of `VendorHTTP`; safe to use from several threads."""

    name: ClassVar[str] = "nomadic"
    default_base_url: ClassVar[str] = "https://api-prod.nomadicml.com"
    chunk_size: ClassVar[int] = 100  # videos a bulk call; the vendor allows 500, its SDK asks for 100
    has_clips: ClassVar[bool] = True
    has_thumbnails: ClassVar[bool] = True
    has_metadata: ClassVar[bool] = True
    choices: ClassVar[Choices | None] = CHOICES
    has_folders: ClassVar[bool] = True
    has_uploads: ClassVar[bool] = True
    has_cloud_imports: ClassVar[bool] = True
    has_search: ClassVar[bool] = True
    parse_batch_id = staticmethod(parse_batch_id)

    def __init__(self, http: VendorHTTP, *, dashboard_url: str = "https://app.nomadicml.com") -> None:
        self.http = http
        self.dashboard_url = dashboard_url
        self._splits_left = MAX_SPLITS
        self._counting = Lock()

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """Open the account of an API key, without a call. Raises VendorRefused for an invalid address or key."""
        key = plain_key(api_key)
        headers = {"Authorization": f"Bearer {key}", "X-API-Key": key}
        http = VendorHTTP(base_url, headers=headers, secret=key, private_hosts=private_hosts, **http_options)
        return cls(http)

    def verify(self) -> dict[str, str]:
        """The owner of the key: those of user_id, uid, email and org_id that the vendor sends."""
        answer = self.http.post("api", "keys", "verify")
        if not isinstance(answer, dict) or not ({"valid", *_WHO} & answer.keys()):
            raise BadRecord("key", "the answer is not NomadicML's; check the address")
        if answer.get("valid") is False:
            raise VendorRefused("The vendor says that the API key is not valid.", status=401)
        return {key: clean(answer[key], NAME_LIMIT) for key in _WHO if isinstance(answer.get(key), str)}

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """Fetch the batch, with the list of its videos unless `listing` is false. Raises BadRecord."""
        params = None if listing else {"include_videos": "false"}
        answer = self.http.get("api", "batch", batch_id, "status", params=params)
        return read_batch(answer, batch_id, listing=listing, dashboard_url=self.dashboard_url)

    def add_metadata(self, batch_id: str, values: Mapping[str, str | int]) -> None:
        """Merge `values` into the batch's custom metadata: other keys stay, and no key can be removed.

        Not retried: a late retry could overwrite a newer value. Raises BadRecord if the answer does not confirm the
        change.
        """
        body = {"metadata": json.dumps(values)}
        answer = self.http.post("api", "batch", batch_id, "metadata", json=body, retry=False)
        if not isinstance(answer, dict) or answer.get("success") is not True:
            raise BadRecord("metadata", "the vendor's answer does not confirm the change")

    def start(self, question: Question, video_ids: tuple[str, ...], client_batch_id: str) -> str:
        """Start a batch over these videos.

        Not retried once it may have arrived. Returns the vendor's id of the batch.
        """
        if question.mode:
            return self.start_prompt(question, video_ids)
        form = start_form(question, video_ids, client_batch_id)
        return read_started(self.http.post("api", "create-batch", data=form, retry=False))

    def videos(self, folder: str = "", scope: str = "") -> list[Video]:
        """The account's videos; with `folder` those of the folder of this name in `scope` (user or org)."""
        params = {"firebase_collection_name": "videos", "folder_collection": "videoFolders"}
        params |= {"folder": folder} if folder else {}
        params |= {"scope": scope} if scope else {}
        return read_videos(self.http.get("api", "my-videos", params=params))

    def folder(self, name: str, scope: str) -> VideoFolder:
        """The folder of this name in `scope` (user or org)."""
        return read_folder(self.http.get("api", "folders", "get", params={"name": name, "scope": scope}), name, scope)

    def create_folder(self, name: str, scope: str, description: str = "") -> VideoFolder:
        """Make a folder. Not retried once it may have arrived."""
        body = {"name": name, "scope": scope} | ({"description": description} if description else {})
        return read_folder(self.http.post("api", "folders", json=body, retry=False), name, scope)

    def delete_video(self, video_id: str) -> None:
        """Delete a video and its analyses, permanently and for everybody. One that is already gone is not an error."""
        self.http.delete("api", "video", video_id, params={"firebase_collection_name": "videos"})

    def upload_address(self, address: str, name: str, folder_id: str, scope: str) -> str:
        """Have the vendor fetch a video from an https address. Not retried once it may have arrived."""
        form = {
            "source": "video_url", "firebase_collection_name": "videos", "scope": scope, "video_url": address,
            "custom_name": name,
        } | ({"folder_id": folder_id} if folder_id else {})  # fmt: skip
        return read_uploaded(self.http.post("api", "upload-video", data=form, retry=False))

    def file_body(self, file: VideoFile, folder_id: str, scope: str) -> MultipartBody:
        return file_body(file, folder_id, scope)

    def upload_file(self, body: MultipartBody) -> str:
        """Upload a file. Not retried once it may have arrived whole."""
        return read_uploaded(self.http.post("api", "upload-video", data=body, retry=False))

    def join_views(self, views: Mapping[str, str]) -> None:
        """Make videos the views of one recording. Not retried once it may have arrived."""
        body = {"primary_view_id": views[FRONT], "views": dict(views)}
        check_joined(self.http.post("api", "multi-view", "stitch", json=body, retry=False))

    def upload_state(self, video_id: str) -> str:
        """How far an uploaded video is: processing, uploaded, uploading_failed; later a stage of its analysis."""
        params = {"firebase_collection_name": "videos"}
        return read_upload_state(self.http.get("api", "video", video_id, "status", params=params))

    def integrations(self) -> list[Integration]:
        """The accesses to cloud storage that are stored at the vendor."""
        return read_integrations(self.http.get("api", "cloud-integrations"))

    def start_import(self, objects: CloudObjects, integration: str, folder_id: str, scope: str) -> str:
        """Have the vendor fetch these objects. Not retried once it may have arrived."""
        body = import_body(objects, integration, folder_id, scope)
        return read_import_started(self.http.post("api", objects.provider, "upload", json=body, retry=False))

    def import_job(self, job_id: str) -> ImportJob:
        """How far an import is."""
        return read_job(self.http.get("api", "import-jobs", job_id))

    def import_rows(self, job_id: str) -> Iterator[list[ImportRow]]:
        """One full pass over the videos of an import. Raises BadRecord where it does not come to an end."""
        cursor = ""
        for _ in range(MAX_PAGES):
            params = {"limit": str(PAGE_ROWS)} | ({"cursor": cursor} if cursor else {})
            rows, cursor = read_rows(self.http.get("api", "import-jobs", job_id, "videos", params=params), cursor)
            yield rows
            if not cursor:
                return
        raise BadRecord("import videos", f"has more than {MAX_PAGES} pages")

    def retry_import(self, job_id: str, video_ids: Sequence[str]) -> None:
        """Have failed videos of an import fetched again. Not retried once it may have arrived."""
        self.http.post("api", "import-jobs", job_id, "retry", json={"video_ids": list(video_ids)}, retry=False)

    def open_search(self, question: str, folder: str, scope: str) -> SearchSession:
        """Open a search over the folder of this name in `scope` (user or org); it does not begin yet."""
        body = {"query": question, "folder_name": folder, "scope": scope_word(scope)}
        return read_session(self.http.post("api", "search-sessions", "start", json=body))

    def run_search(self, session: SearchSession, question: str, folder: str, scope: str) -> None:
        """Begin a search that was opened. Not retried; what the vendor answers is not read, `search_answer` is."""
        params = {"folder_collection": scope_word(scope)}
        with suppress(BadRecord):
            form = search_form(session, question, folder)
            self.http.post("api", "search", params=params, data=form, retry=False)

    def search_answer(self, session: SearchSession) -> SearchAnswer:
        """The search as far as it is. Raises BadRecord if the answer is not about a search."""
        return read_answer(self.http.get("api", "search-sessions", session.owner, session.session_id))

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """Fetch the documents of these videos. Videos whose digest is that in `stored_digests` are only named.

        If an answer cannot be read at all, each half of the videos is requested separately. A document that is too
        large, too deep or not UTF-8 then affects only its own video. Raises BadRecord if the answer is not about
        analyses.
        """
        try:
            answer = self.http.post(
                "api",
                "batch",
                batch.external_id,
                "analyses",
                "bulk",
                params={"include_source_uri": "true"},
                json={"video_ids": [listing.external_id for listing in listings]},
            )
        except BadRecord as error:
            return self._in_halves(batch, listings, stored_digests, error)
        return read_chunk(answer, batch, listings, stored_digests)

    def _in_halves(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str], error: BadRecord
    ) -> Chunk:
        if len(listings) == 1:
            failure = BadRecord(f"video {listings[0].external_id} {error.path}", error.reason)
            lost = (listings[0].external_id,)
            return Chunk((without_document(batch, listings[0], failure),), lost, failure=str(failure))
        with self._counting:
            if self._splits_left <= 0:
                raise error
            self._splits_left -= 1
        middle = len(listings) // 2
        first, second = (
            self._half(batch, listings[:middle], stored_digests),
            self._half(batch, listings[middle:], stored_digests),
        )
        return Chunk(
            first.items + second.items,
            first.lost + second.lost,
            first.same + second.same,
            failure=first.failure or second.failure,
        )

    def _half(self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str]) -> Chunk:
        """Like `chunk`, but if an answer may not be halved again, its videos are lost. The other half is kept."""
        try:
            return self.chunk(batch, listings, stored_digests)
        except BadRecord as error:
            return Chunk((), tuple(listing.external_id for listing in listings), failure=str(error))

    def sign(self, item_id: str, *, expires_in: int = 900, source: str = "") -> SignedURL:
        """A new address that plays the video for `expires_in` seconds (at least 60)."""
        body = {"expires_in": max(MIN_SIGNATURE_SECONDS, expires_in)}
        answer = self.http.post("api", "video", item_id, "signed-url", json=body)
        url = answer.get("url") if isinstance(answer, dict) else None
        if not isinstance(url, str) or not url:
            raise BadRecord(f"video {item_id} url", f"expected an address, got {kind(url)}")
        return SignedURL(url, _epoch(answer.get("expires_at")))

    def thumbnails(self, item_id: str, analysis_id: str) -> tuple[str, ...]:
        """Have the vendor make missing thumbnails. Returns one address for each entry of its events array, "" for none.

        Not retried once it may have arrived, because it costs the vendor work.
        """
        answer = self.http.post(
            "api",
            "videos",
            item_id,
            "analyses",
            analysis_id,
            "generate-thumbnails",
            data={"firebase_collection_name": "videos"},
            retry=False,
        )
        events = answer.get("events") if isinstance(answer, dict) else None
        if not isinstance(events, list):
            raise BadRecord(f"video {item_id} analysis {analysis_id} events", f"expected a list, got {kind(events)}")
        return tuple(_thumbnail(event) for event in events)


def _thumbnail(event: Any) -> str:
    url = event.get("annotated_thumbnail_url") if isinstance(event, dict) else None
    return cell(url) if isinstance(url, str) else ""


def _epoch(moment: Any) -> float | None:
    """Epoch seconds of an ISO text (UTC without an offset) or a number; None for anything else."""
    if isinstance(moment, (int, float)) and not isinstance(moment, bool):
        return float(moment) if isfinite(moment) else None
    if not isinstance(moment, str):
        return None
    try:
        when = datetime.fromisoformat(moment)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
