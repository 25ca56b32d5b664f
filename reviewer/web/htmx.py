"""render_page() and the login redirect; nothing else."""

from collections.abc import Callable, Collection
from typing import Any

from django.contrib.auth import middleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partials: Collection[str] = (),
    status: int = 200,
) -> HttpResponse:
    """The page, or the one partial that `HX-Target` names, if it is on this view's list.

    A partial is named like the id of the element it replaces. Not by `request.htmx` alone: history restores are that
    too.
    """
    target = request.headers.get("HX-Target", "")
    name = f"{template}#{target}" if target in partials else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Target"])
    return response


def wants_json(request: HttpRequest) -> bool:
    """A script asks: it gets answers it can read, never a redirect to a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def wants_page(request: HttpRequest) -> bool:
    """A person's browser goes there; programs that take anything say `*/*` and get what they asked for."""
    return "text/html" in request.headers.get("Accept", "")


FILES = {
    "event-download", "batch-download", "batches-download", "export-file", "board-file", "odd-csv", "odd-run-csv"
}  # fmt: skip


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Default deny. A browser goes to the login page; htmx is told to; a script gets 401, as does a program that
    fetches a file: curl would keep the empty body of the redirect as the file.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseBase:  # type: ignore[override]
        if wants_json(request):
            return JsonResponse({"error": _("Your session has ended. Sign in again.")}, status=401)
        if request.headers.get("HX-Request"):
            page = request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
            login = redirect_to_login(page, resolve_url(self.get_login_url(view_func)))
            return HttpResponseClientRedirect(login.url)
        if "Accept" in request.headers and not wants_page(request) and _is_file(request):
            why = _(
                "This URL needs the sign-in of a browser. For a program, create a link in the Download menu, or fetch"
                " the file from /api/v1/ with a token (account menu, Tokens)."
            )
            return HttpResponse(f"{why}\n", status=401, content_type="text/plain; charset=utf-8")
        return super().handle_no_permission(request, view_func)


def _is_file(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name in FILES
