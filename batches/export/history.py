"""The ledger as tables: a row for each step of the given events, including undo and redo, oldest first.

Without a filter it is the batch's whole ledger: with the steps of events that are no longer listed, such as a missed
event that was taken back.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import batched

from django.db.models import QuerySet

from batches.export.cells import utc
from batches.export.columns import DECISIONS
from batches.export.table import Table
from batches.models import Batch, Decision, Event

CHUNK_DECISIONS = 1_000  # per read
_RELATED = ("action__user", "event__item")
_UNREAD = ("event__odd_cells", "event__ai_text", "event__search_words", "event__item__raw", "event__item__summary")


def history_tables(
    batch: Batch, events: QuerySet[Event], *, filtered: bool, public_url: str, until: datetime | None = None
) -> Iterator[Table]:
    """Yield the steps of these events of the batch, until `until`, in short reads."""
    listed = {"event__in": events.order_by().values("pk")} if filtered else {"action__batch": batch}
    steps = Decision.objects.using(events.db).filter(**listed)
    if until:
        steps = steps.filter(created_at__lte=until)
    for ids in batched(list(steps.order_by("id").values_list("pk", flat=True)), CHUNK_DECISIONS, strict=False):
        decisions = Decision.objects.using(events.db).filter(pk__in=ids).select_related(*_RELATED).defer(*_UNREAD)
        rows = [_row(batch, step, public_url) for step in decisions.order_by("id")]
        yield Table(dict(zip(DECISIONS, map(list, zip(*rows, strict=True)), strict=True)), [], {})


def _row(batch: Batch, step: Decision, public_url: str) -> tuple[str, ...]:
    event, item = step.event, step.event.item
    return (
        str(step.pk), utc(step.created_at), step.action.user.get_username(), step.action.kind, step.before,
        step.approval, step.reason, step.note, str(step.version), step.vendor_approval or "",
        item.name or item.external_id, item.external_id, event.external_id, event.category, event.label,
        batch.external_id, f"{public_url}/events/{event.pk}/", step.values_before or "", step.corrections or "",
        event.origin or "vendor",
    )  # fmt: skip
