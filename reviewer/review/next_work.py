"""What a person can do when a deck has ended: what is pending in its batch, and the next batch with work for them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, When
from django.http import QueryDict

from batches.models import Approval, Batch, Event, Rights
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
    if batch := batches.filter(Exists(_assigned(user, OuterRef("pk")))).first():
        return NextWork(batch, _assigned(user, batch.pk).count(), is_assigned=True)
    free = _pending(user, OuterRef("pk")).filter(Q(assignment__isnull=True) | Q(assignment__user__isnull=True))
    # As a condition by itself PostgreSQL would join all pending events of all batches to find one.
    has_free = Case(When(Exists(free), then=True), default=False, output_field=BooleanField())
    batch = batches.filter(has_free).first()
    return NextWork(batch, batch.pending, is_assigned=False) if batch else None


def _assigned(user: "User", batch_id: int | OuterRef) -> QuerySet[Event]:
    """Those of `_pending` that are assigned to this person."""
    # Their batch is named twice: the index of assignments begins with it.
    return _pending(user, batch_id).filter(assignment__user=user, assignment__batch=batch_id)


def _pending(user: "User", batch_id: int | OuterRef) -> QuerySet[Event]:
    """Of the batch: pending events that wait for this person."""
    return without_done(Event.objects.filter(batch=batch_id, **PENDING), user).order_by()
