"""Pages show times in the person's own time zone; scripts and files have UTC."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from reviewer.web.error_pages import for_a_script


class TimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        profile = getattr(request.user, "profile", None) if not for_a_script(request) else None
        if profile is None:
            return self.get_response(request)
        with timezone.override(ZoneInfo(profile.time_zone)):
            return self.get_response(request)
