"""Making a connection in the page, and the ways to bring its first batch in."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from batches import actions
from batches.actions.batches import MAX_LIST_IDS, PAGE_LIMITS
from batches.actions.limits import QUESTIONS, spend
from batches.errors import Conflict, SyncError, VendorUnavailable
from batches.models import Batch, Connection, Vendor
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.connections import ConnectionForm, KeyForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page

MAX_LISTED_BATCHES = 50  # batches of the vendor to pick from


def _require_right(request: SignedIn) -> None:
    if not access.may_connect(request.user):
        raise PermissionDenied(_("Only administrators can create connections."))


@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "HEAD", "POST"])
def connection_new(request: SignedIn) -> HttpResponse:
    _require_right(request)
    vendor = Vendor(name) if (name := request.GET.get("vendor", "")) in Vendor.values else next(iter(Vendor))
    context: dict[str, Any] = {
        "vendors": Vendor,
        "vendor": vendor,
        "answers": vendor_of(vendor).answers,
        "values": {"name": actions.free_name(str(vendor.label)), "base_url": vendor_of(vendor).default_base_url},
    }
    if request.method == "POST":
        form = ConnectionForm(request.POST)
        if form.is_valid():
            try:
                connection = actions.create_connection(
                    vendor=vendor, by=request.user, unchecked=form.cleaned_data["unchecked"],
                    **{name: form.cleaned_data[name] for name in ("name", "base_url", "api_key")},
                )  # fmt: skip
                return redirect("connection-first", connection.pk)
            except (Conflict, SyncError) as error:
                context |= {"error": str(error), "away": isinstance(error, VendorUnavailable)}
        else:
            context["error"] = sentence(form)
        context["values"] = form.data
    return render_page(request, "connections/connection_new.html", context, status=422 if "error" in context else 200)


@sensitive_post_parameters("api_key")
@require_POST
def connection_check(request: SignedIn) -> HttpResponse:
    """Whose key it is, while a person types it. Nothing is stored."""
    _require_right(request)
    form = KeyForm(request.POST)
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            context["owner"] = actions.check_key(by=request.user, **form.cleaned_data)
        except SyncError as error:
            context["error"] = str(error)
    return render_page(request, "connections/parts/key_state.html", context)


@require_safe
def connection_first(request: SignedIn, pk: int) -> HttpResponse:
    """The ways to bring batches into a connection: by ids, from the vendor's list, as a file."""
    connection = access.connection_for(request.user, pk)
    vendor = vendor_of(connection.vendor)
    context: dict[str, Any] = {
        "connection": connection, "answers": vendor.answers, "lists": vendor.lists, "max_ids": MAX_LIST_IDS,
        "key": uuid4(), "max_bytes": settings.IMPORT_MAX_BYTES,
    }  # fmt: skip
    if request.headers.get("HX-Target") == "vendor-batches" or "list" in request.GET:
        spend(QUESTIONS, request.user)
        try:
            context["records"] = actions.list_batches(connection=connection, limits=PAGE_LIMITS)[:MAX_LISTED_BATCHES]
        except SyncError as error:
            context["list_error"] = str(error)
        ids = [record.external_id for record in context.get("records", ())]
        stored = Batch.objects.not_removed().filter(connection=connection, external_id__in=ids)
        context["stored"] = dict(stored.values_list("external_id", "pk"))
    return render_page(request, "connections/connection_first.html", context, partials=["vendor-batches"])


@require_POST
def sample_load(request: SignedIn) -> HttpResponse:
    _require_right(request)
    batch = actions.load_sample(by=request.user)
    messages.success(request, _("The sample batch is loaded. Its verdicts count in no other batch."))
    return redirect("batch-grid", batch.pk)


@require_POST
def sample_remove(request: SignedIn, pk: int) -> HttpResponse:
    connection: Connection = access.connection_to_manage(request.user, pk)
    if not connection.is_sample:
        raise PermissionDenied(_("Only the sample can be removed here."))
    actions.remove_sample(connection=connection)
    messages.success(request, _("The sample is removed."))
    return redirect("batch-list")
