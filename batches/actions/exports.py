"""Requests a download that is made in the background."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from batches.actions.idempotency import first_result
from batches.actions.limits import EXPORTS, spend
from batches.models import Batch, ExportRun
from batches.models.run import UNFINISHED
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_export(
    *,
    batches: Sequence[Batch],
    by: "User",
    idempotency_key: UUID,
    file: str,
    query: str,
    name: str,
    total: int | None,
    several: bool = False,
) -> ExportRun:
    """The run that makes this file of one batch, or of `several` (even if it is one).

    The same key again returns the same run. Raises KeyReused, TooMany.
    """
    batch = None if several else batches[0]
    parameters = {"requested_by_id": by.pk, "batches": [batch.pk for batch in batches], "file": file, "query": query}
    with transaction.atomic():
        if first := first_result(ExportRun.objects.all(), idempotency_key, **parameters):
            return first
        spend(EXPORTS, by, ExportRun.objects.filter(requested_by=by, state__in=UNFINISHED))
        run = ExportRun.objects.create(
            idempotency_key=idempotency_key, batch=batch, name=name, total=total, **parameters
        )
        enqueue(run)
        return run
