"""Certifies the recall of a batch or a category, from the videos that people watched whole."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.errors import Conflict, NotCertifiable
from batches.models import Batch, RecallCertificate
from batches.recall import Coverage, Recall, measure_recall

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MIN_VIDEOS = 10  # in the sample; with fewer the interval is useless
MIN_EVENTS = 10  # of a category, for the same reason


def certify_recall(
    *, batch_id: int, category: str | None, hits: int, missed: int, by: "User", idempotency_key: UUID
) -> RecallCertificate:
    """Write the certificate. `category` None: the whole batch. `hits`, `missed`: the sample as the person saw it.

    The same key again returns the first certificate. Raises NotCertifiable, Conflict if the sample has changed
    meanwhile, KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        same = {"batch_id": batch_id, "category": category, "by_id": by.pk}
        if first := first_result(RecallCertificate.objects.all(), idempotency_key, **same):
            return first
        batch = Batch.objects.select_for_update(of=("self",)).only("connection_id").get(pk=batch_id)
        check_reviewer(by, batch.connection_id)
        coverage, recalls = measure_recall(batch_id)
        measured = next((recall for recall in recalls if recall.category == category), None)
        if measured is None or (refusal := refusal_of(coverage, measured)):
            raise NotCertifiable(refusal if measured else refusal_of(coverage, None))
        if (measured.hits, measured.missed) != (hits, missed):
            raise Conflict(_("The sample changed meanwhile. Check its figures again."))
        value, interval = measured.estimate.value, measured.estimate.interval
        assert value is not None  # the sample has events
        return RecallCertificate.objects.create(
            idempotency_key=idempotency_key, batch=batch, category=category, videos=coverage.videos,
            sampled=coverage.sampled, hits=hits, missed=missed, recall=value, low=min(interval.low, value),
            high=max(interval.high, value), by=by,
        )  # fmt: skip


def refusal_of(coverage: Coverage, recall: Recall | None) -> str:
    """Why this recall cannot be certified; empty if it can. None: the sample has no events of it."""
    least = min(MIN_VIDEOS, coverage.videos)
    if coverage.sampled < least:
        return _("The sample has {count} videos watched whole and decided; {least} are the least.").format(
            count=coverage.sampled, least=least
        )
    events = recall.hits + recall.missed if recall else 0
    if recall is None or not events:
        return _("The videos of the sample have no such events.")
    if recall.category is not None and events < MIN_EVENTS and coverage.sampled < coverage.videos:
        return _("The sample has {count} events of this category; {least} are the least.").format(
            count=events, least=MIN_EVENTS
        )
    return ""
