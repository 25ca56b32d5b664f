"""Typed, frozen records between a vendor's JSON and our tables. No Django here.

Adapters (`vendors/*.py`) turn answers into records, `plan.py` compares them with stored rows, and `store.py` writes
them. No record has a field that belongs to a reviewer, so a sync cannot undo a reviewer's work.

Texts are clean for both databases: no NUL, no lone surrogates, at most the documented length. The original is kept in
`raw` (exact JSON text, ASCII-escaped).
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

# Part of every digest. Raise it when adapters read the same answer differently, so that a sync rewrites its rows.
READING = 1

# The states of a batch or an item. Final states are never polled again automatically.
State = Literal["waiting", "processing", "completed", "partial", "failed", "canceled", "unknown"]
FINAL_STATES = frozenset({"completed", "partial", "failed", "canceled"})

Approval = Literal["pending", "approved", "rejected", "invalid"]


@dataclass(frozen=True, slots=True)
class Quarantine:
    """An unreadable record and its path in the vendor's answer."""

    path: str  # "video v1 analysis a1 event 7 time"
    reason: str  # "expected text like t=12.3, got the number 12"
    raw: str  # the record as JSON text, cut at 20,000 characters


@dataclass(frozen=True, slots=True)
class ItemListing:
    """One line of the batch's list of items: the item and its status."""

    external_id: str  # the vendor's id of the video, unique in a batch after merging repeats
    position: int  # 0-based position in the vendor's list; the first one if the item is listed several times
    repeats: tuple[int, ...] = ()  # further positions of the same id
    analysis_id: str | None = None
    raw_status: str | None = None  # as the vendor wrote it
    error: str = ""
    payload: bytes = b""  # the item's record, compressed (`fields.pack`), for vendors whose list holds the results


@dataclass(frozen=True, slots=True)
class Report:
    """A vendor's summary of a whole batch, as text to show."""

    facts: tuple[tuple[str, str], ...] = ()  # ("Succeeded", "66.67 %")
    errors: tuple[tuple[str, int | None, tuple[str, ...], str], ...] = ()  # kind, count, some files, advice


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch, as read from its status answer."""

    external_id: str
    raw_status: str  # as the vendor wrote it, "" when missing
    state: State
    batch_type: str  # at most 20 characters: "ask", "agent", "unknown"
    analysis_type: str | None
    viewer_url: str
    created_at: str | None  # the vendor's text, untouched
    prompt: str | None  # None: not in this answer, so the stored prompt is kept
    category: str
    total: int | None  # counts of items, as the vendor reports them
    completed: int | None
    failed: int | None
    error: str
    metadata: dict[str, str | int]
    review_status: str | None
    review_status_updated_at: str | None
    raw: str  # the status answer without its list of videos, as JSON text
    listing: tuple[ItemListing, ...] = ()
    quarantined: tuple[Quarantine, ...] = ()
    odd_cells: dict[str, str] | None = None  # CSV column → exact cell, only where the fields above do not give it
    workflow: str = ""  # the vendor's name of a custom workflow; it decides how the documents are read
    name: str = ""  # the vendor's own name of the batch
    canceled: int | None = None  # items, if the vendor counts them
    expires_at: str | None = None  # ISO 8601: when the vendor deletes the batch and its results
    report: Report = Report()
    missing: str = ""  # why `listing` is incomplete, as a sentence; no item then counts as gone


ADDED = "reviewer-"  # the beginning of the id of an event that a person added


class EventRecord(NamedTuple):
    """An event, with exactly the values of the vendor's SDK and the values that the SDK discards.

    A tuple, because a batch has tens of thousands of events and a frozen dataclass is several times slower to create.
    """

    position: int  # 0-based position among the item's readable events
    raw_index: int  # 0-based position in the vendor's own array, by which the vendor addresses thumbnails
    external_id: str  # the vendor's event id, "" when there is none
    start_s: float | None  # raw seconds with fractions, None when unknown or not finite
    end_s: float | None
    timestamp: str  # the clock text of the CSV, "00:12-00:15"
    unix_start: str  # as the CSV prints it
    unix_end: str
    category: str
    label: str
    severity: str  # as the vendor wrote it; "" when missing
    confidence: float | None  # the SDK's value; None when absent or not finite
    confidence_given: bool  # False if the SDK filled in its default
    ai_text: str
    thumbnail_url: str  # untrusted text
    approval: Approval | None  # the vendor's approval; pending if null, empty or missing; None for an unknown value
    raw_approval: str  # as the CSV of the SDK prints it
    odd_cells: dict[str, str] | None  # CSV column → exact cell, only where it cannot be rebuilt from the fields above
    sdk: str  # JSON text of the event exactly as the SDK returns it
    raw: str  # JSON text of the event exactly as the vendor sent it
    fingerprint: str  # 32 hex digits over span, category, label and AI text: what a reviewer judged
    box: str = ""  # the box in `sdk`, where it is not in `raw` as the vendor sent it


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item of a batch, as read from the vendor's answer."""

    external_id: str
    analysis_id: str | None
    name: str  # "" when the vendor gives none
    source_uri: str
    state: State
    status: str  # the SDK's status: "completed", "failed", ...
    raw_status: str  # the document's own status, "" when missing
    error: str
    summary: str
    mode: str
    answered: bool  # False: the vendor has no document for it (yet); stored events are kept
    raw: str  # the document without its events, as JSON text
    events: tuple[EventRecord, ...] = ()
    quarantined: tuple[Quarantine, ...] = field(default=())
    odd_cells: dict[str, str] | None = None  # CSV column → exact cell, only where the fields above do not give it
    digest: str = ""  # 32 hex digits over everything that this record is read from; "" if it cannot be computed


@dataclass(frozen=True, slots=True)
class Chunk:
    """The part of an answer about the requested items."""

    items: tuple[ItemRecord, ...]
    lost: tuple[str, ...]  # ids that the answer does not mention; their stored data is kept
    same: tuple[str, ...] = ()  # ids whose data equals the stored data
    prompt: str | None = None  # the prompt, for vendors that only send it with an item
    whole: bool = True  # False: some of what the answer says of these items could not be attributed to any
    failure: str = ""  # why some ids are lost, as a sentence; such an id may still have a record in `items`
