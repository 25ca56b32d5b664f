"""Headers that belong on every page, and on every page of a signed-in person."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# What a page never needs: no script of it, injected or not, gets at a device.
FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer",
            "microphone",
            "midi", "payment", "serial", "usb", "browsing-topics")  # fmt: skip
DENIED = ", ".join(f"{feature}=()" for feature in FEATURES)


class PermissionsPolicyMiddleware:
    """Permissions-Policy on every response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = DENIED
        return response


class NoStoreMiddleware:
    """What one person sees is stored by no cache, shared or not, unless the view says otherwise itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        return response
