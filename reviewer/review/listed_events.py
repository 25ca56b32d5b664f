"""One event in the grid or the table as HTML. It is remembered: rendering a page takes longer than all its queries.

The template gets a `ListedEvent` and a `ListPage`, which hold everything that it shows, and nothing else. They are the
key as well, so what is remembered is never out of date.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from batches.models import Approval, Event
from batches.models.people import initials_of
from reviewer.formats import span
from reviewer.review.opinions import OpinionProgress

MAX_REMEMBERED = 2_000  # of about 2 kB each, in every process


@dataclass(frozen=True, slots=True)
class ListPage:
    """What is the same for all events of a page. `deck`: the address of the deck, up to the number of an event."""

    template: str
    deck: str
    can_decide: bool
    has_pictures: bool
    has_clips: bool
    has_piles: bool


@dataclass(frozen=True, slots=True)
class ShownProgress:
    stage: str
    summary: str
    mine_approval: Approval | None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """Named like the fields and properties of an event."""

    pk: int
    name: str
    version: int
    fingerprint: str
    approval: str
    verdict_by: str
    initials: str
    decided_at: datetime | None
    reason: str
    item_id: int
    item: str
    start_s: float | None
    end_s: float | None
    span: str
    category: str
    severity: str
    severity_rank: int
    confidence: float | None
    confidence_given: bool
    has_thumbnail: bool
    borrows_clip: bool
    ai_text: str
    pile: int | None
    opinion_progress: ShownProgress | None
    comments: int
    unresolved: bool
    differs_from_vendor: bool
    changed_since: bool
    is_corrected: bool
    correction_changed: bool
    flagged: bool
    is_unread: bool
    is_gone: bool
    is_added: bool

    def __str__(self) -> str:
        return self.name

    @property
    def has_marks(self) -> bool:
        marks = self.differs_from_vendor or self.changed_since or self.flagged or self.is_unread or self.is_gone
        return bool(marks or self.is_corrected or self.comments or self.is_added)

    @classmethod
    def of(cls, event: Event, page: ListPage) -> "ListedEvent":
        """`event`: with `item`, `decided_by__profile`, `conversation`, `consensus` and, for piles, `picture_hash`
        selected, and with `borrows_clip`.
        """
        talk = getattr(event, "conversation", None)
        picture = getattr(event, "picture_hash", None) if page.has_piles else None
        return cls(
            pk=event.pk, name=str(event), version=event.version, fingerprint=event.fingerprint,
            approval=event.approval, verdict_by=event.verdict_by,
            initials=initials_of(event.decided_by) if event.decided_by else "",
            decided_at=event.decided_at, reason=event.reason,
            item_id=event.item_id, item=str(event.item), start_s=event.start_s, end_s=event.end_s, span=span(event),
            category=event.category, severity=event.severity, severity_rank=event.severity_rank,
            confidence=event.confidence, confidence_given=event.confidence_given,
            has_thumbnail=bool(event.thumbnail_url), borrows_clip=event.borrows_clip,  # type: ignore[attr-defined]
            ai_text="" if page.has_pictures else event.ai_text,
            pile=picture.pile if picture and event.approval == Approval.PENDING else None,
            opinion_progress=_shown(event.opinion_progress),  # type: ignore[attr-defined]  # see `opinions.attach`
            comments=talk.comments if talk else 0, unresolved=bool(talk and talk.unresolved),
            differs_from_vendor=event.differs_from_vendor, changed_since=event.changed_since,
            is_corrected=event.corrections is not None, correction_changed=bool(event.correction_changed),
            flagged=event.flagged,
            is_unread=event.unread_at is not None, is_gone=event.removed_at is not None, is_added=event.is_added,
        )  # fmt: skip


def _shown(progress: OpinionProgress | None) -> ShownProgress | None:
    return ShownProgress(progress.stage, progress.summary, progress.mine_approval) if progress else None


def listed(event: Event, page: ListPage) -> SafeString:
    """The event as HTML."""
    return _html_of(ListedEvent.of(event, page), page, get_language())


@lru_cache(maxsize=MAX_REMEMBERED)
def _html_of(event: ListedEvent, page: ListPage, language: str | None) -> SafeString:
    """In the current language; `language` is named only for the key."""
    context: dict[str, Any] = {"event": event, "page": page}
    return SafeString(get_template(page.template).render(context))
