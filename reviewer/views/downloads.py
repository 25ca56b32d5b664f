"""The filtered download: what the page shows, as a file."""

import re
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from batches.export.columns import Columns, parse_columns
from batches.export.stream import csv_rows
from batches.models import Batch
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters import EventFilter


@require_safe
def event_download(request: SignedIn, batch_id: int) -> HttpResponseBase:
    """The events of the page's filter as CSV. HEAD gives the headers and reads no event."""
    batch = access.batch_for(request.user, batch_id)
    if request.GET.get("raw", "0") != "0":
        raise BadRequest("raw=1 is for tokens only; columns=sdk has the exact bytes as well.")
    columns = _columns(request)
    found = EventFilter.of(batch, request.GET, request.user)
    rows = csv_rows(batch, found.qs, columns, public_url=settings.PUBLIC_URL, by_approval="approval" in found.active)
    response = StreamingHttpResponse(
        iter(()) if request.method == "HEAD" else rows,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": _attachment(batch, found), "X-Accel-Buffering": "no"},
    )
    if found.total is not None and not columns.sdk:
        response.headers["X-Row-Count"] = str(found.total)
    return response


def _columns(request: HttpRequest) -> Columns:
    try:
        return parse_columns(",".join(request.GET.getlist("columns")))
    except ValueError as error:
        raise BadRequest(f"columns: {error}") from error


def _attachment(batch: Batch, found: EventFilter) -> str:
    """The header that names the file: in ASCII for everybody, and in full for those who read RFC 5987."""
    stem = "-".join([batch.title[:80], *found.active.get("approval", [])])
    printable = "".join(sign if sign.isprintable() else "/" for sign in stem)
    full = re.sub(r'[/\\:*?"<>|]+', "-", printable).strip(" .-")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", full).strip(".-") or f"batch-{batch.pk}"
    return f"attachment; filename=\"{plain}.csv\"; filename*=UTF-8''{quote(full or plain, safe='')}.csv"
