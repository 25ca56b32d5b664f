"""Copies the verdicts of an earlier analysis to the same findings in a later one."""

from collections import defaultdict
from collections.abc import Mapping

from batches.bulk.steps import Verdict
from batches.models import BulkRun, EventPair


def copied_verdicts(run: BulkRun, events: Mapping[int, str]) -> dict[Verdict, dict[int, str]]:
    """Verdict of the partners in the earlier batch → events, with their current approval.

    Leaves out events whose partner was decided after the request, because nobody has seen that proposal.
    """
    proposals = EventPair.objects.proposals().filter(comparison=run.comparison_id, later__in=events)
    decided = proposals.filter(earlier__decided_at__lte=run.created_at).order_by("later")
    groups: dict[Verdict, dict[int, str]] = defaultdict(dict)
    for event, *verdict in decided.values_list("later", "earlier__approval", "earlier__reason", "earlier__note"):
        groups[Verdict(*verdict)][event] = events[event]
    return groups
