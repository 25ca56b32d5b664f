"""Tags for the console's first page, and for the way from a page to its record there."""

from typing import Any

from django import template
from django.urls import reverse

from batches.admin_now import lines_for

register = template.Library()

# Name of an address, or its beginning → the model of the record whose number it has.
RECORDS = {
    "event-": "batches_event", "item-": "batches_item", "batch-": "batches_batch", "connection-": "batches_connection",
    "webhook-detail": "batches_webhook", "webhook-list": "batches_connection", "start-": "batches_batchstart",
    "import-": "batches_importrun", "addition-": "batches_additionrun", "cloud-import-detail": "batches_cloudimport",
    "search-detail": "batches_videosearch", "search-list": "batches_connection", "upload-": "batches_connection",
    "video-list": "batches_connection", "agent-list": "batches_connection", "person-": "auth_user",
    "odd-list": "batches_connection", "odd-detail": "batches_oddtable",
}  # fmt: skip


@register.inclusion_tag("admin/now.html", takes_context=True)
def failing_now(context: template.Context) -> dict[str, Any]:
    return {"lines": lines_for(context["request"].user)}


@register.simple_tag(takes_context=True)
def console_address(context: template.Context) -> str:
    """The record of this page in the console, for who may look at it there; else the console's first page."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    name, pk = (match.url_name or "", match.kwargs.get("pk")) if match else ("", None)
    model = next((model for prefix, model in RECORDS.items() if name.startswith(prefix)), "")
    app, _, kind = model.partition("_")
    if request and pk and model and request.user.has_perm(f"{app}.view_{kind}"):
        return reverse(f"admin:{model}_change", args=[pk])
    return reverse("admin:index")
