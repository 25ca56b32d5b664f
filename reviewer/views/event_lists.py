"""The events of every batch that a person may see, or of those they choose: search, table, download.

The filter is that of one batch, with `connection` and `batch` beside it; the deck over the same events is in `deck`.
"""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from batches.models import SavedView
from reviewer import access
from reviewer.access import SignedIn
from reviewer.downloads.requests import MAX_BATCHES, RAW_IS_FOR_TOKENS, streamed
from reviewer.downloads.selection import select
from reviewer.filters.events_as_of import DOWNLOAD_PARAMETERS
from reviewer.filters.facets import choices_over_batches
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.ordering import keyset
from reviewer.web.htmx import render_page, wants_page

PAGE_ROWS = 50
MAX_COUNTED = 1000  # shown as 1,000+
HEAVY = ("item__raw", "batch__raw", "batch__connection__api_key")


@require_safe
def event_list(request: SignedIn) -> HttpResponse:
    event_filter = ManyBatchesFilter.over(access.batches_listed(request.user), request.GET, request.user)
    rows = event_filter.listed.select_related("item", "decided_by__profile", "batch__connection").defer(*HEAVY)
    events, more = keyset.page(request.GET, event_filter.order, rows, PAGE_ROWS)
    total = event_filter.total
    if total is None:
        total = len(event_filter.without().order_by().values_list("pk")[: MAX_COUNTED + 1]) if more else len(events)
    context = {
        "several": True,
        "filter": event_filter,
        "events": events,
        "more": more,
        "page_url": request.path,
        "total": total,
        "is_counted": event_filter.total is not None or total <= MAX_COUNTED,
        "max_counted": MAX_COUNTED,
        "rights": access.batches_of_deck(request.user)[1],
        "connections": access.connections_seen(request.user),
        # Read only where there is no event.
        "has_batches": access.batches_of(request.user).exists,
        "editable": access.connections_to_edit(request.user),
        "may_connect": access.may_connect(request.user),
        "queues": SavedView.objects.queues_of(request.user),
        **choices_over_batches(event_filter),
    }
    response = render_page(request, "events/event_list.html", context, partials=["results", "more"])
    response["HX-Push-Url"] = f"{request.path}?{event_filter.query}" if event_filter.query else request.path
    return response


@require_safe
def events_download(request: SignedIn, file: str) -> HttpResponseBase:
    """The rows of the batches that the filter names, one batch after the other."""
    if request.GET.get("raw", "0") != "0":
        raise BadRequest(RAW_IS_FOR_TOKENS)
    visible = access.batches_listed(request.user)
    event_filter = ManyBatchesFilter.over(visible, request.GET, request.user, beside=DOWNLOAD_PARAMETERS)
    pks = event_filter.batch_ids or list(event_filter.batches.values_list("pk", flat=True)[:1])
    if not pks:
        raise Http404(_("There is no batch to download."))
    if len(pks) > MAX_BATCHES:
        raise BadRequest(
            _("At most {count} batches at once: choose a connection or batches.").format(count=MAX_BATCHES)
        )
    batches = access.batches_for(request.user, pks)
    query = request.GET.copy()
    for name in event_filter.scope_filters():
        query.pop(name, None)  # `batches` are what these name
    selection = select(batches, query, file, user=request.user, several=True)
    if wants_page(request) and request.GET.get("now") != "1" and selection.large():
        query |= {"file": file, "batch": ",".join(map(str, pks))}
        return HttpResponse(status=303, headers={"Location": f"{reverse('export-list')}?{query.urlencode()}"})
    return streamed(request, selection)
