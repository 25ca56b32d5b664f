"""Bringing in a file of results: upload, look at what is in it, then write it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict, NotAllowed
from batches.models import ImportRun
from batches.sync.files.formats import FORMATS
from batches.sync.files.names import FIELDS
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.connections import ImportForm, UploadForm
from reviewer.forms.fields import sentence
from reviewer.web.bodies import takes_file
from reviewer.web.htmx import render_page

LISTED = 30
# Labels of the open format's fields in the form.
FIELD_LABELS = {
    "video": "Video (required)", "start": "Start", "end": "End", "label": "Label", "category": "Category",
    "severity": "Severity", "confidence": "Confidence", "text": "AI text", "thumbnail": "Thumbnail address",
    "clip": "Clip address", "id": "Id of the event", "batch": "Batch", "approval": "Approval",
}  # fmt: skip


@takes_file(lambda: settings.IMPORT_MAX_BYTES, access.may_edit_any, "Use the command import_results for a larger file.")
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: SignedIn) -> HttpResponse:
    error = ""
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            data = form.cleaned_data
            connection = access.connection_for(request.user, data["connection"])
            upload = data["file"]
            run = actions.upload_results(
                connection=connection, file=upload, name=upload.name.replace("\0", ""), by=request.user,
                batch_text=data["batch"].strip(),
            )  # fmt: skip
            return redirect("import-detail", run.pk)
        error = sentence(form)
    context = {
        "connections": access.connections_to_edit(request.user),
        "formats": [kind.label for kind in FORMATS.values() if vendor_of(kind.vendor).answers],
        "runs": access.imports_of(request.user).order_by("-id")[:LISTED],
        "error": error,
    }
    return render_page(request, "imports/import_list.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request: SignedIn, pk: int) -> HttpResponse:
    run = access.import_for(request.user, pk)
    error = ""
    if request.method == "POST":
        error = _answer(request, run)
        if not error:
            return redirect("import-detail", run.pk)
        run.refresh_from_db()
    context = {
        "run": run,
        "live": run.unfinished,
        "error": error,
        "fields": [(name, label, run.mapping.get(name, "")) for name, label in FIELD_LABELS.items()],
        "may_decide": access.rights_on(request.user, run.connection_id).can_decide,
        "opinions": {word: count for word, count in run.summary.get("approvals", {}).items() if word != "pending"},
        "syncs": run.syncs.select_related("batch").defer("batch__raw").order_by("id"),
    }
    partials = ["import-panel"]
    return render_page(request, "imports/import_detail.html", context, partials=partials, status=422 if error else 200)


def _answer(request: SignedIn, run: ImportRun) -> str:
    """Do what the form says; what is wrong with it, as a sentence."""
    form = ImportForm(request.POST)
    if not form.is_valid():
        return sentence(form)
    data: dict[str, Any] = form.cleaned_data
    try:
        match data["do"]:
            case "map":
                mapping = {name: request.POST.get(f"map-{name}", "") for name in FIELDS}
                mapping = {name: column for name, column in mapping.items() if column in run.summary.get("columns", [])}
                actions.map_columns(run=run, mapping=mapping, batch_text=data["batch"].strip())
            case "confirm":
                actions.confirm_import(run=run, by=request.user, decide=data["decide"])
            case "discard":
                actions.discard_import(run=run)
                messages.success(request, f"The file {run.file_name} is discarded; nothing was imported.")
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Conflict as error:
        return str(error)
    return ""
