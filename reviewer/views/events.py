"""One event: its page, its pictures, and what people decide about it."""

from contextlib import suppress

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.errors import SyncError, VendorUnavailable
from batches.models import Event, Role
from batches.sync.alike import MAX_PILE_EVENTS
from reviewer import access
from reviewer.access import SignedIn
from reviewer.review.card import card
from reviewer.review.clips import clip_answer
from reviewer.review.pictures import picture
from reviewer.review.telemetry import telemetry_of
from reviewer.review.vendor_facts import raw_of
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number


@require_safe
def event_detail(request: SignedIn, pk: int) -> HttpResponse:
    return _page(request, access.event_for(request.user, pk, for_card=True))


@require_safe
def event_cards(request: SignedIn, pks: list[int]) -> HttpResponse:
    """The cards of several events, one after the other, for a deck: without those that the person cannot see.

    Raises Http404 if there is none.
    """
    cards = []
    for pk in pks:
        with suppress(Http404):
            event = access.event_for(request.user, pk, for_card=True)
            context = card(request, event, _pile(request, event))
            cards.append(render_to_string("events/event_detail.html#card", context, request))
    if not cards:
        raise Http404(_("No event matches the given query."))
    return HttpResponse("".join(cards))


def _page(request: SignedIn, event: Event, *, unanswered: str = "", status: int = 200) -> HttpResponse:
    in_deck = request.headers.get("HX-Target") == "card"  # the page of an event is about that event alone
    context = card(request, event, _pile(request, event) if in_deck else ())
    if not in_deck:
        context["raw"] = raw_of(event)
        context["unanswered"] = unanswered
    return render_page(request, "events/event_detail.html", context, partials=["card"], status=status)


@require_POST
def event_ask(request: SignedIn, pk: int) -> HttpResponse:
    """What more the vendor knows of the event's item; costs one of its requests, so only when a reviewer asks."""
    event = access.event_for(request.user, pk, Role.REVIEWER, for_card=True)
    try:
        actions.fetch_details(item_id=event.item_id)
    except SyncError as error:
        return _page(request, event, unanswered=str(error), status=503 if isinstance(error, VendorUnavailable) else 502)
    return redirect("event-detail", event.pk)


def _pile(request: SignedIn, event: Event) -> list[Event]:
    """The event and those that the `pile=<id>,…` with it names and that may be decided with it: of the same video, in
    the same state.
    """
    piles = ([read_number(text) for text in pile.split(",")] for pile in request.GET.getlist("pile"))
    ids = [pk for pk in next((pile for pile in piles if event.pk in pile), []) if pk is not None]
    others = Event.objects.filter(
        item=event.item_id, approval=event.approval, pk__in=ids[:MAX_PILE_EVENTS]
    ).for_review()
    by_id = {other.pk: other for other in others}
    pile = [event, *(by_id[pk] for pk in ids if pk in by_id and pk != event.pk)]
    return pile if len(pile) > 1 else []


@require_safe
def event_thumbnail(request: SignedIn, pk: int) -> HttpResponse:
    return picture(access.event_for(request.user, pk), request.GET.get("width", ""))


@require_safe
def item_telemetry(request: SignedIn, pk: int) -> HttpResponse:
    """The curves and the route of the event's video, as parts of its card; empty if the vendor gives none."""
    telemetry = telemetry_of(access.item_for(request.user, pk))
    return render(request, "items/telemetry.html", {"telemetry": telemetry})


@require_POST
def event_clip(request: SignedIn, pk: int) -> JsonResponse:
    return clip_answer(request, access.event_for(request.user, pk).item)
