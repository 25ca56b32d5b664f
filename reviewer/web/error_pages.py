"""The answer to a request that is refused: a page, or JSON for a script."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from reviewer.web.htmx import wants_json
from reviewer.web.vendor_refusals import vendor_at, vendor_refusal

API_PAGE = "/api/v1/docs/"  # people read it


def for_a_script(request: HttpRequest) -> bool:
    """Whether scripts ask this address: of our API, or with a vendor's client."""
    return (request.path.startswith("/api/") and request.path != API_PAGE) or vendor_at(request.path) is not None


def script_refusal(request: HttpRequest, status: int, why: str) -> JsonResponse:
    """The refusal in the form of the vendor whose client asks, else in ours."""
    vendor = vendor_at(request.path)
    return JsonResponse(vendor_refusal(vendor, status, why) if vendor else {"detail": why}, status=status)


def error_page(request: HttpRequest, status: int, title: str, why: str) -> HttpResponse:
    """The refusal as whoever asked can read it: JSON for a script or a fetch, else a page."""
    if for_a_script(request):
        return script_refusal(request, status, why)
    if wants_json(request):
        return JsonResponse({"error": why}, status=status)
    return render(request, "error.html", {"status": status, "title": title, "why": why}, status=status)


def link_closed(request: HttpRequest) -> HttpResponse:
    """The page of a link that does not work. Only the link's creator learns the reason."""
    why = _(
        "The link was revoked or replaced, has expired, or does not contain this file. "
        "Ask the person who sent it to you."
    )
    return error_page(request, 404, _("Link closed"), why)
