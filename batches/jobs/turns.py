"""Runs of a connection that follow each other: each may take minutes, and together they would hold all workers."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from batches.models.run import Run, RunState


def in_turn(model: type[Run], ready: Q | None = None) -> Q:
    """The `ready` runs that are not queued behind another one of their connection."""
    rows: Any = model._default_manager
    ready = ready or Q()
    before = rows.filter(
        ready,
        Q(state__in=(RunState.RUNNING, RunState.WAITING)) | Q(state=RunState.QUEUED, pk__lt=OuterRef("pk")),
        connection=OuterRef("connection"),
    )
    return ready & ~Q(Exists(before), state=RunState.QUEUED)
