"""Bring in a file of results: keep it and have it checked; then, when a person says so, have it written."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from batches.errors import Conflict, NotAllowed
from batches.imports.decisions import check_deciding
from batches.imports.run import forget_file, run_import
from batches.models import Connection, ImportRun, Membership
from batches.models.imports import ImportPhase
from batches.models.run import RunState
from batches.sync.fields import clean
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_BYTES_IN_REQUEST = 2_000_000  # bytes of a file that is done in the request itself


def upload_results(
    *, connection: Connection, file: "File[Any]", name: str, by: "User", batch_text: str = ""
) -> ImportRun:
    """Keep the file and check it; a large one is checked in the background."""
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
    """Check the file again with another mapping or batch id. Raises Conflict when it is not waiting for an answer."""
    return _again(run, mapping=mapping, batch_text=batch_text)


def confirm_import(*, run: ImportRun, by: "User", decide: bool = False) -> ImportRun:
    """Write what was checked, in this person's name.

    Raises Conflict, also where the file's decisions would get round second opinions, and NotAllowed where they may not
    decide.
    """
    if decide and not Membership.rights_of(by, run.connection_id).can_decide:
        raise NotAllowed("Only a reviewer of this connection can decide: import the approvals as the vendor's opinion.")
    if decide:
        try:
            check_deciding(run, [batch["id"] for batch in run.found.get("batches", ())])
        except NotAllowed as error:
            raise Conflict(str(error)) from error  # the file stays, to be imported without
    return _again(run, phase=ImportPhase.IMPORT, decide=decide, requested_by=by)


def discard_import(*, run: ImportRun) -> None:
    """Forget a file that was only checked. Raises Conflict once it is being written."""
    mine = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    if not mine.update(state=RunState.FAILED, message="Discarded."):
        raise Conflict("This import is not waiting any more.")
    forget_file(run)


def _again(run: ImportRun, **changes: object) -> ImportRun:
    mine = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    again = {"state": RunState.QUEUED, "finished_at": None, "attempts": 0, "position": 0, "total": None, "message": ""}
    if not mine.update(**again, **changes):
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
