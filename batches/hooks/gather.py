"""Turns notices into deliveries, batch by batch in the order of events; collects decisions into one delivery."""

import json
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from batches.export.reviewed import review_fields
from batches.hooks.claims import HeldHook
from batches.hooks.formats import in_format
from batches.models import Batch, Decision, Delivery, HookEvent, Notice, Webhook
from batches.models.corrections import read
from batches.models.vendor_outcome import english_outcome

COLLECT_TIME = timedelta(seconds=10)  # a decision waits this long for others
MAX_DECISIONS = 500  # decisions in one delivery


def gather(claimed: HeldHook, now: datetime) -> None:
    """Turn every due notice into deliveries, one transaction each. Raises ClaimLost."""
    notices = Notice.objects.filter(webhook=claimed.hook_id)
    for batch_id in notices.order_by("batch").values_list("batch", flat=True).distinct():
        while _pack(claimed, batch_id, now):
            pass


def _pack(claimed: HeldHook, batch_id: int | None, now: datetime) -> bool:
    """Make the batch's next delivery and delete its notices. False when nothing more is due."""
    waiting = list(Notice.objects.filter(webhook=claimed.hook_id, batch=batch_id).order_by("pk")[:MAX_DECISIONS])
    if not waiting:
        return False
    first = waiting[0]
    if first.event != HookEvent.DECIDED:
        _deliver(claimed, first, _facts(first), now, packed=[first])
        return True
    if now - first.created_at < COLLECT_TIME:
        return False
    decisions: list[Decision] = []
    packed: list[Notice] = []
    partial: Notice | None = None
    for notice in takewhile(lambda waiting_notice: waiting_notice.event == HookEvent.DECIDED, waiting):
        room = MAX_DECISIONS - len(decisions)
        decided = list(_decisions(notice)[: room + 1])
        decisions += decided[:room]
        if len(decided) > room:
            partial = notice
            break
        packed.append(notice)
    _deliver(
        claimed, first, {"decisions": [_words(decision) for decision in decisions]}, now, packed, partial, decisions[-1]
    )
    return True


def _decisions(notice: Notice) -> Any:
    decisions = Decision.objects.filter(action=notice.action_id, pk__gt=notice.after, pk__lte=notice.upto)
    return decisions.select_related("action__user", "event__item").defer("event__item__raw").order_by("pk")


def _deliver(
    claimed: HeldHook,
    first: Notice,
    data: dict[str, Any],
    now: datetime,
    packed: list[Notice],
    partial: Notice | None = None,
    last: Decision | None = None,
) -> None:
    batch = Batch.objects.for_list().get(pk=first.batch_id) if first.batch_id else None
    uuid, about = uuid4(), _batch(batch) if batch else None
    message = {"id": str(uuid), "type": first.event, "created_at": now.isoformat(), "batch": about, "data": data}
    body = in_format(Webhook.objects.values_list("format", flat=True).get(pk=claimed.hook_id), message)
    with transaction.atomic():
        claimed.assert_claim()
        Delivery.objects.create(
            webhook_id=claimed.hook_id, batch=batch, uuid=uuid, event=first.event, body=json.dumps(body),
            created_at=now, retry_at=now,
        )  # fmt: skip
        Notice.objects.filter(pk__in=[notice.pk for notice in packed]).delete()
        if partial and last and last.action_id == partial.action_id:
            Notice.objects.filter(pk=partial.pk).update(after=last.pk)


def _facts(notice: Notice) -> dict[str, Any]:
    """The facts of a notice; of one about no batch, with the name and the page of its connection."""
    if notice.batch_id:
        return dict(notice.facts)
    connection = notice.webhook.connection
    return {
        "connection": connection.name,
        "url": f"{settings.PUBLIC_URL}/connections/{connection.pk}/",
        **notice.facts,
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "external_id": batch.external_id,
        "title": batch.title,
        "vendor": batch.connection.vendor,
        "connection": batch.connection.name,
        "state": batch.state,
        "vendor_status": batch.raw_status,
        "vendor_outcome": english_outcome(batch),
        **review_fields(batch),
        "counts": batch.counts,
        "url": f"{settings.PUBLIC_URL}/batches/{batch.pk}/",
    }


def _words(decision: Decision) -> dict[str, Any]:
    event, action = decision.event, decision.action
    return {
        "id": decision.pk,
        "kind": action.kind,
        "event": event.pk,
        "event_external_id": event.external_id,
        "item": event.item.external_id,
        "label": event.label,
        "origin": event.origin or "vendor",
        "version": decision.version,
        "before": decision.before,
        "approval": decision.approval,
        "changed_since": decision.fingerprint != event.fingerprint,
        "reason": decision.reason,
        "note": decision.note,
        "corrections": read(decision.corrections),
        "values_before": read(decision.values_before),
        "by": action.user.get_username(),
        "at": decision.created_at.isoformat(),
    }
