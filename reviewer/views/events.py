"""One event: its page, its pictures, and what people decide about it."""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.actions.comments import people_of
from batches.errors import SyncError, VendorUnavailable
from batches.models import CommentKind, Event, Role
from batches.models.event import POSITIONS_PER_ITEM
from batches.sync.alike import LARGEST
from batches.sync.vendors import vendor_of
from reviewer import access, media
from reviewer.access import SignedIn
from reviewer.filters import SORTS
from reviewer.htmx import render_page
from reviewer.opinions import blind, seconds
from reviewer.past import changes_since
from reviewer.payload import facts_of, raw_of

NEIGHBOURS = 30  # events of the same item on each side of the strip
HISTORY = 50


def card(request: SignedIn, event: Event, pile: Collection[Event] = ()) -> dict[str, Any]:
    """Template context of the card, the same in the deck and on the event's page; with the pile it stands for, if any."""
    order = SORTS["item"]
    place = order.values(order.cursor(event))
    first = event.sequence - event.sequence % POSITIONS_PER_ITEM
    siblings = (
        Event.objects.filter(batch=event.batch_id, item=event.item_id)
        .filter(sequence__gte=first, sequence__lt=first + POSITIONS_PER_ITEM)  # keeps to the item's part of the index
        .for_review()
        .only("sequence", "approval", "timestamp", "start_s", "end_s", "label", "category")
    )
    rights = access.rights_on(request.user, event.batch.connection_id)
    second = seconds(request.user, rights, event.batch, [event]).get(event.pk)
    history = event.decisions.select_related("action__user", "restores").order_by("-version")
    return {
        "event": event,
        "batch": event.batch,
        "rights": rights,
        "second": second,
        "changes": changes_since(event),
        "facts": facts_of(event),
        "history": history[:HISTORY],
        **talk(event),
        "strip": [*order.before(siblings, place, NEIGHBOURS), event, *order.after(siblings, place, NEIGHBOURS)],
        "pile": pile,
        "askable": bool(event.item.analysis_id) and vendor_of(event.batch.connection.vendor).has_details,
        "proposal": None if blind(second, rights) else access.proposal_for(request.user, event),
        **_beside(request, event),
        "key": uuid4(),
        "undo_key": uuid4(),
        "proposal_key": uuid4(),
        "redo_key": uuid4(),
    }


def _beside(request: SignedIn, event: Event) -> dict[str, Any]:
    """Template context: what `compare=<batch>` found where this event is, never how it was judged there."""
    text = request.GET.get("compare", "")
    asked = text.isascii() and text.isdigit() and len(text) < 19
    pair = access.pair_beside(request.user, event, int(text)) if asked else None
    if pair is None:
        return {}
    comparison, is_later = pair.comparison, pair.later_id == event.pk
    there = (pair.earlier, comparison.earlier) if is_later else (pair.later, comparison.later)
    return {"beside": pair, "beside_event": there[0], "beside_batch": there[1]}


def talk(event: Event) -> dict[str, Any]:
    """Template context: the comments with what was resolved between them, and who can be mentioned."""
    steps = event.comments.exclude(kind=CommentKind.WITHDRAW).select_related("author", "withdrawn_by")
    names = people_of(event.batch.connection_id).values_list("username", flat=True)
    return {
        "talk": steps,
        "conversation": getattr(event, "conversation", None),
        "people": " ".join(names),
        "comment_key": uuid4(),
    }


@require_safe
def event_detail(request: SignedIn, pk: int) -> HttpResponse:
    return _page(request, access.event_for(request.user, pk))


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
    event = access.event_for(request.user, pk, Role.REVIEWER)
    try:
        actions.ask_details(item_id=event.item_id)
    except SyncError as error:
        return _page(request, event, unanswered=str(error), status=503 if isinstance(error, VendorUnavailable) else 502)
    return redirect("event-detail", event.pk)


def _pile(request: SignedIn, event: Event) -> list[Event]:
    """The event and those of `pile=<id>,…` that may be decided with it: of the same video, in the same state."""
    ids = [
        int(text)
        for text in request.GET.get("pile", "").split(",")
        if text.isascii() and text.isdigit() and len(text) < 19
    ]
    others = Event.objects.filter(item=event.item_id, approval=event.approval, pk__in=ids[:LARGEST]).for_review()
    found = {one.pk: one for one in others}
    pile = [event, *(found[pk] for pk in ids if pk in found and pk != event.pk)]
    return pile if len(pile) > 1 else []


@require_safe
def event_thumbnail(request: SignedIn, pk: int) -> HttpResponse:
    return picture(access.event_for(request.user, pk))


def picture(event: Event) -> HttpResponse:
    """The vendor's picture, or ours that says why there is none. A picture is inert whatever its bytes are."""
    try:
        data, kind = media.thumbnail(event)
        response = HttpResponse(data, content_type=kind)
        response["Cache-Control"] = "private, max-age=86400"
    except media.NoPicture as reason:
        status = 503 if reason.later else 404
        response = HttpResponse(_placeholder(str(reason)), content_type="image/svg+xml", status=status)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


def _placeholder(reason: str) -> str:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><rect width="320" height="180" fill="#22262e"/>'
        '<path d="M122 112l22-26 16 18 12-12 26 20z" fill="none" stroke="#586070" stroke-width="3"/>'
        '<circle cx="186" cy="76" r="7" fill="#586070"/>'
        '<text x="160" y="146" text-anchor="middle" font-family="system-ui,sans-serif" font-size="13" fill="#aab2c0">'
        "{}</text></svg>",
        reason,
    )


@require_POST
def event_clip(request: SignedIn, pk: int) -> JsonResponse:
    """A signed address to play, and the span in seconds; else the plain reason why not."""
    event = access.event_for(request.user, pk, Role.VIEWER)
    connection = event.batch.connection
    if not vendor_of(connection.vendor).has_clips:
        return JsonResponse({"error": f"{connection.get_vendor_display()} gives out no video."}, status=404)
    try:
        clip = media.clip(event)
    except SyncError as error:
        return JsonResponse({"error": str(error)}, status=503 if isinstance(error, VendorUnavailable) else 502)
    return JsonResponse({"url": clip.url, "start": clip.start, "end": clip.end, "expires_at": clip.expires_at})
