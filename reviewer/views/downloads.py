"""The filtered download: what the page shows, as a file; one batch, several, or all of a connection."""

from collections.abc import Sequence

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from batches.models import Batch
from reviewer import access
from reviewer.access import SignedIn
from reviewer.downloads.requests import RAW_IS_FOR_TOKENS, requested_batches, streamed
from reviewer.downloads.selection import select
from reviewer.web.htmx import wants_page


@require_safe
def event_download(request: SignedIn, batch_id: int, file: str = "events.csv") -> HttpResponseBase:
    """The rows of one batch, with the page's filter. HEAD gives the headers and reads no event."""
    return _answer(request, [access.batch_for(request.user, batch_id)], file)


@require_safe
def batches_download(request: SignedIn, file: str) -> HttpResponseBase:
    """The rows of several batches, one after the other: `batch=1,2` or `connection=3`."""
    return _answer(request, requested_batches(request.user, request.GET), file, several=True)


def _answer(request: SignedIn, batches: Sequence[Batch], file: str, *, several: bool = False) -> HttpResponseBase:
    if request.GET.get("raw", "0") != "0":
        raise BadRequest(RAW_IS_FOR_TOKENS)
    selection = select(batches, request.GET, file, user=request.user, several=several)
    if wants_page(request) and request.GET.get("now") != "1" and selection.large():
        query = request.GET.copy()
        query["file"] = file
        if not several:
            query["batch"] = str(batches[0].pk)
        return HttpResponse(status=303, headers={"Location": f"{reverse('export-list')}?{query.urlencode()}"})
    return streamed(request, selection)
