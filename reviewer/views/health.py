"""Whether the process lives, and whether it can work: for load balancers and people on call. No data of anybody."""

import ipaddress
from functools import cache
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from batches.checks import DISK_TOO_FULL, free_bytes, is_read_only
from batches.management.prepare import pending_migrations, static_files_missing
from batches.management.supervise import state
from reviewer.web.metrics import exposition, queue_age
from reviewer.web.unavailable import NOT_READY

QUEUE_TOO_OLD = 600  # seconds a run may wait before somebody should look
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


@cache
def _migrated() -> bool:
    """Raises LookupError where migrations are pending, so that only the good answer is remembered."""
    if pending_migrations():
        raise LookupError("migrations are pending")
    return True


def is_migrated() -> bool:
    try:
        return _migrated()
    except LookupError:
        return False


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200, or 503 with what is wrong; the figures for whoever may read the metrics."""
    free = min(free_bytes().values())
    processes = state()
    try:
        connection.ensure_connection()
        waiting = queue_age()
    except DatabaseError:
        return JsonResponse(NOT_READY, status=503)
    checks = {
        "queue": waiting > QUEUE_TOO_OLD,
        "disk": free < DISK_TOO_FULL,
        "migrations": not is_migrated(),
        "static files": static_files_missing(),
        "stopping": processes["stopping"],
    }
    wrong = [name for name, bad in checks.items() if bad]
    body: dict[str, object] = {"ready": not wrong, "wrong": wrong}
    if is_read_only():  # said only: pages can be read, and the other hosts have the same database
        body["read_only"] = True
    if not _may_measure(request):
        return JsonResponse(body, status=503 if wrong else 200)
    figures: dict[str, object] = {"queue_oldest_seconds": round(waiting), "disk_free_bytes": free}
    if processes["failing"]:  # shown only: the pages work, and on another host the same job may fail as well
        figures["failing_processes"] = processes["failing"]
    return JsonResponse(body | figures, status=503 if wrong else 200)


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for METRICS_TOKEN or for this machine itself."""
    if not _may_measure(request):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", "text/plain", 401, headers=headers)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_measure(request: HttpRequest) -> bool:
    return _has_token(request) or _from_this_machine(request)


def _has_token(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and compare_digest(sent, f"Bearer {settings.METRICS_TOKEN}".encode())


def _from_this_machine(request: HttpRequest) -> bool:
    """A proxy on this machine makes everybody look local, so its traces count against the address."""
    if settings.SECURE_PROXY_SSL_HEADER or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
