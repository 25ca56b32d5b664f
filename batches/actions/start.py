"""Starts a batch at the vendor: stores the request; the call is made in the background."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.actions.idempotency import first_result
from batches.models import Batch, BatchStart, Connection
from batches.sync.batch_files import check_files, end_not_stored, store_files
from batches.sync.connect import calling
from batches.sync.fields import NAME_LIMIT
from batches.sync.http import Limits
from batches.sync.questions import MAX_PROMPT, MAX_VIDEOS, TEXTS, Question
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)


def start_batch(
    *,
    connection: Connection,
    question: Question,
    videos: Sequence[str],
    by: "User | None",
    idempotency_key: UUID,
    parent: Batch | None = None,
    background: bool = True,
) -> BatchStart:
    """Have the vendor analyse these videos. Without `background` the caller does the run itself.

    The same key again returns the same start. Raises ValueError with a message to show, KeyReused.
    """
    question = _with_mode(connection, question)
    ids = list(dict.fromkeys(video.strip() for video in videos if video.strip()))
    _check(connection, question, ids)
    parameters = {
        "requested_by_id": by.pk if by else None,
        "connection_id": connection.pk,
        "parent_id": parent.pk if parent else None,
        "question": question.stored(),
        "videos": ids,
    }
    with transaction.atomic():
        if first := first_result(BatchStart.objects.all(), idempotency_key, **parameters):
            return first
        run = BatchStart.objects.create(idempotency_key=idempotency_key, total=len(ids), **parameters)
        if background:
            enqueue(run)
        return run


def start_batch_of_files(
    *,
    connection: Connection,
    files: Sequence[tuple[str, int]],
    contents: "Sequence[File[Any]]",
    collection: str,
    again: bool,
    by: "User | None",
    idempotency_key: UUID,
) -> BatchStart:
    """Have the vendor analyse these files, names with sizes in bytes. It runs once their contents are stored; a caller
    without `contents` does the run itself, from where the files lie.

    `again`: also files that the vendor knows. The same key again returns the same start. Raises ValueError with a
    message to show, KeyReused.
    """
    limits, collection = vendor_of(connection.vendor).file_limits, collection.strip()
    if limits is None:
        raise ValueError(
            _("{vendor} batches are not started with files here.").format(vendor=connection.get_vendor_display())
        )
    check_files(files, limits)
    if len(collection) > NAME_LIMIT or not collection.isprintable():
        raise ValueError(_("A collection has at most {most} printable characters.").format(most=NAME_LIMIT))
    parameters = {
        "requested_by_id": by.pk if by else None,
        "connection_id": connection.pk,
        "question": {"collection": collection, "again": again, "sizes": [size for _, size in files]},
        "videos": [name for name, _ in files],
    }
    with transaction.atomic():
        if first := first_result(BatchStart.objects.all(), idempotency_key, **parameters):
            return first
        run = BatchStart.objects.create(idempotency_key=idempotency_key, total=len(files), **parameters)
    if contents:
        try:
            store_files(run, contents)
        except Exception:  # whatever the storage raises: a full disk, or an answer of an object store
            logger.exception("start %s: its files could not be stored", run.pk)
            end_not_stored(run)
            run.refresh_from_db()
            return run
        with transaction.atomic():
            BatchStart.objects.filter(pk=run.pk).update(position=len(contents))
            run.refresh_from_db()
            enqueue(run)
    return run


def _with_mode(connection: Connection, question: Question) -> Question:
    """The question in the mode that its fields imply, at a vendor that has modes."""
    choices = vendor_of(connection.vendor).choices
    if choices is None or not choices.modes or question.mode or question.agent:
        return question
    return Question.from_fields(mode=TEXTS, prompt=question.prompt, schema=question.schema)


def uploaded_videos(
    *, connection: Connection, folder: str, scope: str, idempotency_key: UUID, limits: Limits = PAGE_LIMITS
) -> list[str]:
    """The ids of a folder's videos that can be analysed; those of the first request if the key was used before.

    Raises ValueError with a message to show, SyncError.
    """
    if first := BatchStart.objects.filter(connection=connection, idempotency_key=idempotency_key).first():
        return list(first.videos)
    with calling(connection, limits=limits) as vendor:
        videos = vendor.videos(folder, scope)
    ready = [video.external_id for video in videos if video.status in ("", "uploaded")]
    if not ready:
        if videos:
            raise ValueError(_("No video in the folder {folder!r} has finished uploading.").format(folder=folder))
        raise ValueError(_("The folder {folder!r} has no videos.").format(folder=folder))
    return ready


def _check(connection: Connection, question: Question, ids: list[str]) -> None:
    vendor = vendor_of(connection.vendor)
    choices = vendor.choices
    if choices is None:
        raise ValueError(_("{vendor} batches cannot be started here.").format(vendor=connection.get_vendor_display()))
    if not ids:
        raise ValueError(_("Select at least one video."))
    if len(ids) > MAX_VIDEOS:
        raise ValueError(
            _("A batch has at most {most} videos, not {count}.").format(
                most=number_format(MAX_VIDEOS, force_grouping=True), count=number_format(len(ids), force_grouping=True)
            )
        )
    if long := next((video for video in ids if len(video) > NAME_LIMIT), None):
        raise ValueError(_("This is not a video ID: {text}…").format(text=long[:80]))
    if len(question.prompt) > MAX_PROMPT:
        raise ValueError(
            _("A prompt has at most {most} characters, not {count}.").format(
                most=number_format(MAX_PROMPT, force_grouping=True),
                count=number_format(len(question.prompt), force_grouping=True),
            )
        )
    if question.mode not in {"", *choices.modes, *choices.prompts}:
        choosable = ", ".join([*choices.modes, *choices.prompts]) or _("{vendor} has none").format(
            vendor=connection.get_vendor_display()
        )
        raise ValueError(_("Unknown mode {mode!r}. Known: {known}.").format(mode=question.mode, known=choosable))
    if question.agent and question.agent not in choices.agents:
        raise ValueError(
            _("Unknown agent {agent!r}. Known: {known}.").format(
                agent=question.agent, known=", ".join(choices.agents) or _("none")
            )
        )
    if question.schema and not choices.modes:
        raise ValueError(_("{vendor} batches take no JSON schema here.").format(vendor=connection.get_vendor_display()))
    vendor.check_start(question, ids)
