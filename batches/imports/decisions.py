"""Stores approvals of a file as decisions by the importer: one action, with one undo, for each group of events."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import batched
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from batches.bulk.corrections import Verdict
from batches.bulk.missed import identity_of, make_missed
from batches.bulk.steps import Seen, check_opinions, decide_events, lock_unchanged, recount
from batches.errors import BadValues, NotAllowed
from batches.models import Action, Approval, Batch, Event, ImportRun, Item, Membership
from batches.models.corrections import MOMENTS, TEXTS, check_span, clean, write
from batches.sync.records import ADDED, EventRecord
from batches.vocabulary import check_vocabulary

MAX_EVENTS_PER_ACTION = 500  # as in a verdict on many events
SOURCE = "import"


def check_deciding(run: ImportRun, batch_ids: Iterable[str]) -> None:
    """Check before writing that the import does not bypass second opinions. Raises NotAllowed."""
    for batch in Batch.objects.filter(connection=run.connection_id, external_id__in=list(batch_ids)).defer("raw"):
        _check(batch, Event.objects.filter(batch=batch, decided_at=None))


def _check(batch: Batch, events: QuerySet[Event]) -> None:
    try:
        check_opinions(batch, events)
    except ValueError as error:
        instead = _("{reason} Import the approvals as the vendor's opinions instead.")
        raise NotAllowed(instead.format(reason=error)) from error


def write_decisions(
    run: ImportRun, batch: Batch, items: Iterable[str], beat: Callable[..., None], left_out: Counter[str]
) -> None:
    """Store the file's approvals of these items as decisions, for events that nobody has decided yet.

    Counts in `left_out` why corrections cannot stand here. Raises NotAllowed.
    """
    undecided = Event.objects.filter(batch=batch, decided_at=None, gone_at=None, item__gone_at=None)
    has_approval = Q(vendor_approval__isnull=False) & ~Q(vendor_approval=Approval.PENDING)
    has_corrections = Q(corrections=None, payload__raw__contains='"corrections"')
    reviewed = undecided.filter(has_approval | has_corrections).order_by("pk")
    rows = reviewed.values_list("pk", "version", "fingerprint", "vendor_approval", "payload__raw", "start_s", "end_s")
    groups: dict[Verdict, dict[int, Seen]] = defaultdict(dict)
    for external_ids in batched(items, MAX_EVENTS_PER_ACTION, strict=False):
        for pk, version, fingerprint, approval, raw, *span in rows.filter(item__external_id__in=external_ids):
            verdict = _verdict(approval or "", raw, dict(zip(MOMENTS, span, strict=True)), batch, left_out)
            if verdict.approval or verdict.corrections:
                groups[verdict][pk] = Seen(version, fingerprint)
    for verdict, versions in groups.items():
        for chunk in batched(versions.items(), MAX_EVENTS_PER_ACTION, strict=False):
            _decide(run, batch, verdict, dict(chunk))
            beat(decided=F("decided") + len(chunk))


def write_added(
    run: ImportRun,
    batch: Batch,
    added: Iterable[tuple[str, EventRecord]],
    beat: Callable[..., None],
    left_out: Counter[str],
) -> None:
    """Add the events that people had added to the batch of a download, with verdict and corrections, each as one
    action.

    Those that the batch has already are left alone. Counts in `left_out` why others cannot stand here. Raises
    NotAllowed.
    """
    for external_id, record in added:
        item = Item.objects.select_related("batch__connection").filter(batch=batch, external_id=external_id).first()
        key, approval = _key_of(record), record.approval or Approval.PENDING
        if item is None or approval == Approval.PENDING:
            left_out["A missed event needs a verdict, and an item that can be read."] += 1
            continue
        if Event.objects.filter(item=item, identity=identity_of(key)).exists():
            continue
        verdict, given = _stated(approval, record.raw)
        try:
            values, corrections = _values_of(record), clean(given)
            check_span(*((values | corrections)[name] for name in MOMENTS))
            check_vocabulary(values | corrections, batch)
        except BadValues as error:
            left_out[str(error)] += 1
            continue
        verdict = verdict._replace(corrections=write(corrections))
        with transaction.atomic():
            event = make_missed(item, values, key)
            recount(batch.pk, {Approval.PENDING: 1})  # as which its verdict counts it off
            decide_events(_action(run, batch, verdict), {event.pk: Approval.PENDING}, verdict)
        beat(decided=F("decided") + 1)


def _key_of(record: EventRecord) -> UUID:
    text = record.external_id.removeprefix(ADDED)
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, text)


def _values_of(record: EventRecord) -> dict[str, Any]:
    """All values of the event as people first gave them. Raises BadValues."""
    given = {name: getattr(record, name) for name in (*TEXTS, *MOMENTS)}
    given["box"] = json.loads(record.box) if record.box else None
    return given | clean({name: value for name, value in given.items() if value is not None})


def _verdict(
    approval: str, raw: str, span: Mapping[str, float | None], batch: Batch, left_out: Counter[str]
) -> Verdict:
    """The approval, with reason, note and the corrections that can stand on an event with this span."""
    verdict, given = _stated(approval, raw)
    corrections: dict[str, Any] = {}
    for name, value in given.items():
        try:
            cleaned = clean({name: value})
            check_vocabulary(cleaned, batch)
            corrections |= cleaned
        except BadValues as error:
            left_out[str(error)] += 1
    try:
        check_span(*(corrections.get(name, span[name]) for name in MOMENTS))
    except BadValues as error:
        left_out[str(error)] += 1
        corrections = {name: value for name, value in corrections.items() if name not in MOMENTS}
    return verdict._replace(corrections=write(corrections))


def _stated(approval: str, raw: str) -> tuple[Verdict, dict[str, Any]]:
    """The approval, with reason and note if the file is one of our downloads, and its corrections as they are there."""
    approval = "" if approval == Approval.PENDING else approval
    review = json.loads(raw).get("review") if '"review"' in raw else None
    if not isinstance(review, dict):
        return Verdict(approval), {}
    corrections = review.get("corrections")
    given = corrections if isinstance(corrections, dict) else {}
    # A reason or note that is not text (null, or a number written by another program) counts as empty.
    reason, note = (text if isinstance(text := review.get(name), str) else "" for name in ("reason", "note"))
    return (Verdict(approval, reason[:80], note[:2000]) if approval else Verdict("")), given


def _decide(run: ImportRun, batch: Batch, verdict: Verdict, versions: dict[int, Seen]) -> None:
    with transaction.atomic():
        unchanged = lock_unchanged(batch.pk, versions)
        # Second opinions may have been requested since the import began.
        _check(Batch.objects.defer("raw").get(pk=batch.pk), Event.objects.filter(pk__in=unchanged))
        if unchanged:
            decide_events(_action(run, batch, verdict), unchanged, verdict)


def _action(run: ImportRun, batch: Batch, verdict: Verdict) -> Action:
    if run.requested_by is None or not Membership.rights_of(run.requested_by, batch.connection_id).can_decide:
        raise NotAllowed(  # stored with the run, as the vendor's answers are: in English
            f"{run.requested_by or 'Nobody'} is not a reviewer of this connection. No decision was imported."
        )
    return Action.objects.create(
        idempotency_key=uuid4(), kind=verdict.kind, user=run.requested_by, batch=batch, request="", source=SOURCE
    )
