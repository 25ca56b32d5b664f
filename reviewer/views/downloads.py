"""The filtered download: what the page shows, as a file; one batch, several, or all of a connection."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from batches.models import Batch
from reviewer import access
from reviewer.access import SignedIn
from reviewer.htmx import wants_page
from reviewer.selection import Selection, attachment, select

MAX_BATCHES = 1_000


@require_safe
def event_download(request: SignedIn, batch_id: int, file: str = "events.csv") -> HttpResponseBase:
    """The rows of one batch, with the page's filter. HEAD gives the headers and reads no event."""
    return _answer(request, [access.batch_for(request.user, batch_id)], file)


@require_safe
def batches_download(request: SignedIn, file: str) -> HttpResponseBase:
    """The rows of several batches, one after the other: `batch=1,2` or `connection=3`."""
    return _answer(request, asked_batches(request, request.GET), file, several=True)


def asked_batches(request: SignedIn, query: QueryDict) -> list[Batch]:
    """Raises BadRequest where no batches are named, Http404 where one is out of scope."""
    texts = [text.strip() for value in query.getlist("batch") for text in value.split(",") if text.strip()]
    connection = query.get("connection", "").strip()
    if not all(text.isdecimal() and len(text) < 19 for text in [*texts, connection or "1"]):
        raise BadRequest("batch and connection are numbers: batch=1,2 or connection=3.")
    if bool(texts) is bool(connection):
        raise BadRequest("Say which batches: batch=1,2 or connection=3.")
    if len(texts) > MAX_BATCHES:
        raise BadRequest(f"At most {MAX_BATCHES} batches at once.")
    pks = list(dict.fromkeys(map(int, texts)))
    return access.batches_for(request.user, pks, int(connection) if connection else None)


def _answer(request: SignedIn, batches: Sequence[Batch], file: str, *, several: bool = False) -> HttpResponseBase:
    if request.GET.get("raw", "0") != "0":
        raise BadRequest("raw=1 is for tokens only; columns=sdk has the exact bytes as well.")
    selection = select(batches, request.GET, file, user=request.user, several=several)
    if wants_page(request) and request.GET.get("now") != "1" and selection.large():
        query = request.GET.copy()
        query["file"] = file
        if not several:
            query["batch"] = str(batches[0].pk)
        return HttpResponse(status=303, headers={"Location": f"{reverse('export-list')}?{query.urlencode()}"})
    return streamed(request, selection)


def streamed(request: Any, selection: Selection) -> StreamingHttpResponse:
    """The download at once, in chunks: where it fails the connection ends without the last one."""
    download = selection.download
    response = StreamingHttpResponse(
        iter(()) if request.method == "HEAD" else download.write(selection.parts),
        content_type=download.format.media_type,
        headers={
            "Content-Disposition": attachment(selection.stem, f"batch-{selection.parts[0].batch.pk}", download.format),
            "X-Accel-Buffering": "no",
        },
    )
    if selection.rows is not None:
        response.headers["X-Row-Count"] = str(selection.rows)
    return response
