"""What every vendor's adapter offers, and the parts they share. A new vendor is one file with such a class."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar, Protocol, Self

from batches.errors import VendorRefused
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, to_json
from batches.sync.http import VendorHTTP
from batches.sync.records import BatchRecord, Chunk, EventRecord, ItemListing

NOTHING_KNOWN: Mapping[str, str] = {}


@dataclass(frozen=True)
class SignedURL:
    """An address a browser can play from; it carries its own permission and must never see our key."""

    url: str
    expires_at: float | None  # epoch seconds, None when the vendor does not say


class Vendor(ABC):
    """One account at one vendor. Every call raises the errors of `VendorHTTP`; safe to use from several threads.

    What a vendor does not offer stays as it is here: its `has_…` says so, and asking is refused without a call.
    """

    name: ClassVar[str]
    default_base_url: ClassVar[str]
    chunk_size: ClassVar[int]  # items of one `chunk`: what is committed together
    answers: ClassVar[bool] = True  # False: its results only come in as files, there is nobody to ask
    has_clips: ClassVar[bool] = False
    has_thumbnails: ClassVar[bool] = False
    plays_addresses: ClassVar[bool] = False  # an item's own address is its clip: nothing to sign
    has_details: ClassVar[bool] = False
    has_metadata: ClassVar[bool] = False  # custom metadata of a batch that can be written
    lists: ClassVar[bool] = False  # its batches can be found: it is a `Lists`
    webhook_header: ClassVar[str] = (
        ""  # header with the signature of its webhooks (`batches.hooks.signature`); "": it has none
    )
    http: VendorHTTP

    @classmethod
    @abstractmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        """An account by its key. Raises VendorRefused for an address or a key that cannot be right; makes no call."""

    @staticmethod
    @abstractmethod
    def parse_batch_id(text: str) -> str:
        """The batch id in `text`, an id or a pasted address. Raises ValueError with a sentence."""

    @abstractmethod
    def verify(self) -> dict[str, str]:
        """Whose key it is: those of user_id, uid, email and org_id that the vendor tells."""

    @abstractmethod
    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        """The batch as it is now, with the list of its items unless `listing` is false. Raises BadRecord."""

    @abstractmethod
    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], known: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        """What the vendor says about these items; those whose digest is the `known` one are only named."""

    def sign(self, item_id: str, *, expires_in: int = 900) -> SignedURL:
        """A fresh address to play the item's video from."""
        raise VendorRefused("This vendor gives out no video.")

    def thumbnails(self, item_id: str, analysis_id: str) -> tuple[str, ...]:
        """Have the missing pictures made: addresses by index in the vendor's events array, "" where there is none."""
        raise VendorRefused("This vendor makes no thumbnails.")

    def details(self, analysis_id: str) -> str:
        """What the vendor tells of one item when asked: a text to read, "" for nothing."""
        raise VendorRefused("This vendor tells nothing further about an item.")

    def add_metadata(self, batch_id: str, values: Mapping[str, str | int]) -> None:
        """Merge `values` into the batch's custom metadata. Raises BadRecord where the answer does not confirm it."""
        raise VendorRefused("This vendor keeps no metadata of ours.")


class Lists(Protocol):
    """A vendor whose batches can be found by listing them."""

    def batches(self) -> Iterator[BatchRecord]:
        """Every batch of the account, newest first, each once, without its items."""


def plain_key(api_key: str) -> str:
    """The key as a header takes it. Raises VendorRefused."""
    key = api_key.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise VendorRefused("The key is empty or holds characters no key has.")
    return key


def single_word(text: str) -> str:
    """`text` without blanks around it, if it can be an id. Raises ValueError with a sentence."""
    word = text.strip()
    if not word:
        raise ValueError("There is no batch id.")
    if word in (".", "..") or re.search(r"[/\\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", word):
        raise ValueError("A batch id is a single word without slashes, blanks or control characters.")
    if len(word) > NAME_LIMIT:
        raise ValueError(f"A batch id has at most {NAME_LIMIT} characters.")
    return word


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
) -> EventRecord:
    """An event of a vendor that has no opinions, pictures or CSV of its own. `record` is it as JSON data.

    Without a `span` (seconds) it is about the whole item. Raises BadRecord where `record` has no JSON text.
    """
    label, category = clean(label, TEXT_LIMIT), clean(category, NAME_LIMIT)
    ai_text, timestamp = clean(ai_text, TEXT_LIMIT), clean(timestamp, NAME_LIMIT)
    raw = to_json(record)
    judged = f"{span[0]!r}\0{span[1]!r}\0{timestamp}\0{category}\0{label}\0{ai_text}"
    return EventRecord(
        position=position,
        raw_index=raw_index,
        external_id=clean(event_id, NAME_LIMIT),
        start_s=span[0],
        end_s=span[1],
        timestamp=timestamp,
        unix_start="",
        unix_end="",
        category=category,
        label=label,
        severity=clean(severity, NAME_LIMIT),
        confidence=confidence,
        confidence_given=True,
        ai_text=ai_text,
        thumbnail_url="",
        approval="pending",
        raw_approval="pending",
        odd_cells=None,
        sdk=raw,
        raw=raw,
        fingerprint=blake2b(judged.encode(), digest_size=16).hexdigest(),
    )
