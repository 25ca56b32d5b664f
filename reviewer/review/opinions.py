"""The opinions on an event that a person may see. While opinions are missing, that is only their own.

Everybody on the connection sees them once all are given and agree, or an editor has settled the event. If they differ,
only editors see them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from batches.agreement import Agreement, agreement
from batches.models import Approval, Batch, Consensus, Event, Opinion, Rights, Stage
from batches.models.opinion import standing

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SUMMARIES = {
    Stage.OPEN: _("{given} of {wanted} opinions"),
    Stage.AGREED: _("{given} of {wanted} opinions, all agree"),
    Stage.DISPUTED: _("{given} of {wanted} opinions, they differ"),
    Stage.SETTLED: _("{given} of {wanted} opinions, settled by an editor"),
}
CLOSED = (Stage.AGREED, Stage.DISPUTED, Stage.SETTLED)


@dataclass(frozen=True, slots=True)
class OpinionProgress:
    """How far an event is. `visible`: the opinions that this person may see, their own among them."""

    given: int
    wanted: int
    stage: str
    mine: Opinion | None
    visible: tuple[Opinion, ...]

    @property
    def summary(self) -> str:
        return SUMMARIES[Stage(self.stage)].format(given=self.given, wanted=self.wanted)

    @property
    def mine_approval(self) -> Approval | None:
        return Approval(self.mine.approval) if self.mine and self.mine.approval else None

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "given": self.given, "wanted": self.wanted, "stage": self.stage, "mine": self.mine_approval,
            "summary": self.summary,
        }  # fmt: skip


def opinion_progress(user: "User", rights: Rights, batch: Batch, events: Sequence[Event]) -> dict[int, OpinionProgress]:
    """Event id → OpinionProgress, for events (with `consensus` selected) that have opinions or wait for them."""
    begun = {event.pk: event.consensus for event in events if getattr(event, "consensus", None)}
    rows: dict[int, list[Opinion]] = defaultdict(list)
    if begun:
        for row in Opinion.objects.filter(event__in=begun).select_related("user__profile").order_by("number"):
            rows[row.event_id].append(row)
    progress = {}
    for event in events:
        consensus = begun.get(event.pk)
        if consensus is None:
            if batch.opinions_wanted > 1 and event.decided_at is None:
                progress[event.pk] = OpinionProgress(0, batch.opinions_wanted, Stage.OPEN, None, ())
            continue
        opinions = standing(rows[event.pk])
        mine = opinions.get(user.pk)
        visible = tuple(opinions.values()) if _may_see(consensus.stage, rights) else (mine,) if mine else ()
        progress[event.pk] = OpinionProgress(consensus.given, consensus.wanted, consensus.stage, mine, visible)
    return progress


def attach(user: "User", rights: Rights, batch: Batch, events: Sequence[Event]) -> None:
    """Give each event its `opinion_progress` for the templates."""
    progress = opinion_progress(user, rights, batch, events)
    for event in events:
        event.opinion_progress = progress.get(event.pk)  # type: ignore[attr-defined]


def blind(progress: OpinionProgress | None, rights: Rights) -> bool:
    """Whether this person must decide independently: other verdicts on the same finding are hidden too."""
    return progress is not None and not _may_see(progress.stage, rights)


def _may_see(stage: str, rights: Rights) -> bool:
    return stage in (Stage.AGREED, Stage.SETTLED) or (stage == Stage.DISPUTED and rights.can_edit)


def without_done(events: QuerySet[Event], user: "User") -> QuerySet[Event]:
    """Without the events that this person is done with: their opinion is given, or all are given and differ."""
    later = Opinion.objects.filter(event=OuterRef("event"), user=user, number__gt=OuterRef("number"))
    mine = Opinion.objects.filter(event=OuterRef("pk"), user=user, approval__isnull=False).exclude(Exists(later))
    disputed = Consensus.objects.filter(event=OuterRef("pk"), stage=Stage.DISPUTED)
    return events.exclude(Exists(mine)).exclude(Exists(disputed))


def batch_agreement(batch: Batch, wanted: int) -> Agreement | None:
    """Over the events of the batch for which all of `wanted` opinions are in."""
    rows: dict[int, list[Opinion]] = defaultdict(list)
    complete = Opinion.objects.filter(
        event__batch=batch, event__consensus__stage__in=CLOSED, event__consensus__wanted=wanted
    )
    for row in complete.only("event_id", "user_id", "approval").order_by("event", "number").iterator():
        rows[row.event_id].append(row)
    verdicts = [
        {user: str(opinion.approval) for user, opinion in standing(opinions).items()} for opinions in rows.values()
    ]
    return agreement([by_user for by_user in verdicts if len(by_user) == wanted])
