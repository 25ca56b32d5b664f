"""The pages of webhooks: create, change, pause, test and delete them, change the secret, see and repeat deliveries."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from batches import actions
from batches.models import DeliveryState, HookEvent, HookFormat, Webhook
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.connections import NewWebhookForm, SecretWebhookForm, WebhookForm
from reviewer.forms.fields import sentence
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

LOG_PAGE = 50
NEWEST = Sort("Newest first", ("id",), descending=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_list(request: SignedIn, pk: int) -> HttpResponse:
    """The list, with a form for a new webhook. Only the answer to the POST shows the secret of the new webhook."""
    connection = access.connection_for(request.user, pk)
    made, error = None, ""
    form = NewWebhookForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            try:
                made = actions.make_webhook(connection=connection, by=request.user, **form.cleaned_data)
            except ValueError as refusal:
                error = str(refusal)
        else:
            error = sentence(form)
    selected_format = request.POST.get("hook_format", "") if error else ""
    selected_format = selected_format or HookFormat.SIGNED
    context = {
        "connection": connection,
        "hooks": [(hook, _latest(hook)) for hook in connection.webhooks.order_by("id")],
        "events": HookEvent.choices,
        "selected_events": form.data.getlist("events") if error and form.is_bound else HookEvent.values,  # type: ignore[attr-defined]
        "formats": HookFormat.choices,
        "selected_format": selected_format,
        "url": request.POST.get("url", "") if error and selected_format == HookFormat.SIGNED else "",
        "made": made,
        "error": error,
    }
    return render_page(request, "webhooks/webhook_list.html", context, status=422 if error else 200)


def _latest(hook: Webhook) -> Any:
    return hook.deliveries.defer("body").exclude(tried_at=None).order_by("-tried_at").first()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def webhook_detail(request: SignedIn, pk: int) -> HttpResponse:
    hook = access.webhook_for(request.user, pk)
    error, secret = "", ""
    if request.method == "POST":
        do = read_do(request, ("change", "pause", "resume", "rotate", "test", "delete"))
        if do == "delete":
            actions.delete_webhook(webhook=hook)
            messages.success(request, _("The webhook is deleted."))
            return redirect("webhook-list", hook.connection_id)
        if do == "rotate" and hook.is_signed:
            secret = actions.rotate_secret(webhook=hook)
        elif not (error := _change(request, hook, do)):
            return redirect("webhook-detail", pk)
    log = hook.deliveries.select_related("batch").defer("body", "batch__raw")
    rows, more = keyset.page(request.GET, NEWEST, log, LOG_PAGE)
    context = {
        "hook": hook,
        "events": HookEvent.choices,
        "rows": rows,
        "more": more,
        "noted": hook.notices.count(),
        "secret": secret,
        "error": error,
    }
    return render_page(request, "webhooks/webhook_detail.html", context, status=422 if error else 200)


def _change(request: SignedIn, hook: Webhook, do: str) -> str:
    """Carry out the page's forms. Returns an error as a sentence, or an empty text."""
    match do:
        case "rotate":
            return _("Messages of this format are not signed. Its secret is the address: enter a new one.")
        case "pause":
            actions.pause_webhook(webhook=hook, by=request.user)
        case "resume":
            actions.resume_webhook(webhook=hook, by=request.user)
        case "test":
            try:
                actions.send_test(webhook=hook, by=request.user)
            except ValueError as refusal:
                return str(refusal)
            messages.success(request, _("The test message is queued."))
        case "change":
            form = (WebhookForm if hook.is_signed else SecretWebhookForm)(request.POST)
            if not form.is_valid():
                return sentence(form)
            try:
                actions.change_webhook(webhook=hook, by=request.user, **form.cleaned_data)
            except ValueError as refusal:
                return str(refusal)
    return ""


@require_safe
def delivery_body(request: SignedIn, pk: int) -> HttpResponse:
    """The exact bytes that were sent."""
    delivery = access.delivery_for(request.user, pk)
    return HttpResponse(delivery.body, content_type="application/json")


@require_POST
def delivery_again(request: SignedIn, pk: int) -> HttpResponse:
    delivery = access.delivery_for(request.user, pk)
    actions.deliver_again(delivery=delivery)
    if delivery.state == DeliveryState.WAITING:
        messages.success(request, _("The delivery is due now."))
    else:
        messages.success(request, _("The delivery is queued again, with the same id."))
    return redirect("webhook-detail", delivery.webhook_id)
