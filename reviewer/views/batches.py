"""The list of batches, and one batch as a grid of its events."""

from functools import partial
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.actions.batches import MAX_LIST_IDS, split_ids
from batches.errors import KeyReused, SyncError
from batches.models import AdditionRun, AssignmentChange, Certificate, Connection
from batches.models.certificate import of_whole_batch
from batches.models.prepared import prepared
from batches.models.run import UNFINISHED, SyncRun
from batches.sync.vendors import vendor_of
from reviewer import access, media
from reviewer.access import SignedIn
from reviewer.downloads.menu_form import menu_form
from reviewer.filters.batches import BatchFilter
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import facets, uncounted
from reviewer.forms.connections import AddBatchForm
from reviewer.forms.fields import sentence
from reviewer.forms.metadata_rows import keys_of
from reviewer.ordering import keyset
from reviewer.review.batch_places import projects_of, reviewers_seen, tags_of
from reviewer.review.bulk_runs import unfinished_run
from reviewer.review.listed_events import ListPage
from reviewer.review.opinions import attach
from reviewer.review.piles import piles_disabled
from reviewer.web.htmx import render_page

PAGE_EVENTS = 48
PAGE_ROWS = 100
PAGE_BATCHES = 50
MAX_VIEWS = 20  # in the menu
MAX_ADDITIONS = 3  # links to lists that are being added


@require_http_methods(["GET", "HEAD", "POST"])
def batch_list(request: SignedIn) -> HttpResponse:
    error = ""
    if request.method == "POST":
        next_page, error = _add(request)
        if next_page:
            return next_page
    batch_filter = BatchFilter.of(request.GET, access.batches_of(request.user), request.user)
    listed = batch_filter.batches.prefetch_related("tags")
    rows, more, before = keyset.page_both_ways(request.GET, batch_filter.order, listed, PAGE_BATCHES)
    assigned = AssignmentChange.objects.filter(batch__in=[row.pk for row in rows])
    unfinished = SyncRun.objects.filter(batch__in=[row.pk for row in rows], state__in=UNFINISHED)
    runs = {run.batch_id: run for run in unfinished}
    signed = Certificate.objects.filter(batch__in=[row.pk for row in rows]).of_whole_batches().newest()
    for row, people in zip(rows, access.people_in(rows), strict=True):
        row.people = people  # type: ignore[attr-defined]
    connections = list(access.connections_to_edit(request.user))
    context = {
        "rows": [(row, runs.get(row.pk), signed.get((row.pk, None))) for row in rows],
        "cells": {row.pk: batch_filter.metadata.cells(row) for row in rows},
        "filter": batch_filter,
        "out_of_band": request.headers.get("HX-Target") == "batch-rows",
        "may_edit": {connection.pk for connection in connections},
        "suggested": partial(keys_of, request.user),  # called by the whole page only
        "assigned": set(assigned.values_list("batch", flat=True)),
        "more": more,
        "before": before,
        "total": batch_filter.qs.count() if more or before else len(rows),
        "seen_connections": partial(access.connections_seen, request.user),
        "projects": partial(projects_of, request.user),
        "tags": partial(tags_of, request.user),
        "reviewers": partial(reviewers_seen, request.user),
        "connections": connections,
        "may_connect": access.may_connect(request.user),
        "additions": connections and access.additions_of(request.user).filter(state__in=UNFINISHED)[:MAX_ADDITIONS],
        "max_ids": MAX_LIST_IDS,
        "key": uuid4(),
        "error": error,
        "text": request.POST.get("text", ""),
        "selected_connection": request.POST.get("connection", ""),
    }
    status = 422 if error else 200
    return render_page(request, "batches/batch_list.html", context, partials=["batch-rows"], status=status)


def _add(request: SignedIn) -> tuple[HttpResponse | None, str]:
    """Add batches. Returns a redirect to the page with the progress, or an error as a sentence.

    The page is the sync of one batch, or the list of several.
    """
    form = AddBatchForm(request.POST)
    if not form.is_valid():
        return None, sentence(form)
    connection = access.connection_for(request.user, form.cleaned_data["connection"])
    texts = split_ids(form.cleaned_data["text"])
    try:
        if len(texts) == 1:
            batch = actions.add_batch(connection=connection, text=texts[0], by=request.user)
            return redirect("batch-sync", batch.pk), ""
        run = _request_addition(request, connection, texts, form.cleaned_data["idempotency_key"] or uuid4())
    except (ValueError, SyncError) as error:
        return None, str(error)
    return HttpResponse(status=303, headers={"Location": reverse("addition-detail", args=[run.pk])}), ""


def _request_addition(request: SignedIn, connection: Connection, texts: list[str], key: UUID) -> AdditionRun:
    try:
        return actions.request_addition(connection=connection, texts=texts, by=request.user, idempotency_key=key)
    except KeyReused:  # the person came back to the page and sent another list
        return actions.request_addition(connection=connection, texts=texts, by=request.user, idempotency_key=uuid4())


@require_safe
def batch_grid(request: SignedIn, pk: int) -> HttpResponse:
    return _events_page(request, pk, "grid", PAGE_EVENTS)


@require_safe
def batch_table(request: SignedIn, pk: int) -> HttpResponse:
    """The same events as rows of a dense table that can be sorted."""
    return _events_page(request, pk, "table", PAGE_ROWS)


@prepared
def _latest_sync(batch_id: int) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(batch=batch_id).order_by("-id")[:1]


def _events_page(request: SignedIn, pk: int, layout: str, size: int) -> HttpResponse:
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    if request.headers.get("HX-Target") == "facets":
        counted = facets(event_filter, whole="whole" in request.GET)
        context = {"batch": batch, "filter": event_filter, "page_url": request.path, **counted}
        return render_page(request, "batches/batch_grid.html", context, partials=["facets"])
    choices, out_of_band = uncounted(event_filter), request.headers.get("HX-Target") == "results"
    made_at, rights = timezone.now(), access.rights_in(request.user, batch)
    rows = event_filter.listed.select_related("item", "decided_by__profile", "conversation", "consensus")
    rows = rows.defer("item__raw")
    piles = layout == "grid" and not piles_disabled(event_filter)
    if piles:
        rows = rows.select_related("picture_hash")
    events, more = keyset.page(request.GET, event_filter.order, rows, size)
    attach(request.user, rights, batch, events)
    borrowers = media.borrowers(batch, {event.item_id for event in events}, request.user)
    for event in events:
        event.borrows_clip = event.item_id in borrowers  # type: ignore[attr-defined]
    vendor, query = vendor_of(batch.connection.vendor), f"{event_filter.query}&" if event_filter.query else ""
    list_page = ListPage(
        f"batches/parts/{'row' if layout == 'table' else 'tile'}.html",
        f"{reverse('batch-review', args=[batch.pk])}?{query}event=",
        rights.can_decide, vendor.has_thumbnails, media.has_clips(batch.connection), piles,
    )  # fmt: skip
    context = {
        "batch": batch,
        "rights": rights,
        "filter": event_filter,
        "events": events,
        "list_page": list_page,
        "more": more,
        "page_url": request.path,
        "layout": layout,
        "piles": piles,
        "made_at": made_at,
        "run": unfinished_run(request, batch.pk) if rights.can_decide else None,
        "views": list(access.saved_views_for(request.user, batch)[: MAX_VIEWS + 1]),
        "max_views": MAX_VIEWS,
        "certificate": next(iter(of_whole_batch(batch.pk)), None),
        "sync": next(iter(_latest_sync(batch.pk)), None),
        "out_of_band": out_of_band,
        "menu_form": menu_form(batch, event_filter, choices["approvals"], rights, out_of_band=out_of_band),
        **choices,
    }
    response = render_page(request, "batches/batch_grid.html", context, partials=["results", "more"])
    response["HX-Push-Url"] = f"{request.path}?{event_filter.query}" if event_filter.query else request.path
    return response
