"""What is known here of an account's videos: the batches that analysed them, and how much of that is reviewed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from batches.models import AccountVideo, Batch, Connection, Event, Item
from reviewer.filters.conditions import DECIDED

MAX_BATCHES = 3  # named for each video


@dataclass(slots=True)
class VideoRow:
    video: AccountVideo
    items: list[Item] = field(default_factory=list)  # of batches, newest first
    events: int = 0
    decided: int = 0

    @property
    def named(self) -> list[Item]:
        return self.items[:MAX_BATCHES]

    @property
    def others(self) -> int:
        return max(0, len(self.items) - MAX_BATCHES)


def video_rows(connection: Connection, videos: Sequence[AccountVideo]) -> list[VideoRow]:
    rows = {video.external_id: VideoRow(video) for video in videos}
    batches = Batch.objects.not_removed().filter(connection=connection).values("pk")
    items = Item.objects.filter(batch__in=batches, external_id__in=list(rows), gone_at__isnull=True)
    for item in items.select_related("batch").defer("raw", "batch__raw").order_by("-batch_id"):
        rows[item.external_id].items.append(item)
    keys = [item.pk for row in rows.values() for item in row.items]
    counted = Event.objects.filter(item__in=keys).for_review().order_by().values_list("item__external_id")
    for external_id, events, decided in counted.annotate(size=Count("pk"), decided=Count("pk", filter=DECIDED)):
        rows[external_id].events, rows[external_id].decided = events, decided
    return list(rows.values())
