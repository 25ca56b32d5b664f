"""Finds the same video in other batches, wherever a person may see it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from batches.clip_length import seconds_of
from batches.compare.videos import Video, recognise
from batches.models import Batch, Item, VideoPair
from batches.models.source_end import LENGTH, SourceEnd
from batches.sync.vendors import vendor_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 200  # items of a kind that are looked at, for each item


def same_videos(item: Item, user: "User") -> list[Item]:
    """The items of other batches that are the same video and that the person may see. Without those for which the same
    account would get the same question.

    Known by a comparison, by the id that the vendor itself gave it, or by its source. A name alone is no proof.
    """
    return same_videos_of([item], user).get(item.pk, [])


def same_videos_of(items: Sequence[Item], user: "User") -> dict[int, list[Item]]:
    """Item → its same videos, newest first, for the items that have some. As many queries for all items as for one."""
    paired = _paired(items)
    pks = (
        {other for others in paired.values() for other in others} | _with_their_ids(items) | _with_their_sources(items)
    )
    if not pks:
        return {}
    seen = Item.objects.filter(pk__in=pks, batch__in=Batch.objects.visible_to(user), gone_at__isnull=True)
    others = list(
        seen.select_related("batch__connection").defer("batch__raw", "batch__connection__api_key").order_by("-id")
    )
    same_of = {
        item.pk: [
            other
            for other in others
            if not _is_asked_already(item, other) and (other.pk in paired[item.pk] or _is_recognised(item, other))
        ]
        for item in items
    }
    return {pk: copies for pk, copies in same_of.items() if copies}


def _is_asked_already(item: Item, other: Item) -> bool:
    same_account = other.batch.connection_id == item.batch.connection_id
    return other.batch_id == item.batch_id or (same_account and other.external_id == item.external_id)


def _paired(items: Sequence[Item]) -> defaultdict[int, set[int]]:
    """Item → the items that a comparison, or a person, calls the same video."""
    paired = defaultdict[int, set[int]](set)
    for side in ("earlier", "later"):
        pairs = _first_of_each(VideoPair.objects.filter(**{f"{side}__in": items}), side)
        for earlier, later in pairs.values_list("earlier", "later"):
            paired[earlier].add(later)
            paired[later].add(earlier)
    return paired


def _first_of_each(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """At most MOST rows for each value of the field, so that those of one busy item do not crowd out the others'.

    In no order: SQLite would read the whole table in it, instead of an index.
    """
    number = Window(RowNumber(), partition_by=[F(field)])
    numbered: QuerySet[Any] = rows.order_by().annotate(number=number).filter(number__lte=MOST)
    return numbered


def _with_their_ids(items: Sequence[Item]) -> set[int]:
    """None where ids come from a file: two files may number their videos alike."""
    ids = [item.external_id for item in items if vendor_of(item.batch.connection.vendor).answers]
    return _others(Item.objects.filter(external_id__in=ids), "external_id", items) if ids else set()


def _with_their_sources(items: Sequence[Item]) -> set[int]:
    ends = [source[-LENGTH:] for item in items if (source := _source_of(item))]
    if not ends:
        return set()
    # Without the whole source: SQLite would put it into the indexed expression, and then find no index.
    return _others(Item.objects.annotate(end=SourceEnd("source_uri")).filter(end__in=ends), "end", items)


def _others(alike: QuerySet[Item], field: str, items: Sequence[Item]) -> set[int]:
    return set(_first_of_each(alike, field).values_list("pk", flat=True)) - {item.pk for item in items}


def _is_recognised(item: Item, other: Item) -> bool:
    pairs = recognise([video_of(item)], [video_of(other)])
    return any(pair.known_by in ("id", "source") for pair in pairs)


def video_of(item: Item) -> Video:
    """What the rules for the same video look at."""
    vendor = item.batch.connection.vendor
    return Video(item.pk, vendor, item.external_id, _source_of(item), item.name, seconds_of(item.raw))


def _source_of(item: Item) -> str:
    """Where the video comes from. Files of detectors often have the address as its name; such a name is a proof."""
    return item.source_uri or (item.name if "://" in item.name else "")
