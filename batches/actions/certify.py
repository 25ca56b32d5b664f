"""Certifies the precision of a batch or a category, from a random sample or from all of its events."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.errors import Conflict, NotCertifiable
from batches.languages import comma_list
from batches.models import Batch, Certificate, CertifiedPart, Event, FilterCount
from batches.models.certificate import EVENT_CHANGES, Method
from batches.sampling import Stratum, Tally, measure
from batches.statistics import combined

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MIN_SAMPLE_VERDICTS = 30  # approvals and rejections; with fewer the interval is useless


def certify(
    *, batch_id: int, category: str | None, approved: int, rejected: int, by: "User", idempotency_key: UUID
) -> Certificate:
    """Write the certificate. `category` None: the whole batch. `approved`, `rejected`: the sample as the person saw it.

    The same key again returns the first certificate. Raises NotCertifiable, Conflict if the sample has changed
    meanwhile, KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        same = {"batch_id": batch_id, "category": category, "by_id": by.pk}
        if first := first_result(Certificate.objects.all(), idempotency_key, **same):
            return first
        # Locked until the commit, so that no verdict and no sync comes between counting and signing.
        batch = Batch.objects.select_for_update(of=("self",)).only("connection_id").get(pk=batch_id)
        check_reviewer(by, batch.connection_id)
        named = {} if category is None else {"category": category}
        events = Event.objects.filter(batch=batch, **named).for_review()
        strata = measure(batch_id, events, FilterCount.objects.filter(batch=batch, **named))
        refuse_if_thin(strata)
        sampled = sum((stratum.sampled for stratum in strata), Tally())
        if (sampled.approved, sampled.rejected) != (approved, rejected):
            raise Conflict(_("The sample has changed. Check its figures again."))
        return _write(batch, category, strata, sampled, by, idempotency_key)


def refuse_if_thin(strata: list[Stratum]) -> None:
    """Raise NotCertifiable with a message that says what is missing."""
    if not strata:
        raise NotCertifiable(_("There are no events to certify."))
    if missing := [stratum for stratum in strata if stratum.sample.population and not stratum.sampled.judged]:
        names = comma_list(stratum.category or _("no category") for stratum in missing[:3])
        raise NotCertifiable(
            _("No sampled verdicts yet in {count} of {total} categories: {names}.").format(
                count=len(missing), total=len(strata), names=names
            )
        )
    judged = sum(stratum.sampled.judged for stratum in strata)
    if judged < MIN_SAMPLE_VERDICTS and not all(stratum.census for stratum in strata):
        raise NotCertifiable(
            _("The sample has {count} approvals and rejections; {needed} are needed.").format(
                count=judged, needed=MIN_SAMPLE_VERDICTS
            )
        )
    if not judged:
        raise NotCertifiable(_("All sampled events are invalid, so there is no precision to certify."))


def _write(
    batch: Batch, category: str | None, strata: list[Stratum], sampled: Tally, by: "User", idempotency_key: UUID
) -> Certificate:
    estimate = combined([stratum.sample for stratum in strata])
    assert estimate.value is not None  # something was judged
    counts = {"approved": sampled.approved, "rejected": sampled.rejected, "invalid": sampled.invalid}
    certificate = Certificate.objects.create(
        idempotency_key=idempotency_key, batch=batch, category=category, by=by,
        events=sum(stratum.events for stratum in strata), **counts,
        method=Method.CENSUS if all(stratum.census for stratum in strata) else Method.SAMPLE,
        precision=estimate.value, low=min(estimate.interval.low, estimate.value),
        high=max(estimate.interval.high, estimate.value),
        after_action=batch.actions.aggregate(last=Max("pk"))["last"] or 0,
        moved=batch.syncs.aggregate(moved=EVENT_CHANGES)["moved"] or 0,
    )  # fmt: skip
    CertifiedPart.objects.bulk_create(
        CertifiedPart(
            certificate=certificate, category=stratum.category, upto=stratum.upto, events=stratum.events,
            approved=stratum.sampled.approved, rejected=stratum.sampled.rejected, invalid=stratum.sampled.invalid,
        )
        for stratum in strata
    )  # fmt: skip
    return certificate
