"""Finds near-identical events of a batch in the background: compares the pictures of neighbours and stores their piles.

Only pictures of events with a neighbour are fetched, each once. Events whose picture is not fetched yet are not piled;
a run with failed fetches continues later.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b

from django.db import IntegrityError, transaction

from batches.errors import VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Event, Item, PictureHash, PileRun
from batches.models.run import UNFINISHED, RunState
from batches.sync.alike import Candidate, neighbours, piles
from batches.sync.pictures import NoPicture, difference_hash, thumbnail

logger = logging.getLogger(__name__)

CHUNK_ITEMS = 100  # per transaction
PICTURE_THREADS = 4
MAX_MISSING_PICTURES = 20  # failed fetches of one chunk after which the media host counts as down


def want_piles(batch_id: int) -> None:
    """Request new piles for a batch, after a sync or after thumbnails were made. `batches.tasks` enqueues the run."""
    while not PileRun.objects.filter(batch=batch_id, state__in=UNFINISHED).update(again=True):
        with suppress(IntegrityError), transaction.atomic():
            PileRun.objects.create(batch_id=batch_id)
            return


def make_piles(run_id: int) -> PileRun | None:
    """Start or continue a run. Returns the run at its end, or None if another worker holds it."""
    claimed = claim(PileRun, run_id)
    if claimed is None:
        return None
    try:
        while _pile(claimed):
            pass
    except ClaimLost:
        logger.warning("piles %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        claimed.put_off(error, after=-1, position=0)
    return PileRun.objects.get(pk=run_id)


def _pile(claimed: ClaimedRun) -> bool:
    """Process the rest of the batch. Returns whether the run has to start again. Raises VendorUnavailable."""
    claimed.assert_claim(again=False)
    done, after = PileRun.objects.values_list("position", "after").get(pk=claimed.run_id)
    items = list(
        Item.objects.filter(batch=claimed.batch_id, position__gt=after)
        .order_by("position", "id").values_list("pk", "position")
    )  # fmt: skip
    claimed.assert_claim(total=done + len(items))
    missed = 0
    for start in range(0, len(items), CHUNK_ITEMS):
        chunk = items[start : start + CHUNK_ITEMS]
        missed += _pile_items(claimed, [pk for pk, _ in chunk], after=chunk[-1][1], position=done + start + len(chunk))
        if missed >= MAX_MISSING_PICTURES:
            break
    if missed:
        raise VendorUnavailable(f"{missed} thumbnails could not be fetched yet.")
    with transaction.atomic():
        run = PileRun.objects.select_for_update().get(pk=claimed.run_id)
        if run.again:
            claimed.assert_claim(after=-1, position=0)
        else:
            claimed.end(RunState.DONE)
    return run.again


def _pile_items(claimed: ClaimedRun, item_ids: Sequence[int], *, after: int, position: int) -> int:
    """Pile the events of some items and store the progress. Returns the number of failed fetches."""
    rows = (
        Event.objects.filter(item__in=item_ids, start_s__isnull=False, gone_at__isnull=True).exclude(thumbnail_url="")
        .values_list("pk", "item_id", "start_s", "label", "category", "thumbnail_url")
    )  # fmt: skip
    addresses = {row[0]: row[5] for row in rows}
    runs = neighbours(
        Candidate(pk, item, start or 0.0, label, category) for pk, item, start, label, category, _ in rows
    )
    stored = {
        picture_hash.event_id: picture_hash for picture_hash in PictureHash.objects.filter(event__item__in=item_ids)
    }
    wanted = {candidate.id: PictureHash(event_id=candidate.id, batch_id=claimed.batch_id,
        picture=_digest(addresses[candidate.id]))
              for run in runs for candidate in run}  # fmt: skip
    missed = _set_hashes(claimed, wanted, stored, addresses)
    hashes = {
        pk: picture_hash.difference_hash
        for pk, picture_hash in wanted.items()
        if picture_hash.difference_hash is not None
    }
    for run in runs:
        for pile in piles(run, hashes):
            for pk in pile:
                wanted[pk].pile = pile[0]
    changed = [
        picture_hash
        for pk, picture_hash in wanted.items()
        if pk not in missed and _differs(picture_hash, stored.get(pk))
    ]
    alone = [
        pk
        for pk, picture_hash in stored.items()
        if picture_hash.pile is not None and (pk not in wanted or pk in missed)
    ]
    with transaction.atomic():
        claimed.assert_claim(after=after, position=position)
        PictureHash.objects.bulk_create(
            changed, batch_size=500, update_conflicts=True, unique_fields=["event"],
            update_fields=["picture", "difference_hash", "pile"],
        )  # fmt: skip
        PictureHash.objects.filter(pk__in=alone).update(pile=None)
    return len(missed)


def _set_hashes(
    claimed: ClaimedRun, wanted: dict[int, PictureHash], stored: dict[int, PictureHash], addresses: dict[int, str]
) -> set[int]:
    """Set the difference hashes, and fetch pictures that have none yet. Returns the events whose fetch failed."""
    new = []
    for pk, picture_hash in wanted.items():
        before = stored.get(pk)
        if before and before.picture == picture_hash.picture:
            picture_hash.difference_hash = before.difference_hash
        else:
            new.append(pk)
    missed: set[int] = set()
    with ThreadPoolExecutor(PICTURE_THREADS, thread_name_prefix="pictures") as pool:
        for start in range(0, len(new), 5 * PICTURE_THREADS):
            chunk = new[start : start + 5 * PICTURE_THREADS]
            claimed.assert_claim()
            for pk, (bits, later) in zip(chunk, pool.map(_hash_or_none, [addresses[pk] for pk in chunk]), strict=True):
                wanted[pk].difference_hash = bits
                if later:
                    missed.add(pk)
            if len(missed) >= MAX_MISSING_PICTURES:
                missed.update(new[start + len(chunk) :])
                break
    return missed


def _hash_or_none(address: str) -> tuple[int | None, bool]:
    """The difference hash of the picture, None without a picture; and whether a later try may succeed."""
    try:
        return difference_hash(thumbnail(address)[0]), False
    except NoPicture as reason:
        return None, reason.later


def _digest(address: str) -> str:
    return blake2b(address.encode(), digest_size=16).hexdigest()


def _differs(picture_hash: PictureHash, before: PictureHash | None) -> bool:
    return before is None or (picture_hash.picture, picture_hash.difference_hash, picture_hash.pile) != (
        before.picture,
        before.difference_hash,
        before.pile,
    )
