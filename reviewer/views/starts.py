"""Starting a batch at the vendor: choose videos, ask, watch it become a batch."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.actions.batches import PAGE_LIMITS
from batches.actions.limits import QUESTIONS, spend
from batches.errors import KeyReused, SyncError
from batches.models import AccountVideo, Batch, Connection, Role
from batches.sync.batch_files import MAX_REQUEST_BYTES
from batches.sync.connect import calling
from batches.sync.questions import MAX_VIDEOS, Video
from batches.sync.records import FINAL_STATES
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.filters.videos import READY, VideoFilter
from reviewer.forms.fields import read_ids, sentence
from reviewer.forms.starts import StartForm, UploadBatchForm, parent_values
from reviewer.insights.prompt_history import changed_words
from reviewer.web.bodies import takes_file
from reviewer.web.htmx import render_page
from reviewer.web.limits import is_preview
from reviewer.web.numbers import read_number
from reviewer.web.refusals import answers_refusals

RECENT = 20  # starts listed on the page
START_PARAMETERS = ("connection", "all", "import")  # beside the filter of the videos


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def batch_start(request: SignedIn) -> HttpResponse:
    """Start a batch over an account's videos; `connection` names the account."""
    connections = startable(request.user)
    wanted = request.GET.get("connection", "")
    connection = next((row for row in connections if str(row.pk) == wanted), connections[0] if connections else None)
    if connection is None:
        return render_page(request, "starts/batch_start.html", {"connections": []})
    if vendor_of(connection.vendor).file_limits:
        return redirect("batch-upload", connection.pk)
    return _page(request, connection, None)


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def batch_start_again(request: SignedIn, pk: int) -> HttpResponse:
    """Analyse a batch's videos again, all of them or those of the events that a filter shows."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    return _page(request, batch.connection, batch)


def startable(user: Any) -> list[Connection]:
    """The connections in which this person may start batches."""
    vendors = ((row, vendor_of(row.vendor)) for row in access.connections_to_edit(user))
    return [row for row, vendor in vendors if vendor.choices is not None or vendor.file_limits]


@takes_file(lambda: MAX_REQUEST_BYTES, access.may_edit_any)
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def batch_upload(request: SignedIn, pk: int) -> HttpResponse:
    """Start a batch with files, at a vendor that takes the files themselves."""
    connection = access.connection_for(request.user, pk)
    limits = vendor_of(connection.vendor).file_limits
    form, error = UploadBatchForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST":
        error = sentence(form) if not form.is_valid() else ""
        files = request.FILES.getlist("file")
        if not error:
            try:
                run = actions.start_batch_of_files(
                    connection=connection, files=[(str(file.name), file.size or 0) for file in files], contents=files,
                    by=request.user, **form.cleaned_data,
                )  # fmt: skip
            except (ValueError, KeyReused) as refusal:
                error = str(refusal)
            else:
                return redirect("start-detail", run.pk)
    context = {
        "connections": startable(request.user),
        "connection": connection,
        "limits": limits,
        "limits_note": _(limits.note) if limits and limits.note else "",
        "form": form,
        "key": uuid4() if error else request.POST.get("key") or uuid4(),
        "error": error,
        "recent": connection.starts.select_related("batch", "requested_by")[:RECENT],
    }
    return render_page(request, "starts/batch_upload.html", context, status=422 if error else 200)


def _page(request: SignedIn, connection: Connection, parent: Batch | None) -> HttpResponse:
    error = ""
    only_asks = is_preview(request)
    choosing = request.POST.get("do") == "choose"  # the videos were selected on another page
    sent = request.POST if request.method == "POST" and not choosing else None
    form = StartForm(connection, sent, initial=_initial_values(parent))
    if request.method == "POST" and not only_asks and not choosing:
        error = sentence(form) if not form.is_valid() else ""
        if not error:
            try:
                run = actions.start_batch(
                    connection=connection, question=form.question(), videos=form.videos(), by=request.user,
                    idempotency_key=form.cleaned_data["idempotency_key"], parent=parent,
                )  # fmt: skip
            except (ValueError, KeyReused) as refusal:
                error = str(refusal)
            else:
                return redirect("start-detail", run.pk)
    typed = request.POST.get("more", "").split()
    context: dict[str, Any] = {
        "connections": startable(request.user),
        "connection": connection,
        "parent": parent,
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "changed": changed_words(parent.prompt if parent else "", str(form["prompt"].value() or "")),
    }
    if only_asks:
        context["count"] = len({*read_ids(request.POST, "video"), *typed})
        return render_page(request, "starts/batch_start.html", context, partials=["start-effect"])
    picked = read_ids(request.POST, "video")
    if parent is not None:
        context["filter"] = EventFilter.of(parent, request.GET, request.user)
        videos = _videos_of_batch(parent, context["filter"])
    else:
        videos, left_out, context["unlisted"] = _videos_of_account(request, connection, picked if choosing else None)
        context["left_out"] = left_out
    if request.method == "POST":
        selected = set(picked)
    else:
        selected = {video.external_id for video in videos if parent or {"all", "import"} & request.GET.keys()}
    context |= {
        "videos": [(video, video.external_id in selected) for video in videos],
        "count": len({*selected, *typed}),
        "recent": connection.starts.select_related("batch", "requested_by")[:RECENT],
    }
    return render_page(request, "starts/batch_start.html", context, status=422 if error else 200)


def _initial_values(parent: Batch | None) -> dict[str, Any]:
    return parent_values(parent) if parent else {"thumbnails": True}


def _videos_of_batch(parent: Batch, events: EventFilter) -> list[Video]:
    items = parent.items.filter(gone_at__isnull=True).order_by("position", "id")
    if events.query:
        items = items.filter(pk__in=events.qs.order_by().values("item"))
    video_id = vendor_of(parent.connection.vendor).video_id
    rows = items.values_list("external_id", "name", "source_uri")
    names = {video_id(item_id, source, name): name for item_id, name, source in rows}
    return [Video(external_id, name, "", "uploaded", None) for external_id, name in names.items() if external_id]


def _videos_of_account(
    request: SignedIn, connection: Connection, picked: list[str] | None
) -> tuple[list[Video], int, str]:
    """The videos to choose from, how many of them are left out as not uploaded, and why there are none.

    From the list that is kept here, or, while there is none, from the vendor. `picked`: only these.
    """
    if (import_id := read_number(request.GET.get("import", ""))) is not None:
        return _videos_of_import(request, connection, import_id)
    if not connection.listings.exists():
        spend(QUESTIONS, request.user)
        try:
            with calling(connection, limits=PAGE_LIMITS) as vendor:
                return vendor.videos(), 0, ""
        except SyncError as error:
            return [], 0, str(error)
    videos = VideoFilter.of(request.GET, connection, beside=START_PARAMETERS).qs
    if picked is not None:
        videos = AccountVideo.objects.listed().filter(connection=connection, external_id__in=picked)
    ready = videos.filter(READY).order_by("-id")
    rows = [
        Video(video.external_id, video.name, str(video.folder or ""), video.status, video.seconds)
        for video in ready.select_related("folder")[:MAX_VIDEOS]
    ]
    return rows, videos.count() - len(rows), ""


def _videos_of_import(request: SignedIn, connection: Connection, pk: int) -> tuple[list[Video], int, str]:
    """The videos of an import from cloud storage that are uploaded, and how many are left out."""
    run = access.cloud_import_for(request.user, pk)
    if run.connection_id != connection.pk:
        return [], 0, _("That import belongs to another connection.")
    rows = run.videos.uploaded().order_by("id")[:MAX_VIDEOS]
    videos = [Video(row.external_id, row.name, "", "uploaded", None) for row in rows]
    return videos, max(0, (run.total or 0) - len(videos)), ""


@require_safe
def start_detail(request: SignedIn, pk: int) -> HttpResponse:
    run = access.start_for(request.user, pk)
    batch = run.batch
    at_vendor = batch is not None and not batch.removed_at and batch.state not in FINAL_STATES
    context = {"run": run, "at_vendor": at_vendor}
    return render_page(request, "starts/start_detail.html", context, partials=["start-panel"])
