"""The events that a deck serves to a person: those of the filter, less those that others hold or that are done."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from batches import actions
from batches.database_errors import best_effort
from batches.models import Approval, Event, Lease, Rights
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.filters.few_events import LARGE
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Page
from reviewer.review.card import card
from reviewer.review.opinions import without_done
from reviewer.review.piles import hidden_in_piles, piles_of, with_piles
from reviewer.web.numbers import read_number

MAX_BEHIND, MAX_AHEAD = 100, 400  # events of the queue in one answer
MAX_ATTEMPTS = 5  # to lease a first card while others do the same


def to_serve(event_filter: EventFilter, request: SignedIn, rights: Rights) -> QuerySet[Event]:
    """The events of the filter; if it asks for pending events, without those that wait for other people's opinions."""
    asks = event_filter.active.get("approval") == [Approval.PENDING] and not event_filter.active.get("disputed")
    if asks and rights.can_decide and event_filter.has_opinions:
        return without_done(event_filter.listed, request.user)
    return event_filter.listed


def served_count(event_filter: EventFilter, served: QuerySet[Event]) -> int:
    """The number of events that `to_serve` gave, by the counters where these can tell."""
    return event_filter.count() if served is event_filter.listed else served.count()


class Place(NamedTuple):
    """An event, and those beside it in the filter."""

    event: Event
    previous: Event | None
    next: Event | None


def place_of(event_filter: EventFilter, event: Event) -> Place:
    position = event_filter.order.values(event_filter.order.cursor(event))
    neighbours = event_filter.listed.only("pk")
    before = event_filter.order.before(neighbours, position, 1)
    after = event_filter.order.after(neighbours, position, 1)
    return Place(event, next(iter(before), None), next(iter(after), None))


def first_place(event_filter: EventFilter, events: QuerySet[Event], held: Collection[int] = ()) -> Place | None:
    """The place of the first of these events that is not held."""
    free = (events.exclude(pk__in=held) if held else events).only("batch", *event_filter.order.columns)
    first, following, *_ = [*event_filter.order.after(free, None, 2), None, None]
    if first is None:
        return None
    is_whole = events is event_filter.listed and not held
    return Place(first, None, following) if is_whole else place_of(event_filter, first)


def first_free(event_filter: EventFilter, events: QuerySet[Event], request: SignedIn, token: UUID) -> Place | None:
    """The first event that nobody else has, kept for this page; None if other people hold all of them.

    A lease is a help, not a lock: where none can be written the event is shown without.
    """
    for _attempt in range(MAX_ATTEMPTS):
        # Of any batch: what few people hold is read sooner than the events of this one.
        leases = Lease.objects.filter(until__gt=timezone.now())
        others = leases.exclude(user=request.user).values_list("event_id", flat=True)
        first = first_place(event_filter, events, with_piles(event_filter, others))
        if first is None:
            return None
        is_ours = True
        with best_effort():
            is_ours = actions.open_page_with(event=first.event, by=request.user, token=token)
        if is_ours:
            return first
    return None


def wanted_event(request: SignedIn, events: QuerySet[Event], name: str = "event") -> Event | None:
    """The event of these that a parameter names. Raises BadRequest for no number, Http404 for another one."""
    text = request.GET.get(name, "")
    if not text:
        return None
    number = read_number(text)
    if number is None:
        raise BadRequest(_("{name}: a number was expected.").format(name=name))
    event = events.filter(pk=number).first()
    if event is None:
        raise Http404(_("The event is not in this batch."))
    return event


def first_card(
    request: SignedIn, event_filter: EventFilter, events: QuerySet[Event], rights: Rights, token: UUID
) -> dict[str, Any]:
    """Template context of a deck: its first card with its neighbours, or why it has none.

    `events`: those of the batches, from which the address may name one.
    """
    served = to_serve(event_filter, request, rights)
    if wanted := wanted_event(request, events):
        first: Place | None = place_of(event_filter, wanted)
    elif rights.can_decide and request.method == "GET":
        first = first_free(event_filter, served, request, token)
    else:
        first = first_place(event_filter, served)
    if first is None:
        held = served.exists()
        return {"event": None, "held": held, "is_end": not held}
    event = access.event_for(request.user, first.event.pk, for_card=True)
    pile = next(iter(piles_of(event_filter, [event])), [])
    beside = {"previous": first.previous, "next": first.next}
    return {**card(request, event, pile), **beside, "held": False, "is_end": False}


def queue_answer(
    request: SignedIn, event_filter: EventFilter, events: QuerySet[Event], rights: Rights
) -> dict[str, Any]:
    """The queue as ids, in order, with the cursor of what follows.

    `at=<event>`: around it, with its position and the number of all where they need no counting of many events; if
    they do, the page asks for them with `place=<event>`. `after=<cursor>`: the next stretch. `piles`: ids that may be
    shown as one card, each list in the queue's order; `cards`: position and number of all where they are.
    """
    served = to_serve(event_filter, request, rights)
    sort = event_filter.order
    queued = served.only("approval", *sort.columns)  # whole events would take twice the time
    if (placed := wanted_event(request, events, "place")) is not None:
        return _counted_place(event_filter, served, placed)
    at = wanted_event(request, events, "at")
    if at is None:
        page = keyset.page(request.GET, sort, queued, MAX_AHEAD)
        return _stretch(page) | _piles(event_filter, page.rows)
    position = sort.values(sort.cursor(at))
    behind = sort.before(queued, position, MAX_BEHIND)
    ahead, more = page = keyset.cut(sort, sort.after(queued, position, MAX_AHEAD + 1), MAX_AHEAD)
    answer = _stretch(page)
    answer["ids"] = [event.pk for event in behind] + [at.pk] + answer["ids"]
    if not more and len(behind) < MAX_BEHIND:
        counts = {"place": len(behind) + 1, "total": len(answer["ids"])}
        answer |= _with_cards(event_filter, position, counts)
    elif event_filter.event_count < LARGE:
        answer |= _counted_place(event_filter, served, at)
    is_grouped = "place" not in answer or "cards" in answer
    return answer | (_piles(event_filter, [*behind, at, *ahead]) if is_grouped else {})


def _counted_place(event_filter: EventFilter, served: QuerySet[Event], event: Event) -> dict[str, Any]:
    """The position of an event in the queue and the number of all. Counts everything in front of it."""
    position = event_filter.order.values(event_filter.order.cursor(event))
    counted = event_filter.to_count() if served is event_filter.listed else served
    earlier = event_filter.order.rows_before(counted, position).count()
    total = served_count(event_filter, served)
    return _with_cards(event_filter, position, {"place": earlier + 1, "total": total})


def _with_cards(event_filter: EventFilter, position: list[Any], counts: dict[str, int]) -> dict[str, Any]:
    hidden = hidden_in_piles(event_filter, event_filter.without())
    if not hidden:
        return {**counts}
    before = hidden_in_piles(event_filter, event_filter.order.rows_before(event_filter.without(), position))
    return {**counts, "cards": {"place": counts["place"] - before, "total": counts["total"] - hidden}}


def _piles(event_filter: EventFilter, events: list[Event]) -> dict[str, list[list[int]]]:
    piles = [[event.pk for event in pile] for pile in piles_of(event_filter, events)]
    return {"piles": piles} if piles else {}


def _stretch(page: Page[Event]) -> dict[str, Any]:
    return {"ids": [event.pk for event in page.rows], "after": page.more or None}
