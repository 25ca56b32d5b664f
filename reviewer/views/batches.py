"""The list of batches, and one batch as a grid of its events."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.errors import SyncError
from batches.models import AssignmentChange, Batch, ReviewStatus
from batches.models.batch import REVIEW_PROPOSED
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
SORT_OF_LIST = {
    "newest": Sort("Newest first", ("id",), descending=True),
    "status": Sort("Not started first", ("review_status", "id")),
    "-status": Sort("Reviewed first", ("review_status", "id"), descending=True),
}
REVIEW_OF_LIST = {
    **{status.word: (status.label, Q(review_status=status)) for status in ReviewStatus},
    "proposed": ("Status to confirm", REVIEW_PROPOSED),
}


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
    review = _one_of(REVIEW_OF_LIST, request, "review")
    if review:
        batches = batches.filter(REVIEW_OF_LIST[review][1])
    chosen = _one_of(SORT_OF_LIST, request, "sort") or "newest"
    sort = SORT_OF_LIST[chosen]
    rows = sort.after(batches, read_place(sort, request.GET.get("after", "")), BATCHES_PAGE + 1)
    more = sort.cursor(rows[BATCHES_PAGE - 1]) if len(rows) > BATCHES_PAGE else ""
    rows = rows[:BATCHES_PAGE]
    assigned = AssignmentChange.objects.filter(batch__in=[row.pk for row in rows])
    unfinished = SyncRun.objects.filter(batch__in=[row.pk for row in rows], state__in=UNFINISHED)
    runs = {run.batch_id: run for run in unfinished}
    context = {
        "rows": [(row, runs.get(row.pk)) for row in rows],
        "query": query,
        "assigned": set(assigned.values_list("batch", flat=True)),
        "reviews": {word: words for word, (words, _) in REVIEW_OF_LIST.items()},
        "review": review,
        "sorts": SORT_OF_LIST,
        "sort": chosen,
        "more": more,
        "connections": access.connections_to_edit(request.user),
        "error": error,
        "text": text,
    }
    status = 422 if error else 200
    return render_page(request, "batches/batch_list.html", context, partials=["batch-rows"], status=status)


def _one_of(known: Mapping[str, object], request: SignedIn, name: str) -> str:
    """The word of the address, or nothing. Raises BadRequest with the right ones."""
    word = request.GET.get(name, "")
    if word and word not in known:
        raise BadRequest(f"{name}: {word} is not one of: {', '.join(known)}.")
    return word


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
    chosen = EventFilter.of(batch, request.GET, request.user)
    if request.headers.get("HX-Target") == "facets":
        context = {"batch": batch, "filter": chosen, **facets(chosen)}
        return render_page(request, "batches/batch_grid.html", context, partials=["facets"])
    sort = chosen.order
    place = read_place(sort, request.GET.get("after", ""))
    events = sort.after(
        chosen.qs.select_related("item", "decided_by", "conversation").defer("item__raw"), place, PAGE + 1
    )
    context = {
        "batch": batch,
        "rights": access.rights_on(request.user, batch.connection_id),
        "filter": chosen,
        "sorts": SORTS,
        "events": events[:PAGE],
        "more": sort.cursor(events[PAGE - 1]) if len(events) > PAGE else "",
        "views": access.views_for(request.user, batch),
        "sync": batch.syncs.order_by("-id").first(),
        "rider": request.headers.get("HX-Target") == "results",
        **uncounted(chosen),
    }
    response = render_page(request, "batches/batch_grid.html", context, partials=["results", "more"])
    response["HX-Push-Url"] = f"{request.path}?{chosen.query}" if chosen.query else request.path
    return response
