"""Videos for an account: sent as files or fetched from addresses, what came of each, retries of what failed."""

from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict, KeyReused
from batches.models import Connection, VideoUpload
from batches.models.run import UNFINISHED, RunState
from batches.sync.uploads import MAX_ADDRESSES
from batches.sync.vendors import vendor_of
from batches.sync.video_files import PART_BYTES
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.uploads import TargetForm, UploadAddressesForm, UploadFileForm
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.bodies import takes_file
from reviewer.web.error_pages import error_page
from reviewer.web.htmx import render_page, wants_json
from reviewer.web.numbers import read_number
from reviewer.web.refusals import answers_refusals, read_do
from reviewer.web.uploads import read_body

NEWEST = Sort("Newest first", ("id",), descending=True)
PAGE_UPLOADS = 100
MAX_POLLED = 300


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def upload_list(request: SignedIn, pk: int) -> HttpResponse:
    """The uploads into a connection's account; a POST adds some, retries those that failed, or repeats one."""
    connection = access.connection_for(request.user, pk)
    form, error = UploadAddressesForm(connection), ""
    if request.method == "POST":
        do = read_do(request, ("upload", "retry", "again", "cancel", "join"))
        if do == "upload":
            form = UploadAddressesForm(connection, request.POST)
        error = _change(request, connection, do, form)
        if not error:
            return redirect("upload-list", pk)
    rows = connection.uploads.select_related("folder", "requested_by").defer("query", "sidecar")
    since = read_number(request.GET.get("since", ""))
    if since:  # the poll of the first page: its rows, and newer ones
        uploads, more = list(rows.filter(pk__gte=since).order_by("-id")[:MAX_POLLED]), ""
    else:
        uploads, more = keyset.page(request.GET, NEWEST, rows, PAGE_UPLOADS)
    context = {
        "connection": connection,
        "offered": vendor_of(connection.vendor).has_uploads,
        "form": form,
        "target": TargetForm(connection, auto_id="file_%s"),
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "most": MAX_ADDRESSES,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "uploads": uploads,
        "more": more,
        "polled": _polled(request, since or (uploads[-1].pk if uploads else None)),
        "older": request.headers.get("HX-Target") == "more",
        "counts": connection.uploads.aggregate(
            waiting=Count("pk", filter=Q(state__in=UNFINISHED, received=F("size"))),
            arriving=Count("pk", filter=Q(state__in=UNFINISHED, received__lt=F("size"))),
            uploaded=Count("pk", filter=Q(state=RunState.DONE)),
            failed=Count("pk", filter=Q(state=RunState.FAILED)),
            repeatable=Count("pk", filter=Q(state=RunState.FAILED, received=F("size"))),
            unknown=Count("pk", filter=Q(state=RunState.INCOMPLETE)),
        ),
    }
    partials, status = ["uploads", "more"], 422 if error else 200
    return render_page(request, "uploads/upload_list.html", context, partials=partials, status=status)


def _polled(request: SignedIn, since: int | None) -> str:
    """The query of the rows on this page. An older page stays as it is; the first one takes in newer uploads."""
    if "after" in request.GET and "since" not in request.GET:
        return f"?{urlencode({'after': request.GET['after']})}"
    return f"?since={since}" if since else ""


def _change(request: SignedIn, connection: Connection, do: str, form: UploadAddressesForm) -> str:
    """Carry out one of the page's forms. Returns an error as a sentence, or an empty text."""
    try:
        if do == "upload":
            if not form.is_valid():
                return sentence(form)
            count = len(actions.upload_addresses(connection=connection, by=request.user, **form.order()))
        elif do == "retry":
            count = actions.retry_failed_uploads(connection=connection)
        else:
            run = get_object_or_404(connection.uploads, pk=read_number(request.POST.get("upload", "")))
            if do == "cancel":
                actions.cancel_upload(run=run)
                if not wants_json(request):
                    messages.success(request, _("Canceled the upload of {name}.").format(name=run.name))
                return ""
            if do == "join":
                actions.join_views_again(run=run)
                messages.success(request, _("The views of {name} are joined once more.").format(name=run.name))
                return ""
            actions.upload_again(run=run)
            count = 1
    except (ValueError, KeyReused) as refusal:
        return str(refusal)
    text = ngettext("Requested {count} upload.", "Requested {count} uploads.", count)
    messages.success(request, text.format(count=number_format(count, force_grouping=True)))
    return ""


@require_http_methods(["POST"])
def upload_begin(request: SignedIn, pk: int) -> HttpResponse:
    """The upload of a file that the page is about to send: how much of it has arrived already."""
    connection = access.connection_for(request.user, pk)
    form = UploadFileForm(connection, request.POST)
    try:
        if not form.is_valid():
            raise ValueError(sentence(form))
        run = actions.begin_upload(connection=connection, by=request.user, **form.order())
    except ValueError as refusal:
        return error_page(request, 422, _("Not uploaded"), str(refusal))
    return _state_of(run)


@takes_file(lambda: PART_BYTES, access.may_edit_any)
@require_http_methods(["POST"])
def upload_part(request: SignedIn, pk: int) -> HttpResponse:
    """One part of a file, as the body of the request. A part that is not the next one is answered 409."""
    run = access.upload_for(request.user, pk)
    with read_body(request) as body:
        try:
            run = actions.add_part(run=run, offset=read_number(request.GET.get("offset", "")) or 0, content=body)
        except Conflict as conflict:
            run.refresh_from_db()
            return _state_of(run, status=409, message=str(conflict))
        except ValueError as refusal:
            return error_page(request, 422, _("Not uploaded"), str(refusal))
    return _state_of(run)


def _state_of(run: VideoUpload, *, status: int = 200, message: str = "") -> JsonResponse:
    state = {"upload": run.pk, "state": run.state, "received": run.received, "part_bytes": run.part_bytes}
    return JsonResponse({**state, "message": message or _standing(run)}, status=status)


def _standing(run: VideoUpload) -> str:
    """Why nothing more is to be sent, or what to know about the upload."""
    if run.state == RunState.DONE:
        return _("{name} is already uploaded.").format(name=run.name)
    if run.state == RunState.INCOMPLETE:
        return f"{run.name}: {run.message}"
    if actions.has_namesake(run):
        text = _("Another video in this folder is named {name}. Both are kept.")
        return text.format(name=run.name)
    return ""
