"""Recall: the share of events that the AI found, of those that it found or missed, in videos that people watched whole.

The videos are the sample, not the events: they are watched in random order, and the sample is the beginning of that
order. It ends before the first video that nobody watched, or in which a finding is undecided. A video that cannot be
played is left out. Approved findings count as found, events that people added and that are approved as missed.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from batches.models import Approval, Event, Item, WatchedItem
from batches.models.event import JUDGED
from batches.models.random_rank import RandomRank, random_rank
from batches.statistics import Estimate, clustered, more_clusters


@dataclass(frozen=True, slots=True)
class Recall:
    """`clusters`: found, and found or missed, in each video of the sample, of `videos`. `category` None: all."""

    category: str | None
    clusters: list[tuple[int, int]]
    videos: int

    @property
    def hits(self) -> int:
        return sum(hits for hits, _ in self.clusters)

    @property
    def missed(self) -> int:
        return sum(size - hits for hits, size in self.clusters)

    @property
    def estimate(self) -> Estimate:
        return clustered(self.clusters, self.videos)

    @property
    def more(self) -> int:
        """About how many more videos to watch for ± 5 %."""
        return more_clusters(self.clusters, self.videos)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a batch people watched whole. `undecided`: watched videos that wait for verdicts."""

    videos: int
    watched: int
    sampled: int
    undecided: int


def watch_order(batch_id: int) -> QuerySet[Item]:
    """The videos that the vendor lists, in the random order in which they are to be watched."""
    items = Item.objects.filter(batch=batch_id, gone_at__isnull=True)
    return items.annotate(random_rank=RandomRank("id")).order_by("random_rank", "id")


def measure_recall(batch_id: int) -> tuple[Coverage, list[Recall]]:
    """How much was watched; the recall of the batch, then of its categories, most events first; empty without any."""
    listed = watch_order(batch_id)
    rows = WatchedItem.objects.filter(batch=batch_id).values_list("item", "playable")
    playable = {item for item, is_playable in rows if is_playable}
    unplayable = {item for item, is_playable in rows if not is_playable} - playable
    videos = listed.exclude(pk__in=unplayable).count() if rows else listed.count()
    if not playable:
        return Coverage(videos, 0, 0, 0), []
    pending = Event.objects.filter(item__in=playable, approval=Approval.PENDING).for_review()
    undecided = set(pending.values_list("item", flat=True))
    done = playable - undecided
    gap = listed.exclude(pk__in=done | unplayable).aggregate(rank=Min(RandomRank("id")))["rank"]
    inside = listed.filter(pk__in=done).values_list("pk", flat=True)
    sample = [pk for pk in inside if gap is None or random_rank(pk) < gap]
    coverage = Coverage(videos, len(playable), len(sample), len(undecided))
    return coverage, _by_category(sample, videos)


def _by_category(sample: list[int], videos: int) -> list[Recall]:
    events = Event.objects.filter(JUDGED, item__in=sample, approval=Approval.APPROVED).order_by()
    counts = events.values_list("item", "category").annotate(
        hits=Count("pk", filter=Q(origin__isnull=True)), size=Count("pk")
    )
    sizes: Counter[str] = Counter()
    by_place: dict[tuple[int, str], tuple[int, int]] = {}
    together: Counter[tuple[int, str]] = Counter()
    for item, category, hits, size in counts:
        sizes[category] += size
        by_place[item, category] = (hits, size)
        together[item, "hits"] += hits
        together[item, "size"] += size
    everything = Recall(None, [(together[item, "hits"], together[item, "size"]) for item in sample], videos)
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    each = [Recall(name, [by_place.get((item, name), (0, 0)) for item in sample], videos) for name in names]
    return [everything, *each] if sample else []
