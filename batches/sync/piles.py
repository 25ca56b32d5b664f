"""Find near-identical events of a batch in the background: look at the pictures of neighbours, note their piles.

Only events that have a neighbour with the same words are looked at, each picture once. What is not fetched yet is not
piled; a run whose pictures could not be fetched goes on later.
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
from batches.sync.alike import Sight, neighbours, piles
from batches.sync.pictures import NoPicture, difference_hash, thumbnail

logger = logging.getLogger(__name__)

ITEMS = 100  # items a step
PICTURE_THREADS = 4  # pictures fetched at once
MAX_MISSING_PICTURES = (
    20  # pictures that did not come in one step: the media host is down, and the rest would only be waited for
)


def want_piles(batch_id: int) -> None:
    """Ask for the piles of a batch anew: after a sync, after pictures were made. Rung for by `batches.tasks`."""
    while not PileRun.objects.filter(batch=batch_id, state__in=UNFINISHED).update(again=True):
        with suppress(IntegrityError), transaction.atomic():
            PileRun.objects.create(batch_id=batch_id)
            return


def make_piles(run_id: int) -> PileRun | None:
    """Do, or go on with, one run; the run as it ended, or None when somebody else has it."""
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
    """Once through the batch from where the run is; whether it has to be done again. Raises VendorUnavailable."""
    claimed.assert_claim(again=False)
    done, after = PileRun.objects.values_list("position", "after").get(pk=claimed.run_id)
    items = list(
        Item.objects.filter(batch=claimed.batch_id, position__gt=after)
        .order_by("position", "id").values_list("pk", "position")
    )  # fmt: skip
    claimed.assert_claim(total=done + len(items))
    missed = 0
    for start in range(0, len(items), ITEMS):
        some = items[start : start + ITEMS]
        missed += _step(claimed, [pk for pk, _ in some], after=some[-1][1], position=done + start + len(some))
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


def _step(claimed: ClaimedRun, item_ids: Sequence[int], *, after: int, position: int) -> int:
    """Pile the events of some items, and note that they are done; how many pictures did not come."""
    rows = (
        Event.objects.filter(item__in=item_ids, start_s__isnull=False, gone_at__isnull=True).exclude(thumbnail_url="")
        .values_list("pk", "item_id", "start_s", "label", "category", "thumbnail_url")
    )  # fmt: skip
    addresses = {row[0]: row[5] for row in rows}
    runs = neighbours(Sight(pk, item, start or 0.0, label, category) for pk, item, start, label, category, _ in rows)
    known = {one.event_id: one for one in PictureHash.objects.filter(event__item__in=item_ids)}
    wanted = {sight.id: PictureHash(event_id=sight.id, batch_id=claimed.batch_id, picture=_digest(addresses[sight.id]))
              for run in runs for sight in run}  # fmt: skip
    missed = _look(claimed, wanted, known, addresses)
    seen = {pk: one.difference_hash for pk, one in wanted.items() if one.difference_hash is not None}
    for run in runs:
        for pile in piles(run, seen):
            for pk in pile:
                wanted[pk].pile = pile[0]
    changed = [one for pk, one in wanted.items() if pk not in missed and _differs(one, known.get(pk))]
    alone = [pk for pk, one in known.items() if one.pile is not None and (pk not in wanted or pk in missed)]
    with transaction.atomic():
        claimed.assert_claim(after=after, position=position)
        PictureHash.objects.bulk_create(
            changed, batch_size=500, update_conflicts=True, unique_fields=["event"],
            update_fields=["picture", "difference_hash", "pile"],
        )  # fmt: skip
        PictureHash.objects.filter(pk__in=alone).update(pile=None)
    return len(missed)


def _look(
    claimed: ClaimedRun, wanted: dict[int, PictureHash], known: dict[int, PictureHash], addresses: dict[int, str]
) -> set[int]:
    """Fill in what the pictures look like, fetching those not looked at yet; the events whose picture did not come."""
    new = []
    for pk, one in wanted.items():
        before = known.get(pk)
        if before and before.picture == one.picture:
            one.difference_hash = before.difference_hash
        else:
            new.append(pk)
    missed: set[int] = set()
    with ThreadPoolExecutor(PICTURE_THREADS, thread_name_prefix="pictures") as pool:
        for start in range(0, len(new), 5 * PICTURE_THREADS):
            some = new[start : start + 5 * PICTURE_THREADS]
            claimed.assert_claim()
            for pk, (found, later) in zip(some, pool.map(_looks_of, [addresses[pk] for pk in some]), strict=True):
                wanted[pk].difference_hash = found
                if later:
                    missed.add(pk)
            if len(missed) >= MAX_MISSING_PICTURES:
                missed.update(new[start + len(some) :])
                break
    return missed


def _looks_of(address: str) -> tuple[int | None, bool]:
    """What the picture looks like, None where there is none; whether it may come later."""
    try:
        return difference_hash(thumbnail(address)[0]), False
    except NoPicture as reason:
        return None, reason.later


def _digest(address: str) -> str:
    return blake2b(address.encode(), digest_size=16).hexdigest()


def _differs(one: PictureHash, before: PictureHash | None) -> bool:
    return before is None or (one.picture, one.difference_hash, one.pile) != (
        before.picture,
        before.difference_hash,
        before.pile,
    )
