"""What a person can do when a deck has ended: what is pending in its batch, and the next batch with work for them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from batches.models import Approval, Assignment, Batch, Event, Rights
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.review.deck_queue import served_count, to_serve
from reviewer.review.opinions import without_done

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PENDING = {"approval": Approval.PENDING, "gone_at__isnull": True}


@dataclass(frozen=True, slots=True)
class NextWork:
    batch: Batch
    pending: int
    is_assigned: bool  # whether these events are assigned to the person

    @property
    def query(self) -> str:
        return "approval=pending&assigned=me" if self.is_assigned else "approval=pending"


def after_the_end(request: SignedIn, batch: Batch, rights: Rights) -> dict[str, Any]:
    """Template context of the end of a deck."""
    left = 0
    if batch.pending and rights.can_decide:
        pending = EventFilter.of(batch, QueryDict("approval=pending"), request.user)
        left = served_count(pending, to_serve(pending, request, rights))
    return {"left": left, "next_work": next_work(request.user, batch)}


def next_work(user: "User", finished: Batch) -> NextWork | None:
    """Another batch that this person may decide: one with events assigned to them first, then the newest."""
    batches = access.batches_to_decide(user).filter(pending__gt=0).exclude(pk=finished.pk)
    # Their batch is named twice: the index of assignments begins with it.
    own = _pending(user).filter(assignment__user=user, assignment__batch=OuterRef("pk"))
    if batch := batches.filter(Exists(own)).first():
        count = Assignment.objects.filter(batch=batch, user=user, event__approval=Approval.PENDING).count()
        return NextWork(batch, count, is_assigned=True)
    free = _pending(user).filter(Q(assignment__isnull=True) | Q(assignment__user__isnull=True))
    batch = batches.filter(Exists(free)).first()
    return NextWork(batch, batch.pending, is_assigned=False) if batch else None


def _pending(user: "User") -> QuerySet[Event]:
    """Of the batch of the outer query: pending events that wait for this person."""
    return without_done(Event.objects.filter(batch=OuterRef("pk"), **PENDING), user).order_by()
