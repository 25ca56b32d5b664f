"""A connection's settings, for its managers. Its key can be replaced and is never shown."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict, SyncError
from batches.models import Connection
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.connections import ConnectionSettingsForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page


@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "HEAD", "POST"])
def connection_settings(request: SignedIn, pk: int) -> HttpResponse:
    connection = access.connection_to_manage(request.user, pk)
    error, values = "", {name: getattr(connection, name) for name in actions.ConnectionSettings.__dataclass_fields__}
    if request.method == "POST":
        form = ConnectionSettingsForm(request.POST)
        error = _save(request, connection, form) if form.is_valid() else sentence(form)
        if not error:
            return redirect("connection-settings", pk)
        values = asdict(form.settings()) if form.is_valid() else {**request.POST.dict(), "api_key": ""}
    context = {
        "connection": connection,
        "answers": vendor_of(connection.vendor).answers,
        "values": values,
        "error": error,
    }
    return render_page(request, "connections/connection_settings.html", context, status=422 if error else 200)


def _save(request: SignedIn, connection: Connection, form: ConnectionSettingsForm) -> str:
    """Returns an error as a sentence."""
    try:
        owner = actions.change_connection(
            connection=connection,
            values=form.settings(),
            api_key=form.cleaned_data["api_key"],
            other_account=form.cleaned_data["other_account"],
            by=request.user,
        )
    except (ValueError, Conflict, SyncError) as error:
        return str(error)
    messages.success(request, _("Saved. The new key belongs to {owner}.").format(owner=owner) if owner else _("Saved."))
    return ""
