"""Creates, changes, pauses and deletes webhooks, rotates their secrets, sends a delivery again and a test message."""

import json
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.limits import WEBHOOKS, spend
from batches.errors import VendorRefused
from batches.hooks.formats import TEST, in_format
from batches.models import Connection, Delivery, DeliveryState, HookEvent, HookFormat, Webhook
from batches.sync.safe import Guard

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_WEBHOOKS = 20  # of one connection
OVERLAP = timedelta(hours=24)  # an old secret still signs together with the new one


def make_webhook(
    *, connection: Connection, url: str, events: Collection[str], by: "User", hook_format: str = HookFormat.SIGNED
) -> tuple[Webhook, str]:
    """Create a webhook. Returns it with its secret, which cannot be shown again; messages for chats have none.

    Raises ValueError with a message for a forbidden address, for no or unknown events, and if the connection has
    MAX_WEBHOOKS already; TooMany.
    """
    url, subscribed = _checked(url, events)
    secret = _new_secret() if hook_format == HookFormat.SIGNED else ""
    with transaction.atomic():
        if connection.webhooks.count() >= MAX_WEBHOOKS:
            raise ValueError(
                _("A connection has at most {max_webhooks} webhooks. Delete one first.").format(
                    max_webhooks=MAX_WEBHOOKS
                )
            )
        spend(WEBHOOKS, by, Webhook.objects.filter(created_by=by))
        hook = Webhook(connection=connection, format=hook_format, events=subscribed, secret=secret, created_by=by)
        _set_address(hook, url)
        hook.save()
    return hook, secret


def change_webhook(*, webhook: Webhook, url: str, events: Collection[str], by: "User") -> None:
    """Change address and events; a secret address stays where `url` is empty.

    Waiting deliveries go to another address at once, and whoever enters it takes the webhook over: it ends with
    their right. Raises ValueError like `make_webhook`.
    """
    url, webhook.events = _checked(url.strip() or webhook.secret_url, events)
    is_another = url != webhook.address
    if is_another:
        webhook.created_by = by
    _set_address(webhook, url)
    with transaction.atomic():
        webhook.save(update_fields=["url", "secret_url", "events", "created_by"])
        if is_another:
            _begin_anew(webhook)


def rotate_secret(*, webhook: Webhook) -> str:
    """Create a new secret, shown once. The previous secret stays valid for a day; an older one is invalid at once.

    Raises ValueError where the format has no secret.
    """
    if not webhook.is_signed:
        raise ValueError(_("Messages of this format are not signed. Its secret is the address: enter a new one."))
    webhook.old_secret, webhook.old_until = webhook.secret, timezone.now() + OVERLAP
    webhook.secret = secret = _new_secret()
    webhook.save(update_fields=["secret", "old_secret", "old_until"])
    return secret


def pause_webhook(*, webhook: Webhook, by: "User") -> None:
    """Send nothing until somebody resumes it. Events are kept meanwhile, as long as the log is. Safe to repeat."""
    why = f"Paused by {by.get_username()}."
    Webhook.objects.filter(pk=webhook.pk, paused_at=None).update(paused_at=timezone.now(), paused_reason=why)


def resume_webhook(*, webhook: Webhook, by: "User") -> None:
    """Send again, starting at once with waiting deliveries. `by` takes the webhook over."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(created_by=by, paused_at=None, paused_reason="")
        _begin_anew(webhook)


def _begin_anew(webhook: Webhook) -> None:
    """Forget the failures so far: waiting deliveries are due now, with all their tries."""
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=None, enqueued_at=None)
    waiting = Delivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING)
    waiting.update(retry_at=timezone.now(), attempts=0)


def delete_webhook(*, webhook: Webhook) -> None:
    """Remove the webhook and its log."""
    webhook.delete()


def deliver_again(*, delivery: Delivery) -> Delivery:
    """Send the same message with the same id again, at the end of the queue; one that waits, and those before it in
    its order, without waiting longer.
    """
    now = timezone.now()
    before = Delivery.objects.filter(webhook=delivery.webhook_id, batch=delivery.batch_id, pk__lte=delivery.pk)
    if before.filter(pk=delivery.pk, state=DeliveryState.WAITING).exists():
        with transaction.atomic():
            before.filter(state=DeliveryState.WAITING).update(retry_at=now)
            Webhook.objects.filter(pk=delivery.webhook_id).update(enqueued_at=None)
        return delivery
    return Delivery.objects.create(
        webhook_id=delivery.webhook_id, batch_id=delivery.batch_id, uuid=delivery.uuid, event=delivery.event,
        body=delivery.body, created_at=now, retry_at=now,
    )  # fmt: skip


def send_test(*, webhook: Webhook, by: "User") -> Delivery:
    """Send a message that tells nothing, in the order of those about the whole connection.

    Raises ValueError while the webhook is paused.
    """
    if webhook.paused_at:
        raise ValueError(_("A paused webhook sends nothing. Resume it first."))
    now, uuid, connection = timezone.now(), uuid4(), webhook.connection
    data = {
        "connection": connection.name,
        "url": f"{settings.PUBLIC_URL}/connections/{connection.pk}/",
        "by": by.get_username(),
    }
    message = {"id": str(uuid), "type": TEST, "created_at": now.isoformat(), "batch": None, "data": data}
    body = json.dumps(in_format(webhook.format, message))
    return Delivery.objects.create(webhook=webhook, uuid=uuid, event=TEST, body=body, created_at=now, retry_at=now)


def _set_address(webhook: Webhook, url: str) -> None:
    """In the formats of chats, the address is the secret: it is stored encrypted, and only its host is shown."""
    if webhook.is_signed:
        webhook.url, webhook.secret_url = url, ""
    else:
        parts = urlsplit(url)
        webhook.url, webhook.secret_url = f"{parts.scheme}://{parts.hostname}/…", url


def _checked(url: str, events: Collection[str]) -> tuple[str, list[str]]:
    url = url.strip()
    try:
        Guard(settings.WEBHOOK_PRIVATE_HOSTS).check_url(url)
    except VendorRefused as error:
        raise ValueError(str(error)) from error
    unknown = set(events) - set(HookEvent.values)
    if unknown or not events:
        raise ValueError(_("Choose events among {names}.").format(names=", ".join(HookEvent.values)))
    return url, [event for event in HookEvent.values if event in events]


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"
