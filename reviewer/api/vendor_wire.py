"""What the wire formats of TwelveLabs and Wickson share: the vendor's words as they came, our decisions beside them.

A result that people decided on has one field more, `reviewer_decisions`; everything else is as the vendor says it.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from batches.models import Batch, Event, Item
from reviewer.api import errors
from reviewer.api.sdk import WireView
from reviewer.web.numbers import read_number

DECISIONS = "reviewer_decisions"
BATCH_ITEMS = 200  # items


class VendorWireView(WireView, ABC):
    """Reads of another vendor's wire format; refusals have that vendor's shape."""

    codes: dict[int, str] = {}  # status → the vendor's word for it

    @abstractmethod
    def refusal(self, status: int, code: str, message: str) -> dict[str, Any]:
        """The body of a refusal."""

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return self._refused

    def _refused(self, error: Exception, context: dict[str, Any]) -> Response | None:
        response = errors.answer(error, context)
        if response is not None:
            status, message = response.status_code, str(response.data["detail"])
            response.data = self.refusal(status, self.codes.get(status, "invalid_request"), message)
        return response


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """A parameter from 1 to `most`. Raises ParseError."""
    number = read_number(request.query_params.get(name, str(default)))
    if number is None or not 1 <= number <= most:
        raise ParseError(f"{name} is a number from 1 to {most}.")
    return number


def listed(batch: Batch) -> QuerySet[Item]:
    """The items that the vendor lists, in order."""
    return Item.objects.filter(batch=batch, gone_at__isnull=True).order_by("position", "id")


def in_short_reads(items: QuerySet[Item]) -> Iterator[list[Item]]:
    """These items, some at a time: a slow reader holds no cursor. Which ones is fixed when the reading begins."""
    for some in batched(items.values_list("pk", flat=True), BATCH_ITEMS, strict=False):
        found = Item.objects.in_bulk(some)
        yield [found[pk] for pk in some]


def decided_in(items: Iterable[Item]) -> dict[int, list[dict[str, Any]]]:
    """Item → what people decided of its events, in the vendor's order. One query."""
    events = Event.objects.filter(item__in=list(items), decided_at__isnull=False, gone_at__isnull=True)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for event in events.select_related("decided_by").order_by("sequence", "id"):
        found[event.item_id].append(_decision(event))
    return found


def _decision(event: Event) -> dict[str, Any]:
    """`index`: place of the segment among all of the answer, from 0; times are seconds, null for the whole item."""
    assert event.decided_by
    assert event.decided_at
    return {
        "event_id": event.pk, "index": event.raw_index, "category": event.category, "label": event.label,
        "start_time": event.start_s, "end_time": event.end_s, "approval": event.approval, "reason": event.reason,
        "note": event.note, "decided_by": event.decided_by.get_username(), "decided_at": event.decided_at.isoformat(),
        "changed_since": event.changed_since, "url": settings.PUBLIC_URL + reverse("event-detail", args=[event.pk]),
    }  # fmt: skip


def with_decisions(said: dict[str, Any], decisions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A result as the vendor said it, with what people decided of it."""
    return said | {DECISIONS: decisions} if decisions else said
