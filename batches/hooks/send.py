"""Sends the due deliveries of a webhook, in order for each batch, and records the results: retry, give up or pause.

Delivery is at least once: if a worker dies between the receiver's answer and our commit, the delivery is sent again
with the same id. A try is counted before it is made, so that a delivery that kills its worker is not tried for ever.
"""

import logging
import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches.hooks.claims import HeldHook, claim_hook
from batches.hooks.gather import gather
from batches.hooks.post import Answer, post
from batches.hooks.signature import sign
from batches.jobs.claims import ClaimLost
from batches.models import Delivery, DeliveryState, Membership, Notice, Webhook

logger = logging.getLogger(__name__)

TURN_DELIVERIES = 20  # sent in one turn; then the worker is free for others
MAX_TRIES = 12  # of a delivery, over about twelve hours
MIN_WAIT, MAX_WAIT = timedelta(seconds=30), timedelta(hours=4)
PAUSE_AFTER = timedelta(hours=24)  # without a success
RETENTION = timedelta(days=30)  # of deliveries, and of notices of a paused webhook
GONE_STATUS = 410
SECRET_CHARACTERS = 6  # of a part of a secret address, that nobody may see


def work_off(hook_id: int) -> None:
    """Gather notices and send due deliveries, until a try fails or the turn is over."""
    claimed = claim_hook(hook_id)
    if claimed is None:
        return
    try:
        gather(claimed, timezone.now())
        for _ in range(TURN_DELIVERIES):
            if not _send_next(claimed):
                break
    except ClaimLost as reason:
        logger.info("%s", reason)
    claimed.release()


def prune(now: datetime) -> None:
    """Delete deliveries and notices older than the retention."""
    Delivery.objects.filter(created_at__lt=now - RETENTION).delete()
    Notice.objects.filter(created_at__lt=now - RETENTION).delete()


def wait_before(attempts: int, retry_after: float | None = None) -> timedelta:
    """The wait after `attempts` tries (from 1): doubled each time, and at least the receiver's `retry_after`
    (seconds).
    """
    own = min(MIN_WAIT * 2.0 ** min(attempts - 1, 20), MAX_WAIT)
    return max(own, min(timedelta(seconds=min(retry_after or 0, 1e6)), timedelta(days=1)))


def _send_next(claimed: HeldHook) -> bool:
    """Make one try. False if nothing is due or the try failed; the next turn continues."""
    now = timezone.now()
    with transaction.atomic():
        claimed.assert_claim()
        hook = Webhook.objects.select_related("created_by").get(pk=claimed.hook_id)
        if not Membership.rights_of(hook.created_by, hook.connection_id).can_edit:
            _pause_without_editor(hook, now)
            return False
        delivery = hook.deliveries.due(now).order_by("retry_at", "pk").first()
        if delivery is None:
            return False
        if delivery.attempts >= MAX_TRIES:
            Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.PARKED)
            return True
        delivery.attempts += 1
        delivery.tried_at, delivery.retry_at = now, now + wait_before(delivery.attempts)
        delivery.save(update_fields=["attempts", "tried_at", "retry_at"])
    body = delivery.body.encode()
    answer = post(hook.address, body, _headers(hook, delivery, body, now), settings.WEBHOOK_PRIVATE_HOSTS)
    with transaction.atomic():
        claimed.assert_claim()
        _note(hook, delivery, answer, timezone.now())
    return answer.good


def _pause_without_editor(hook: Webhook, now: datetime) -> None:
    """Pause a webhook whose owner lost the right to edit. The editor who resumes it becomes its owner."""
    name = hook.created_by.get_username()
    why = f"{name} is no longer an editor of this connection. Resume the webhook to take it over."
    Webhook.objects.filter(pk=hook.pk).update(paused_at=now, paused_reason=why)


def _headers(hook: Webhook, delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    common = {"Content-Type": "application/json", "User-Agent": "reviewer/0.1"}
    if not hook.is_signed:
        return common
    return common | {
        "Reviewer-Event": delivery.event,
        "Reviewer-Delivery": str(delivery.uuid),
        "Reviewer-Attempt": str(delivery.attempts),
        "Reviewer-Signature": sign(hook.secrets(now), body, int(now.timestamp())),
    }


def _without_secret(text: str, hook: Webhook) -> str:
    """Error pages repeat the path that was asked for, cut off at any place: then nothing of them is kept."""
    parts = re.split(r"[/?&=]+", hook.secret_url.partition("://")[2])[1:]
    return "" if any(part[:SECRET_CHARACTERS] in text for part in parts if len(part) >= SECRET_CHARACTERS) else text


def _note(hook: Webhook, delivery: Delivery, answer: Answer, now: datetime) -> None:
    """Store the result of a try on the delivery and the webhook."""
    delivery.status, delivery.took_ms = answer.status, answer.took_ms
    delivery.answer, delivery.problem = _without_secret(answer.text, hook), answer.problem
    if answer.good:
        delivery.state = DeliveryState.DELIVERED
    elif delivery.attempts >= MAX_TRIES:
        delivery.state = DeliveryState.PARKED
    else:
        delivery.retry_at = now + wait_before(delivery.attempts, answer.retry_after)
    delivery.save(update_fields=["status", "took_ms", "answer", "problem", "state", "retry_at"])
    if answer.good:
        if hook.failing_since:
            Webhook.objects.filter(pk=hook.pk).update(failing_since=None)
        return
    since = hook.failing_since or now
    changes: dict[str, object] = {"failing_since": since}
    if answer.status == GONE_STATUS:
        changes |= {"paused_at": now, "paused_reason": "The receiver answered that it is gone (410)."}
    elif now - since >= PAUSE_AFTER:
        why = f"No delivery has succeeded since {since:%-d %B %Y, %H:%M} UTC."
        changes |= {"paused_at": now, "paused_reason": why}
    Webhook.objects.filter(pk=hook.pk).update(**changes)
