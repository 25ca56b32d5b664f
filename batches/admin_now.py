"""What fails right now, for the top of the console's first page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.checks import DISK_TOO_FULL, free_bytes
from batches.management.supervise import state
from batches.models import Connection, Delivery, DeliveryState, RunState, VideoUpload, Webhook
from batches.models.run import UNFINISHED, Run
from batches.stored_texts import in_language
from batches.tasks import ENQUEUED_ALONE, JOBS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RECENT = timedelta(days=1)
TOO_OLD = timedelta(minutes=10)  # that a job may wait before somebody should look
# Which failures somebody should look at: a file that a person canceled, or that is no video, is none.
OF_OPERATOR: dict[type[Run], Q] = {VideoUpload: Q(received=F("size"))}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `address`: the list in the console that shows it."""

    text: str
    is_bad: bool
    address: str = ""


def lines_for(user: "User") -> list[Line]:
    """What fails first, then how things stand; of what this person may see in the console."""
    lines = [*_machine(user), *_connections(user), *_webhooks(user), *_jobs(user)]
    return sorted(lines, key=lambda line: not line.is_bad)


def _machine(user: "User") -> Iterator[Line]:
    if not user.is_superuser:
        return
    for folder, free in sorted(free_bytes().items()):
        yield Line(_("{size} free in {folder}").format(size=filesizeformat(free), folder=folder), free < DISK_TOO_FULL)
    for name, ended in state()["failing"].items():
        yield Line(_("The process {name} {ended}").format(name=name, ended=ended), True)


def _connections(user: "User") -> Iterator[Line]:
    if not user.has_perm("batches.view_connection"):
        return
    live = Connection.objects.not_removed()
    for connection in live.exclude(refused_at=None).only("name", "refused_at", "refused_reason"):
        address = reverse("admin:batches_connection_change", args=[connection.pk])
        text = _("Key of {name} refused: {reason}").format(
            name=connection.name, reason=in_language(connection.refused_reason)
        )
        yield Line(text, True, address)


def _webhooks(user: "User") -> Iterator[Line]:
    if not user.has_perm("batches.view_webhook"):
        return
    stopped = Webhook.objects.exclude(paused_at=None, failing_since=None)
    for hook in stopped.only("url", "paused_reason"):
        address = reverse("admin:batches_webhook_change", args=[hook.pk])
        why = hook.paused_reason or _("all deliveries fail")
        yield Line(_("Webhook {url}: {why}").format(url=hook.url, why=why), True, address)
    given_up = Delivery.objects.filter(state=DeliveryState.PARKED, tried_at__gt=timezone.now() - RECENT).count()
    if given_up:
        address = reverse("admin:batches_delivery_changelist") + f"?state__exact={DeliveryState.PARKED}"
        text = ngettext(
            "{count} delivery given up in the last 24 hours",
            "{count} deliveries given up in the last 24 hours",
            given_up,
        )
        yield Line(text.format(count=given_up), True, address)


def _jobs(user: "User") -> Iterator[Line]:
    now, oldest, unfinished = timezone.now(), None, 0
    models = [model for model in JOBS if user.has_perm(f"batches.view_{model._meta.model_name}")]
    for model in models:
        yield from _failed(model, now)
        runs: Any = model._default_manager.filter(ENQUEUED_ALONE.get(model, Q()))
        unfinished += runs.filter(state__in=UNFINISHED).count()
        first = runs.filter(state=RunState.QUEUED).order_by("pk").only("created_at").first()
        if first and (oldest is None or first.created_at < oldest.created_at):
            oldest = first
    if oldest:
        text = _("The oldest queued job has waited {time}: {job}").format(
            time=timesince(oldest.created_at, now), job=f"{oldest._meta.verbose_name} {oldest.pk}"
        )
        yield Line(text, now - oldest.created_at > TOO_OLD, _list_of(type(oldest), "queued"))
    if models:
        text = ngettext("{count} job queued, waiting or running", "{count} jobs queued, waiting or running", unfinished)
        yield Line(text.format(count=unfinished), False)


def _failed(model: type[Run], now: Any) -> Iterator[Line]:
    runs: Any = model._default_manager.filter(OF_OPERATOR.get(model, Q()))
    failed = runs.filter(state=RunState.FAILED, finished_at__gt=now - RECENT).count()
    if failed:
        noun = model._meta.verbose_name if failed == 1 else model._meta.verbose_name_plural
        text = _("{count} {noun} failed in the last 24 hours").format(count=failed, noun=noun)
        yield Line(text, True, _list_of(model, "failed"))


def _list_of(model: type[Run], run_state: str) -> str:
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return f"{reverse(address)}?state__exact={run_state}"
