"""Downloads made in the background: ask for one, see how far it is, take the file, whole or in parts."""

from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from batches.errors import KeyReused
from batches.models import Approval, ExportRun
from reviewer import access
from reviewer.access import SignedIn
from reviewer.downloads.requests import finished_file, request_export, requested_selection
from reviewer.filters.conditions import SEVERITIES
from reviewer.forms.downloads import FILES, ExportForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

MAX_RUNS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def export_list(request: SignedIn) -> HttpResponse:
    """One's own background downloads; with `file=` and batches in the address, the form for another."""
    error = ""
    if request.method == "POST":
        form = ExportForm(request.POST)
        next_url, error = ("", sentence(form)) if not form.is_valid() else _start(request, form)
        if next_url:
            return HttpResponse(status=303, headers={"Location": next_url})
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    runs = list(ExportRun.objects.filter(requested_by=request.user).select_related("batch")[:MAX_RUNS])
    context = {
        "runs": runs,
        "live": any(run.unfinished for run in runs),
        "now": timezone.now(),
        "error": error,
        "connections": access.connections_seen(request.user),
        "approvals": Approval.choices,
        "severities": [(word, severity.label) for word, severity in SEVERITIES.items()],
        **(_form(request, query) if "batch" in query or "connection" in query else {}),
    }
    status = 422 if error else 200
    return render_page(request, "downloads/export_list.html", context, partials=["export-runs"], status=status)


def _form(request: SignedIn, query: QueryDict) -> dict[str, object]:
    selection = requested_selection(request.user, query)
    return {
        "query": query.urlencode(),
        "batches": [part.batch for part in selection.parts],
        "chips": [chip["label"] for chip in selection.filters[0].chips],
        "file": request.POST.get("file") or query.get("file") or "events.csv",
        "files": FILES,
        "columns": request.POST.get("columns") or ",".join(query.getlist("columns")) or "documented",
        "count": selection.download.count(selection.parts),
        "key": uuid4(),
    }


def _start(request: SignedIn, form: ExportForm) -> tuple[str, str]:
    """Ask for the download, or look whether it can be streamed: where to go on, or what is wrong with it."""
    fields = form.cleaned_data
    query = QueryDict(fields["query"], mutable=True)
    if fields["columns"]:
        query["columns"] = fields["columns"]
    do = read_do(request, ("now", "background"), "background")
    try:
        if do == "now":
            return _stream(request, query, fields["file"]), ""
        request_export(request.user, query, fields["file"], fields["idempotency_key"])
    except (BadRequest, KeyReused) as error:
        return "", str(error)
    return request.path, ""


def _stream(request: SignedIn, query: QueryDict, file: str) -> str:
    """The address at which this download comes at once. Raises BadRequest where there is none."""
    query["file"], query["now"] = file, "1"
    selection = requested_selection(request.user, query)
    if selection.download.several:
        return f"{reverse('batches-download', args=[file])}?{query.urlencode()}"
    return f"{reverse('batch-download', args=[selection.parts[0].batch.pk, file])}?{query.urlencode()}"


@require_safe
def export_file(request: SignedIn, pk: int) -> HttpResponseBase:
    return finished_file(request, access.export_for(request.user, pk))
