"""Downloads made in the background: ask for one, see how far it is, take the file, whole or in parts."""

from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from batches.errors import KeyReused
from batches.models import Approval, ExportRun
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters import SEVERITIES
from reviewer.forms import FILES, ExportForm, sentence
from reviewer.htmx import render_page
from reviewer.orders import asked_selection, finished_file, order_export

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
        "severities": SEVERITIES,
        **(_form(request, query) if "batch" in query or "connection" in query else {}),
    }
    status = 422 if error else 200
    return render_page(request, "downloads/export_list.html", context, partials=["export-runs"], status=status)


def _form(request: SignedIn, query: QueryDict) -> dict[str, object]:
    selection = asked_selection(request.user, query)
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
    asked = form.cleaned_data
    query = QueryDict(asked["query"], mutable=True)
    if asked["columns"]:
        query["columns"] = asked["columns"]
    try:
        order_export(request.user, query, asked["file"], asked["key"])
    except (BadRequest, KeyReused) as error:
        return str(error)
    return ""


@require_safe
def export_file(request: SignedIn, pk: int) -> HttpResponseBase:
    return finished_file(request, access.export_for(request.user, pk))
