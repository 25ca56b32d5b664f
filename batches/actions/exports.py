"""Ask for a download that is made in the background."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from batches.errors import KeyReused
from batches.models import Batch, ExportRun
from batches.tasks import ring

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_export(
    *,
    batches: Sequence[Batch],
    by: "User",
    key: UUID,
    file: str,
    query: str,
    name: str,
    total: int | None,
    several: bool = False,
) -> ExportRun:
    """The run that makes this file of one batch, or of `several` (even if it is one); the same key again is the same run. Raises KeyReused for another request's key."""
    asked = {"batches": [batch.pk for batch in batches], "file": file, "query": query}
    try:
        with transaction.atomic():
            one = None if several else batches[0]
            run = ExportRun.objects.create(key=key, batch=one, requested_by=by, name=name, total=total, **asked)
            ring(run)
            return run
    except IntegrityError:
        first = ExportRun.objects.filter(key=key, requested_by=by).first()
        if first is None or any(getattr(first, field) != value for field, value in asked.items()):
            raise KeyReused("This key was already used for another download.") from None
        return first
