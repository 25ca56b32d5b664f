"""Why events were left alone by a verdict, undo or redo on many: who moved them on meanwhile."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, QuerySet, Subquery

from batches.bulk.steps import Seen, unreversed_decisions
from batches.models import Action, BulkRun, Decision, Event
from batches.models.decision import GIVES, ActionKind
from batches.models.event import FOR_REVIEW

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DONE = {
    ActionKind.DECIDE: "decided",
    ActionKind.CORRECT: "corrected",
    ActionKind.UNDO: "undone",
    ActionKind.REDO: "redone",
}


def skips_of_seen(seen: Mapping[int, Seen], by: "User") -> str:
    """Of events that are not what the person saw: "others decided 2, you decided 1"."""
    events = Event.objects.filter(pk__in=seen).annotate(last_user=_last_user("pk", "version"), listed=Q(FOR_REVIEW))
    rows = events.values_list("pk", "version", "fingerprint", "listed", "last_user")
    return _sentence(
        ((version != seen[pk].version, fingerprint != seen[pk].fingerprint or not listed, user)
         for pk, version, fingerprint, listed, user in rows), by,
    )  # fmt: skip


def skips_of_run(run: BulkRun) -> str:
    """Of the events that the run has skipped so far."""
    assert run.requested_by is not None  # only people decide
    if run.action.kind not in GIVES:
        assert run.action.undoes is not None  # an undo or redo names what it reverses
        return skips_of_steps(unreversed_decisions(run.action.undoes).filter(pk__lte=run.after), run.requested_by)
    targets = run.targets.filter(stale=True).annotate(last_user=_last_user("event", "event__version"))
    targets = targets.annotate(listed=Q(event__gone_at__isnull=True) | Q(event__decided_at__isnull=False))
    rows = targets.values_list("version", "event__version", "fingerprint", "event__fingerprint", "listed", "last_user")
    return _sentence(
        ((old != new, before != after or not listed, user) for old, new, before, after, listed, user in rows),
        run.requested_by,
    )


def skips_of_steps(steps: "QuerySet[Decision]", by: "User") -> str:
    """Of steps that no longer stand: whose verdicts do."""
    users = steps.annotate(last_user=_last_user("event", "event__version")).values_list("last_user", flat=True)
    return _sentence(((True, False, user) for user in users), by)


def not_reversed(action: Action, kind: ActionKind, by: "User") -> str:
    """Why nothing of an action can be undone or redone."""
    return f"Nothing was {DONE[kind]}: {skips_of_steps(unreversed_decisions(action), by)}."


def _last_user(event: str, version: str) -> Subquery:
    latest = Decision.objects.filter(event=OuterRef(event), version=OuterRef(version))
    return Subquery(latest.values("action__user")[:1])


def _sentence(rows: Iterable[tuple[bool, bool, int | None]], by: "User") -> str:
    """`rows`: whether a verdict came in between, whether the vendor changed the event, and who decided last."""
    counts = Counter(
        "the vendor changed" if changed and not decided else "you decided" if user == by.pk else "others decided"
        for decided, changed, user in rows
    )
    return ", ".join(f"{who} {count:,}" for who, count in counts.most_common())
