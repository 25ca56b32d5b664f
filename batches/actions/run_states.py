"""Stops and repeats background jobs, for those who look after the installation."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from batches.actions.bulk import stop_verdict
from batches.actions.imports import cancel_import
from batches.actions.runs import request_sync, request_thumbnails
from batches.errors import Conflict
from batches.models import BulkRun, ImportRun, RunState, SyncRun, ThumbnailRun, VideoUpload
from batches.models.run import UNFINISHED, Run
from batches.tasks import SENT_ONCE, enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CHECK = gettext_noop("The request may have reached the vendor: check there before you request it again.")


def stop_run(*, run: Run, by: "User") -> None:
    """Stop a job that runs or waits. Its worker stops at its next step; what is written stays. Raises Conflict."""
    if isinstance(run, ImportRun):
        cancel_import(run=run)
        return
    if isinstance(run, BulkRun):
        stop_verdict(run)
        return
    if isinstance(run, SyncRun) and run.upload_id:
        raise Conflict(_("It reads an uploaded file: stop the import of that file instead."))
    message = f"Stopped by {by.get_username()}."
    ended = {"claim": "", "finished_at": timezone.now()}
    with transaction.atomic():
        unfinished = type(run)._default_manager.filter(pk=run.pk, state__in=UNFINISHED)
        sent = unfinished.filter(SENT_ONCE[type(run)]) if type(run) in SENT_ONCE else unfinished.none()
        stopped = sent.update(state=RunState.INCOMPLETE, message=f"{message} {CHECK}", **ended)
        if not stopped and not unfinished.update(state=RunState.FAILED, message=message, **ended):
            raise Conflict(_("This job has already ended."))


def retry_run(*, run: Run, by: "User") -> None:
    """Do a failed or incomplete job again, where it can be repeated without harm. Raises Conflict."""
    if run.state not in (RunState.FAILED, RunState.INCOMPLETE):
        raise Conflict(_("Only a job that failed or is incomplete can be repeated."))
    is_of_file = isinstance(run, ImportRun) or (isinstance(run, SyncRun) and run.upload_id)
    if is_of_file or (isinstance(run, VideoUpload) and run.received < run.size):
        raise Conflict(_("Its file is deleted: upload the file again."))
    if isinstance(run, SyncRun):
        request_sync(batch_id=run.batch_id, by=by)
    elif isinstance(run, ThumbnailRun) and run.item_id is None:
        request_thumbnails(batch_id=run.batch_id, by=by)
    else:
        _enqueue_again(run)


def _enqueue_again(run: Run) -> None:
    """Queue the same run again: as after the death of its worker, it continues where it was."""
    repeatable = Q(state=RunState.FAILED) | Q(state=RunState.INCOMPLETE)
    if isinstance(run, BulkRun):
        repeatable = Q(state=RunState.FAILED, action__undone_by=None)
    ended = type(run)._default_manager.filter(repeatable, pk=run.pk)
    if type(run) in SENT_ONCE:
        ended = ended.exclude(SENT_ONCE[type(run)])
    try:
        with transaction.atomic():
            if not ended.update(state=RunState.QUEUED, attempts=0, finished_at=None, message=""):
                raise Conflict(_(CHECK) if type(run) in SENT_ONCE else _("This job has nothing left to do."))
            enqueue(run)
    except IntegrityError as error:
        raise Conflict(_("The same job is already queued or running.")) from error
