"""A request that is not carried out: raised anywhere below a view, answered where the view says `answers_refusals`.

A limit that is reached is answered wherever it is raised.
"""

from collections.abc import Callable, Sequence
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from batches.errors import TooMany
from reviewer.web.error_pages import error_page
from reviewer.web.limits import is_preview, spend_request


class Refused(Exception):
    """Nothing was done; `response` says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def answers_refusals[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A view that may raise Refused."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except Refused as refused:
            return refused.response

    return answer


def read_do(request: HttpRequest, choices: Sequence[str], default: str = "") -> str:
    """Which button of a page was pressed (`do`); `default` where none was. Raises Refused for one it does not have."""
    do = request.POST.get("do", default)
    if do not in choices:
        raise Refused(
            error_page(request, 422, _("Not done"), _("do: expected one of {names}.").format(names=", ".join(choices)))
        )
    return do


class TooManyRequestsMiddleware:
    """429 with Retry-After for a limit that is reached; counts the request of a session for its address's limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        if request.user.is_authenticated and request.resolver_match:
            try:
                spend_request(
                    request.method, request.resolver_match.view_name, request.user, preview=is_preview(request)
                )
            except TooMany as refusal:
                return too_many(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return too_many(request, exception) if isinstance(exception, TooMany) else None


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    response = error_page(request, 429, _("Too many requests"), str(refusal))
    response.headers["Retry-After"] = str(refusal.retry_after)
    return response
