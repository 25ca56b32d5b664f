"""Videos from cloud storage: choose objects, have the vendor fetch them, watch them arrive, retry what failed."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.actions.limits import QUESTIONS, spend
from batches.errors import KeyReused, SyncError
from batches.models import Connection
from batches.sync.clouds import MAX_LIST_BYTES, MAX_OBJECTS, Integration
from batches.sync.questions import MAX_VIDEOS
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.cloud_imports import CloudImportForm, values_again
from reviewer.forms.fields import sentence
from reviewer.web.bodies import takes_file
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number
from reviewer.web.refusals import answers_refusals, read_do

RECENT = 20  # imports listed on the page
LISTED_VIDEOS = 200  # failed ones of an import, and those that are not there yet
BODY_BYTES = MAX_LIST_BYTES + 100_000  # a list with the form around it


@takes_file(lambda: BODY_BYTES, access.may_edit_any)
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def cloud_import_new(request: SignedIn, pk: int) -> HttpResponse:
    """Import videos from cloud storage into a connection's account; `again`: an earlier import."""
    connection = access.connection_for(request.user, pk)
    offered = vendor_of(connection.vendor).has_cloud_imports
    if offered:
        spend(QUESTIONS, request.user)  # opening the page asks the vendor, too
    integrations, unlisted = _integrations(connection) if offered else ([], "")
    initial = _initial_values(request)
    if request.method == "POST":
        form = CloudImportForm(connection, integrations, request.POST, request.FILES)
    else:
        form = CloudImportForm(connection, integrations, initial=initial)
    error = ""
    if request.method == "POST":
        error = sentence(form)
        if not error:
            try:
                run = actions.start_cloud_import(connection=connection, by=request.user, **form.order())
            except (ValueError, KeyReused) as refusal:
                error = str(refusal)
            else:
                return redirect("cloud-import-detail", run.pk)
    context = {
        "connection": connection,
        "offered": offered,
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "unlisted": unlisted,
        "error": error,
        "most": MAX_OBJECTS,
        "recent": connection.cloud_imports.select_related("requested_by").defer("keys")[:RECENT],
    }
    return render_page(request, "cloud_imports/cloud_import_new.html", context, status=422 if error else 200)


def _integrations(connection: Connection) -> tuple[list[Integration] | None, str]:
    """The integrations to choose from; None, with the reason, where they are unknown."""
    try:
        return actions.list_integrations(connection=connection), ""
    except SyncError as error:
        return None, str(error)


def _initial_values(request: SignedIn) -> dict[str, object]:
    pk = read_number(request.GET.get("again", ""))
    return values_again(access.cloud_import_for(request.user, pk)) if pk else {}


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def cloud_import_detail(request: SignedIn, pk: int) -> HttpResponse:
    run = access.cloud_import_for(request.user, pk)
    error = ""
    if request.method == "POST":
        do = read_do(request, ("retry", "check"))
        try:
            if do == "retry":
                count = actions.retry_cloud_import(run=run)
                text = ngettext(
                    "Requested {count} failed video again.", "Requested {count} failed videos again.", count
                )
                messages.success(request, text.format(count=number_format(count, force_grouping=True)))
            else:
                actions.check_cloud_import(run=run)
        except (ValueError, SyncError) as refusal:
            error = str(refusal)
            run.refresh_from_db()
        else:
            return redirect("cloud-import-detail", pk)
    listed, uploaded, failed = run.videos.count(), run.videos.uploaded().count(), run.videos.failed().count()
    context = {
        "run": run,
        "error": error,
        "listed": listed,
        "uploaded": uploaded,
        "failed": failed,
        "arriving": listed - uploaded - failed,
        "unlisted": max(0, (run.total or 0) - listed),
        "failed_videos": run.videos.failed().order_by("source_uri", "id")[:LISTED_VIDEOS],
        "most_videos": MAX_VIDEOS,
    }
    partials = ["import-panel"]
    status = 422 if error else 200
    return render_page(request, "cloud_imports/cloud_import_detail.html", context, partials=partials, status=status)
