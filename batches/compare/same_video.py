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

MOST = 10  # items of a kind that are looked at


def same_videos(item: Item, user: "User") -> list[Item]:
    """The items of other batches that are the same video and that the person may see. Without those for which the same
    account would get the same question.

    Known by a comparison, by the id that the vendor itself gave it, or by its source. A name alone is no proof.
    """
    connection = item.batch.connection_id
    seen = Item.objects.filter(batch__in=Batch.objects.visible_to(user), gone_at__isnull=True)
    asked_already = Q(batch=item.batch_id) | Q(batch__connection=connection, external_id=item.external_id)
    others = seen.exclude(asked_already).select_related("batch__connection").order_by("-id")
    others = others.defer("batch__raw", "batch__connection__api_key")
    pairs = VideoPair.objects.filter(Q(earlier=item) | Q(later=item)).values_list("earlier", "later")[:MOST]
    paired = others.filter(pk__in={pk for pair in pairs for pk in pair}).defer("raw")
    alike = [*_with_its_id(others, item), *_with_its_source(others, item)]
    sure = [other for other in alike if recognise([video_of(item)], [video_of(other)])]
    return list({other.pk: other for other in [*paired, *sure]}.values())


def _with_its_id(others: QuerySet[Item], item: Item) -> list[Item]:
    """None where ids come from a file: two files may number their videos alike."""
    vendor = item.batch.connection.vendor
    if not vendor_of(vendor).answers:
        return []
    return list(others.filter(external_id=item.external_id, batch__connection__vendor=vendor)[:MOST])


def _with_its_source(others: QuerySet[Item], item: Item) -> list[Item]:
    if not item.source_uri:
        return []
    indexed = others.annotate(end=SourceEnd("source_uri")).filter(end=item.source_uri[-LENGTH:])
    return list(indexed.filter(source_uri=item.source_uri)[:MOST])


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
