"""The people in a batch, and the events that a deck may serve next: one small request every 15 seconds."""

from typing import Any

from django.db.models import QuerySet
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from batches import actions
from batches.models import Batch, Event, OpenPage, Rights
from batches.models.open_page import PRESENT
from batches.models.people import initials_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import PresenceForm
from reviewer.review.deck_queue import to_serve


@require_POST
def batch_presence(request: SignedIn, pk: int) -> JsonResponse:
    """Record what this page shows. `wanted` and `count`: events to lease for a deck, in its order.

    Answers `people` [{name, initials, event}]; for a deck also `leased` (to it), `holders` {event: name of another
    person who has the lease} and `gone` (no longer to be served under the filter of the query string). `counts=1`: also
    the batch's `counts` by approval. `leave=1`: the page is closed.
    """
    batch = access.batch_for(request.user, pk)
    form = PresenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": sentence(form)}, status=422)
    fields = form.cleaned_data
    if fields["leave"]:
        actions.close_page(batch_id=batch.pk, by=request.user, token=fields["token"])
        return JsonResponse({})
    open_page = actions.record_presence(
        batch_id=batch.pk, by=request.user, token=fields["token"], event_id=fields["event"]
    )
    answer: dict[str, Any] = {"people": _people(request, batch)}
    if fields["counts"]:
        answer["counts"] = batch.counts
    if fields["count"]:
        rights = access.rights_in(request.user, batch)
        events = to_serve(EventFilter.of(batch, request.GET, request.user), request, rights)
        answer |= _leases(events, rights, open_page, fields["wanted"], fields["count"])
    return JsonResponse(answer)


@require_POST
def event_presence(request: SignedIn) -> JsonResponse:
    """The same for a deck over several batches: the page is in the batch of the event that it shows."""
    form = PresenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": sentence(form)}, status=422)
    fields = form.cleaned_data
    batches, rights = access.batches_of_deck(request.user)
    if fields["leave"]:
        actions.close_page(batch_id=None, by=request.user, token=fields["token"])
        return JsonResponse({})
    shown = next(iter([*filter(None, [fields["event"]]), *fields["wanted"]]), None)
    batch = batches.filter(events=shown).first() if shown else None
    if batch is None:
        return JsonResponse({"people": []})
    open_page = actions.record_presence(
        batch_id=batch.pk, by=request.user, token=fields["token"], event_id=fields["event"]
    )
    answer: dict[str, Any] = {"people": _people(request, batch)}
    if fields["count"]:
        events = to_serve(ManyBatchesFilter.over(batches, request.GET, request.user), request, rights)
        answer |= _leases(events, rights, open_page, fields["wanted"], fields["count"])
    actions.leave_other_batches(open_page=open_page)
    return JsonResponse(answer)


def _people(request: SignedIn, batch: Batch) -> list[dict[str, Any]]:
    """The open pages of the other people."""
    pages = OpenPage.objects.filter(batch=batch, seen_at__gt=timezone.now() - PRESENT).exclude(user=request.user)
    rows = {
        (page.user.get_username(), initials_of(page.user), page.event_id)
        for page in pages.select_related("user__profile")
    }
    ordered = sorted(rows, key=lambda row: (row[0], row[2] or 0))
    return [{"name": name, "initials": initials, "event": event} for name, initials, event in ordered]


def _leases(
    events: QuerySet[Event], rights: Rights, open_page: OpenPage, wanted: list[int], count: int
) -> dict[str, Any]:
    if not rights.can_decide:
        return {}
    served = set(events.filter(pk__in=wanted).values_list("pk", flat=True))
    keep = [pk for pk in wanted if pk in served or pk == open_page.event_id]
    leases = actions.lease_events(open_page=open_page, wanted=keep, count=count)
    return {"leased": leases.leased, "holders": leases.holders, "gone": [pk for pk in wanted if pk not in served]}
