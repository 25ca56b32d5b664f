"""The line of prompts of a batch: the batches it was run again after, itself, and those run again after it, each with
its figures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import Count, Q, Sum

from batches.models import Approval, Batch, BatchStart, Comparison, EventPair, FilterCount, Item
from batches.models.comparison import Match
from batches.models.counters import JUDGED_COUNTS, REVIEWED_COUNTS
from batches.sampling import Tally
from batches.sync.records import FINAL_STATES
from reviewer.insights.charts import Whisker

MAX_BATCHES = 50  # of one line
MAX_DEPTH = 4
EVER = "since=2000-01-01"  # in an address: decided by a person, at any time
LACKED = (Match.VANISHED, Match.MISSED)


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of the line. `missed`: findings that people approved in `parent` and that this batch lacks.
    `found_now`: events that people had added there and that this one finds. None while the two are not compared, or
    the vendor has not finished this one.
    """

    batch: Batch
    parent: Batch | None
    depth: int  # at most MAX_DEPTH: how far the row is moved in
    changed: list[tuple[str, str]]
    videos: int
    events: int
    decided: Tally
    reviewed: Tally  # those that count for the precision
    missed: int | None
    found_now: int | None

    @property
    def missed_query(self) -> str:
        """What shows the missed findings in the parent's grid."""
        return f"compare={self.batch.pk}&match={','.join(LACKED)}&approval={Approval.APPROVED}&{EVER}"

    @property
    def finished(self) -> bool:
        """Whether the vendor has finished the batch."""
        return self.batch.state in FINAL_STATES

    @property
    def precision(self) -> Whisker | None:
        """Of the vendor's findings that people looked at, random or not."""
        return Whisker.of(self.reviewed.precision)


def prompt_history(batch: Batch) -> list[Step]:
    """The steps, each before those that were run again after it; without batches that were removed."""
    parents = _line(batch)
    kept = Batch.objects.not_removed().select_related("connection").defer("raw", "connection__api_key")
    batches = kept.in_bulk(list(parents))
    items = Item.objects.filter(batch__in=batches, gone_at__isnull=True).order_by()
    videos = dict(items.values_list("batch").annotate(count=Count("pk")))
    decided, reviewed = _decided(batches, JUDGED_COUNTS), _decided(batches, REVIEWED_COUNTS & Q(is_added=False))
    missed, found_now = _missed_and_found_now({pk: parent for pk, parent in parents.items() if parent in batches})
    steps = []
    for pk, depth in _in_order(parents):
        if pk not in batches:
            continue
        parent = batches.get(parents[pk] or 0)
        changed = changed_words(parent.prompt, batches[pk].prompt) if parent else []
        figures = (videos.get(pk, 0), batches[pk].event_count, decided[pk], reviewed[pk])
        steps.append(Step(batches[pk], parent, depth, changed, *figures, missed.get(pk), found_now.get(pk)))
    return steps


def _line(batch: Batch) -> dict[int, int | None]:
    """Batch → the one it was run again after, of all batches of the line."""
    first, parent = batch.pk, _parent_of(batch.pk)
    parents = {first: parent}
    while parent is not None and parent not in parents and len(parents) < MAX_BATCHES:
        first, parent = parent, _parent_of(parent)
        parents[first] = parent
    latest = set(parents)
    while latest and len(parents) < MAX_BATCHES:
        later = BatchStart.objects.filter(parent__in=latest, batch__isnull=False).exclude(batch__in=list(parents))
        children = dict(later.order_by("id").values_list("batch", "parent")[: MAX_BATCHES - len(parents)])
        parents |= children
        latest = set(children)
    return parents


def _parent_of(pk: int) -> int | None:
    return BatchStart.objects.filter(batch=pk).values_list("parent", flat=True).first()


def _in_order(parents: dict[int, int | None]) -> Iterable[tuple[int, int]]:
    """Batches with their depth: a parent, then its children, oldest first."""
    children: dict[int | None, list[int]] = {}
    for pk in sorted(parents):
        parent = parents[pk]
        children.setdefault(parent if parent in parents else None, []).append(pk)
    waiting = [(pk, 0) for pk in reversed(children.get(None, []))]
    while waiting:
        pk, depth = waiting.pop()
        yield pk, depth
        waiting += [(child, min(depth + 1, MAX_DEPTH)) for child in reversed(children.get(pk, []))]


def _decided(batches: Iterable[int], condition: Q) -> dict[int, Tally]:
    by = {name: Sum("events", filter=Q(approval=name), default=0) for name in Approval.values[1:]}
    figures = FilterCount.objects.filter(condition, batch__in=list(batches)).order_by().values_list("batch")
    counted = {pk: Tally(**dict(zip(by, sizes, strict=True))) for pk, *sizes in figures.annotate(**by)}
    return {pk: counted.get(pk, Tally()) for pk in batches}


def _missed_and_found_now(parents: dict[int, int | None]) -> tuple[dict[int, int], dict[int, int]]:
    """Batch → what people approved in the parent and the batch lacks; and what they had added there and it finds. Only
    batches that were compared with the parent.
    """
    pairs = Comparison.objects.filter(
        later__in=parents, later__state__in=FINAL_STATES, earlier__in=parents.values(), read_at__isnull=False
    )
    compared = {row.later_id: row for row in pairs if parents[row.later_id] == row.earlier_id}
    lacked = EventPair.objects.filter(
        comparison__in=compared.values(), match__in=LACKED, earlier__approval=Approval.APPROVED,
        earlier__decided_at__isnull=False,
    ).filter(Q(earlier__gone_at__isnull=True) | Q(earlier__origin__isnull=False))  # fmt: skip
    counted = dict(lacked.order_by().values_list("comparison").annotate(count=Count("pk")))
    missed = {later: counted.get(row.pk, 0) for later, row in compared.items()}
    return missed, {later: row.tally[Match.FOUND] for later, row in compared.items()}


def changed_words(before: str, after: str) -> list[tuple[str, str]]:
    """The new prompt in pieces: each with `same`, `added` or `removed`. Empty if nothing changed."""
    if not before or before == after:
        return []
    old, new = before.split(), after.split()
    pieces = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", " ".join(new[new_from:new_to])))
            continue
        pieces += [("removed", " ".join(old[old_from:old_to]))] if old_to > old_from else []
        pieces += [("added", " ".join(new[new_from:new_to]))] if new_to > new_from else []
    return pieces
