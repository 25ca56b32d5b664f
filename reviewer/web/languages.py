"""Pages are in the person's language, or else in the browser's; what scripts get is English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from reviewer.web.error_pages import for_a_script


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(language_of(request)):
            return self.get_response(request)


def language_of(request: HttpRequest) -> str:
    if for_a_script(request):
        return settings.LANGUAGE_CODE
    profile = getattr(request.user, "profile", None)  # it was read with the session
    return (profile.language if profile else "") or translation.get_language_from_request(request)
