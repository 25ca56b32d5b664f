"""Pages are in the person's language, or else in the browser's; what scripts get is English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from reviewer.web.error_pages import for_a_script


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = _chosen_language(request)
        with translation.override(language or translation.get_language_from_request(request)):
            response = self.get_response(request)
        if not language:
            patch_vary_headers(response, ["Accept-Language"])
        return response


def language_of(request: HttpRequest) -> str:
    return _chosen_language(request) or translation.get_language_from_request(request)


def _chosen_language(request: HttpRequest) -> str:
    """The language that does not depend on the browser; empty where it does."""
    if for_a_script(request):
        return settings.LANGUAGE_CODE
    profile = getattr(request.user, "profile", None)  # it was read with the session
    return profile.language if profile else ""
