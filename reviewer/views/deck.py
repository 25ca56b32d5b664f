"""The deck: one event at a time, made for the keyboard, over a queue that deciding never reshuffles."""

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from batches.models import Event
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters import EventFilter
from reviewer.htmx import render_page
from reviewer.paging import Sort, read_place
from reviewer.views.events import card

BEHIND, AHEAD = 100, 400


@require_safe
def batch_review(request: SignedIn, pk: int) -> HttpResponse:
    """The first card; the script fetches the queue and the next cards while a person looks at it."""
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET, request.user)
    first = _wanted(request, batch.events.all()) or next(iter(chosen.order.after(chosen.qs, None, 1)), None)
    context: dict[str, Any] = {"batch": batch, "filter": chosen, "event": None}
    if first:
        place = chosen.order.values(chosen.order.cursor(first))
        context |= {
            **card(request, access.event_for(request.user, first.pk)),
            "previous": next(iter(chosen.order.before(chosen.qs, place, 1)), None),
            "next": next(iter(chosen.order.after(chosen.qs, place, 1)), None),
        }
    context["rights"] = access.rights_on(request.user, batch.connection_id)
    return render_page(request, "batches/batch_review.html", context)


@require_safe
def batch_queue(request: SignedIn, pk: int) -> JsonResponse:
    """The queue as ids, in order, with the cursor of what follows.

    `at=<event>`: around it, with its place and the number of all. `after=<cursor>`: the next stretch.
    """
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET, request.user)
    sort = chosen.order
    at = _wanted(request, batch.events.all(), "at")
    if at is None:
        start = read_place(sort, request.GET.get("after", ""))
        return JsonResponse(_stretch(sort, sort.after(chosen.qs, start, AHEAD + 1)))
    place = sort.values(sort.cursor(at))
    behind = sort.before(chosen.qs, place, BEHIND)
    ahead = sort.after(chosen.qs, place, AHEAD + 1)
    answer = _stretch(sort, ahead)
    answer["ids"] = [event.pk for event in behind] + [at.pk] + answer["ids"]
    if len(ahead) <= AHEAD and len(behind) < BEHIND:
        answer |= {"place": len(behind) + 1, "total": len(answer["ids"])}
    else:
        earlier = sort.rows_before(chosen.qs, place).count()
        answer |= {"place": earlier + 1, "total": _count(chosen)}
    return JsonResponse(answer)


def _count(chosen: EventFilter) -> int:
    return chosen.qs.count() if chosen.total is None else chosen.total


def _stretch(sort: Sort, events: list[Event]) -> dict[str, Any]:
    more = sort.cursor(events[AHEAD - 1]) if len(events) > AHEAD else None
    return {"ids": [event.pk for event in events[:AHEAD]], "after": more}


def _wanted(request: SignedIn, events: QuerySet[Event], name: str = "event") -> Event | None:
    """The event a parameter names. Raises BadRequest for no number, Http404 for one of another batch."""
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest(f"{name}: a number was expected.")
    found = events.filter(pk=text).first()
    if found is None:
        raise Http404("The event is not in this batch.")
    return found
