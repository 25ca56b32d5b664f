"""The list of batches, and one batch as a grid of its events."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
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
from reviewer.paging import Sort, read_place
from reviewer.views.bulk import unfinished_run

PAGE = 48
TABLE_PAGE = 100
BATCHES_PAGE = 50
NEWEST = Sort("Newest first", ("id",), descending=True)


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
            Q(name__icontains=query)
            | Q(vendor_name__icontains=query)
            | Q(prompt__icontains=query)
            | Q(external_id__icontains=query)
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
    return _events_page(request, pk, "grid", PAGE)


@require_safe
def batch_table(request: SignedIn, pk: int) -> HttpResponse:
    """The same events as dense rows, to scan and to sort."""
    return _events_page(request, pk, "table", TABLE_PAGE)


def _events_page(request: SignedIn, pk: int, look: str, size: int) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET, request.user)
    if request.headers.get("HX-Target") == "facets":
        context = {"batch": batch, "filter": chosen, **facets(chosen)}
        return render_page(request, "batches/batch_grid.html", context, partials=["facets"])
    made_at, rights = timezone.now(), access.rights_on(request.user, batch.connection_id)
    sort = chosen.order
    place = read_place(sort, request.GET.get("after", ""))
    events = sort.after(chosen.qs.select_related("item", "decided_by").defer("item__raw"), place, size + 1)
    context = {
        "batch": batch,
        "rights": rights,
        "filter": chosen,
        "sorts": SORTS,
        "events": events[:size],
        "more": sort.cursor(events[size - 1]) if len(events) > size else "",
        "here": request.path,
        "look": look,
        "made_at": made_at,
        "run": unfinished_run(request, batch.pk) if rights.can_decide else None,
        "views": access.views_for(request.user, batch),
        "sync": batch.syncs.order_by("-id").first(),
        "rider": request.headers.get("HX-Target") == "results",
        **uncounted(chosen),
    }
    response = render_page(request, "batches/batch_grid.html", context, partials=["results", "more"])
    response["HX-Push-Url"] = f"{request.path}?{chosen.query}" if chosen.query else request.path
    return response
