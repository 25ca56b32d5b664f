"""Template context of the card of one event."""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from batches.actions.comments import people_of
from batches.models import CommentKind, Event
from batches.models.event import POSITIONS_PER_ITEM
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import SORTS
from reviewer.review.changes_since import changes_since
from reviewer.review.opinions import blind, opinion_progress
from reviewer.review.vendor_facts import facts_of
from reviewer.web.numbers import read_number

MAX_NEIGHBOURS = 30  # events of the same item on each side of the strip
MAX_HISTORY = 50  # decisions


def card(request: SignedIn, event: Event, pile: Collection[Event] = ()) -> dict[str, Any]:
    """Template context of the card, the same in the deck and on the event's page; with the pile it stands for, if
    any.
    """
    order = SORTS["item"]
    position = order.values(order.cursor(event))
    first = event.sequence - event.sequence % POSITIONS_PER_ITEM
    siblings = (
        Event.objects.filter(batch=event.batch_id, item=event.item_id)
        .filter(sequence__gte=first, sequence__lt=first + POSITIONS_PER_ITEM)  # keeps to the item's part of the index
        .for_review()
        .only("sequence", "approval", "timestamp", "start_s", "end_s", "label", "category", "origin")
    )
    rights = access.rights_on(request.user, event.batch.connection_id)
    progress = opinion_progress(request.user, rights, event.batch, [event]).get(event.pk)
    history = event.decisions.select_related("action__user", "restores").order_by("-version")
    return {
        "event": event,
        "batch": event.batch,
        "rights": rights,
        "opinion_progress": progress,
        "changes": changes_since(event),
        "facts": facts_of(event),
        "history": history[:MAX_HISTORY],
        **talk(event),
        "strip": [
            *order.before(siblings, position, MAX_NEIGHBOURS),
            event,
            *order.after(siblings, position, MAX_NEIGHBOURS),
        ],
        "pile": pile,
        "askable": bool(event.item.analysis_id) and vendor_of(event.batch.connection.vendor).has_details,
        "proposal": None if blind(progress, rights) else access.proposal_for(request.user, event),
        **_beside(request, event),
        "key": uuid4(),
        "correction_key": uuid4(),
        "missed_key": uuid4(),
        "undo_key": uuid4(),
        "proposal_key": uuid4(),
        "redo_key": uuid4(),
    }


def _beside(request: SignedIn, event: Event) -> dict[str, Any]:
    """Template context: the event that `compare=<batch>` has at this place, without its verdict."""
    other = read_number(request.GET.get("compare", ""))
    pair = access.pair_beside(request.user, event, other) if other is not None else None
    if pair is None:
        return {}
    comparison, is_later = pair.comparison, pair.later_id == event.pk
    other_event, batch = (pair.earlier, comparison.earlier) if is_later else (pair.later, comparison.later)
    return {"beside": pair, "beside_event": other_event, "beside_batch": batch}


def talk(event: Event) -> dict[str, Any]:
    """Template context: the comments, with resolving and reopening between them, and the people to mention."""
    steps = event.comments.exclude(kind=CommentKind.WITHDRAW).select_related("author", "withdrawn_by")
    names = people_of(event.batch.connection_id).values_list("username", flat=True)
    return {
        "talk": steps,
        "conversation": getattr(event, "conversation", None),
        "people": " ".join(names),
        "comment_key": uuid4(),
    }
