"""Recall on the board: of batches in which people watched whole videos, together by vendor, prompt and category.

Each batch is a population of videos with its own sample. Recall is of whole batches: weeks do not apply to it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from batches.models import Batch, Vendor, WatchedItem
from batches.recall import Recall, measure_recall
from batches.statistics import clustered_strata
from reviewer.board.filter import BoardFilter
from reviewer.insights.charts import Whisker

MAX_BATCHES = 20  # that are measured, the newest ones
MAX_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class RecallLine:
    """`hits` found and `missed` by the AI in the `videos` of the samples of `batches`."""

    label: str
    batches: int
    videos: int
    hits: int
    missed: int
    whisker: Whisker | None


@dataclass(frozen=True, slots=True)
class BoardRecall:
    lines: list[RecallLine]
    more: int  # batches with watched videos that are not measured here


def recall_of(board_filter: BoardFilter) -> BoardRecall:
    """A few queries for each batch with watched videos."""
    watched = Exists(WatchedItem.objects.filter(batch=OuterRef("pk"), playable=True))
    batches = board_filter.batches.filter(watched).order_by("-pk")
    newest = list(batches[:MAX_BATCHES])
    more = batches.count() - len(newest) if len(newest) == MAX_BATCHES else 0
    groups: dict[tuple[int, str], list[Recall]] = defaultdict(list)
    wanted = board_filter.values["category"]
    for batch in newest:
        for recall in measure_recall(batch.pk)[1]:
            for group in _groups_of(batch, recall, wanted):
                groups[group].append(recall)
    lines = [(kind, _line(label, recalls)) for (kind, label), recalls in groups.items()]
    return BoardRecall([line for _, line in sorted(lines, key=lambda pair: (pair[0], -pair[1].hits))], more)


def _groups_of(batch: Batch, recall: Recall, wanted: list[str]) -> Iterable[tuple[int, str]]:
    """The lines of the table that this recall is a part of, each with the rank of its kind."""
    if recall.category is None:
        if not wanted:
            yield 0, "All categories"
            yield 1, str(Vendor(batch.connection.vendor).label)
            yield 2, batch.prompt.strip() or "no prompt"
    elif not wanted or recall.category in wanted:
        yield 3, recall.category or "no category"


def _line(label: str, recalls: list[Recall]) -> RecallLine:
    estimate = clustered_strata((recall.clusters, recall.videos) for recall in recalls)
    return RecallLine(
        label=label, batches=len(recalls), videos=sum(len(recall.clusters) for recall in recalls),
        hits=sum(recall.hits for recall in recalls), missed=sum(recall.missed for recall in recalls),
        whisker=Whisker.of(estimate),
    )  # fmt: skip
