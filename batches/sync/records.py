"""What a vendor said, typed and frozen: the border between a vendor's JSON and our tables. No Django here.

An adapter (`vendors/*.py`) turns answers into these; `plan.py` compares them with what we have; `store.py` writes.
None of them has a field that belongs to a reviewer, which is why a sync cannot undo one.

Texts are clean for both databases: no NUL, no lone surrogates, at most the documented length. What was changed to get
there stays readable in `raw` (exact JSON text, ASCII-escaped).
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

# Part of every digest: raise it when the adapters read the same answer differently, so that a sync rewrites its rows.
READING = 1

# Our words for the state of a batch or an item. `final` ones are never polled again by themselves.
State = Literal["waiting", "processing", "completed", "partial", "failed", "canceled", "unknown"]
FINAL_STATES = frozenset({"completed", "partial", "failed", "canceled"})

Approval = Literal["pending", "approved", "rejected", "invalid"]


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One record that could not be read, and where it stands in the vendor's answer."""

    path: str  # "video v1 analysis a1 event 7 time"
    reason: str  # "expected text like t=12.3, got the number 12"
    raw: str  # the record as JSON text, cut at 20,000 characters


@dataclass(frozen=True, slots=True)
class ItemListing:
    """One line of the batch's own list: that an item belongs to it, and how far it is."""

    external_id: str  # the vendor's id of the video, unique in a batch after merging repeats
    position: int  # 0-based place in the vendor's list; the first one where it is listed several times
    repeats: tuple[int, ...] = ()  # further places of the same id
    analysis_id: str | None = None
    raw_status: str | None = None  # as the vendor wrote it
    error: str = ""
    said: bytes = b""  # all the list says of it, compressed (`fields.pack`), where the list brings the results along


@dataclass(frozen=True, slots=True)
class Report:
    """What a vendor tells of a batch as a whole, in words to be shown."""

    facts: tuple[tuple[str, str], ...] = ()  # ("Succeeded", "66.67 %")
    errors: tuple[tuple[str, int | None, tuple[str, ...], str], ...] = ()  # kind, count, some files, advice


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as its status answer tells it."""

    external_id: str
    raw_status: str  # as the vendor wrote it, "" when missing
    state: State
    batch_type: str  # at most 20 characters: "ask", "agent", "unknown"
    analysis_type: str | None
    viewer_url: str
    created_at: str | None  # the vendor's text, untouched
    prompt: str | None  # None: this answer does not say; what we have is kept
    category: str
    total: int | None  # counts of items, as the vendor reports them
    completed: int | None
    failed: int | None
    error: str
    metadata: dict[str, str | int]
    review_status: str | None
    review_status_updated_at: str | None
    raw: str  # the status answer without its list of videos, as JSON text: config, progress and all we do not know
    listing: tuple[ItemListing, ...] = ()
    quarantined: tuple[Quarantine, ...] = ()
    odd_cells: dict[str, str] | None = None  # CSV column → exact cell, only where the fields above do not give it
    workflow: str = ""  # the vendor's name of a custom workflow; it decides how the documents are read
    name: str = ""  # the vendor's own name of the batch
    canceled: int | None = None  # items, where the vendor counts them
    leaves_at: str | None = None  # ISO 8601: when the vendor deletes the batch and its results
    report: Report = Report()
    missing: str = ""  # why `listing` is not whole, as a sentence: then nothing counts as gone


class EventRecord(NamedTuple):
    """One finding, with exactly the values the vendor's SDK would show and, beside them, what the SDK throws away.

    A tuple, because there are tens of thousands in a batch and it is made several times faster than a frozen dataclass.
    """

    position: int  # 0-based place among the item's surviving events
    raw_index: int  # 0-based place in the vendor's own array: how the vendor addresses thumbnails
    external_id: str  # the vendor's event id, "" when there is none
    start_s: float | None  # raw seconds with fractions, None when unknown or not finite
    end_s: float | None
    timestamp: str  # the clock text of the CSV, "00:12-00:15"
    unix_start: str  # as the CSV prints it
    unix_end: str
    category: str
    label: str
    severity: str  # the vendor's word, any case; "" when missing
    confidence: float | None  # what the SDK says; None when absent or not finite
    confidence_given: bool  # False where the SDK filled in a default of its own
    ai_text: str
    thumbnail_url: str  # untrusted text
    approval: Approval | None  # the vendor's opinion: null, empty, missing mean pending; None: a word we do not know
    raw_approval: str  # as the CSV of the SDK prints it
    odd_cells: dict[str, str] | None  # CSV column → exact cell, only where it cannot be rebuilt from the fields above
    sdk: str  # JSON text of the event exactly as the SDK returns it
    raw: str  # JSON text of the event exactly as the vendor sent it
    fingerprint: str  # 32 hex digits over span, category, label and AI text: what a reviewer judged


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """What the vendor answered about one item of a batch."""

    external_id: str
    analysis_id: str | None
    name: str  # "" when the vendor gives none
    source_uri: str
    state: State
    status: str  # the SDK's word: "completed", "failed", ...
    raw_status: str  # the document's own word, "" when missing
    error: str
    summary: str
    mode: str
    answered: bool  # False: the vendor has no document for it (yet); events we already have are kept
    raw: str  # the document without its events, as JSON text
    events: tuple[EventRecord, ...] = ()
    quarantined: tuple[Quarantine, ...] = field(default=())
    odd_cells: dict[str, str] | None = None  # CSV column → exact cell, only where the fields above do not give it
    digest: str = ""  # 32 hex digits over all that this record is read from; "" where that cannot be told


@dataclass(frozen=True, slots=True)
class Chunk:
    """What an answer said about the items asked for."""

    items: tuple[ItemRecord, ...]
    lost: tuple[str, ...]  # ids the answer says nothing about: what we have of them is kept
    same: tuple[str, ...] = ()  # ids about which it says, to the letter, what we have stored
    prompt: str | None = None  # what was asked, where only the items' documents tell
    failure: str = ""  # why some of `lost` are lost, as a sentence; such an id may still have a record in `items`
