"""Compare two batches, say which videos are the same, and take over the verdicts of the earlier one."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from batches.actions.bulk import Page, aim, check_sync, finish_small, new_action, start
from batches.actions.ledger import Outcome, check_reviewer, replay, request_digest
from batches.bulk.steps import check_opinions
from batches.models import Batch, BulkRun, Comparison, ComparisonRun, Event, EventPair, Item, VideoPair
from batches.models.comparison import Known
from batches.models.run import UNFINISHED
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_comparison(*, batch: Batch, other: Batch, by: "User", background: bool = True) -> ComparisonRun:
    """Compare the two, in the background: a new run, or the one that is not finished yet. The older one is the earlier.

    Not in the `background`: the caller works on the run itself, nothing is enqueued.
    """
    comparison = Comparison.objects.between(batch, other)
    if comparison is None:
        earlier, later = sorted((batch, other), key=_age)
        comparison, _ = Comparison.objects.get_or_create(earlier=earlier, later=later, defaults={"created_by": by})
    while True:
        if run := ComparisonRun.objects.filter(comparison=comparison, state__in=UNFINISHED).first():
            ComparisonRun.objects.filter(pk=run.pk, state__in=UNFINISHED).update(attempts=0)
            return run
        with suppress(IntegrityError), transaction.atomic():  # two asked at once: the other's run is as good
            run = ComparisonRun.objects.create(comparison=comparison, batch=comparison.later, requested_by=by)
            if background:
                enqueue(run)
            return run


def link_videos(*, comparison: Comparison, earlier_id: int, later_id: int, by: "User") -> ComparisonRun:
    """Say that two videos are one. What a run had recognised of either gives way; the findings are matched anew.

    Raises Item.DoesNotExist when one is not a video of its batch.
    """
    earlier = Item.objects.only("pk").get(pk=earlier_id, batch=comparison.earlier_id)
    later = Item.objects.only("position").get(pk=later_id, batch=comparison.later_id)
    with transaction.atomic(durable=True):
        VideoPair.objects.filter(Q(earlier=earlier) | Q(later=later), comparison=comparison).delete()
        VideoPair.objects.create(
            comparison=comparison, earlier=earlier, later=later, known_by=Known.PERSON, linked_by=by,
            position=later.position,
        )  # fmt: skip
    return request_comparison(batch=comparison.earlier, other=comparison.later, by=by)


def match_by_name(*, comparison: Comparison, allowed: bool, by: "User") -> ComparisonRun:
    """Allow pairs of videos that only the file name suggests, or forbid them and remove those that exist."""
    with transaction.atomic(durable=True):
        Comparison.objects.filter(pk=comparison.pk).update(by_name=allowed)
        if not allowed:
            VideoPair.objects.filter(comparison=comparison, known_by=Known.NAME).delete()
    return request_comparison(batch=comparison.earlier, other=comparison.later, by=by)


def copy_verdicts(
    *,
    comparison: Comparison,
    events: QuerySet[Event],
    query: str,
    page: Page,
    by: "User",
    key: UUID,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Give each of the `events`, which are what the filter `query` names, the verdict of its partner in the earlier
    batch: approval, reason and note. One action, one undo. Events without a proposal, or that moved on, are left alone.

    Few are done at once; more go on as the outcome's `run`. Raises as `decide_matching`.
    """
    asked = [comparison.pk, query, page.made_at.isoformat(), page.count, page.sync]
    digest = request_digest(carry=asked)

    with transaction.atomic(durable=True):
        outcome = replay(key, by, digest)
        if outcome is None:
            batch = Batch.objects.get(pk=comparison.later_id)
            check_reviewer(by, batch.connection_id)
            check_opinions(batch, events)
            check_sync(batch.pk, page)
            action = new_action(batch, by, key, digest, source, ip_address)
            run = BulkRun.objects.create(
                batch=batch, action=action, requested_by=by, comparison=comparison, query=query
            )
            aim(run, events, page)
            # A verdict given after the page was made is one that nobody has seen proposed.
            seen = EventPair.objects.proposals().filter(comparison=comparison, earlier__decided_at__lte=page.made_at)
            run.targets.exclude(event__in=seen.values("later")).update(stale=True)
            start(run)
            outcome = Outcome(action, (), replayed=False, run=run)
    return finish_small(outcome)


def _age(batch: Batch) -> tuple[datetime, int]:
    """The vendor's own date where it gives one that can be read, else when it came here."""
    with suppress(ValueError):
        if said := parse_datetime(batch.vendor_created_at):
            return (said if said.tzinfo else said.replace(tzinfo=UTC)), batch.pk
    return batch.created_at, batch.pk
