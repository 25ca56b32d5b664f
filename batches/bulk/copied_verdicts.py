"""Copies the verdicts of an earlier analysis to the same findings in a later one."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import QuerySet

from batches.bulk.corrections import Verdict
from batches.models import BulkRun, EventPair
from batches.models.corrections import read, write


def copied_verdicts(run: BulkRun, events: Mapping[int, str]) -> dict[Verdict, dict[int, str]]:
    """Verdict of the partners in the earlier batch → events, with their current approval.

    Leaves out events whose partner was decided after the request, because nobody has seen its verdict as a proposal.
    """
    proposals = EventPair.objects.proposals().filter(comparison=run.comparison_id, later__in=events)
    decided = proposals.filter(earlier__decided_at__lte=run.created_at).order_by("later")
    groups: dict[Verdict, dict[int, str]] = defaultdict(dict)
    corrections = _copied_corrections(decided)
    rows = decided.values_list("later", "earlier__approval", "earlier__reason", "earlier__note")
    for event, approval, reason, note in rows:
        groups[Verdict(approval, reason, note, corrections.get(event))][event] = events[event]
    return groups


def _copied_corrections(pairs: QuerySet[EventPair]) -> dict[int, str | None]:
    """Later event → the corrections of its partner where the vendor has the same value for both events."""
    corrected = pairs.filter(earlier__corrections__isnull=False).select_related("earlier", "later")
    corrections = {}
    for pair in corrected:
        assert pair.earlier is not None and pair.later is not None  # noqa: PT018  # a proposal has both
        values = read(pair.earlier.corrections)
        same = {name: value for name, value in values.items()
                if pair.later.vendor_value(name) == pair.earlier.vendor_value(name)}  # fmt: skip
        corrections[pair.later.pk] = write(same)
    return corrections
