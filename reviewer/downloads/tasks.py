"""Background downloads. The task is not in `batches`, because it needs the filter of the pages."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import QueryDict
from django.tasks import task
from django.urls import reverse
from django.utils import timezone

from batches.export.files import write_file
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import ExportRun, HookEvent
from batches.models.run import RunState
from batches.notify.notices import note
from reviewer import access
from reviewer.downloads.selection import Selection, select

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5  # between two updates of the position


@task
def run_export(run_id: int) -> None:
    make_export(run_id)


def make_export(run_id: int) -> ExportRun | None:
    """Write the file from the beginning. Returns the run in its final state, or None if another worker has it.

    The file has the rows that its owner may see now. A killed run leaves no file and starts again.
    """
    claimed = claim(ExportRun, run_id)
    if claimed is None:
        return None
    try:
        _make(claimed)
    except ClaimLost:
        logger.warning("export %s: another worker took over", run_id)
        return None
    except BadRequest as error:
        claimed.end(RunState.FAILED, str(error))
    except OSError as error:
        claimed.end(RunState.FAILED, f"The file could not be written: {error.strerror}.")
    return ExportRun.objects.get(pk=run_id)


def selection_of(run: ExportRun) -> Selection:
    """Raises BadRequest where the person may no longer see one of the batches."""
    owner = run.requested_by
    batches = access.batches_still_seen(owner, run.batches) if owner and owner.is_active else []
    if len(batches) != len(run.batches):
        raise BadRequest("You no longer have access to one of the batches.")
    query = QueryDict(run.query)
    return select(batches, query, run.file, user=owner, several=run.batch_id is None, raw="raw" in query)


def _make(claimed: ClaimedRun) -> None:
    run = ExportRun.objects.select_related("requested_by").get(pk=claimed.run_id)
    selection = selection_of(run)
    rows = 0

    def count_rows(more: int) -> None:
        nonlocal rows
        rows += more

    written = write_file(run.pk, selection.download.write(selection.parts, count_rows), _beat(claimed, lambda: rows))
    until = timezone.now() + timedelta(hours=settings.EXPORT_KEEP_HOURS)
    made: dict[str, Any] = {"size": written.size, "sha256": written.sha256}
    with transaction.atomic():
        claimed.end(RunState.DONE, position=rows, total=rows, expires_at=until, attempts=0, **made)
        facts = {
            "export": run.pk, "file": run.file, "name": run.name, "rows": rows, **made, "expires_at": until.isoformat(),
            "requested_by": run.requested_by.get_username() if run.requested_by else None,
            "url": settings.PUBLIC_URL + reverse("export-file", args=[run.pk]),
        }  # fmt: skip
        for batches in _by_connection(selection).values():
            note(HookEvent.EXPORTED, batches[0], **facts, batches=batches)


def _by_connection(selection: Selection) -> dict[int, list[int]]:
    """Connection → ids of its batches in the download: one connection's webhook learns nothing of another's."""
    batches: dict[int, list[int]] = defaultdict(list)
    for part in selection.parts:
        batches[part.batch.connection_id].append(part.batch.pk)
    return batches


def _beat(claimed: ClaimedRun, rows: Callable[[], int]) -> Callable[[], None]:
    """Saves the progress from time to time, and raises ClaimLost when another worker has the run."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_SECONDS:
            claimed.assert_claim(position=rows())
            last = time.monotonic()

    return beat
