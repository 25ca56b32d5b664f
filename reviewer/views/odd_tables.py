"""Structured ODD: videos described as tables, whose columns are chosen here; the tables as files."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.actions.odd_tables import MAX_ODD_VIDEOS, video_names
from batches.errors import KeyReused
from batches.export.odd_tables import KEEP
from batches.models import Connection, OddTable, RunState
from batches.models.run import UNFINISHED
from batches.sync.odd_columns import Column
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.downloads.odd_tables import odd_csv_response, odd_run_response, odd_zip_response
from reviewer.forms.fields import read_ids, sentence
from reviewer.forms.odd_tables import OddForm, posted_columns
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

RECENT = 20  # requests listed on the page
EMPTY_ROWS = 2  # for further columns


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def odd_list(request: SignedIn, pk: int) -> HttpResponse:
    """The columns and videos of a new structured ODD, and earlier ones. A POST requests one, or changes the columns."""
    connection = access.connection_for(request.user, pk)
    sent = request.POST if request.method == "POST" else None
    do = read_do(request, ("choose", "save", "reset", "request")) if sent is not None else ""
    form, error, target = OddForm(sent if do not in ("", "choose") else None), "", None
    columns = actions.odd_columns_of(connection)
    if do == "reset":
        actions.reset_odd_columns(connection=connection)
        columns = actions.odd_columns_of(connection)
    elif do in ("save", "request"):
        try:
            columns = posted_columns(request.POST)
            target = _change(request, connection, do, form, columns)
        except (ValueError, KeyReused) as refusal:
            error = str(refusal)
    if target is not None:
        return redirect("odd-detail", target.pk)
    selected = read_ids(request.GET if sent is None else sent, "video")
    names = video_names(connection, selected)
    context: dict[str, Any] = {
        "connection": connection,
        "offered": vendor_of(connection.vendor).has_odd,
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "columns": [*columns, *[Column("", "", "")] * EMPTY_ROWS],
        "videos": [(video, names.get(video, video)) for video in dict.fromkeys(selected)],
        "most": MAX_ODD_VIDEOS,
        "saved": do if do in ("save", "reset") and not error else "",
        "recent": connection.odd_tables.select_related("requested_by").annotate(**_counts("runs__"))[:RECENT],
    }
    return render_page(request, "odd_tables/odd_list.html", context, status=422 if error else 200)


def _change(
    request: SignedIn, connection: Connection, do: str, form: OddForm, columns: list[Column]
) -> OddTable | None:
    """Save the columns, or request the tables. Raises ValueError, KeyReused."""
    if do == "save":
        actions.save_odd_columns(connection=connection, columns=columns)
        return None
    if not form.is_valid():
        raise ValueError(sentence(form))
    return actions.request_odd(
        connection=connection, videos=form.videos(), columns=columns, by=request.user,
        idempotency_key=form.cleaned_data["idempotency_key"],
    )  # fmt: skip


def _counts(prefix: str = "") -> dict[str, Count]:
    state = f"{prefix}state"
    return {
        "waiting": Count(f"{prefix}pk", filter=Q(**{f"{state}__in": UNFINISHED})),
        "made": Count(f"{prefix}pk", filter=Q(**{state: RunState.DONE})),
        "failed": Count(f"{prefix}pk", filter=Q(**{f"{state}__in": (RunState.FAILED, RunState.INCOMPLETE)})),
        "with_file": Count(f"{prefix}size"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def odd_detail(request: SignedIn, pk: int) -> HttpResponse:
    """One request: what came of each video. A POST requests again what failed."""
    table = access.odd_for(request.user, pk)
    if request.method == "POST":
        read_do(request, ("retry",))
        again = actions.retry_odd(table=table)
        text = ngettext("Requested {count} table again.", "Requested {count} tables again.", again)
        messages.success(request, text.format(count=number_format(again, force_grouping=True)))
        return redirect("odd-detail", pk)
    context = {
        "table": table,
        "connection": table.connection,
        "runs": table.runs.all(),
        "counts": table.runs.aggregate(**_counts()),
        "kept_days": KEEP.days,
    }
    return render_page(request, "odd_tables/odd_detail.html", context, partials=["odd-panel"])


@require_safe
def odd_csv(request: SignedIn, pk: int) -> HttpResponseBase:
    """The tables of all videos as one CSV."""
    return odd_csv_response(access.odd_for(request.user, pk), request.method)


@require_safe
def odd_zip(request: SignedIn, pk: int) -> HttpResponseBase:
    """A ZIP with a CSV for each video."""
    return odd_zip_response(access.odd_for(request.user, pk), request.method)


@require_safe
def odd_run_csv(request: SignedIn, pk: int) -> HttpResponse:
    """The table of one video."""
    return odd_run_response(access.odd_run_for(request.user, pk))
