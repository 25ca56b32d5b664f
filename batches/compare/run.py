"""Compares two batches in the background: recognises common videos, then matches their findings, a few videos at a
time.

A killed run continues after the last committed pair of videos. A pair with unchanged findings writes nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from batches.compare.match import RULES, Finding, match
from batches.compare.same_video import video_of
from batches.compare.videos import Recognised, Video, recognise
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Batch, Comparison, ComparisonRun, Event, EventPair, Item, VideoPair
from batches.models.comparison import KnownBy, Match, events_on_side
from batches.models.run import RunState

logger = logging.getLogger(__name__)

CHUNK_VIDEOS = 25  # pairs of videos in one transaction


def compare(run_id: int) -> ComparisonRun | None:
    """Start or continue a run. Returns the run at its end, or None if another worker holds it."""
    claimed = claim(ComparisonRun, run_id)
    if claimed is None:
        return None
    try:
        run = ComparisonRun.objects.select_related("comparison").get(pk=run_id)
        if run.total is None:
            _pair_videos(claimed, run.comparison)
        while _chunk(claimed):
            pass
    except ClaimLost:
        logger.warning("comparison %s: another worker took over", run_id)
        return None
    return ComparisonRun.objects.get(pk=run_id)


def _pair_videos(claimed: ClaimedRun, comparison: Comparison) -> None:
    """Update the pairs of videos. Pairs linked by a person stay, and their videos are not paired again."""
    with transaction.atomic():
        claimed.assert_claim()
        pairs = VideoPair.objects.filter(comparison=comparison)
        linked = pairs.filter(known_by=KnownBy.PERSON).values_list("earlier", "later")
        linked_items = {item for pair in linked for item in pair}
        recognised = {row for row in _recognised(comparison) if not linked_items & {row.earlier, row.later}}
        comparison.refresh_from_db(fields=["by_name"])  # an editor may have changed it since the run was read
        if not comparison.by_name:
            recognised = {row for row in recognised if row.known_by != KnownBy.NAME}
        stored = {Recognised(*row[1:]): row[0] for row in pairs.exclude(known_by=KnownBy.PERSON).values_list("pk",
            "earlier", "later", "known_by")}  # fmt: skip
        pairs.filter(pk__in=[stored[row] for row in stored.keys() - recognised]).delete()
        new = recognised - stored.keys()
        positions = dict(Item.objects.filter(pk__in=[row.later for row in new]).values_list("pk", "position"))
        VideoPair.objects.bulk_create(
            VideoPair(
                comparison=comparison, earlier_id=row.earlier, later_id=row.later, known_by=row.known_by,
                position=positions[row.later],
            )
            for row in sorted(new, key=lambda row: (positions[row.later], row))
        )  # fmt: skip
        claimed.assert_claim(total=pairs.count())


def _recognised(comparison: Comparison) -> list[Recognised]:
    if comparison.earlier_id == comparison.later_id:
        replaced = Event.objects.filter(events_on_side(comparison, "earlier")).values("item")
        return [Recognised(pk, pk, "id") for pk in Item.objects.filter(pk__in=replaced).values_list("pk", flat=True)]
    return recognise(_videos(comparison.earlier), _videos(comparison.later))


def _videos(batch: Batch) -> Iterator[Video]:
    rows = Item.objects.filter(batch=batch).only("external_id", "source_uri", "name", "raw", "batch")
    for item in rows.iterator(chunk_size=500):
        item.batch = batch
        yield video_of(item)


def _chunk(claimed: ClaimedRun) -> bool:
    """Match the next pairs and commit them with the checkpoint. False when no pairs are left."""
    with transaction.atomic():
        claimed.assert_claim()
        run = ComparisonRun.objects.select_related("comparison__earlier__connection",
            "comparison__later__connection").get(pk=claimed.run_id)  # fmt: skip
        comparison = run.comparison
        videos = list(VideoPair.objects.filter(comparison=comparison, pk__gt=run.after).order_by("pk")[:CHUNK_VIDEOS])
        if not videos:
            _finish(claimed, run)
            return False
        # Categories and ids are only comparable within one vendor.
        strict = comparison.earlier.connection.vendor == comparison.later.connection.vendor
        earlier = _findings(comparison, "earlier", [video.earlier_id for video in videos], strict)
        later = _findings(comparison, "later", [video.later_id for video in videos], strict)
        for video in videos:
            _match(video, earlier[video.earlier_id], later[video.later_id])
        claimed.assert_claim(after=videos[-1].pk, position=F("position") + len(videos), attempts=0)
    return True


def _findings(comparison: Comparison, name: str, items: list[int], strict: bool) -> dict[int, list[Finding]]:
    events = Event.objects.filter(events_on_side(comparison, name), item__in=items).order_by("pk")
    findings: dict[int, list[Finding]] = defaultdict(list)
    rows = events.values_list("item", "pk", "start_s", "end_s", "label", "category", "identity", "origin")
    for item, pk, start, end, label, category, identity, origin in rows:
        vendor_words = (category, identity) if strict else ("", "")
        findings[item].append(Finding(pk, start, end, label, *vendor_words, added=origin is not None))
    return findings


def _match(video: VideoPair, earlier: list[Finding], later: list[Finding]) -> None:
    digest = blake2b(repr((RULES, earlier, later)).encode(errors="surrogatepass"), digest_size=16).hexdigest()
    if digest == video.digest:
        return
    rows = match(earlier, later)
    EventPair.objects.filter(video=video).delete()
    EventPair.objects.bulk_create(
        EventPair(
            comparison_id=video.comparison_id, video=video, earlier_id=row.earlier, later_id=row.later,
            match=row.match, overlap=row.overlap, position=position,
        )
        for position, row in enumerate(rows)
    )  # fmt: skip
    differing = sum(row.match != Match.SAME for row in rows)
    VideoPair.objects.filter(pk=video.pk).update(digest=digest, events=len(rows), differing=differing)


def _finish(claimed: ClaimedRun, run: ComparisonRun) -> None:
    pairs = EventPair.objects.filter(comparison=run.comparison).order_by()
    counts = dict(pairs.values_list("match").annotate(count=Count("pk")))
    claimed.end(RunState.DONE)
    Comparison.objects.filter(pk=run.comparison_id).update(
        counts={match: counts.get(match, 0) for match in Match.values}, read_at=run.started_at or timezone.now()
    )
