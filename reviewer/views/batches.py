"""The list of batches, and one batch as a grid of its events."""

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.errors import SyncError
from batches.models import Batch
from batches.models.run import UNFINISHED, SyncRun
from reviewer import access
from reviewer.access import SignedIn
from reviewer.facets import facets, uncounted
from reviewer.filters import SORTS, EventFilter
from reviewer.forms import AddBatchForm, sentence
from reviewer.htmx import render_page
from reviewer.paging import BadCursor, Sort

PAGE = 48
BATCHES_PAGE = 50
NEWEST = Sort("Newest first", ("id",), descending=True)


def read_place(sort: Sort, text: str) -> list[int | float | None] | None:
    """The place a cursor names. Raises BadRequest."""
    try:
        return sort.values(text) if text else None
    except BadCursor as error:
        raise BadRequest(f"after: {error}.") from error


@require_http_methods(["GET", "HEAD", "POST"])
def batch_list(request: SignedIn) -> HttpResponse:
    error, text = "", ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        batch, error = _add(request)
        if batch:
            return redirect("batch-sync", batch.pk)
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    batches = access.batches_of(request.user)
    if query:
        batches = batches.filter(
            Q(name__icontains=query) | Q(prompt__icontains=query) | Q(external_id__icontains=query)
        )
    rows = NEWEST.after(batches, read_place(NEWEST, request.GET.get("after", "")), BATCHES_PAGE + 1)
    more = NEWEST.cursor(rows[BATCHES_PAGE - 1]) if len(rows) > BATCHES_PAGE else ""
    rows = rows[:BATCHES_PAGE]
    unfinished = SyncRun.objects.filter(batch__in=[row.pk for row in rows], state__in=UNFINISHED)
    runs = {run.batch_id: run for run in unfinished}
    context = {
        "rows": [(row, runs.get(row.pk)) for row in rows],
        "query": query,
        "more": more,
        "connections": access.connections_to_edit(request.user),
        "error": error,
        "text": text,
    }
    status = 422 if error else 200
    return render_page(request, "batches/batch_list.html", context, partials=["batch-rows"], status=status)


def _add(request: SignedIn) -> tuple[Batch | None, str]:
    form = AddBatchForm(request.POST)
    if not form.is_valid():
        return None, sentence(form)
    connection = access.connection_for(request.user, form.cleaned_data["connection"])
    try:
        return actions.add_batch(connection=connection, text=form.cleaned_data["text"], by=request.user), ""
    except (ValueError, SyncError) as error:
        return None, str(error)


@require_safe
def batch_grid(request: SignedIn, pk: int) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET)
    if request.headers.get("HX-Target") == "facets":
        context = {"batch": batch, "filter": chosen, **facets(chosen)}
        return render_page(request, "batches/batch_grid.html", context, partials=["facets"])
    sort = chosen.order
    place = read_place(sort, request.GET.get("after", ""))
    events = sort.after(chosen.qs.select_related("item", "decided_by").defer("item__raw"), place, PAGE + 1)
    context = {
        "batch": batch,
        "rights": access.rights_on(request.user, batch.connection_id),
        "filter": chosen,
        "sorts": SORTS,
        "events": events[:PAGE],
        "more": sort.cursor(events[PAGE - 1]) if len(events) > PAGE else "",
        "formats": [("events.json", "JSON"), ("events.jsonl", "JSON Lines"), ("events.parquet", "Parquet")],
        "views": access.views_for(request.user, batch),
        "sync": batch.syncs.order_by("-id").first(),
        "rider": request.headers.get("HX-Target") == "results",
        **uncounted(chosen),
    }
    response = render_page(request, "batches/batch_grid.html", context, partials=["results", "more"])
    response["HX-Push-Url"] = f"{request.path}?{chosen.query}" if chosen.query else request.path
    return response
