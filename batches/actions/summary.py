"""Publishes the result of a review as custom metadata, visible in the vendor's own tools."""

import logging
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.metadata_edits import edit_metadata
from batches.errors import BadMetadata, BatchesError, NotAllowed
from batches.models import Action, Batch, Connection, Membership, MetadataEdit, ReviewStatus, SummaryChoice
from batches.models.batch_metadata import SUMMARY_NAMES, EditKind
from batches.models.review_status import review_stage
from batches.sync.metadata_values import Value, wrong_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

NEVER = "N/A"  # the vendor's own word for a batch that is not reviewed


def summary_of(batch: Batch) -> dict[str, Value]:
    """Counts by approval, and `reviewed_at` (ISO 8601, UTC): since when the batch is reviewed, N/A while it is not."""
    at = batch.reviewed_since
    return {**batch.counts, "reviewed_at": at.astimezone(UTC).isoformat(timespec="seconds") if at else NEVER}


def choose_summary(*, connection: Connection, names: Mapping[str, str], automatic: bool, by: "User") -> SummaryChoice:
    """Store the keys of the summary; an empty name leaves out that figure. Raises BadMetadata, NotAllowed."""
    if not Membership.rights_of(by, connection.pk).can_edit:
        raise NotAllowed(_("Only an editor of this connection can change metadata."))
    choice = {part: name.strip() for part, name in names.items() if part in SUMMARY_NAMES and name.strip()}
    errors = {part: reason for part, name in choice.items() if (reason := wrong_name(name))}
    if len(set(choice.values())) < len(choice):
        errors[""] = _("Two figures cannot have the same key.")
    if not choice:
        errors[""] = _("Name at least one key.")
    if errors:
        raise BadMetadata(errors)
    old = SummaryChoice.objects.filter(connection=connection).first()
    since = (old and old.automatic_since) or timezone.now()
    fields = {"names": choice, "automatic_since": since if automatic else None, "chosen_by": by}
    return SummaryChoice.objects.update_or_create(connection=connection, defaults=fields)[0]


def summary_names(connection_id: int) -> dict[str, str]:
    """Figure → key, as last chosen for the connection."""
    choice = SummaryChoice.objects.filter(connection=connection_id).first()
    return choice.names if choice else SUMMARY_NAMES


def publish_summary(*, batch_id: int, by: "User", source: str = "page", ip_address: str | None = None) -> MetadataEdit:
    """Write the summary under the connection's keys, like any other edit. Raises what `edit_metadata` raises."""
    batch = Batch.objects.get(pk=batch_id)
    summary, names = summary_of(batch), summary_names(batch.connection_id)
    values = {name: summary[part] for part, name in names.items()}
    return edit_metadata(
        batch_id=batch_id, values=values, by=by, source=source, ip_address=ip_address, kind=EditKind.SUMMARY
    )


def publish_due() -> int:
    """Publish every batch that was reviewed after automatic publishing was turned on. Returns their number.

    Safe to run any time.
    """
    last_action = Action.objects.filter(batch=OuterRef("pk")).order_by("-id")
    last_summary = MetadataEdit.objects.filter(batch=OuterRef("pk"), kind=EditKind.SUMMARY).order_by("-id")
    automatic = (
        Batch.objects.not_removed()
        .filter(connection__summary_choice__automatic_since__isnull=False)
        .annotate(
            stage=review_stage(),
            acted_at=Subquery(last_action.values("created_at")[:1]),
            published_at=Subquery(last_summary.values("created_at")[:1]),
        )
    )
    since = F("connection__summary_choice__automatic_since")
    due = Q()
    for changed_at in ("acted_at", "review_status_updated_at"):
        is_new = Q(published_at=None) | Q(published_at__lt=F(changed_at))
        due |= is_new & Q(**{f"{changed_at}__gte": since})
    due_batches = automatic.filter(due, stage=ReviewStatus.REVIEWED)
    published = 0
    for batch in due_batches.select_related("connection__summary_choice__chosen_by").defer("raw"):
        try:
            publish_summary(batch_id=batch.pk, by=batch.connection.summary_choice.chosen_by, source="automatic")
            published += 1
        except NotAllowed:
            # The person who turned it on has lost the right: turn it off until an editor turns it on again.
            SummaryChoice.objects.filter(connection=batch.connection_id).update(automatic_since=None)
            logger.warning("review summaries of connection %s are no longer published", batch.connection_id)
        except BatchesError as error:
            logger.warning("review summary of batch %s: %s", batch.pk, error)
    return published
