"""Uploads that are views of one recording: which belong together, and another try to join them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from batches.models import VideoUpload
from batches.sync.views import FRONT, ViewFile, recordings_of
from batches.tasks import enqueue_joins


def view_fields(name: str, views: Sequence[ViewFile], key_of: Callable[[ViewFile], UUID]) -> dict[str, Any]:
    """What an upload stores of its recording; `views` are all files chosen with it. Nothing without any.

    Raises ValueError with a message to show if any of them belongs to no recording, or one lacks its front view.
    """
    files = {file.name: file for file in views}
    for recording in recordings_of(file.name for file in views):
        for role, file_name in recording.views.items():
            if file_name == name:
                front = files[recording.views[FRONT]]
                return {"view": role, "recording": key_of(front), "views_total": len(recording.views)}
    if views:
        raise ValueError(_("{name} is not among its views.").format(name=name))
    return {}


def put_in_recording(run: VideoUpload, fields: dict[str, Any]) -> None:
    """Store that an upload is a view. Its recording is joined, once more if need be, when all of it is uploaded."""
    if not fields:
        return
    fronts = VideoUpload.objects.filter(idempotency_key=fields["recording"])
    if fields != {name: getattr(run, name) for name in fields}:
        for name, value in fields.items():
            setattr(run, name, value)
        run.save(update_fields=list(fields))
        fronts.update(joined_at=None)
    fronts.update(join_message="")
    enqueue_joins(run.connection_id)


def join_views_again(*, run: VideoUpload) -> None:
    """Join the views of a recording once more. Raises ValueError with a message to show."""
    with transaction.atomic():
        if not VideoUpload.objects.filter(pk=run.pk).exclude(join_message="").update(join_message=""):
            raise ValueError(_("These views are joined already, or are just being joined."))
        enqueue_joins(run.connection_id)
