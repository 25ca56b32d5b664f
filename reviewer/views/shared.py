"""The views of a download link, for anybody who has it: the file, and a page of pictures and clips. Read-only.

The token alone gives access, to one batch through one filter. A session in the same browser adds no rights.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from batches.errors import SyncError, TooMany
from batches.export.download import Rows
from batches.export.revision import revision
from batches.models import Batch, Event, Link, Tally
from batches.models.tally import tally_key
from reviewer import access, media
from reviewer.board.figures import board_of
from reviewer.board.filter import BoardFilter
from reviewer.board.table import csv_file
from reviewer.downloads.http_range import etag_matches
from reviewer.downloads.requests import streamed
from reviewer.downloads.selection import Selection, select
from reviewer.filters.events import EventFilter
from reviewer.filters.events_as_of import filter_of
from reviewer.filters.moments import is_relative
from reviewer.ordering import keyset
from reviewer.review.pictures import picture
from reviewer.web.error_pages import link_closed
from reviewer.web.refusals import too_many
from reviewer.web.streams import one_of_few

PAGE_EVENTS = 24
REQUESTS, PERIOD = 600, timedelta(minutes=10)  # limit per link
HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
# A page without any script.
POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE], "style-src": [CSP.SELF], "img-src": [CSP.SELF, "data:"], "font-src": [CSP.SELF],
    "media-src": [CSP.SELF, *settings.CLIP_ORIGINS], "base-uri": [CSP.NONE], "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}  # fmt: skip


def link_view(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view gets the live link instead of the token. Headers keep browsers from storing or passing on the URL."""

    @csp_override(POLICY)
    def answer_link(request: HttpRequest, token: str, **kwargs: int) -> HttpResponseBase:
        link = access.link_of(token)
        tally = Tally.objects.add(tally_key("link", link.pk), PERIOD)
        if tally.count > REQUESTS:
            raise TooMany(_("This link is used too often. Try again later."), tally.seconds_left)
        response = view(request, link, **kwargs)
        link.used()
        return response

    @csrf_exempt  # these views change nothing: every POST is a wrong method
    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            response = answer_link(request, **kwargs)
        except Http404:
            response = link_closed(request)
        except TooMany as refusal:
            response = too_many(request, refusal)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return answer


@link_view
def link_download(request: HttpRequest, link: Link) -> HttpResponseBase:
    """The file, or a 304 if the client has it already. Query parameters are ignored."""
    if link.batch is None:
        return one_of_few(_board(link))
    selection = _selection(link)
    etag = _etag(link, selection)
    if etag and etag_matches(request.headers.get("If-None-Match", ""), etag):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = one_of_few(streamed(request, selection))
    if etag:
        response.headers["ETag"] = f'W/"{etag}"'
    return response


@link_view
def link_clips(request: HttpRequest, link: Link) -> HttpResponseBase:
    """The events of the link as pictures and clips, a page at a time."""
    event_filter = _clips(link)
    rows = event_filter.qs.select_related("item").defer("item__raw")
    events, more = keyset.page(request.GET, event_filter.order, rows, PAGE_EVENTS)
    context = {
        "link": link,
        "token": request.resolver_match.kwargs["token"] if request.resolver_match else "",
        "batch": link.batch,
        "events": events,
        "more": more,
    }
    return render(request, "links/link_clips.html", context)


@link_view
def link_thumbnail(request: HttpRequest, link: Link, pk: int) -> HttpResponseBase:
    return picture(_event(link, pk))


@link_view
def link_clip(request: HttpRequest, link: Link, pk: int) -> HttpResponseBase:
    """Redirect the player to a URL that the vendor has just signed."""
    try:
        return HttpResponseRedirect(media.clip_of_link(_event(link, pk), link))
    except SyncError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=502)


def _board(link: Link) -> HttpResponse:
    """The figures of the board over the batches in which the link's creator may decide now."""
    batches = access.batches_to_share(link.created_by)
    figures = csv_file(board_of(BoardFilter.of(batches, QueryDict(link.query), link.created_by)))
    headers = {"Content-Disposition": f'attachment; filename="{link.file}"'}
    return HttpResponse(figures, content_type="text/csv; charset=utf-8", headers=headers)


def _batch(link: Link) -> Batch:
    """Raises Http404 for a link to the board."""
    if link.batch is None:
        raise Http404(_("This link has no batch."))
    return link.batch


def _selection(link: Link) -> Selection:
    query = QueryDict(link.query, mutable=True)
    query["columns"] = link.columns
    return select([_batch(link)], query, link.file, user=link.created_by, permalinks=not link.vendor_thumbnails)


def _etag(link: Link, selection: Selection) -> str:
    """The ETag of the file.

    It is empty if the selection depends on the time ("decided in the last 24 hours") or on more than its batch.
    """
    relative = is_relative(QueryDict(link.query).get("as_of", ""))
    if relative or not all(event_filter.in_revision for event_filter in selection.filters):
        return ""
    columns = selection.download.columns.names
    return revision(_batch(link), link.file, columns, link.query, link.vendor_thumbnails, settings.PUBLIC_URL)


def _clips(link: Link) -> EventFilter:
    """The events of the link. Raises Http404 if the link has no page of clips."""
    if not link.clips or link.file.partition(".")[0] != Rows.EVENTS:
        raise Http404(_("This link has no page."))
    return filter_of(_batch(link), QueryDict(link.query), link.created_by)[0]


def _event(link: Link, pk: int) -> Event:
    """An event of the link. Raises Http404 for any other event."""
    events = _clips(link).qs.select_related("batch__connection", "item").defer("batch__raw", "item__raw")
    event: Event = get_object_or_404(events, pk=pk)
    return event
