"""Approvals of a file as decisions in the importer's name: steps of the ledger, each group one action to undo."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import batched
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet

from batches.bulk.steps import Seen, Verdict, check_opinions, decide_step, fresh
from batches.errors import NotAllowed
from batches.models import Action, Approval, Batch, Event, ImportRun, Membership
from batches.models.decision import ActionKind

MAX_EVENTS_PER_ACTION = 500  # events of one action, as in a verdict on many
SOURCE = "import"


def check_deciding(run: ImportRun, batch_ids: Iterable[str]) -> None:
    """Before anything is written: nobody gets round second opinions by a file. Raises NotAllowed."""
    for batch in Batch.objects.filter(connection=run.connection_id, external_id__in=list(batch_ids)).defer("raw"):
        _check(batch, Event.objects.filter(batch=batch, decided_at=None))


def _check(batch: Batch, events: QuerySet[Event]) -> None:
    try:
        check_opinions(batch, events)
    except ValueError as error:
        raise NotAllowed(f"{error} Import the approvals as the vendor's opinion instead.") from error


def decide_as_said(run: ImportRun, batch: Batch, items: Iterable[str], beat: Callable[..., None]) -> None:
    """Decide what the file says of these items and nobody has decided yet; a person's own verdict always stands.

    Raises NotAllowed.
    """
    undecided = Event.objects.filter(batch=batch, decided_at=None, gone_at=None, item__gone_at=None)
    said = undecided.exclude(vendor_approval=None).exclude(vendor_approval=Approval.PENDING).order_by("pk")
    rows = said.values_list("pk", "version", "fingerprint", "vendor_approval", "payload__raw")
    groups: dict[Verdict, dict[int, Seen]] = defaultdict(dict)
    for named in batched(items, MAX_EVENTS_PER_ACTION, strict=False):
        for pk, version, fingerprint, approval, raw in rows.filter(item__external_id__in=named).iterator():
            groups[_verdict(approval or "", raw)][pk] = Seen(version, fingerprint)
    for verdict, seen in groups.items():
        for some in batched(seen.items(), MAX_EVENTS_PER_ACTION, strict=False):
            _decide(run, batch, verdict, dict(some))
            beat(decided=F("decided") + len(some))


def _verdict(approval: str, raw: str) -> Verdict:
    """The approval, with the reason and the note that a download of ours has beside it."""
    review = json.loads(raw).get("review") if '"review"' in raw else None
    if not isinstance(review, dict):
        return Verdict(approval)
    # What is no text says nothing: null, or a number that somebody's program wrote.
    reason, note = (text if isinstance(text := review.get(name), str) else "" for name in ("reason", "note"))
    return Verdict(approval, reason[:80], note[:2000])


def _decide(run: ImportRun, batch: Batch, verdict: Verdict, seen: dict[int, Seen]) -> None:
    if run.requested_by is None or not Membership.rights_of(run.requested_by, batch.connection_id).can_decide:
        raise NotAllowed(f"{run.requested_by or 'Nobody'} is not a reviewer of this connection; nothing was decided.")
    with transaction.atomic():
        still = fresh(batch.pk, seen)
        # Asked for since the import began.
        _check(Batch.objects.defer("raw").get(pk=batch.pk), Event.objects.filter(pk__in=still))
        if still:
            action = Action.objects.create(
                key=uuid4(), kind=ActionKind.DECIDE, user=run.requested_by, batch=batch, request="", source=SOURCE
            )
            decide_step(action, still, verdict)
