"""The deck: one event at a time, made for the keyboard, over a queue that deciding never reshuffles."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from batches.models import Event
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.insights.pace import DECK_LIMITS, DEFINITION
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Page
from reviewer.review.card import card
from reviewer.review.deck_queue import first_free, to_serve
from reviewer.review.next_work import after_the_end
from reviewer.review.piles import hidden_in_piles, piles_of
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

MAX_BEHIND, MAX_AHEAD = 100, 400  # events of the queue in one answer
NEXT = "done-next"  # the id of the element with what can be done after the end


@require_safe
def batch_review(request: SignedIn, pk: int) -> HttpResponse:
    """The first card; the script fetches the queue and the next cards while a person looks at it.

    For `done-next`: what this person can do after the end of the queue.
    """
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    rights = access.rights_on(request.user, batch.connection_id)
    context: dict[str, Any] = {"batch": batch, "filter": event_filter, "rights": rights}
    if request.headers.get("HX-Target") == NEXT:
        context |= {"is_end": True, **after_the_end(request, batch, rights)}
        return render_page(request, "batches/batch_review.html", context, partials=[NEXT])
    served, token = to_serve(event_filter, request, rights), uuid4()
    first = _wanted(request, batch.events.all())
    if first is None and rights.can_decide and request.method == "GET":
        first = first_free(event_filter, served, request, token)
    elif first is None:
        first = next(iter(event_filter.order.after(served, None, 1)), None)
    context |= {"event": None, "token": token}
    if first:
        pile = next(iter(piles_of(event_filter, [first])), [])
        position = event_filter.order.values(event_filter.order.cursor(first))
        context |= {
            **card(request, access.event_for(request.user, first.pk), pile),
            "previous": next(iter(event_filter.order.before(event_filter.qs, position, 1)), None),
            "next": next(iter(event_filter.order.after(event_filter.qs, position, 1)), None),
        }
    held = first is None and served.exists()
    context |= {"held": held, "is_end": first is None and not held}
    if context["is_end"]:
        context |= after_the_end(request, batch, rights)
    context |= {"pace_limits": DECK_LIMITS, "pace_definition": DEFINITION}
    return render_page(request, "batches/batch_review.html", context)


@require_safe
def batch_queue(request: SignedIn, pk: int) -> JsonResponse:
    """The queue as ids, in order, with the cursor of what follows.

    `at=<event>`: around it, with its position and the number of all. `after=<cursor>`: the next stretch. `piles`: ids
    that may be shown as one card, each list in the queue's order; `cards`: position and number of all where they are.
    """
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    sort = event_filter.order
    served = to_serve(event_filter, request, access.rights_on(request.user, batch.connection_id))
    queued = served.only("approval", *sort.columns)  # whole events would take twice the time
    at = _wanted(request, batch.events.all(), "at")
    if at is None:
        page = keyset.page(request.GET, sort, queued, MAX_AHEAD)
        return JsonResponse(_stretch(page) | _piles(event_filter, page.rows))
    position = sort.values(sort.cursor(at))
    behind = sort.before(queued, position, MAX_BEHIND)
    ahead, more = page = keyset.cut(sort, sort.after(queued, position, MAX_AHEAD + 1), MAX_AHEAD)
    answer = _stretch(page)
    answer["ids"] = [event.pk for event in behind] + [at.pk] + answer["ids"]
    if not more and len(behind) < MAX_BEHIND:
        answer |= {"place": len(behind) + 1, "total": len(answer["ids"])}
    else:
        earlier = sort.rows_before(served, position).count()
        total = served.count() if event_filter.total is None or served is not event_filter.qs else event_filter.total
        answer |= {"place": earlier + 1, "total": total}
    if hidden := hidden_in_piles(event_filter, event_filter.qs):
        before = answer["place"] - hidden_in_piles(event_filter, sort.rows_before(event_filter.qs, position))
        answer |= {"cards": {"place": before, "total": answer["total"] - hidden}}
        answer |= _piles(event_filter, [*behind, at, *ahead])
    return JsonResponse(answer)


def _piles(event_filter: EventFilter, events: list[Event]) -> dict[str, list[list[int]]]:
    piles = [[event.pk for event in pile] for pile in piles_of(event_filter, events)]
    return {"piles": piles} if piles else {}


def _stretch(page: Page[Event]) -> dict[str, Any]:
    return {"ids": [event.pk for event in page.rows], "after": page.more or None}


def _wanted(request: SignedIn, events: QuerySet[Event], name: str = "event") -> Event | None:
    """The event a parameter names. Raises BadRequest for no number, Http404 for one of another batch."""
    text = request.GET.get(name, "")
    if not text:
        return None
    number = read_number(text)
    if number is None:
        raise BadRequest(f"{name}: a number was expected.")
    event = events.filter(pk=number).first()
    if event is None:
        raise Http404("The event is not in this batch.")
    return event
