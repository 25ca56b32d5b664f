"""Imports a file of results: stores and checks it, then writes it when a person confirms."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.limits import UPLOADS, spend
from batches.errors import Conflict, NotAllowed
from batches.imports.check import name_of
from batches.imports.decisions import check_deciding
from batches.imports.run import forget_copies, forget_file, run_import
from batches.models import Connection, ImportRun, Membership, Role, Vendor
from batches.models.imports import ImportPhase
from batches.models.run import UNFINISHED, RunState
from batches.sync.fields import clean
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_BYTES_IN_REQUEST = 200_000  # seconds of work; larger files run in the background


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


def map_columns(
    *, run: ImportRun, mapping: dict[str, str], options: dict[str, str] | None = None, batch_text: str = "",
    picked: str = "",
) -> ImportRun:  # fmt: skip
    """Check the file again with another mapping, other options or another batch id.

    `mapping`: our field → column, "" for a field that stays empty; the others are guessed. `picked`: the saved mapping
    that this is; without it, a change of the one that the file is read with. Raises Conflict if the file is not waiting
    for confirmation; one that is being checked with just that goes on.
    """
    picked = picked or name_of(run, tuple(run.summary.get("columns", ())), run.mapping, run.options)
    summary = run.summary | {"picked": picked or run.summary.get("picked", "")}
    asked = {"phase": ImportPhase.CHECK, "mapping": mapping, "options": options or {}, "batch_text": batch_text}
    return _again(run, asked, summary=summary)


def confirm_import(*, run: ImportRun, by: "User", decide: bool = False) -> ImportRun:
    """Write the checked file in this person's name. Asked twice for the same, it is written once.

    Raises Conflict, also if the check has an open question or if the file's decisions would bypass second opinions, and
    NotAllowed if `by` cannot decide.
    """
    if question := run.summary.get("missing"):
        raise Conflict(_("The file cannot be imported yet. {question}").format(question=question))
    if decide and not Membership.rights_of(by, run.connection_id).can_decide:
        raise NotAllowed(_("Only a reviewer of this connection can decide. Import the approvals as vendor opinions."))
    if decide:
        try:
            check_deciding(run, [batch["id"] for batch in run.summary.get("batches", ())])
        except NotAllowed as error:
            raise Conflict(str(error)) from error  # the file stays and can be imported without decisions
    return _again(run, {"phase": ImportPhase.IMPORT, "decide": decide, "requested_by": by})


def discard_import(*, run: ImportRun) -> None:
    """Delete a file that was only checked. Raises Conflict once it is being written."""
    checked = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    if not checked.update(state=RunState.FAILED, message="Discarded."):
        raise Conflict(_("This import has already been confirmed or discarded."))
    forget_file(run)


def cancel_import(*, run: ImportRun) -> None:
    """Stop an import that runs or waits for its turn. Its worker stops at its next step; what is written stays.

    Raises Conflict once it has ended.
    """
    ended = {"state": RunState.FAILED, "message": "Canceled.", "claim": "", "finished_at": timezone.now()}
    with transaction.atomic():
        if not ImportRun.objects.filter(pk=run.pk, state__in=UNFINISHED).update(**ended):
            raise Conflict(_("This import has already ended."))
        run.syncs.filter(state__in=UNFINISHED).update(**ended)
    forget_file(run)


def make_file_connection(*, name: str, by: "User") -> Connection:
    """Make a connection for files of other detectors, with this person as its editor.

    Raises NotAllowed for somebody who edits no connection yet, and Conflict for a name that is in use.
    """
    if not Connection.objects.editable_by(by).exists():
        raise NotAllowed(_("Creating a connection requires the editor role on another one."))
    try:
        with transaction.atomic():
            connection = Connection.objects.create(vendor=Vendor.OPEN, name=name, base_url="")
            Membership.objects.create(connection=connection, user=by, role=Role.EDITOR)
    except IntegrityError as error:
        raise Conflict(_("A connection with this name already exists.")) from error
    return connection


def _again(run: ImportRun, asked: dict[str, Any], **changes: object) -> ImportRun:
    """Check or write the file anew. What is under way or done for just that is left as it is: a double click."""
    checked = ImportRun.objects.filter(pk=run.pk, phase=ImportPhase.CHECK, state=RunState.DONE)
    again = {
        "state": RunState.QUEUED,
        "started_at": None,
        "finished_at": None,
        "attempts": 0,
        "position": 0,
        "total": None,
        "message": "",
    }
    if not checked.update(**again, **asked, **changes):
        run.refresh_from_db()
        if run.state == RunState.FAILED or any(getattr(run, name) != value for name, value in asked.items()):
            raise Conflict(_("This import has already been confirmed or discarded."))
        return run
    if asked["phase"] == ImportPhase.CHECK:
        forget_copies(run)
    run.refresh_from_db()
    return _start(run)


def _start(run: ImportRun) -> ImportRun:
    if run.size > MAX_BYTES_IN_REQUEST:
        with transaction.atomic():
            enqueue(run)
    else:
        # If another worker has claimed the run meanwhile, that worker does it.
        run_import(run.pk)
    run.refresh_from_db()
    return run
