"""Has the vendor make the missing thumbnails of a batch. It costs the vendor work, so only a person starts it."""

import logging

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Batch, Event, Item, ThumbnailRun
from batches.models.run import RunState
from batches.sync.connect import open_vendor, record_failure
from batches.sync.piles import want_piles

logger = logging.getLogger(__name__)


def items_without_thumbnails(batch_id: int, *, after: int = -1) -> list[Item]:
    """Items after the position `after` that lack thumbnails which the vendor can make, in order."""
    items = _without(Item.objects.filter(batch=batch_id, position__gt=after))
    return list(items.order_by("position", "id").only("external_id", "analysis_id", "position"))


def lacks_thumbnails(item: Item) -> bool:
    """Whether the vendor can be asked for pictures of this item."""
    return _without(Item.objects.filter(pk=item.pk)).exists()


def _without(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those with an analysis, and at least one listed event without a picture."""
    bare = Event.objects.filter(item=OuterRef("pk"), thumbnail_url="", gone_at__isnull=True)
    return items.filter(Exists(bare), answered=True, gone_at__isnull=True).exclude(analysis_id=None)


def make_thumbnails(run_id: int) -> ThumbnailRun | None:
    """Start or continue a run. Returns the run at its end, or None if another worker holds it.

    Each item is one call and one commit. After a kill, only the call for the current item is repeated.
    """
    claimed = claim(ThumbnailRun, run_id)
    if claimed is None:
        return None
    batch = Batch.objects.select_related("connection").get(pk=claimed.batch_id)
    try:
        _make(claimed, batch)
    except ClaimLost:
        logger.warning("thumbnails %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        record_failure(batch.connection, error)
        claimed.put_off(error)
    except VendorRefused as error:
        record_failure(batch.connection, error)
        claimed.end(RunState.FAILED, str(error))
    except SyncError as error:
        claimed.end(RunState.FAILED, str(error))
    return ThumbnailRun.objects.get(pk=run_id)


def _make(claimed: ClaimedRun, batch: Batch) -> None:
    vendor = open_vendor(batch.connection)
    done, after, only = ThumbnailRun.objects.values_list("position", "after", "item").get(pk=claimed.run_id)
    items = [item for item in items_without_thumbnails(batch.pk, after=after) if only in (None, item.pk)]
    claimed.assert_claim(total=done + len(items))
    refused = ""
    for item in items:
        try:
            urls = vendor.thumbnails(item.external_id, item.analysis_id or "")
        except VendorRefused as error:
            if error.status != 404:
                raise
            refused, urls = str(error), ()  # this analysis is gone; others may exist
        with transaction.atomic():
            made = _store(item, urls)
            claimed.assert_claim(
                position=F("position") + 1, after=item.position, calls=F("calls") + 1, made=F("made") + made, attempts=0
            )
    want_piles(batch.pk)
    claimed.end(RunState.INCOMPLETE if refused else RunState.DONE, refused)


def _store(item: Item, urls: tuple[str, ...]) -> int:
    """Give each event the thumbnail at its index in the vendor's array. Returns how many were new."""
    made = 0
    for event in Event.objects.filter(item=item, thumbnail_url="", gone_at__isnull=True).only("raw_index"):
        url = urls[event.raw_index] if event.raw_index < len(urls) else ""
        if url and len(url) <= 2000:
            made += Event.objects.filter(pk=event.pk).update(thumbnail_url=url)
    return made
