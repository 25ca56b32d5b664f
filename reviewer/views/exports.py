"""Downloads made in the background: ask for one, see how far it is, take the file, whole or in parts."""

from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.errors import KeyReused
from batches.export.download import Format
from batches.export.files import path_of
from batches.models import Approval, ExportRun
from batches.models.run import RunState
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms import FILES, ExportForm, sentence
from reviewer.htmx import render_page
from reviewer.ranges import file_response
from reviewer.selection import Selection, attachment, filter_text, select
from reviewer.views.downloads import asked_batches

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def export_list(request: SignedIn) -> HttpResponse:
    """One's own background downloads; with `file=` and batches in the address, the form for another."""
    error = ""
    if request.method == "POST":
        form = ExportForm(request.POST)
        error = sentence(form) if not form.is_valid() else _start(request, form)
        if not error:
            return HttpResponse(status=303, headers={"Location": request.path})
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    runs = list(ExportRun.objects.filter(requested_by=request.user).select_related("batch")[:SHOWN])
    context = {
        "runs": runs,
        "live": any(run.unfinished for run in runs),
        "now": timezone.now(),
        "error": error,
        "connections": access.connections_seen(request.user),
        "approvals": Approval.choices,
        **(_form(request, query) if "batch" in query or "connection" in query else {}),
    }
    status = 422 if error else 200
    return render_page(request, "downloads/export_list.html", context, partials=["export-runs"], status=status)


def _selection(request: SignedIn, query: QueryDict) -> Selection:
    batches = asked_batches(request, query)
    several = "connection" in query or len(batches) > 1
    return select(batches, query, query.get("file") or "events.csv", user=request.user, several=several)


def _form(request: SignedIn, query: QueryDict) -> dict[str, object]:
    selection = _selection(request, query)
    return {
        "asked": query.urlencode(),
        "batches": [part.batch for part in selection.parts],
        "chips": [chip["words"] for chip in selection.filters[0].chips],
        "file": query.get("file") or "events.csv",
        "files": FILES,
        "columns": request.POST.get("columns") or ",".join(query.getlist("columns")) or "documented",
        "count": selection.download.count(selection.parts),
        "key": uuid4(),
    }


def _start(request: SignedIn, form: ExportForm) -> str:
    """Ask for the download; what is wrong with it, or nothing."""
    query = QueryDict(form.cleaned_data["query"], mutable=True)
    query["file"] = form.cleaned_data["file"]
    if form.cleaned_data["columns"]:
        query["columns"] = form.cleaned_data["columns"]
    try:
        selection = _selection(request, query)
    except BadRequest as error:
        return str(error)
    kept = QueryDict(filter_text(selection.filters[0], query), mutable=True)
    kept.setlist("columns", query.getlist("columns"))
    try:
        actions.request_export(
            batches=[part.batch for part in selection.parts], by=request.user, key=form.cleaned_data["key"],
            file=form.cleaned_data["file"], query=kept.urlencode(), name=selection.stem[:200],
            total=selection.download.count(selection.parts), several=selection.download.several,
        )  # fmt: skip
    except KeyReused as error:
        return str(error)
    return ""


@require_safe
def export_file(request: SignedIn, pk: int) -> HttpResponseBase:
    """The finished file; resumable. `X-Row-Count`, `X-SHA256` and `ETag` say what it must be."""
    run = access.export_for(request.user, pk)
    if run.state != RunState.DONE or run.expires_at is None or run.expires_at <= timezone.now():
        raise Http404("Not there yet, or no longer kept.")
    kind = Format(run.file.rpartition(".")[2])
    try:
        response = file_response(request, path_of(run.pk), etag=run.sha256, content_type=kind.media_type)
    except FileNotFoundError as error:
        raise Http404("The file is no longer kept.") from error
    response.headers["Content-Disposition"] = attachment(run.name, f"export-{run.pk}", kind)
    response.headers["X-Row-Count"] = str(run.position)
    response.headers["X-SHA256"] = run.sha256
    return response
