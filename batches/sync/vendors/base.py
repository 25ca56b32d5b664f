"""The interface of a vendor's adapter, and helpers that adapters share."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar, Protocol, Self

from batches.errors import VendorRefused
from batches.sync.clouds import CloudObjects, ImportJob, ImportRow, Integration
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, to_json
from batches.sync.http import VendorHTTP
from batches.sync.multipart import FilePart, MultipartBody
from batches.sync.odd_columns import Column, OddAnswer
from batches.sync.questions import Choices, Question, SearchAnswer, SearchSession, Video, VideoFolder
from batches.sync.records import BatchRecord, Chunk, EventRecord, ItemListing
from batches.sync.vendors.agent_records import AgentRecord, TrainingRecord

NO_AGENTS = "This vendor trains no agents."
NO_VIDEO = "The vendor provides no video."
NOTHING_KNOWN: Mapping[str, str] = {}


@dataclass(frozen=True)
class SignedURL:
    """An address that a browser can play. It carries its own permission; requests to it never carry the API key."""

    url: str
    expires_at: float | None  # epoch seconds; None when the vendor gives no expiry


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A local file to upload. `sidecar`: its metadata as JSON text, "" for none."""

    name: str
    size: int  # bytes
    pieces: Callable[[], Iterator[bytes]]
    sidecar: str = ""

    def part(self, field: str, content_type: str) -> FilePart:
        return FilePart(field, self.name, content_type, self.size, self.pieces)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a vendor takes in one batch. `note`: what else it limits, for people."""

    count: int
    size: int  # bytes of all files together
    note: str


def gettext_noop(text: str) -> str:
    """Marks a text that a page translates: vendors do not know of Django."""
    return text


class Vendor(ABC):
    """One account at one vendor. Every call raises the errors of `VendorHTTP`; safe to use from several threads.

    The defaults stand for "not offered": the `has_…` flag is False and the method raises VendorRefused without a call.
    """

    name: ClassVar[str]
    default_base_url: ClassVar[str]
    chunk_size: ClassVar[int]  # items of one `chunk`, committed together
    answers: ClassVar[bool] = True  # False: results only come in as files, the vendor has no API
    has_clips: ClassVar[bool] = False
    has_thumbnails: ClassVar[bool] = False
    plays_addresses: ClassVar[bool] = False  # True: an item's own address plays its clip, without a signature
    has_details: ClassVar[bool] = False
    details_noun: ClassVar[str] = gettext_noop("file details")
    choices: ClassVar[Choices | None] = None  # of a question that starts a batch; None: batches start elsewhere
    file_limits: ClassVar[FileLimits | None] = None  # of a batch that is started with files; None: it is not
    has_folders: ClassVar[bool] = False  # True: videos are listed, and lie in folders that can be made
    has_agents: ClassVar[bool] = False  # True: the vendor trains agents from reviewed batches
    has_uploads: ClassVar[bool] = False  # True: fetches a video from an address
    has_cloud_imports: ClassVar[bool] = False  # True: fetches videos from cloud storage
    has_search: ClassVar[bool] = False  # True: the analysed events of a folder can be searched with a question
    has_odd: ClassVar[bool] = False  # True: describes a video as a table of its operational design domain
    cancel_effect: ClassVar[str] = ""  # what canceling a running batch does, for people; "": the vendor cannot
    delete_effect: ClassVar[str] = ""  # the same of deleting a final one
    has_metadata: ClassVar[bool] = False  # True: the custom metadata of a batch can be written
    lists: ClassVar[bool] = False  # True: the vendor lists its batches (see `Lists`)
    webhook_header: ClassVar[str] = ""  # header of its webhooks' signature (`batches.hooks.signature`); "": none
    http: VendorHTTP

    @classmethod
    @abstractmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """Open the account of an API key, without a call. Raises VendorRefused for an invalid address or key."""

    @staticmethod
    @abstractmethod
    def parse_batch_id(text: str) -> str:
        """The batch id in `text`, an id or a pasted address. Raises ValueError with a message to show."""

    @abstractmethod
    def verify(self) -> dict[str, str]:
        """The owner of the key: those of user_id, uid, email and org_id that the vendor sends."""

    @abstractmethod
    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """Fetch the batch, with the list of its items unless `listing` is false. Raises BadRecord."""

    @abstractmethod
    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """The records of these items.

        `stored_digests` maps item ids to stored digests; items with the same digest are only named.
        """

    @classmethod
    def check_start(cls, question: Question, video_ids: Sequence[str]) -> None:
        """Raises ValueError with a message to show for what the vendor would refuse or ignore."""
        choices = cls.choices or Choices({}, {}, {}, {})
        if question.agent:
            return
        if not question.prompt.strip():
            raise ValueError("Enter a prompt, or choose an agent.")
        if question.mode in choices.prompts:
            return  # it takes no options
        for value, allowed, name in (
            (question.category, choices.categories, "category"),
            (question.confidence, choices.confidences, "confidence"),
            (question.overlay, {"": "", **choices.overlays}, "overlay"),
        ):
            if value not in allowed:
                raise ValueError(f"Unknown {name} {value!r}. Known: {', '.join(filter(None, allowed))}.")

    @classmethod
    def prompt_of(cls, question: Question) -> str:
        """The prompt of a batch that is started with it, as a sync reads it later; "" for agents."""
        return question.prompt

    @classmethod
    def video_id(cls, item_id: str, source: str, name: str) -> str:
        """The id under which an item's video can be analysed again; "" if there is none."""
        return item_id

    def start(self, question: Question, video_ids: tuple[str, ...], client_batch_id: str) -> str:
        """Start a batch over these videos. Returns its id at the vendor."""
        raise VendorRefused("Batches of this vendor cannot be started here.")

    def batch_body(self, files: Sequence[VideoFile], collection: str, *, again: bool) -> MultipartBody:
        """The body that starts a batch with these files, for `start_files`. `again`: also those it knows already."""
        raise VendorRefused("Batches of this vendor are not started with files.")

    def start_files(self, body: MultipartBody) -> str:
        """Start a batch with files. Returns its id at the vendor."""
        raise VendorRefused("Batches of this vendor are not started with files.")

    def videos(self, folder: str = "", scope: str = "") -> list[Video]:
        """The account's videos, or those of one folder."""
        raise VendorRefused("This vendor does not list videos.")

    def folder(self, name: str, scope: str) -> VideoFolder:
        """The folder of this name in `scope` (user or org)."""
        raise VendorRefused("This vendor has no folders.")

    def create_folder(self, name: str, scope: str, description: str = "") -> VideoFolder:
        """Make a folder."""
        raise VendorRefused("This vendor has no folders.")

    def delete_video(self, video_id: str) -> None:
        """Delete a video at the vendor, with its analyses."""
        raise VendorRefused("This vendor cannot delete videos.")

    def agents(self, scope: str) -> list[AgentRecord]:
        """The agents of the key's owner (`scope` user) or of everybody in the organization (org)."""
        raise VendorRefused(NO_AGENTS)

    def create_agent(self, name: str, batch_ids: tuple[str, ...], client_id: str) -> TrainingRecord:
        """Have an agent trained from these batches. `client_id` names the intent."""
        raise VendorRefused(NO_AGENTS)

    def update_agent(self, agent_id: str, batch_ids: tuple[str, ...], client_id: str) -> TrainingRecord:
        """Have an agent trained further from these batches. `client_id` names the intent."""
        raise VendorRefused(NO_AGENTS)

    def upload_address(self, address: str, name: str, folder_id: str, scope: str) -> str:
        """Have the vendor fetch a video from an https address. Returns the id of the video."""
        raise VendorRefused("Videos cannot be uploaded to this vendor here.")

    def file_body(self, file: VideoFile, folder_id: str, scope: str) -> MultipartBody:
        """The body that uploads a file, gated, for `upload_file`."""
        raise VendorRefused("Videos cannot be uploaded to this vendor here.")

    def upload_file(self, body: MultipartBody) -> str:
        """Upload a file. Returns the id of the video. Raises Stopped if the body is stopped."""
        raise VendorRefused("Videos cannot be uploaded to this vendor here.")

    def join_views(self, views: Mapping[str, str]) -> None:
        """Make videos the views of one recording: the id of each role, with `front`."""
        raise VendorRefused("This vendor joins no views.")

    def upload_state(self, video_id: str) -> str:
        """The vendor's word for how far an uploaded video is, in lower case."""
        raise VendorRefused("Videos cannot be uploaded to this vendor here.")

    def integrations(self) -> list[Integration]:
        """The accesses to cloud storage that are stored at the vendor."""
        raise VendorRefused("This vendor does not import from cloud storage.")

    def start_import(self, objects: CloudObjects, integration: str, folder_id: str, scope: str) -> str:
        """Have the vendor fetch these objects. Returns its id of the import."""
        raise VendorRefused("This vendor does not import from cloud storage.")

    def import_job(self, job_id: str) -> ImportJob:
        """How far an import is."""
        raise VendorRefused("This vendor does not import from cloud storage.")

    def import_rows(self, job_id: str) -> Iterator[list[ImportRow]]:
        """The videos of an import, page by page from the first: rows appear while it runs."""
        raise VendorRefused("This vendor does not import from cloud storage.")

    def retry_import(self, job_id: str, video_ids: Sequence[str]) -> None:
        """Have failed videos of an import fetched again. They keep their ids."""
        raise VendorRefused("This vendor does not import from cloud storage.")

    def open_search(self, question: str, folder: str, scope: str) -> SearchSession:
        """Open a search over the folder of this name in `scope` (user or org); it does not begin yet."""
        raise VendorRefused("This vendor does not search videos.")

    def run_search(self, session: SearchSession, question: str, folder: str, scope: str) -> None:
        """Begin a search that was opened. Returns when the vendor answers, which may take as long as the search."""
        raise VendorRefused("This vendor does not search videos.")

    def search_answer(self, session: SearchSession) -> SearchAnswer:
        """The search as far as it is."""
        raise VendorRefused("This vendor does not search videos.")

    def odd(self, video_id: str, columns: Sequence[Column]) -> OddAnswer:
        """The structured ODD of a video, with these columns. Returns when the vendor answers, which takes minutes."""
        raise VendorRefused("This vendor makes no structured ODD.")

    def sign(self, item_id: str, *, expires_in: int = 900, source: str = "") -> SignedURL:
        """A new address that plays the item's video. `source`: of the item, as it was synced."""
        raise VendorRefused(NO_VIDEO)

    def thumbnails(self, item_id: str, analysis_id: str) -> tuple[str, ...]:
        """Have the vendor make missing thumbnails.

        Returns one address for each entry of its events array, "" for none.
        """
        raise VendorRefused("This vendor offers no thumbnails.")

    def details(self, analysis_id: str, source: str = "") -> str:
        """Fetch further details of one item, as text; "" for none. Lines `[12.4] Text` begin with their second."""
        raise VendorRefused("This vendor offers no further details of an item.")

    def cancel(self, batch_id: str) -> None:
        """Cancel a batch that is not finished."""
        raise VendorRefused("This vendor cannot cancel batches.")

    def delete_batch(self, batch_id: str) -> None:
        """Delete a final batch with its results, permanently. One that is already gone is not an error."""
        raise VendorRefused("This vendor cannot delete batches.")

    def add_metadata(self, batch_id: str, values: Mapping[str, str | int]) -> None:
        """Merge `values` into the batch's custom metadata. Raises BadRecord where the answer does not confirm it."""
        raise VendorRefused("This vendor does not accept custom metadata.")


class Lists(Protocol):
    """A vendor that can list the batches of an account."""

    def batches(self) -> Iterator[BatchRecord]:
        """Every batch of the account once, newest first, without its items."""


def plain_key(api_key: str) -> str:
    """The key without surrounding spaces. Raises VendorRefused if a header cannot carry it."""
    key = api_key.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise VendorRefused("The API key is empty or holds invalid characters.")
    return key


def single_word(text: str) -> str:
    """`text` without surrounding spaces. Raises ValueError with a message to show if it cannot be an id."""
    batch_id = text.strip()
    if not batch_id:
        raise ValueError("Enter a batch ID.")
    if batch_id in (".", "..") or re.search(r"[/\\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", batch_id):
        raise ValueError("A batch ID is a single word without slashes, spaces or control characters.")
    if len(batch_id) > NAME_LIMIT:
        raise ValueError(f"A batch ID has at most {NAME_LIMIT} characters.")
    return batch_id


def finding(
    record: Any,
    *,
    position: int,
    raw_index: int,
    label: str,
    category: str = "",
    ai_text: str = "",
    severity: str = "",
    confidence: float | None = None,
    timestamp: str = "",
    span: tuple[float | None, float | None] = (None, None),
    event_id: str = "",
    raw: str = "",
) -> EventRecord:
    """Make an event for a vendor that has no approvals, pictures or CSV of its own. `record` is the vendor's JSON data,
    and `raw` its text, if it is at hand.

    Without a `span` (seconds) the event is about the whole item. Raises BadRecord if `record` cannot be written as
    JSON.
    """
    label, category = clean(label, TEXT_LIMIT), clean(category, NAME_LIMIT)
    ai_text, timestamp = clean(ai_text, TEXT_LIMIT), clean(timestamp, NAME_LIMIT)
    raw = raw or to_json(record)
    start, end = span
    fingerprinted = f"{start!r}\0{end!r}\0{timestamp}\0{category}\0{label}\0{ai_text}"
    fingerprint = blake2b(fingerprinted.encode(), digest_size=16).hexdigest()
    # By position: twenty keywords for each of a million events take longer than all the rest.
    return EventRecord(
        position, raw_index, clean(event_id, NAME_LIMIT), start, end, timestamp, "", "", category, label,
        clean(severity, NAME_LIMIT), confidence, True, ai_text, "", "pending", "pending", None, raw, raw, fingerprint,
    )  # fmt: skip
