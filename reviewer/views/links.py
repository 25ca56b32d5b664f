"""Download links as their creators see them: create, replace, revoke, and see which are used."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from batches import actions
from batches.errors import KeyReused
from batches.models import Batch, Link, Role, SavedView
from batches.models.link import LinkQuerySet
from reviewer import access
from reviewer.access import SignedIn
from reviewer.board.links import create_board_link
from reviewer.downloads.requests import addresses, create_link
from reviewer.filters.events_as_of import filter_of
from reviewer.filters.named import named_page
from reviewer.forms.downloads import FILES, LINK_DAYS, BoardLinkForm, LinkForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

MAX_VIEWS = 20


@require_safe
def link_list(request: SignedIn) -> HttpResponse:
    """All the links one may end, of every batch."""
    return _all(request)


@require_http_methods(["GET", "HEAD", "POST"])
def batch_links(request: SignedIn, pk: int) -> HttpResponse:
    """The links of one batch, and the form for another one, filled in from the address."""
    if request.method != "POST":
        return _page(request, access.batch_for(request.user, pk), _asked(request.GET))
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, request.POST.dict(), error=sentence(form))
    try:
        link, token = create_link(request.user, batch, form.cleaned_data)
    except (BadRequest, KeyReused) as error:
        return _page(request, batch, request.POST.dict(), error=str(error))
    return _page(request, batch, {}, made=link, token=token)


@require_POST
def board_links(request: SignedIn) -> HttpResponse:
    """A link to the figures of the board; its form is on the board."""
    batches, form = access.batches_to_share(request.user), BoardLinkForm(request.POST)
    if not form.is_valid():
        return _all(request, error=sentence(form))
    try:
        link, token = create_board_link(request.user, batches, form.cleaned_data)
    except KeyReused as error:
        return _all(request, error=str(error))
    return _all(request, made=link, token=token)


@require_POST
def link_revoke(request: SignedIn, pk: int) -> HttpResponse:
    link = access.link_for(request.user, pk)
    actions.revoke_link(link=link, by=request.user)
    messages.success(request, gettext("The link “{name}” is revoked.").format(name=link.name))
    return redirect("batch-links" if request.POST.get("from") == "batch" else "link-list", *_back(request, link))


@require_POST
def link_rotate(request: SignedIn, pk: int) -> HttpResponse:
    """Another token for the same link; the address with it is shown once, here."""
    link = access.link_for(request.user, pk, own=True)
    token = actions.rotate_link(link=link, by=request.user)
    if link.batch_id is None:
        return _all(request, made=link, token=token)
    return _page(request, access.batch_for(request.user, link.batch_id), {}, made=link, token=token)


def _all(request: SignedIn, *, error: str = "", made: Link | None = None, token: str = "") -> HttpResponse:
    context = {
        **_links(Link.objects.manageable_by(request.user), request),
        "error": error,
        "made": made,
        **(addresses(made, token) if made else {}),
    }
    return render_page(request, "links/link_list.html", context, status=422 if error else 200)


def _back(request: SignedIn, link: Link) -> list[int]:
    return [link.batch_id] if link.batch_id and request.POST.get("from") == "batch" else []


def _asked(query: QueryDict) -> dict[str, Any]:
    """What the form of the download menu said: the filter, the columns, the format."""
    filter_query = query.copy()
    for name in ("columns", "file", "csrfmiddlewaretoken", "after", "name", "view"):
        filter_query.pop(name, None)
    return {
        "query": filter_query.urlencode(),
        "columns": ",".join(query.getlist("columns")),
        "file": query.get("file", ""),
        "view": query.get("view", ""),
    }


def _page(
    request: SignedIn,
    batch: Batch,
    order: dict[str, Any],
    *,
    error: str = "",
    made: Link | None = None,
    token: str = "",
) -> HttpResponse:
    event_filter, _ = filter_of(batch, QueryDict(order.get("query", "")), request.user)
    context = {
        **_links(Link.objects.manageable_by(request.user).filter(batch=batch), request),
        "batch": batch,
        "rights": access.rights_in(request.user, batch),
        "filter": event_filter,
        "views": _views(access.saved_views_for(request.user, batch), read_number(order.get("view", ""))),
        "order": {"file": "events.csv", "columns": "documented", "days": "30"} | {k: v for k, v in order.items() if v},
        "files": FILES,
        "days": LINK_DAYS,
        "key": order.get("key") or uuid4(),
        "error": error,
        "made": made,
        **(addresses(made, token) if made else {}),
    }
    return render_page(request, "links/link_list.html", context, status=422 if error else 200)


def _views(views: QuerySet[SavedView], wanted: int | None) -> list[SavedView]:
    """The first ones, and the one that was asked for."""
    first = list(views[:MAX_VIEWS])
    asked = views.filter(pk=wanted) if wanted is not None else ()
    return first + [view for view in asked if view not in first]


def _links(links: LinkQuerySet, request: SignedIn) -> dict[str, Any]:
    page = named_page(request.GET, links.with_people().defer("batch__raw"))
    return {"links": [(link, link.is_live) for link in page.rows], "page": page}
