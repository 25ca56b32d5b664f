"""How much a request may send, and who: decided from its head, before a byte of the body is read or stored.

A stranger sends no more than the server has read already (reviewer/web/server.py); a view that takes a file says so.
"""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.models import Token
from reviewer.web.error_pages import error_page, for_a_script, script_refusal
from reviewer.web.serving import BODY_BYTES, threads

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = BoundedSemaphore(max(1, threads // 2))  # large bodies that a process reads; the other threads stay free
TOO_MUCH = gettext_lazy("Only people who are signed in may send this much.")
TOO_LARGE = gettext_lazy("The request is larger than this URL accepts ({limit} bytes). Nothing was changed.")


def takes_file[**P, R](
    largest: Callable[[], int], may: "Callable[[User], bool]", advice: str | Promise = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that takes a file of at most `largest()` bytes from people who `may` send one."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.takes_file = (largest, may, advice)  # type: ignore[attr-defined]
        return view

    return mark


class BodyLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_large(request):
            return self.get_response(request)
        if not AT_ONCE.acquire(blocking=False):
            response = error_page(
                request, 503, _("Busy"), _("Too many large requests at once. Try again in a few seconds.")
            )
            response.headers["Retry-After"] = "5"
            return response
        try:
            return self.get_response(request)
        finally:
            AT_ONCE.release()

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        is_large = _is_large(request)
        if not (is_large or request.content_type == "multipart/form-data"):
            return None
        person = _person(request)
        if person is None:
            return _refuse_stranger(request, view) if is_large else None
        limit, advice = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, ""
        if takes := getattr(view, "takes_file", None):
            largest, may, advice = takes
            if not may(person):
                return error_page(
                    request, 403, _("Your role does not allow this"), _("Only an editor sends files here.")
                )
            request.takes_file, limit = True, largest()  # type: ignore[attr-defined]
        if _length(request) > limit:
            return error_page(
                request, 413, _("Request too large"), f"{TOO_LARGE.format(limit=f'{limit:,}')} {advice}".strip()
            )
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The sender went away, or stopped half-way."""
        if isinstance(exception, UnreadablePostError):
            return error_page(request, 408, _("Not received"), _("The request ended early. Nothing was changed."))
        return None


def _refuse_stranger(request: HttpRequest, view: Any) -> HttpResponse:
    """One line for a page: whoever floods us must not cost a template each time."""
    if for_a_script(request):
        return script_refusal(request, 401, str(TOO_MUCH))
    status = 401 if getattr(view, "login_required", True) else 413
    return HttpResponse(TOO_MUCH, status=status, content_type="text/plain; charset=utf-8")


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _is_large(request: HttpRequest) -> bool:
    return _length(request) > BODY_BYTES


def _person(request: HttpRequest) -> "User | None":
    """Whose session or token it is."""
    if request.user.is_authenticated:
        return request.user
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("X-API-Key", "")
    token = Token.objects.opened_by(sent.strip()) if sent else None
    return token.user if token else None
