"""What a person (or a script) sees when a request cannot be answered."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.database_errors import is_unavailable
from reviewer.web.docs_site import docs_site
from reviewer.web.error_pages import error_page, for_a_script, script_refusal
from reviewer.web.htmx import wants_json
from reviewer.web.unavailable import unavailable

TOO_MUCH = gettext_lazy(
    "The request is larger than this server accepts ({size} MB, {fields} fields). Nothing was changed."
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Our own refusals say what is wrong; the framework's speak of its settings, and are said in our words."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        size = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1e6:.1f}"
        why = TOO_MUCH.format(size=size, fields=f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}")
        return error_page(request, 413, _("Request too large"), why)
    why = str(exception) if isinstance(exception, BadRequest) else ""
    return error_page(request, 400, _("Invalid URL"), why or _("Check the URL and try again."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    why = str(exception or "") or _("Ask an editor or your administrator.")
    return error_page(request, 403, _("Your role does not allow this"), why)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    why = _("It may have been removed, or it belongs to a connection you are not a member of.")
    if request.path.startswith("/docs/") and not docs_site(request)["docs_site"]:
        why = _("The guides are not built here: make docs writes them. They are in the folder docs of the source, too.")
    if for_a_script(request) and request.resolver_match is None:
        why = "The API has no such URL. /api/v1/docs/ lists all URLs."
    return error_page(request, 404, _("Page not found"), why)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: whatever failed may fail again. 503 where it is the database that cannot work."""
    if is_unavailable(sys.exception()):
        return unavailable(request)
    if for_a_script(request):
        return script_refusal(request, 500, "The server failed. Try again later.")
    if wants_json(request):
        return JsonResponse({"error": _("The server failed. Try again later.")}, status=500)
    context = {"status": 500, "title": _("Something went wrong"), "why": _("The error was logged.")}
    return render(None, "500.html", context, status=500)


def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: Any) -> HttpResponse:
    """For a script it is a thing that heals: sign in (401), or send again with the current token."""
    why = _("The form has expired or came from another site. Reload the page and send it again.")
    if wants_json(request):
        return JsonResponse({"error": why, "again": True}, status=403 if request.user.is_authenticated else 401)
    return error_page(request, 403, _("Not sent"), why)
