"""Where the own footage of a connection lies, for its managers: a template, tried on a few videos."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.sync.footage import FIELDS
from reviewer import access
from reviewer.access import SignedIn
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def connection_footage(request: SignedIn, pk: int) -> HttpResponse:
    """A POST tries a template, and saves it if that is wanted and it finds a video."""
    connection = access.connection_to_manage(request.user, pk)
    template = request.POST.get("template", connection.footage).strip()
    context: dict[str, Any] = {}
    if request.method == "POST":
        is_saving = read_do(request, ("try", "save")) == "save"
        run = actions.set_footage if is_saving else actions.try_footage
        try:
            context["trials"] = run(connection=connection, template=template)
            if is_saving and connection.footage == template:
                messages.success(request, "Saved.")
                return redirect("connection-footage", pk)
            if is_saving:
                context["error"] = "Not saved: the template finds no video."
        except ValueError as refusal:
            context["error"] = str(refusal)
    context |= {
        "connection": connection,
        "template": template,
        "fields": FIELDS,
        "origins": settings.CLIP_ORIGINS,
    }
    status = 422 if "error" in context else 200
    return render_page(request, "connections/connection_footage.html", context, status=status)
