"""Finds the same video in other batches, wherever a person may see it."""

import json
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from batches.compare.videos import Video, recognise
from batches.models import Batch, Item, VideoPair
from batches.models.source_end import LENGTH, SourceEnd
from batches.sync.vendors import vendor_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 200  # items of a kind that are looked at


def same_videos(item: Item, user: "User") -> list[Item]:
    """The items of other batches that are the same video and that the person may see. Without those for which the same
    account would get the same question.

    Known by a comparison, by the id that the vendor itself gave it, or by its source. A name alone is no proof.
    """
    paired = _paired(item)
    pks = paired | _with_its_id(item) | _with_its_source(item)
    if not pks:
        return []
    asked_already = Q(batch=item.batch_id) | Q(batch__connection=item.batch.connection, external_id=item.external_id)
    seen = Item.objects.filter(pk__in=pks, batch__in=Batch.objects.visible_to(user), gone_at__isnull=True)
    others = seen.exclude(asked_already).select_related("batch__connection").order_by("-id")
    others = others.defer("batch__raw", "batch__connection__api_key")
    return [other for other in others if other.pk in paired or _is_recognised(item, other)]


def _paired(item: Item) -> set[int]:
    pairs = VideoPair.objects.filter(Q(earlier=item) | Q(later=item)).order_by().values_list("earlier", "later")
    return {pk for pair in pairs[:MOST] for pk in pair} - {item.pk}


def _with_its_id(item: Item) -> set[int]:
    """None where ids come from a file: two files may number their videos alike."""
    if not vendor_of(item.batch.connection.vendor).answers:
        return set()
    return _others(Item.objects.filter(external_id=item.external_id), item)


def _with_its_source(item: Item) -> set[int]:
    if not item.source_uri:
        return set()
    # Without the whole source: SQLite would put it into the indexed expression, and then find no index.
    ends_alike = Item.objects.annotate(end=SourceEnd("source_uri")).filter(end=item.source_uri[-LENGTH:])
    return _others(ends_alike, item)


def _others(items: QuerySet[Item], item: Item) -> set[int]:
    """In no order: SQLite would read the whole table in it, instead of an index."""
    return set(items.order_by().values_list("pk", flat=True)[:MOST]) - {item.pk}


def _is_recognised(item: Item, other: Item) -> bool:
    pairs = recognise([video_of(item)], [video_of(other)])
    return any(pair.known_by in ("id", "source") for pair in pairs)


def video_of(item: Item) -> Video:
    """What the rules for the same video look at."""
    vendor = item.batch.connection.vendor
    return Video(item.pk, vendor, item.external_id, item.source_uri, item.name, seconds_of(item.raw))


def seconds_of(raw: str) -> float | None:
    """The length of a video in the vendor's record `raw`; None without one."""
    if '"duration"' not in raw:
        return None
    value = json.loads(raw)
    if isinstance(value, dict) and isinstance(value.get("duration"), float):
        return float(value["duration"])  # as an imported file says
    for name in ("task", "video_source", "system_metadata", "duration"):
        value = value.get(name) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
