"""Own footage: a connection's template for its managers, tried on a few videos, and the files of the storage."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.errors import VendorRefused
from batches.sync.footage import FIELDS, footage_location
from batches.sync.footage_files import file_of, has_files
from reviewer import access
from reviewer.access import SignedIn
from reviewer.downloads.http_range import file_response
from reviewer.media import SIGNED_SECONDS
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do
from reviewer.web.streams import one_of_few

PART = 1 << 20  # bytes of one answer to a player: a thread sends it soon, however long the person watches


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def connection_footage(request: SignedIn, pk: int) -> HttpResponse:
    """A POST tries a template, and saves it if that is wanted and it finds a video."""
    connection = access.connection_to_manage(request.user, pk)
    template = request.POST.get("template", connection.footage).strip()
    context: dict[str, Any] = {}
    if request.method == "POST":
        is_saving = read_do(request, ("try", "save")) == "save"
        try:
            if not is_saving:
                context["trials"] = actions.try_footage(connection=connection, template=template)
            else:
                context["trials"], is_saved = actions.set_footage(connection=connection, template=template)
                if is_saved:
                    messages.success(request, _("Saved."))
                    return redirect("connection-footage", pk)
                context["error"] = _("Not saved: the template finds no video.")
        except ValueError as refusal:
            context["error"] = str(refusal)
    context |= {
        "connection": connection,
        "template": template,
        "fields": FIELDS,
        "origins": settings.CLIP_ORIGINS,
        "has_files": has_files(connection),
    }
    status = 422 if "error" in context else 200
    return render_page(request, "connections/connection_footage.html", context, status=status)


@login_not_required
@require_safe
def footage_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file of an item in the operator's folder, for whoever has its signed address."""
    item = access.item_of_footage(token)
    try:
        location = footage_location(item.batch.connection.footage, item)
        if not location.is_file:
            raise Http404(_("This video lies elsewhere now."))
        file = file_of(location.name)
    except VendorRefused as refusal:
        raise Http404(str(refusal)) from refusal
    response = file_response(request, file.read, file.size, etag=file.etag, content_type=file.media_type, part=PART)
    response.headers["Cache-Control"] = f"private, max-age={SIGNED_SECONDS}"
    return one_of_few(response) if response.streaming else response
