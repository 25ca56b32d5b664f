"""Downloads as the product writes them, without a request around them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import QuerySet

from batches.export.columns import parse_columns
from batches.export.download import Download, Part
from batches.models import Batch, Event


def csv_of(
    batch: Batch,
    columns: str = "documented",
    events: QuerySet[Event] | None = None,
    *,
    approvals: list[str] | None = None,
    raw: bool = False,
) -> Iterator[bytes]:
    """The CSV of these events; without any, of all that are for review, filtered by approval where `approvals` is."""
    if events is None:
        events = Event.objects.filter(batch=batch).for_review()
    if approvals is not None:
        events = events.filter(approval__in=approvals)
    download = Download(columns=parse_columns(columns), public_url="https://review.example", raw=raw)
    return download.write([Part(batch, events, by_approval=approvals is not None)])


def exports_in(folder: Path) -> dict[str, Any]:
    """A value of STORAGES whose background downloads lie in this folder."""
    backend = "django.core.files.storage.FileSystemStorage"
    return settings.STORAGES | {"exports": {"BACKEND": backend, "OPTIONS": {"location": folder}}}


def path_of(run_id: int) -> Path:
    return Path(storages["exports"].path(str(run_id)))
