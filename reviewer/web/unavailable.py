"""503 while the database cannot work: away, full, read-only, out of connections, or locked for too long."""

import time
from collections.abc import Callable
from threading import Lock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from reviewer.web.error_pages import for_a_script, script_refusal
from reviewer.web.htmx import wants_json

RETRY_AFTER = 2  # seconds
PAUSE = 0.5  # seconds between two looks whether the database is back
WHY = _("The database cannot be used at the moment. Try again in a few seconds.")
READY = "/readyz"
ASKED_BY_MACHINES = ("/healthz", READY, "/metrics")
NOT_READY = {"ready": False, "wrong": ["database"]}


def unavailable(request: HttpRequest) -> HttpResponse:
    """Made without the database: JSON for a script or a fetch, else a page that loads itself again."""
    request.user = AnonymousUser()  # so that no middleware around this answer looks for the person
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    response: HttpResponse
    if request.path == READY:
        response = JsonResponse(NOT_READY, status=503)
    elif for_a_script(request):
        response = script_refusal(request, 503, str(WHY))
    elif wants_json(request):
        response = JsonResponse({"error": str(WHY)}, status=503)
    else:
        response = _page(request)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _page(request: HttpRequest) -> HttpResponse:
    context = {"status": 503, "title": _("Not available at the moment"), "why": WHY, "reload": request.method == "GET"}
    return render(None, "500.html", context, status=503)


class DatabaseAvailabilityMiddleware:
    """Once PostgreSQL was found away, one request at a time looks whether it is back; the others are answered at once.

    Otherwise each of them would occupy a thread for as long as a connection is waited for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.is_away = False
        self.next_look = 0.0  # by the monotonic clock
        self.asking = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in ASKED_BY_MACHINES:
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)  # whoever asks, they answer without the database
            if request.path != READY:
                return self.get_response(request)
        # Probes come each second and have one thread: each look of its own would wait behind the one before.
        if self.is_away and not self.is_back():
            return unavailable(request)
        response = self.get_response(request)
        if response.status_code == 503 and connection.vendor == "postgresql":
            # Locks and full disks leave the connection open; they concern one request each.
            self.is_away = connection.connection is None or connection.connection.closed
            # What waited for a thread meanwhile is answered first: looking takes as long again.
            self.next_look = time.monotonic() + PAUSE
        return response

    def is_back(self) -> bool:
        if time.monotonic() < self.next_look or not self.asking.acquire(blocking=False):
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            self.next_look = time.monotonic() + PAUSE
            return False
        else:
            self.is_away = False
            return True
        finally:
            self.asking.release()
