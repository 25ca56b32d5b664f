"""One verdict on many events: named ones, or all that match a filter. One Action, so that one undo reverses it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.ledger import Outcome, check_reviewer, replay, request_digest
from batches.actions.limits import BULK_RUNS, spend
from batches.bulk.corrections import Verdict
from batches.bulk.run import run_bulk, skipped_events
from batches.bulk.skips import skips_of_run, skips_of_seen
from batches.bulk.steps import Seen, check_opinions, decide_events, lock_unchanged
from batches.errors import BadValues, Conflict, NotAllowed
from batches.models import Action, Approval, Batch, BulkRun, BulkTarget, Decision, Event, SyncRun
from batches.models.corrections import TEXTS, clean, read, write
from batches.models.decision import GIVES, ActionKind
from batches.models.run import UNFINISHED, RunState
from batches.tasks import enqueue
from batches.vocabulary import check_vocabulary

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_EVENTS_IN_REQUEST = 500  # more events are decided in the background
# A verdict that was being written while the page was made has an earlier time, but was not on the page yet.
BEING_WRITTEN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Page:
    """What the person saw of all events that match a filter.

    `sync`: the newest run of the batch at that time, as (id, events it had updated); (0, 0) without one.
    """

    made_at: datetime
    count: int
    sync: tuple[int, int]


def decide_many(
    *,
    batch_id: int,
    seen: Mapping[int, Seen],
    approval: str,
    by: "User",
    idempotency_key: UUID,
    reason: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
    amends: UUID | None = None,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """One verdict on events of one batch, each as the person saw it; at most 500, in one transaction.

    Events that changed meanwhile are skipped and named in `skipped`. The same key again returns the first result.
    `values`: corrections that each event gets; without an approval, they are all it gets.
    `amends`: the key of this person's verdict on the same events, repeated with a reason; undo reverses both at once.
    Raises Event.DoesNotExist if an event is not in the batch, Conflict if all have changed, KeyReused, NotAllowed,
    ValueError.
    """
    verdict = _verdict(approval, reason, note, values)
    if not 0 < len(seen) <= MAX_EVENTS_IN_REQUEST:
        raise ValueError(
            _("events: 1 to {max_events_in_request} at a time, not {count}").format(
                max_events_in_request=MAX_EVENTS_IN_REQUEST, count=len(seen)
            )
        )
    added = {"amends": str(amends)} if amends else {}
    digest = request_digest(batch=batch_id, many=sorted(seen.items()), verdict=_plain(verdict), **added)

    with transaction.atomic(durable=True):
        outcome = replay(idempotency_key, by, digest)
        if outcome is None:
            batch = Batch.objects.not_removed().get(pk=batch_id)
            check_reviewer(by, batch.connection_id)
            check_opinions(batch, Event.objects.filter(pk__in=seen))
            check_vocabulary(read(verdict.corrections), batch)
            if Event.objects.filter(batch=batch, pk__in=seen).count() != len(seen):
                raise Event.DoesNotExist(_("one of these events is not in this batch"))
            still = lock_unchanged(batch_id, seen)
            if not still:
                why = _("Nothing was decided: {why}.").format(why=skips_of_seen(seen, by))
                raise Conflict(why, event=Event.objects.get(pk=next(iter(seen))))
            amended = _amended(amends, still, by, approval) if amends else None
            action = new_action(batch, by, idempotency_key, digest, source, ip_address, amended, kind=verdict.kind)
            decide_events(action, still, verdict)
            outcome = Outcome(action, (), replayed=False)
    decisions = tuple(outcome.action.decisions.select_related("event"))
    skipped = seen.keys() - {decision.event_id for decision in decisions}
    return replace(outcome, decisions=decisions, skipped=tuple(sorted(skipped)))


def decide_matching(
    *,
    events: QuerySet[Event],
    batch_id: int,
    query: str,
    page: Page,
    approval: str,
    by: "User",
    idempotency_key: UUID,
    reason: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """One verdict on all `events` of the batch that match the filter `query`, as they were on the `page`.

    Events that were decided after the page was made are skipped. Few events are decided at once; more are decided in
    the background, as the outcome's `run`. Raises Conflict if the person must reload the page, KeyReused, NotAllowed,
    TooMany, ValueError.
    """
    verdict = _verdict(approval, reason, note, values)
    if values and values.keys() - set(TEXTS):
        raise BadValues(_("corrections: a span or a box is corrected event by event."))
    parameters = [query, page.made_at.isoformat(), page.count, page.sync]
    digest = request_digest(batch=batch_id, matching=parameters, verdict=_plain(verdict))

    with transaction.atomic(durable=True):
        outcome = replay(idempotency_key, by, digest)
        if outcome is None:
            batch = Batch.objects.not_removed().get(pk=batch_id)
            check_reviewer(by, batch.connection_id)
            check_opinions(batch, events)
            check_vocabulary(read(verdict.corrections), batch)
            check_sync(batch_id, page)
            spend_run(by)
            action = new_action(batch, by, idempotency_key, digest, source, ip_address, kind=verdict.kind)
            run = BulkRun.objects.create(batch=batch, action=action, requested_by=by, query=query, **verdict._asdict())
            aim(run, events, page)
            start(run)
            outcome = Outcome(action, (), replayed=False, run=run)
    return finish_small(outcome)


def spend_run(by: "User") -> None:
    spend(BULK_RUNS, by, BulkRun.objects.filter(requested_by=by, state__in=UNFINISHED))


def start(run: BulkRun) -> None:
    """Enqueue the run once it is committed. A small run is done by the request itself, in `finish_small`."""
    if is_large(run):
        enqueue(run)


def is_large(run: BulkRun) -> bool:
    return (run.total or 0) > MAX_EVENTS_IN_REQUEST


def finish_small(outcome: Outcome) -> Outcome:
    """The outcome of a small run after running it, with all events named; other outcomes unchanged."""
    run = outcome.run
    if run is None or is_large(run):
        return outcome
    run_bulk(run.pk)
    run.refresh_from_db()
    decisions = tuple(outcome.action.decisions.select_related("event"))
    return replace(outcome, decisions=decisions, skipped=tuple(skipped_events(run)))


def stop(*, run: BulkRun, by: "User") -> None:
    """Stop a verdict that is still running. Decided events stay decided and can be undone.

    Raises Conflict for an undo or redo, which cannot be stopped, and NotAllowed for somebody else's run.
    """
    if run.requested_by_id != by.pk:
        raise NotAllowed(_("Only the person who started it can stop it."))
    stop_verdict(run)


def stop_verdict(run: BulkRun) -> None:
    """Stop a verdict whoever started it. Raises Conflict."""
    if run.action.kind not in GIVES:
        raise Conflict(_("An undo or redo cannot be stopped before it ends."))
    with transaction.atomic(durable=True):
        unfinished = BulkRun.objects.filter(pk=run.pk, state__in=UNFINISHED)
        stopped = unfinished.update(state=RunState.INCOMPLETE, claim="", finished_at=timezone.now(), message="Stopped.")
        if stopped:
            BulkTarget.objects.filter(run=run, stale=False).delete()


def resume(*, run: BulkRun, by: "User") -> None:
    """Continue a failed run. Raises Conflict for any other run, NotAllowed for somebody else's."""
    if run.requested_by_id != by.pk:
        raise NotAllowed(_("Only the person who started it can continue it."))
    with transaction.atomic(durable=True):
        given_up = BulkRun.objects.filter(pk=run.pk, state=RunState.FAILED, action__undone_by=None)
        if not given_up.update(state=RunState.QUEUED, attempts=0, finished_at=None, message=""):
            raise Conflict(_("This run has nothing left to do."))
        enqueue(run)


def _verdict(approval: str, reason: str, note: str, values: Mapping[str, Any] | None) -> Verdict:
    """Raises ValueError. Without an approval it must have values."""
    corrections = write(clean(values or {}))
    if approval == "" and corrections and not (reason or note):
        return Verdict("", corrections=corrections)
    if approval not in Approval.values or approval == Approval.PENDING:
        raise ValueError(
            _("approval must be approved, rejected or invalid, not {approval}").format(approval=repr(approval))
        )
    return Verdict(approval, reason, note, corrections)


def _plain(verdict: Verdict) -> list[str]:
    """What a digest of the request is made from."""
    return [part for part in verdict if part is not None]


def _amended(idempotency_key: UUID, events: Mapping[int, str], by: "User", approval: str) -> Action:
    """The verdict to add a reason to. Raises Conflict unless it stands on exactly these locked events."""
    action = Action.objects.filter(
        idempotency_key=idempotency_key, user=by, kind=ActionKind.DECIDE, bulk_run=None, amended_by=None
    ).first()
    stands = Decision.objects.filter(action=action, approval=approval, event__version=F("version"))
    if action is None or set(stands.values_list("event", flat=True)) != events.keys():
        raise Conflict(_("The verdict that this reason belongs to has changed."))
    return action


def check_sync(batch_id: int, page: Page) -> None:
    """Raise Conflict if a sync has changed events of the batch since the page was made."""
    newest, updated = page.sync
    since = SyncRun.objects.filter(batch=batch_id, pk__gte=newest)
    if (since.aggregate(updated=Sum("events_updated"))["updated"] or 0) > updated:
        raise Conflict(_("The sync changed events since this page was made. Check the events again, then decide."))


def aim(run: BulkRun, events: QuerySet[Event], page: Page) -> None:
    """Store the run's events as they are now. Raises Conflict if they are not what the person saw."""
    unseen = Q(created_at__gt=page.made_at)
    unseen |= Q(created_at__gt=page.made_at - BEING_WRITTEN) & ~Q(action__user=run.requested_by)
    latest = Decision.objects.filter(unseen, event=OuterRef("pk"), version=OuterRef("version"))
    meant = events.filter(created_at__lte=page.made_at).order_by("pk").annotate(moved_on=Exists(latest))
    run.total = _write_targets(run, meant.values_list("pk", "version", "fingerprint", "moved_on"))
    stale = run.targets.filter(stale=True).count()
    if run.total == stale:
        why = skips_of_run(run) if stale else _("no event matches any more")
        raise Conflict(_("Nothing was decided: {why}.").format(why=why))
    if run.total - stale > page.count:
        raise Conflict(
            _("{value} events match now, not {count}. Check them again, then decide.").format(
                value=f"{run.total - stale:,}", count=f"{page.count:,}"
            )
        )
    run.expected = page.count
    run.save(update_fields=["total", "expected"])


def _write_targets(run: BulkRun, meant: QuerySet[Event, Any]) -> int:
    try:
        select, params = meant.query.sql_with_params()
    except EmptyResultSet:
        return 0
    columns = "run_id, event_id, version, fingerprint, stale"
    with connection.cursor() as cursor:
        # Table and column names are constants; user values are bound parameters.
        sql = f"INSERT INTO {BulkTarget._meta.db_table} ({columns}) SELECT %s, meant.* FROM ({select}) meant"  # noqa: S608
        cursor.execute(sql, [run.pk, *params])
        return int(cursor.rowcount)


def new_action(
    batch: Batch,
    by: "User",
    idempotency_key: UUID,
    digest: str,
    source: str,
    ip_address: str | None,
    amends: Action | None = None,
    *,
    kind: ActionKind = ActionKind.DECIDE,
) -> Action:
    return Action.objects.create(
        idempotency_key=idempotency_key, kind=kind, user=by, batch=batch, amends=amends, request=digest,
        source=source,
        ip_address=ip_address,
    )  # fmt: skip
