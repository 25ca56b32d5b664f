"""Searching an account's analysed events with a question; what the vendor names is reviewed like any other events."""

from typing import Any
from uuid import uuid4

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.actions.searches import MAX_QUESTION
from batches.errors import KeyReused, SyncError
from batches.models import AccountVideo, Approval, Batch, Connection, Event, Folder, Item, Rights, SearchMatch
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.searches import SearchForm
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals

RECENT = 30  # searches listed on the page
PAGE_MATCHES = 50
IN_ORDER = Sort("Best match first", ("position", "id"))


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def search_list(request: SignedIn, pk: int) -> HttpResponse:
    """The searches of a connection; a POST begins one."""
    connection = access.connection_for(request.user, pk)
    folders = list(connection.folders.exclude(name=""))
    only = {"name": folders[0].name, "scope": folders[0].scope} if len(folders) == 1 else {}
    form = SearchForm(request.POST if request.method == "POST" else None, initial=only)
    error = ""
    if request.method == "POST":
        error = sentence(form) if not form.is_valid() else ""
        if not error:
            try:
                fields = dict(form.cleaned_data)
                folder = _folder(connection, fields.pop("name"), fields.pop("scope"))
                run = actions.search_folder(connection=connection, folder=folder, by=request.user, **fields)
            except (ValueError, KeyReused, SyncError) as refusal:
                error = str(refusal)
            else:
                return redirect("search-detail", run.pk)
    context = {
        "connection": connection,
        "searches": vendor_of(connection.vendor).has_search,
        "folders": folders,
        "form": form,
        "max_question": MAX_QUESTION,
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "recent": connection.searches.select_related("folder", "requested_by")[:RECENT],
    }
    return render_page(request, "searches/search_list.html", context, status=422 if error else 200)


def _folder(connection: Connection, name: str, scope: str) -> Folder:
    """The folder of this name, looked up at the vendor if it is not known here. Raises ValueError, SyncError."""
    stored = connection.folders.filter(name=name.strip(), scope=scope).first()
    return stored or actions.find_folder(connection=connection, name=name, scope=scope)


@require_safe
def search_detail(request: SignedIn, pk: int) -> HttpResponse:
    """One search: its state, and what the vendor named, in the vendor's order."""
    run = access.search_for(request.user, pk)
    rights = access.rights_on(request.user, run.connection_id)
    rows = run.matches.select_related("event__item", "event__batch", "event__decided_by")
    matches, more = keyset.page(
        request.GET, IN_ORDER, rows.defer("event__batch__raw", "event__item__raw"), PAGE_MATCHES
    )
    context = {
        "run": run,
        "rights": rights,
        "query": f"connection={run.connection_id}&search={run.pk}",
        "rows": _rows(run.connection, matches, rights),
        "more": more,
        **_counts(run.matches),
    }
    return render_page(request, "searches/search_detail.html", context, partials=["search-panel", "more"])


def _counts(matches: Any) -> dict[str, int]:
    """`here`: those whose events are stored; `listed`: those that the list of events and the queue show."""
    listed = Event.objects.for_review().filter(pk=OuterRef("event"), batch__in=Batch.objects.not_archived())
    pending = listed.filter(approval=Approval.PENDING)
    counts: dict[str, int] = matches.annotate(is_listed=Exists(listed), is_pending=Exists(pending)).aggregate(
        total=Count("pk"), here=Count("event"), listed=Count("pk", filter=Q(is_listed=True)),
        pending=Count("pk", filter=Q(is_pending=True)),
    )  # fmt: skip
    return counts | {"missing": counts["total"] - counts["here"]}


def _rows(connection: Connection, matches: list[SearchMatch], rights: Rights) -> list[dict[str, Any]]:
    """Each match with the name of its video: the item's, or, for those who see the account's videos, the account's."""
    ids = [match.video_id for match in matches if match.event is None and rights.can_edit]
    listed = AccountVideo.objects.filter(connection=connection, external_id__in=ids).exclude(name="")
    names = dict(listed.values_list("external_id", "name"))
    batches = _batches_without_event(connection, matches)
    return [
        {
            "match": match,
            "video": match.event.item if match.event else names.get(match.video_id, match.video_id),
            "batch": batches.get((match.video_id, match.analysis_id)),
        }
        for match in matches
    ]


def _batches_without_event(connection: Connection, matches: list[SearchMatch]) -> dict[tuple[str, str], Batch]:
    """(video id, analysis id) → the batch that lists the analysis, of matches whose event is not stored.

    A vendor names the analysis of a match, not its batch: of a batch that was never added nothing else is known.
    """
    missing = [match for match in matches if match.event is None]
    if not missing:
        return {}
    items = Item.objects.filter(
        batch__connection=connection, batch__removed_at=None,
        external_id__in={match.video_id for match in missing}, analysis_id__in={match.analysis_id for match in missing},
    )  # fmt: skip
    rows = items.select_related("batch").defer("raw", "batch__raw").order_by("batch_id")
    return {(item.external_id, item.analysis_id or ""): item.batch for item in rows}
