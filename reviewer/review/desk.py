"""The work that waits for one person, over all batches they may see: what the desk lists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from batches.models import (
    Action,
    Approval,
    Batch,
    Consensus,
    Event,
    Notification,
    NotificationKind,
    Stage,
    WatchAssignment,
    WatchedItem,
)
from batches.models.batch import BatchQuerySet
from batches.notify.texts import with_subjects
from reviewer import access
from reviewer.review.opinions import without_done

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_LINES = 8  # batches in one section
MAX_MENTIONS = 5
PENDING = "approval=pending"


@dataclass(frozen=True, slots=True)
class DeskLine:
    """Events of one batch that wait for the person. `query`: the filter of the page that serves them; `is_new`:
    whether the person has not begun in the batch, so that nothing is continued there.
    """

    batch: Batch
    count: int
    query: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class DeskSection:
    """Lines of one kind. `count`: the events of all of them, or the videos to watch; `batches`: how many batches, also
    those without a line.
    """

    name: str
    title: str
    lines: list[DeskLine]
    count: int
    batches: int

    @property
    def is_watching(self) -> bool:
        """Whether whole videos wait in the place of events."""
        return self.name == "watch"

    @property
    def page(self) -> str:
        """The name of the page that serves them."""
        return "batch-watch" if self.is_watching else "batch-review"


def desk_sections(user: "User") -> list[DeskSection]:
    """The sections that have work, most personal first. A fixed number of short statements.

    A batch with events assigned to the person stands among the assigned only: no event is counted twice.
    """
    mine = access.batches_to_decide(user).filter(pending__gt=0)
    assigned, counts = _assigned(user, mine)
    others = mine.exclude(pk__in=counts)
    sections = [assigned, _to_watch(user), _disputed(user), _started(user, others), _waiting(user, others)]
    return _with_begun(user, [section for section in sections if section.lines])


def _with_begun(user: "User", sections: list[DeskSection]) -> list[DeskSection]:
    """The sections, in whose lines it is said where the person gave verdicts."""
    listed = {line.batch.pk for section in sections for line in section.lines}
    begun = set(
        Action.objects.filter(user=user, batch__in=listed).order_by().values_list("batch", flat=True).distinct()
    )
    return [
        replace(section, lines=[replace(line, is_new=line.batch.pk not in begun) for line in section.lines])
        for section in sections
    ]


def newest_mentions(user: "User") -> QuerySet[Notification]:
    """The newest mentions of this person that they did not read."""
    unread = Notification.objects.of(user).unread().filter(kind=NotificationKind.MENTION)
    return with_subjects(unread).order_by("-id")[:MAX_MENTIONS]


def _assigned(user: "User", batches: BatchQuerySet) -> tuple[DeskSection, dict[int, int]]:
    """The section, and the number of events of each batch in it."""
    events = Event.objects.for_review().filter(
        assignment__user=user, assignment__batch__in=batches.values("pk"), approval=Approval.PENDING
    )
    counts = _counts(without_done(events, user))
    query = f"{PENDING}&assigned=me"
    return _section("assigned", _("Assigned to you"), counts, access.batches_of(user), query), counts


def _to_watch(user: "User") -> DeskSection:
    """Videos assigned to the person that nobody watched to their end yet, and that the vendor still lists."""
    watched = WatchedItem.objects.filter(item=OuterRef("item"))
    batches = access.batches_to_decide(user).values("pk")
    assigned = WatchAssignment.objects.filter(user=user, batch__in=batches, item__gone_at=None)
    counts = dict(assigned.exclude(Exists(watched)).order_by().values_list("batch").annotate(Count("pk")))
    return _section("watch", _("Videos to watch"), counts, access.batches_of(user), "")


def _disputed(user: "User") -> DeskSection:
    """What reviewers disagree on, for those who may settle it."""
    batches = access.batches_to_settle(user)
    disputed = Consensus.objects.filter(batch__in=batches.values("pk"), stage=Stage.DISPUTED)
    counts = dict(disputed.order_by().values_list("batch").annotate(Count("pk")))
    return _section("disputed", _("Disagreements to settle"), counts, access.batches_of(user), "disputed=1")


def _started(user: "User", batches: BatchQuerySet) -> DeskSection:
    """Batches in which the person gave verdicts, the latest first."""
    latest = Action.objects.filter(user=user, batch=OuterRef("pk")).order_by("-id").values("pk")[:1]
    started = batches.annotate(latest=Subquery(latest)).filter(latest__isnull=False)
    return _whole_batches("started", _("Started by you"), user, started, "-latest")


def _waiting(user: "User", batches: BatchQuerySet) -> DeskSection:
    """Batches in which the person gave no verdict yet, newest first."""
    waiting = batches.exclude(pk__in=Action.objects.filter(user=user).order_by().values("batch"))
    return _whole_batches("waiting", _("Not started by you"), user, waiting, "-id")


def _whole_batches(name: str, title: str, user: "User", batches: BatchQuerySet, order: str) -> DeskSection:
    rows = list(batches.order_by(order)[:MAX_LINES])
    lines = [DeskLine(row, count, PENDING) for row, count in _pending_of(user, rows) if count]
    totals = batches.aggregate(events=Sum("pending"), batches=Count("pk")) if lines else {}
    return DeskSection(name, title, lines, totals.get("events") or 0, totals.get("batches") or 0)


def _pending_of(user: "User", batches: list[Batch]) -> Iterable[tuple[Batch, int]]:
    """Each batch with its pending events; where several opinions are wanted, with those that wait for this person."""
    several = [batch.pk for batch in batches if batch.opinions_wanted > 1]
    events = Event.objects.for_review().filter(batch__in=several, approval=Approval.PENDING)
    counts = _counts(without_done(events, user)) if several else {}
    return [(batch, counts.get(batch.pk, 0) if batch.pk in several else batch.pending) for batch in batches]


def _counts(events: QuerySet[Event]) -> dict[int, int]:
    return dict(events.order_by().values_list("batch").annotate(Count("pk")))


def _section(name: str, title: str, counts: dict[int, int], batches: BatchQuerySet, query: str) -> DeskSection:
    newest = sorted(counts, reverse=True)[:MAX_LINES]
    rows = batches.in_bulk(newest) if newest else {}
    lines = [DeskLine(rows[pk], counts[pk], query) for pk in newest if pk in rows]
    return DeskSection(name, title, lines, sum(counts.values()), len(counts))
