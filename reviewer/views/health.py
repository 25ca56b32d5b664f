"""Whether the process lives, and whether it can work: for load balancers and people on call. No data of anybody."""

import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from batches.models import RunState, SyncRun

QUEUE_TOO_OLD = 600  # seconds a run may wait before somebody should look
DISK_TOO_FULL = 200_000_000  # bytes free


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 and the figures, or 503 with what is wrong."""
    folder = settings.MEDIA_URL_ROOT
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    try:
        connection.ensure_connection()
        queued = SyncRun.objects.filter(state=RunState.QUEUED).order_by("id")
        oldest = queued.values_list("created_at", flat=True).first()
    except DatabaseError:
        return JsonResponse({"ready": False, "wrong": ["database"]}, status=503)
    waiting = (timezone.now() - oldest).total_seconds() if oldest else 0
    wrong = [name for name, bad in (("queue", waiting > QUEUE_TOO_OLD), ("disk", free < DISK_TOO_FULL)) if bad]
    figures = {"queue_oldest_seconds": round(waiting), "disk_free_bytes": free}
    return JsonResponse({"ready": not wrong, "wrong": wrong, **figures}, status=503 if wrong else 200)
