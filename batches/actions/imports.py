"""Imports a file of results: stores and checks it, then writes it when a person confirms."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from batches.actions.limits import UPLOADS, spend
from batches.errors import Conflict, NotAllowed
from batches.imports.decisions import check_deciding
from batches.imports.run import forget_file, run_import
from batches.models import Connection, ImportRun, Membership
from batches.models.imports import ImportPhase
from batches.models.run import UNFINISHED, RunState
from batches.sync.fields import clean
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_BYTES_IN_REQUEST = 2_000_000  # a larger file is done in the background


def upload_results(
    *, connection: Connection, file: "File[Any]", name: str, by: "User", batch_text: str = ""
) -> ImportRun:
    """Store the file and check it; a large file is checked in the background. Raises TooMany."""
    spend(UPLOADS, by, ImportRun.objects.filter(requested_by=by, state__in=UNFINISHED))
    stored = default_storage.save(f"imports/{uuid4().hex}", file)
    run = ImportRun.objects.create(
        connection=connection,
        requested_by=by,
        file=stored,
        file_name=clean(name, 255),
        size=file.size,
        batch_text=batch_text,
    )
    return _start(run)


def map_columns(*, run: ImportRun, mapping: dict[str, str], batch_text: str = "") -> ImportRun:
    """Check the file again with another mapping or batch id. Raises Conflict if it is not waiting for confirmation."""
    return _again(run, mapping=mapping, batch_text=batch_text)


def confirm_import(*, run: ImportRun, by: "User", decide: bool = False) -> ImportRun:
    """Write the checked file in this person's name.

    Raises Conflict, also if the file's decisions would bypass second opinions, and NotAllowed if `by` cannot decide.
    """
    if decide and not Membership.rights_of(by, run.connection_id).can_decide:
        raise NotAllowed("Only a reviewer of this connection can decide: import the approvals as the vendor's opinion.")
    if decide:
        try:
            check_deciding(run, [batch["id"] for batch in run.summary.get("batches", ())])
        except NotAllowed as error:
            raise Conflict(str(error)) from error  # the file stays and can be imported without decisions
    return _again(run, phase=ImportPhase.IMPORT, decide=decide, requested_by=by)


def discard_import(*, run: ImportRun) -> None:
    """Delete a file that was only checked. Raises Conflict once it is being written."""
    checked = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    if not checked.update(state=RunState.FAILED, message="Discarded."):
        raise Conflict("This import is not waiting any more.")
    forget_file(run)


def _again(run: ImportRun, **changes: object) -> ImportRun:
    checked = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    again = {"state": RunState.QUEUED, "finished_at": None, "attempts": 0, "position": 0, "total": None, "message": ""}
    if not checked.update(**again, **changes):
        raise Conflict("This import is not waiting any more.")
    run.refresh_from_db()
    return _start(run)


def _start(run: ImportRun) -> ImportRun:
    if run.size > MAX_BYTES_IN_REQUEST:
        with transaction.atomic():
            enqueue(run)
    else:
        # A run that somebody else took meanwhile is in good hands too.
        run_import(run.pk)
    run.refresh_from_db()
    return run
