"""Many events at once: how many a filter names, and how far a run in the background is."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.bulk.run import skipped_events
from batches.errors import Conflict, NotAllowed
from batches.models import BulkRun, Event
from batches.models.run import UNFINISHED, RunState
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters import EventFilter
from reviewer.forms import BulkRunForm, sentence

LISTED = 100  # skipped events that are named


@require_safe
def batch_count(request: SignedIn, pk: int) -> JsonResponse:
    """How many events the filter names: what "all of them" means before anybody decides about it."""
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET, request.user)
    return JsonResponse({"count": chosen.qs.count() if chosen.total is None else chosen.total})


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_run(request: SignedIn, pk: int) -> HttpResponse:
    """How far a run is, and once it has ended what it left alone. `do=stop` ends it, `do=resume` lets it go on."""
    run = access.bulk_run_for(request.user, pk)
    if request.method == "POST":
        form = BulkRunForm(request.POST)
        if not form.is_valid():
            return JsonResponse({"error": sentence(form)}, status=422)
        verb = {"stop": actions.stop, "resume": actions.resume}[form.cleaned_data["do"]]
        try:
            verb(run=run, by=request.user)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Conflict as error:
            return JsonResponse({"error": str(error)}, status=412)
        run = access.bulk_run_for(request.user, pk)
    return JsonResponse(describe_run(run) | {"counts": run.batch.counts})


def unfinished_run(request: SignedIn, batch_id: int) -> BulkRun | None:
    """The person's own run in this batch that still goes on."""
    mine = BulkRun.objects.filter(batch=batch_id, requested_by=request.user, state__in=UNFINISHED)
    return mine.select_related("action").first()


def describe_run(run: BulkRun) -> dict[str, Any]:
    """A run as scripts get it. `key`: of its action, to undo it by."""
    there: list[dict[str, Any]] = []
    if not run.unfinished and run.skipped:
        events = Event.objects.filter(pk__in=skipped_events(run)[:LISTED]).in_order()
        there = [
            {"id": event.pk, "label": str(event), "approval": event.approval, "url": reverse("event-detail", args=[event.pk])}
            for event in events
        ]  # fmt: skip
    return {
        "id": run.pk,
        "url": reverse("bulk-run", args=[run.pk]),
        "batch": run.batch_id,
        "kind": run.action.kind,
        "key": str(run.action.key),
        "approval": run.approval,
        "state": run.state,
        "unfinished": run.unfinished,
        "failed": run.state == RunState.FAILED,
        "position": run.position,
        "total": run.total,
        "decided": run.decided,
        "skipped": run.skipped,
        "message": run.message,
        "left_alone": there,
    }
