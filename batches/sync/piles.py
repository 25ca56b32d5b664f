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
from batches.models import Event, Item, Likeness, PileRun
from batches.models.run import UNFINISHED, RunState
from batches.sync.alike import Sight, neighbours, piles
from batches.sync.pictures import NoPicture, looks, thumbnail
from batches.sync.runs import Fenced, Held, claim

logger = logging.getLogger(__name__)

ITEMS = 100  # items a step
AT_ONCE = 4  # pictures fetched at once
ENOUGH = 20  # pictures that did not come in one step: the media host is down, and the rest would only be waited for


def want_piles(batch_id: int) -> None:
    """Ask for the piles of a batch anew: after a sync, after pictures were made. Rung for by `batches.tasks`."""
    while not PileRun.objects.filter(batch=batch_id, state__in=UNFINISHED).update(again=True):
        with suppress(IntegrityError), transaction.atomic():
            PileRun.objects.create(batch_id=batch_id)
            return


def make_piles(run_id: int) -> PileRun | None:
    """Do, or go on with, one run; the run as it ended, or None when somebody else has it."""
    held = claim(PileRun, run_id)
    if held is None:
        return None
    try:
        while _pile(held):
            pass
    except Fenced:
        logger.warning("piles %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        held.put_off(error, after=-1, position=0)
    return PileRun.objects.get(pk=run_id)


def _pile(held: Held) -> bool:
    """Once through the batch from where the run is; whether it has to be done again. Raises VendorUnavailable."""
    held.fence(again=False)
    done, after = PileRun.objects.values_list("position", "after").get(pk=held.run_id)
    items = list(
        Item.objects.filter(batch=held.batch_id, position__gt=after)
        .order_by("position", "id").values_list("pk", "position")
    )  # fmt: skip
    held.fence(total=done + len(items))
    missed = 0
    for start in range(0, len(items), ITEMS):
        some = items[start : start + ITEMS]
        missed += _step(held, [pk for pk, _ in some], after=some[-1][1], position=done + start + len(some))
        if missed >= ENOUGH:
            break
    if missed:
        raise VendorUnavailable(f"{missed} thumbnails could not be fetched yet.")
    with transaction.atomic():
        run = PileRun.objects.select_for_update().get(pk=held.run_id)
        if run.again:
            held.fence(after=-1, position=0)
        else:
            held.end(RunState.DONE)
    return run.again


def _step(held: Held, item_ids: Sequence[int], *, after: int, position: int) -> int:
    """Pile the events of some items, and note that they are done; how many pictures did not come."""
    rows = (
        Event.objects.filter(item__in=item_ids, start_s__isnull=False, gone_at__isnull=True).exclude(thumbnail_url="")
        .values_list("pk", "item_id", "start_s", "label", "category", "thumbnail_url")
    )  # fmt: skip
    addresses = {row[0]: row[5] for row in rows}
    runs = neighbours(Sight(pk, item, start or 0.0, label, category) for pk, item, start, label, category, _ in rows)
    known = {one.event_id: one for one in Likeness.objects.filter(event__item__in=item_ids)}
    wanted = {sight.id: Likeness(event_id=sight.id, batch_id=held.batch_id, picture=_digest(addresses[sight.id]))
              for run in runs for sight in run}  # fmt: skip
    missed = _look(held, wanted, known, addresses)
    seen = {pk: one.looks for pk, one in wanted.items() if one.looks is not None}
    for run in runs:
        for pile in piles(run, seen):
            for pk in pile:
                wanted[pk].pile = pile[0]
    changed = [one for pk, one in wanted.items() if pk not in missed and _differs(one, known.get(pk))]
    alone = [pk for pk, one in known.items() if one.pile is not None and (pk not in wanted or pk in missed)]
    with transaction.atomic():
        held.fence(after=after, position=position)
        Likeness.objects.bulk_create(
            changed, batch_size=500, update_conflicts=True, unique_fields=["event"],
            update_fields=["picture", "looks", "pile"],
        )  # fmt: skip
        Likeness.objects.filter(pk__in=alone).update(pile=None)
    return len(missed)


def _look(held: Held, wanted: dict[int, Likeness], known: dict[int, Likeness], addresses: dict[int, str]) -> set[int]:
    """Fill in what the pictures look like, fetching those not looked at yet; the events whose picture did not come."""
    new = []
    for pk, one in wanted.items():
        before = known.get(pk)
        if before and before.picture == one.picture:
            one.looks = before.looks
        else:
            new.append(pk)
    missed: set[int] = set()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pictures") as pool:
        for start in range(0, len(new), 5 * AT_ONCE):
            some = new[start : start + 5 * AT_ONCE]
            held.fence()
            for pk, (found, later) in zip(some, pool.map(_looks_of, [addresses[pk] for pk in some]), strict=True):
                wanted[pk].looks = found
                if later:
                    missed.add(pk)
            if len(missed) >= ENOUGH:
                missed.update(new[start + len(some) :])
                break
    return missed


def _looks_of(address: str) -> tuple[int | None, bool]:
    """What the picture looks like, None where there is none; whether it may come later."""
    try:
        return looks(thumbnail(address)[0]), False
    except NoPicture as reason:
        return None, reason.later


def _digest(address: str) -> str:
    return blake2b(address.encode(), digest_size=16).hexdigest()


def _differs(one: Likeness, before: Likeness | None) -> bool:
    return before is None or (one.picture, one.looks, one.pile) != (before.picture, before.looks, before.pile)
