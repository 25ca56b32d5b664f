"""Reads and checks requests for downloads (streamed or in the background) and links; passes them to the actions."""

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from batches import actions
from batches.export.download import Format, Rows
from batches.export.files import read_file, size_of
from batches.models import Batch, ExportRun, Link, SavedView
from batches.models.run import RunState
from reviewer import access
from reviewer.downloads.http_range import file_response
from reviewer.downloads.selection import Selection, attachment, filter_text, select
from reviewer.filters.events_as_of import filter_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request

MAX_BATCHES = 1_000
RAW_IS_FOR_TOKENS = gettext_lazy("raw=1 needs a token; columns=sdk gives the exact bytes as well.")


def requested_batches(user: "User", query: QueryDict) -> list[Batch]:
    """The batches of `batch=1,2` or `connection=3`. Raises BadRequest for none, Http404 if one is not visible."""
    texts = [text.strip() for value in query.getlist("batch") for text in value.split(",") if text.strip()]
    connection = query.get("connection", "").strip()
    if not all(text.isdecimal() and len(text) < 19 for text in [*texts, connection or "1"]):
        raise BadRequest(gettext("batch and connection are numbers: batch=1,2 or connection=3."))
    if bool(texts) is bool(connection):
        raise BadRequest(gettext("Give the batches: batch=1,2 or connection=3."))
    if len(texts) > MAX_BATCHES:
        raise BadRequest(gettext("At most {max_batches} batches at once.").format(max_batches=MAX_BATCHES))
    pks = list(dict.fromkeys(map(int, texts)))
    return access.batches_for(user, pks, int(connection) if connection else None)


def requested_selection(user: "User", query: QueryDict) -> Selection:
    """The selection that a query string asks for. Raises what `requested_batches` and `select` raise."""
    batches = requested_batches(user, query)
    several = "connection" in query or len(batches) > 1
    return select(batches, query, query.get("file") or "events.csv", user=user, several=several)


def request_export(user: "User", query: QueryDict, file: str, idempotency_key: UUID, *, raw: bool = False) -> ExportRun:
    """Request the run that makes this file.

    `raw`: formulas are not escaped. Raises KeyReused, and what `requested_selection` raises.
    """
    query = query.copy()
    query["file"] = file
    selection = requested_selection(user, query)
    stored = QueryDict(filter_text(selection.filters[0], query), mutable=True)
    stored.setlist("columns", query.getlist("columns"))
    if raw:
        stored["raw"] = "1"
    return actions.request_export(
        batches=[part.batch for part in selection.parts], by=user, idempotency_key=idempotency_key, file=file,
        query=_fitting(stored.urlencode(), ExportRun), name=selection.stem[:200], several=selection.download.several,
        total=selection.download.count(selection.parts) if selection.download.rows == Rows.EVENTS else None,
    )  # fmt: skip


def streamed(request: "HttpRequest | Request", selection: Selection) -> StreamingHttpResponse:
    """The streamed download. If it fails, the connection closes before the last chunk."""
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


def finished_file(request: "HttpRequest | Request", run: ExportRun) -> HttpResponseBase:
    """The file of a run, resumable; `X-Row-Count`, `X-SHA256` and `ETag` describe the complete file. Raises Http404."""
    if run.state != RunState.DONE or run.expires_at is None or run.expires_at <= timezone.now():
        raise Http404(gettext("The file is not ready, or has expired."))
    kind = Format(run.file.partition(".")[2])
    try:
        size = size_of(run.pk)
    except FileNotFoundError as error:
        raise Http404(gettext("The file has expired.")) from error
    response = file_response(request, partial(read_file, run.pk), size, etag=run.sha256, content_type=kind.media_type)
    response.headers["Content-Disposition"] = attachment(run.name, f"export-{run.pk}", kind)
    response.headers["X-Row-Count"] = str(run.position)
    response.headers["X-SHA256"] = run.sha256
    return response


def create_link(user: "User", batch: Batch, cleaned: dict[str, Any]) -> tuple[Link, str]:
    """Create a link. Returns it with its token. `cleaned`: the cleaned fields of LinkForm.

    Raises BadRequest for fields that exclude each other, NotAllowed, KeyReused.
    """
    if cleaned["clips"] and not cleaned["file"].startswith(f"{Rows.EVENTS}."):
        raise BadRequest(gettext("clips: only links to events have a page with pictures and clips."))
    view = _view(user, batch, cleaned["view"])
    query = QueryDict(view.query if view else cleaned["query"])
    event_filter, _ = filter_of(batch, query, user)
    columns = cleaned["columns"] or "documented"
    select([batch], QueryDict(f"{event_filter.query}&columns={columns}"), cleaned["file"], user=user)
    filter_query = _fitting(filter_text(event_filter, query), Link)
    fields = cleaned | {"columns": columns, "query": filter_query, "view": view}
    return actions.make_link(batch=batch, by=user, **fields)


def _fitting(text: str, model: type[ExportRun | Link]) -> str:
    """The filter if its column can store it, else BadRequest. Encoding makes the filter longer than the text sent."""
    limit = model._meta.get_field("query").max_length or 0
    if len(text) > limit:
        raise BadRequest(
            gettext("query: the filter has {count} characters as an address, not at most {limit}.").format(
                count=f"{len(text):,}", limit=f"{limit:,}"
            )
        )
    return text


def _view(user: "User", batch: Batch, pk: int | None) -> SavedView | None:
    if pk is None:
        return None
    view = access.saved_views_for(user, batch).filter(pk=pk).first()
    if view is None:
        raise BadRequest(gettext("This saved view no longer exists."))
    return view


def addresses(link: Link, token: str) -> dict[str, str]:
    """The URLs of the link: of its file, and of its page of clips if there is one."""
    address = settings.PUBLIC_URL + reverse("link-download", args=[token])
    clips = settings.PUBLIC_URL + reverse("link-clips", args=[token])
    return {"address": address, "clips_address": clips if link.clips else ""}
