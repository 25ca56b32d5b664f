"""Template context of the card of one event."""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from batches.models import Comment, CommentKind, Decision, Event, SearchMatch
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.prepared import prepared
from batches.sync.vendors import vendor_of
from reviewer import access, media
from reviewer.access import SignedIn
from reviewer.review.changes_since import changes_since
from reviewer.review.opinions import blind, opinion_progress
from reviewer.review.vendor_facts import facts_of
from reviewer.web.numbers import read_number

MAX_NEIGHBOURS = 30  # events of the same item on each side of the strip
STRIP_FIELDS = ("sequence", "approval", "timestamp", "start_s", "end_s", "label", "category", "origin")
MAX_HISTORY = 50  # decisions
TALK_STEPS = 50  # comments and what is between them


def card(request: SignedIn, event: Event, pile: Collection[Event] = ()) -> dict[str, Any]:
    """Template context of the card, the same in the deck and on the event's page; with the pile it stands for, if
    any.
    """
    event.item.batch = event.batch
    rights = access.rights_in(request.user, event.batch)
    progress = opinion_progress(request.user, rights, event.batch, [event]).get(event.pk)
    vendor = vendor_of(event.batch.connection.vendor)
    return {
        "event": event,
        "batch": event.batch,
        "has_clip": media.may_play(event.item, request.user),
        "rights": rights,
        "opinion_progress": progress,
        "changes": changes_since(event),
        "facts": facts_of(event),
        "history": _history(event.pk) if event.version > 1 else [],
        **talk(event, read_number(request.GET.get("comments_before", ""))),
        "strip": _strip(event),
        "pile": pile,
        "askable": bool(event.item.analysis_id) and vendor.has_details,
        "lacks_picture": bool(event.item.analysis_id) and vendor.has_thumbnails and not event.thumbnail_url,
        "proposal": None if blind(progress, rights) else access.proposal_for(request.user, event),
        **_beside(request, event),
        "match": _match(request, event),
        "key": uuid4(),
        "correction_key": uuid4(),
        "missed_key": uuid4(),
        "undo_key": uuid4(),
        "proposal_key": uuid4(),
        "redo_key": uuid4(),
    }


def _strip(event: Event) -> list[Event]:
    """The event between its neighbours in the item."""
    first = event.sequence - event.sequence % POSITIONS_PER_ITEM
    position = event.batch_id, event.item_id, event.sequence, event.pk
    neighbours = _neighbours(*position, first, first + POSITIONS_PER_ITEM)
    return sorted([*neighbours, event], key=lambda event: (event.sequence, event.pk))


@prepared
def _neighbours(batch: int, item: int, sequence: int, pk: int, first: int, end: int) -> QuerySet[Event]:
    """The nearest on both sides, in no order. `first`, `end`: of the item's part of the index."""
    events, columns = Event.objects.filter(batch=batch, item=item).for_review(), Tuple("sequence", "id")
    before = events.filter(TupleLessThan(columns, (sequence, pk)), sequence__gte=first)
    behind = events.filter(TupleGreaterThan(columns, (sequence, pk)), sequence__lt=end)
    sides = before.order_by("-sequence", "-id"), behind.order_by("sequence", "id")
    # SQLite takes no limit in a part of a union, but in a query within it.
    parts = [Event.objects.filter(pk__in=side.values("pk")[:MAX_NEIGHBOURS]) for side in sides]
    earlier, later = (part.only(*STRIP_FIELDS) for part in parts)
    return earlier.order_by().union(later.order_by(), all=True).order_by()


@prepared
def _history(event_id: int) -> QuerySet[Decision]:
    decisions = Decision.objects.filter(event=event_id).select_related("action__user__profile", "restores")
    return decisions.order_by("-version")[:MAX_HISTORY]


@prepared
def _latest_talk(event_id: int) -> QuerySet[Comment]:
    return _talk(event_id)[: TALK_STEPS + 1]


def _talk(event_id: int) -> QuerySet[Comment]:
    steps = Comment.objects.filter(event=event_id).exclude(kind=CommentKind.WITHDRAW).order_by("-id")
    return steps.select_related("author__profile", "withdrawn_by")


def _beside(request: SignedIn, event: Event) -> dict[str, Any]:
    """Template context: the event that `compare=<batch>` has at this place, without its verdict."""
    other = read_number(request.GET.get("compare", ""))
    pair = access.pair_beside(request.user, event, other) if other is not None else None
    if pair is None:
        return {}
    comparison, is_later = pair.comparison, pair.later_id == event.pk
    other_event, batch = (pair.earlier, comparison.earlier) if is_later else (pair.later, comparison.later)
    return {"beside": pair, "beside_event": other_event, "beside_batch": batch}


def _match(request: SignedIn, event: Event) -> SearchMatch | None:
    """How the search that `search=<number>` names came to this event."""
    search = read_number(request.GET.get("search", ""))
    matches = event.search_matches.filter(search=search) if search is not None else SearchMatch.objects.none()
    return matches.select_related("search").first()


def talk(event: Event, before: int | None) -> dict[str, Any]:
    """Template context: the latest comments, with resolving and reopening between them, and the people to mention.

    `before`: those before this number instead.
    """
    conversation = getattr(event, "conversation", None)
    latest: list[Comment] = []
    if conversation and before is not None:
        latest = list(_talk(event.pk).filter(pk__lt=before)[: TALK_STEPS + 1])
    elif conversation:
        latest = list(_latest_talk(event.pk))
    steps = latest[:TALK_STEPS][::-1]
    return {
        "talk": steps,
        "talk_before": steps[0].pk if len(latest) > TALK_STEPS else None,
        "is_earlier_talk": before is not None,
        "conversation": conversation,
        "people": " ".join(sorted((event.__dict__["people"] or "").split(), key=str.casefold)),
        "comment_key": uuid4(),
    }
