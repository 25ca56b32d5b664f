"""Certifies the recall of a batch, from the videos that people watched whole."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.errors import Conflict, NotCertifiable
from batches.models import Batch, RecallCertificate
from batches.recall import Coverage, Recall, measure_recall

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MIN_VIDEOS = 10  # in the sample; with fewer the interval is useless


def certify_recall(*, batch_id: int, hits: int, missed: int, by: "User", idempotency_key: UUID) -> RecallCertificate:
    """Write the certificate. `hits`, `missed`: the sample as the person saw it.

    The same key again returns the first certificate. Raises NotCertifiable, Conflict if the sample has changed
    meanwhile, KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        same = {"batch_id": batch_id, "by_id": by.pk}
        if first := first_result(RecallCertificate.objects.all(), idempotency_key, **same):
            return first
        batch = Batch.objects.select_for_update(of=("self",)).only("connection_id").get(pk=batch_id)
        check_reviewer(by, batch.connection_id)
        coverage, recalls = measure_recall(batch_id)
        if refusal := refusal_of(coverage, recalls):
            raise NotCertifiable(refusal)
        measured = recalls[0]
        if (measured.hits, measured.missed) != (hits, missed):
            raise Conflict("The sample changed meanwhile. Check its figures again.")
        value, interval = measured.estimate.value, measured.estimate.interval
        assert value is not None  # the sample has events
        return RecallCertificate.objects.create(
            idempotency_key=idempotency_key, batch=batch, videos=coverage.videos, sampled=coverage.sampled, hits=hits,
            missed=missed, recall=value, low=min(interval.low, value), high=max(interval.high, value), by=by,
        )  # fmt: skip


def refusal_of(coverage: Coverage, recalls: list[Recall]) -> str:
    """Why the recall cannot be certified; empty if it can."""
    least = min(MIN_VIDEOS, coverage.videos)
    if coverage.sampled < least or not recalls:
        return f"The sample has {coverage.sampled} videos watched whole and decided; {least} are the least."
    return "" if recalls[0].hits + recalls[0].missed else "The videos of the sample have no events."
