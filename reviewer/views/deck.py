"""The deck: one event at a time, made for the keyboard, over a queue that deciding never reshuffles.

Of one batch, or of several: then the filter says of which, and each card brings its own batch.
"""

from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from batches.models import Event
from batches.models.batch import BatchQuerySet
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.insights.pace import DECK_LIMITS, DEFINITION
from reviewer.review.deck_queue import first_card, queue_answer, to_serve
from reviewer.review.desk import desk_sections
from reviewer.review.next_work import after_the_end
from reviewer.web.htmx import render_page

NEXT = "done-next"  # the id of the element with what can be done after the end
PACE = {"pace_limits": DECK_LIMITS, "pace_definition": DEFINITION}


@require_safe
def batch_review(request: SignedIn, pk: int) -> HttpResponse:
    """The first card; the script fetches the queue and the next cards while a person looks at it.

    For `done-next`: what this person can do after the end of the queue.
    """
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    rights = access.rights_in(request.user, batch)
    addresses = {
        "deck_url": request.path,
        "grid_url": reverse("batch-grid", args=[pk]),
        "table_url": reverse("batch-table", args=[pk]),
        "queue_url": reverse("batch-queue", args=[pk]),
        "presence_url": reverse("batch-presence", args=[pk]),
    }
    context: dict[str, Any] = {
        "batch": batch,
        "filter": event_filter,
        "rights": rights,
        **addresses,
    }
    if request.headers.get("HX-Target") == NEXT:
        context |= {"is_end": True, **after_the_end(request, batch, rights)}
        return render_page(request, "batches/batch_review.html", context, partials=[NEXT])
    token = uuid4()
    context |= {"token": token, **PACE, **first_card(request, event_filter, batch.events.all(), rights, token)}
    if context["is_end"]:
        context |= after_the_end(request, batch, rights)
    return render_page(request, "batches/batch_review.html", context)


@require_safe
def batch_queue(request: SignedIn, pk: int) -> JsonResponse:
    """The queue of the deck, as `queue_answer` says."""
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    rights = access.rights_in(request.user, batch)
    return JsonResponse(queue_answer(request, event_filter, batch.events.all(), rights))


@require_safe
def event_review(request: SignedIn) -> HttpResponse:
    """The deck over several batches: the same cards, leases and keys. For `done-next`: what is left to do."""
    batches, rights = access.batches_of_deck(request.user)
    event_filter = ManyBatchesFilter.over(batches, request.GET, request.user)
    context: dict[str, Any] = {
        "several": True,
        "filter": event_filter,
        "rights": rights,
        "deck_url": request.path,
        "grid_url": reverse("event-list"),
        "table_url": reverse("event-list"),
        "queue_url": reverse("event-queue"),
        "presence_url": reverse("event-presence"),
    }
    if request.headers.get("HX-Target") == NEXT:
        context |= {"is_end": True, **_left(request, event_filter)}
        return render_page(request, "events/event_review.html", context, partials=[NEXT])
    token = uuid4()
    context |= {"token": token, **PACE, **first_card(request, event_filter, _events(batches), rights, token)}
    if context["is_end"]:
        context |= _left(request, event_filter)
    return render_page(request, "events/event_review.html", context | {"rights": context.get("rights", rights)})


def _left(request: SignedIn, event_filter: ManyBatchesFilter) -> dict[str, Any]:
    """Template context of the end: what is still to be served (held by others, skipped or new), and other work."""
    _, rights = access.batches_of_deck(request.user)
    left = to_serve(event_filter, request, rights).count() if rights.can_decide else 0
    return {"left": left, "sections": desk_sections(request.user)}


@require_safe
def event_queue(request: SignedIn) -> JsonResponse:
    """The queue over several batches, as `queue_answer` says."""
    batches, rights = access.batches_of_deck(request.user)
    event_filter = ManyBatchesFilter.over(batches, request.GET, request.user)
    return JsonResponse(queue_answer(request, event_filter, _events(batches), rights))


def _events(batches: BatchQuerySet) -> QuerySet[Event]:
    """All events of the batches: also those that left the queue, which a reload may name."""
    return Event.objects.filter(batch__in=batches.values("pk"))
