"""The events that a deck serves to a person: those of the filter, less those that others hold or that are done."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from batches import actions
from batches.models import Approval, Batch, Consensus, Event, Lease, Rights
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.review.opinions import without_done
from reviewer.review.piles import with_piles

MAX_ATTEMPTS = 5  # to lease a first card while others do the same


def to_serve(event_filter: EventFilter, request: SignedIn, rights: Rights) -> QuerySet[Event]:
    """The events of the filter; if it asks for pending events, without those that wait for other people's opinions."""
    asks = event_filter.active.get("approval") == [Approval.PENDING] and not event_filter.active.get("disputed")
    if asks and rights.can_decide and _has_opinions(event_filter.batch):
        return without_done(event_filter.qs, request.user)
    return event_filter.qs


def _has_opinions(batch: Batch) -> bool:
    return batch.opinions_wanted > 1 or Consensus.objects.filter(batch=batch).exists()


def first_free(event_filter: EventFilter, events: QuerySet[Event], request: SignedIn, token: UUID) -> Event | None:
    """The first event that nobody else has, kept for this page; None if other people hold all of them."""
    batch = event_filter.batch
    open_page = actions.record_presence(batch_id=batch.pk, by=request.user, token=token, event_id=None)
    for _ in range(MAX_ATTEMPTS):
        others = Lease.objects.filter(event__batch=batch, until__gt=timezone.now()).exclude(user=request.user)
        free = events.exclude(pk__in=with_piles(event_filter, others.values_list("event_id", flat=True)))
        first = next(iter(event_filter.order.after(free, None, 1)), None)
        if first is None or actions.lease_events(open_page=open_page, wanted=[first.pk], count=1).leased:
            return first
    return None
