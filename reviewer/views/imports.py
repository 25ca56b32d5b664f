"""The pages that import a file of results: upload, check, confirm."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict, NotAllowed
from batches.models import ImportRun
from batches.sync.files.formats import FORMATS
from batches.sync.files.open_format import OpenFormat
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.imports import (
    LARGER_FILES,
    FileConnectionForm,
    ImportForm,
    UploadForm,
    choices_of,
    is_changed,
    reading_of,
)
from reviewer.web.bodies import takes_file
from reviewer.web.htmx import render_page

MAX_LISTED_RUNS = 30


@takes_file(lambda: settings.IMPORT_MAX_BYTES, access.may_edit_any, LARGER_FILES)
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
    return _list(request, error=error)


def _list(request: SignedIn, *, error: str = "", connection_error: str = "") -> HttpResponse:
    context = {
        # Nobody's own file belongs to the sample, so it is not what is chosen at first.
        "connections": list(access.connections_to_edit(request.user).order_by("is_sample", "name")),
        "formats": [kind.label for kind in FORMATS.values() if kind is not OpenFormat],
        "runs": access.imports_of(request.user).order_by("-id")[:MAX_LISTED_RUNS],
        "may_connect": access.may_connect(request.user),
        "selected": request.GET.get("connection", ""),
        "error": error,
        "connection_error": connection_error,
    }
    status = 422 if error or connection_error else 200
    return render_page(request, "imports/import_list.html", context, status=status)


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
        **choices_of(run),
        "may_decide": access.rights_on(request.user, run.connection_id).can_decide,
        "opinions": {word: count for word, count in run.summary.get("approvals", {}).items() if word != "pending"},
        "syncs": run.syncs.select_related("batch").defer("batch__raw").order_by("id"),
    }
    partials = ["import-panel"]
    return render_page(request, "imports/import_detail.html", context, partials=partials, status=422 if error else 200)


def _answer(request: SignedIn, run: ImportRun) -> str:
    """Carry out the form. Returns an error as a sentence, or an empty text."""
    form = ImportForm(request.POST)
    if not form.is_valid():
        return sentence(form)
    data: dict[str, Any] = form.cleaned_data
    try:
        match data["do"]:
            case "map":
                _read_anew(request, run, data["batch"])
            # What was changed without being applied has no preview yet: nobody would see what is imported.
            case "confirm" if is_changed(request.POST.dict(), run):
                _read_anew(request, run, data["batch"])
                changed = _("You had changed how the file is read, so nothing is imported yet. Check the new preview.")
                messages.warning(request, changed)
            case "confirm":
                actions.confirm_import(run=run, by=request.user, decide=data["decide"])
            case "use-mapping":
                actions.use_mapping(run=run, name=data["saved"])
            case "save-mapping":
                actions.save_mapping(run=run, name=data["name"])
                messages.success(request, _("The mapping {name} is saved.").format(name=data["name"]))
            case "rename-mapping":
                actions.rename_mapping(connection=run.connection, name=data["saved"], new_name=data["name"])
            case "delete-mapping":
                actions.delete_mapping(connection=run.connection, name=data["saved"])
            case "cancel":
                actions.cancel_import(run=run)
            case "discard":
                actions.discard_import(run=run)
                done = _("The file {name} is discarded; nothing was imported.")
                messages.success(request, done.format(name=run.file_name))
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except (Conflict, ValueError) as error:
        return str(error)
    return ""


def _read_anew(request: SignedIn, run: ImportRun, batch_text: str) -> None:
    mapping, options = reading_of(request.POST.dict(), run)
    actions.map_columns(run=run, mapping=mapping, options=options, batch_text=batch_text.strip())


@require_http_methods(["POST"])
def import_connection(request: SignedIn) -> HttpResponse:
    """Create a connection for files, and return to the upload form with it selected."""
    form = FileConnectionForm(request.POST)
    try:
        if not form.is_valid():
            raise Conflict(sentence(form))
        connection = actions.make_file_connection(name=form.cleaned_data["name"], by=request.user)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Conflict as error:
        return _list(request, connection_error=str(error))
    done = _("Created the connection {name}. Choose a file for it.").format(name=connection.name)
    messages.success(request, done)
    return redirect(f"{reverse('import-list')}?connection={connection.pk}")


@require_http_methods(["GET", "HEAD"])
def import_refused(request: SignedIn, pk: int) -> HttpResponseBase:
    """The records that the check refused, as CSV.

    They are deleted with the uploaded file. After that, the answer redirects to the import's page.
    """
    run = access.import_for(request.user, pk)
    name = run.summary.get("refused_file", "")
    if not (name and run.file and default_storage.exists(name)):
        return redirect("import-detail", run.pk)
    return FileResponse(
        default_storage.open(name), as_attachment=True, filename=f"{Path(run.file_name).stem}-refused.csv"
    )
