"""Compares two batches, links videos that are the same, and copies the verdicts of the earlier batch."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from batches.actions.bulk import Page, aim, check_sync, finish_small, new_action, spend_run, start
from batches.actions.ledger import Outcome, check_reviewer, replay, request_digest
from batches.bulk.steps import check_opinions
from batches.models import Batch, BulkRun, Comparison, ComparisonRun, Event, EventPair, Item, VideoPair
from batches.models.comparison import KnownBy
from batches.models.run import UNFINISHED
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_comparison(*, batch: Batch, other: Batch, by: "User", background: bool = True) -> ComparisonRun:
    """Request a comparison of two batches. Returns a new run or the unfinished one. The older batch is the earlier.

    Without `background`, nothing is enqueued: the caller does the run itself.
    """
    comparison = Comparison.objects.between(batch, other)
    if comparison is None:
        earlier, later = sorted((batch, other), key=_age)
        comparison, _ = Comparison.objects.get_or_create(earlier=earlier, later=later, defaults={"created_by": by})
    while True:
        if run := ComparisonRun.objects.filter(comparison=comparison, state__in=UNFINISHED).first():
            ComparisonRun.objects.filter(pk=run.pk, state__in=UNFINISHED).update(attempts=0)
            return run
        with suppress(IntegrityError), transaction.atomic():  # requested twice at once: the other run is used
            run = ComparisonRun.objects.create(comparison=comparison, batch=comparison.later, requested_by=by)
            if background:
                enqueue(run)
            return run


def link_videos(*, comparison: Comparison, earlier_id: int, later_id: int, by: "User") -> ComparisonRun:
    """Link two videos as the same. Replaces automatic pairs of either video and matches the findings again.

    Raises Item.DoesNotExist if one is not a video of its batch.
    """
    earlier = Item.objects.only("pk").get(pk=earlier_id, batch=comparison.earlier_id)
    later = Item.objects.only("position").get(pk=later_id, batch=comparison.later_id)
    with transaction.atomic(durable=True):
        VideoPair.objects.filter(Q(earlier=earlier) | Q(later=later), comparison=comparison).delete()
        VideoPair.objects.create(
            comparison=comparison, earlier=earlier, later=later, known_by=KnownBy.PERSON, linked_by=by,
            position=later.position,
        )  # fmt: skip
    return request_comparison(batch=comparison.earlier, other=comparison.later, by=by)


def match_by_name(*, comparison: Comparison, allowed: bool, by: "User") -> ComparisonRun:
    """Allow pairs of videos that only the file name suggests, or forbid them and remove those that exist."""
    with transaction.atomic(durable=True):
        Comparison.objects.filter(pk=comparison.pk).update(by_name=allowed)
        if not allowed:
            VideoPair.objects.filter(comparison=comparison, known_by=KnownBy.NAME).delete()
    return request_comparison(batch=comparison.earlier, other=comparison.later, by=by)


def copy_verdicts(
    *,
    comparison: Comparison,
    events: QuerySet[Event],
    query: str,
    page: Page,
    by: "User",
    idempotency_key: UUID,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Give each of the `events`, which are what the filter `query` names, the verdict of its partner in the earlier
    batch: approval, reason and note. One action, one undo. Events without a proposal, or that moved on, are left alone.

    Few are done at once; more go on as the outcome's `run`. Raises as `decide_matching`.
    """
    parameters = [comparison.pk, query, page.made_at.isoformat(), page.count, page.sync]
    digest = request_digest(carry=parameters)

    with transaction.atomic(durable=True):
        outcome = replay(idempotency_key, by, digest)
        if outcome is None:
            batch = Batch.objects.get(pk=comparison.later_id)
            check_reviewer(by, batch.connection_id)
            check_opinions(batch, events)
            check_sync(batch.pk, page)
            spend_run(by)
            action = new_action(batch, by, idempotency_key, digest, source, ip_address)
            run = BulkRun.objects.create(
                batch=batch, action=action, requested_by=by, comparison=comparison, query=query
            )
            aim(run, events, page)
            # The person has not seen proposals from verdicts given after the page was made.
            proposals = EventPair.objects.proposals().filter(
                comparison=comparison, earlier__decided_at__lte=page.made_at
            )
            run.targets.exclude(event__in=proposals.values("later")).update(stale=True)
            start(run)
            outcome = Outcome(action, (), replayed=False, run=run)
    return finish_small(outcome)


def _age(batch: Batch) -> tuple[datetime, int]:
    """The vendor's date of the batch if readable, else the time it was added here."""
    with suppress(ValueError):
        if created_at := parse_datetime(batch.vendor_created_at):
            return (created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)), batch.pk
    return batch.created_at, batch.pk
