"""The verdicts of an earlier analysis, for the same findings in a later one."""

from collections import defaultdict
from collections.abc import Mapping

from batches.bulk.steps import Verdict
from batches.models import BulkRun, EventPair


def copied_verdicts(run: BulkRun, events: Mapping[int, str]) -> dict[Verdict, dict[int, str]]:
    """Events (with their approval until now) by the verdict that their partners in the earlier batch have.

    Left out is whose partner was decided after the run was asked for: nobody has seen that verdict proposed.
    """
    proposals = EventPair.objects.proposals().filter(comparison=run.comparison_id, later__in=events)
    said = proposals.filter(earlier__decided_at__lte=run.created_at).order_by("later")
    groups: dict[Verdict, dict[int, str]] = defaultdict(dict)
    for event, *verdict in said.values_list("later", "earlier__approval", "earlier__reason", "earlier__note"):
        groups[Verdict(*verdict)][event] = events[event]
    return groups
