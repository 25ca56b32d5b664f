"""Notices → deliveries, batch by batch in the order in which things happened; decisions are collected."""

import json
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from batches.hooks.claims import HeldHook
from batches.models import Batch, Decision, Delivery, HookEvent, Notice

COLLECT = timedelta(seconds=10)  # decisions wait so long for others to come along
MAX_DECISIONS = 500  # decisions in one delivery


def gather(claimed: HeldHook, now: datetime) -> None:
    """Turn every notice that is due into deliveries. Each delivery is one transaction. Raises ClaimLost."""
    notices = Notice.objects.filter(webhook=claimed.hook_id)
    for batch_id in notices.order_by("batch").values_list("batch", flat=True).distinct():
        while _pack(claimed, batch_id, now):
            pass


def _pack(claimed: HeldHook, batch_id: int, now: datetime) -> bool:
    """The batch's next delivery, and the notices it comes from are gone. False: nothing more is due."""
    waiting = list(Notice.objects.filter(webhook=claimed.hook_id, batch=batch_id).order_by("pk")[:MAX_DECISIONS])
    if not waiting:
        return False
    first = waiting[0]
    if first.event != HookEvent.DECIDED:
        _deliver(claimed, first, first.facts, now, told=[first])
        return True
    if now - first.created_at < COLLECT:
        return False
    decisions: list[Decision] = []
    told: list[Notice] = []
    left: Notice | None = None
    for notice in takewhile(lambda one: one.event == HookEvent.DECIDED, waiting):
        room = MAX_DECISIONS - len(decisions)
        found = list(_decisions(notice)[: room + 1])
        decisions += found[:room]
        if len(found) > room:
            left = notice
            break
        told.append(notice)
    _deliver(
        claimed, first, {"decisions": [_words(decision) for decision in decisions]}, now, told, left, decisions[-1]
    )
    return True


def _decisions(notice: Notice) -> Any:
    found = Decision.objects.filter(action=notice.action_id, pk__gt=notice.after, pk__lte=notice.upto)
    return found.select_related("action__user", "event__item").defer("event__item__raw").order_by("pk")


def _deliver(
    claimed: HeldHook,
    first: Notice,
    data: dict[str, Any],
    now: datetime,
    told: list[Notice],
    left: Notice | None = None,
    last: Decision | None = None,
) -> None:
    batch = Batch.objects.for_list().get(pk=first.batch_id)
    uuid = uuid4()
    body = {"id": str(uuid), "type": first.event, "created_at": now.isoformat(), "batch": _batch(batch), "data": data}
    with transaction.atomic():
        claimed.assert_claim()
        Delivery.objects.create(
            webhook_id=claimed.hook_id, batch=batch, uuid=uuid, event=first.event, body=json.dumps(body),
            created_at=now, retry_at=now,
        )  # fmt: skip
        Notice.objects.filter(pk__in=[notice.pk for notice in told]).delete()
        if left and last and last.action_id == left.action_id:
            Notice.objects.filter(pk=left.pk).update(after=last.pk)


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "external_id": batch.external_id,
        "title": batch.title,
        "vendor": batch.connection.vendor,
        "connection": batch.connection.name,
        "state": batch.state,
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
        "version": decision.version,
        "before": decision.before,
        "approval": decision.approval,
        "reason": decision.reason,
        "note": decision.note,
        "by": action.user.get_username(),
        "at": decision.created_at.isoformat(),
    }
