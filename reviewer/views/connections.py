"""Connections for their editors: automatic sync and watched batches; and the endpoint of the vendors' webhooks."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from batches import actions
from batches.models import Connection, Poll, Schedule, Tally
from batches.models.tally import tally_key
from batches.sync.vendors import vendor_of
from batches.watch.vendor_webhook import reason_not_to_call
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.connections import ScheduleForm, VendorWebhookSecretForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

MAX_POLLS = 100  # watched batches on the page
MAX_WEBHOOK_BYTES = 65_536
MAX_WRONG_WEBHOOKS, MINUTE = 60, timedelta(minutes=1)  # of one address


@require_safe
def connection_list(request: SignedIn) -> HttpResponse:
    connections = access.connections_to_edit(request.user).annotate(
        batch_count=Count("batches", distinct=True),
        hook_count=Count("webhooks", distinct=True),
        hooks_paused=Count("webhooks", filter=Q(webhooks__paused_at__isnull=False), distinct=True),
    )
    rows = [(connection, reason_not_to_call(connection)) for connection in connections]
    return render_page(
        request, "connections/connection_list.html", {"rows": rows, "may_connect": access.may_connect(request.user)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def connection_detail(request: SignedIn, pk: int) -> HttpResponse:
    connection = access.connection_for(request.user, pk)
    error = ""
    if request.method == "POST":
        error = _change(request, connection)
        if not error:
            return redirect("connection-detail", pk)
    # The worker creates the schedule. Until then the page shows its defaults, and no address, as that would change.
    schedule = Schedule.objects.filter(connection=connection).first() or Schedule(connection=connection)
    polls = Poll.objects.filter(batch__connection=connection, batch__archived_at=None)
    polls = polls.select_related("batch").defer("batch__raw")
    vendor = vendor_of(connection.vendor)
    context = {
        "connection": connection,
        "rights": access.rights_on(request.user, connection.pk),
        "schedule": schedule,
        "stop": reason_not_to_call(connection),
        "lists": vendor.lists,
        "webhook_url": _vendor_webhook_url(schedule) if schedule.pk and vendor.webhook_header else "",
        "polls": polls.filter(ended_at__isnull=True).order_by("next_at")[:MAX_POLLS],
        "ended": polls.filter(ended_at__isnull=False).order_by("-ended_at")[:MAX_POLLS],
        "hooks": connection.webhooks.count(),
        "error": error,
    }
    return render_page(request, "connections/connection_detail.html", context, status=422 if error else 200)


def _change(request: SignedIn, connection: Connection) -> str:
    """Carry out the page's forms. Returns an error as a sentence, or an empty text."""
    vendor = vendor_of(connection.vendor)
    choices = ["schedule", *(["list"] if vendor.lists else []), *(["secret"] if vendor.webhook_header else [])]
    match read_do(request, choices):
        case "schedule":
            schedule = ScheduleForm(request.POST)
            schedule.is_valid()  # two boxes: whatever is sent says yes or no
            actions.set_schedule(connection=connection, **schedule.cleaned_data)
            messages.success(request, _("Saved."))
        case "list":
            actions.list_now(connection=connection)
            messages.success(request, _("The account's batches are being listed."))
        case "secret":
            secret = VendorWebhookSecretForm(request.POST)
            if not secret.is_valid():
                return sentence(secret)
            actions.set_vendor_webhook_secret(connection=connection, secret=secret.cleaned_data["secret"])
            messages.success(request, _("The secret is saved; it cannot be shown again."))
    return ""


def _vendor_webhook_url(schedule: Schedule) -> str:
    return f"{settings.PUBLIC_URL}{reverse('vendor-webhook', args=[schedule.connection.vendor, schedule.hook_key])}"


@csrf_exempt
@login_not_required
@require_POST
def vendor_webhook(request: HttpRequest, vendor: str, hook_key: str) -> HttpResponse:
    """A webhook of a vendor: its signature is verified over the raw bytes, its content is never read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_WEBHOOK_BYTES:
        return _plain("The message is too large.\n", 413)
    accepted = actions.follow_vendor_webhook(
        vendor=vendor, hook_key=hook_key[:64], headers=request.headers, body=request.body
    )
    if accepted is None:
        return _plain("Unknown address.\n", 404)
    if accepted:  # a valid one is accepted whatever the number of wrong ones
        return _plain("Thank you.\n", 202)
    if not _within_rate(hook_key):
        return _plain("Too many.\n", 429, {"Retry-After": "60"})
    return _plain("Invalid signature.\n", 403)


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain", status=status, headers=headers)


def _within_rate(hook_key: str) -> bool:
    """Whether the wrong webhooks of this address within a minute are few enough."""
    return Tally.objects.add(tally_key("wrong vendor webhook", hook_key[:64]), MINUTE).count <= MAX_WRONG_WEBHOOKS
