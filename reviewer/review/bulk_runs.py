"""Bulk runs in the background, as pages and scripts get them."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from batches.bulk.run import skipped_events
from batches.models import BulkRun, Event
from batches.models.prepared import prepared
from batches.models.run import UNFINISHED, RunState
from reviewer.access import SignedIn

MAX_SKIPPED_LISTED = 100  # events


def unfinished_run(request: SignedIn, batch_id: int) -> BulkRun | None:
    """The person's own unfinished run in this batch."""
    return next(iter(_unfinished(batch_id, request.user.pk)), None)


@prepared
def _unfinished(batch_id: int, user_id: int) -> QuerySet[BulkRun]:
    runs = BulkRun.objects.filter(batch=batch_id, requested_by=user_id, state__in=UNFINISHED)
    return runs.select_related("action").order_by("pk")[:1]


def describe_run(run: BulkRun) -> dict[str, Any]:
    """A run as JSON for pages and scripts.

    `key`: the idempotency key of its action, by which it can be undone. `target`: the key of the action that it undoes
    or redoes.
    """
    skipped: list[dict[str, Any]] = []
    if not run.unfinished and run.skipped:
        events = Event.objects.filter(pk__in=skipped_events(run)[:MAX_SKIPPED_LISTED]).in_order()
        skipped = [
            {"id": event.pk, "label": str(event), "approval": event.approval,
                "url": reverse("event-detail", args=[event.pk])}
            for event in events
        ]  # fmt: skip
    return {
        "id": run.pk,
        "url": reverse("bulk-run", args=[run.pk]),
        "batch": run.batch_id,
        "kind": run.action.kind,
        "key": str(run.action.idempotency_key),
        "target": str(run.action.undoes.idempotency_key) if run.action.undoes else None,
        "approval": run.approval,
        "state": run.state,
        "unfinished": run.unfinished,
        "failed": run.state == RunState.FAILED,
        "position": run.position,
        "total": run.total,
        "decided": run.decided,
        "skipped": run.skipped,
        "message": run.message,
        "skipped_events": skipped,
    }
