"""How far a batch is at its vendor, in the vendor's own word and numbers: the one sentence that every output has."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batches.models.batch import Batch

RUNNING = frozenset({"waiting", "processing"})
UNFINISHED = RUNNING | {"unknown"}
# For batches of files, which have no word of a vendor.
STATE_WORDS = {"partial": "Completed"}


def vendor_outcome(batch: "Batch") -> str:
    """`Completed, 3 of 40 failed`, `Completed, 0 of 12 succeeded`, `Processing, 2 of 9 done`."""
    word = batch.raw_status.replace("_", " ").capitalize()
    word = word or STATE_WORDS.get(batch.state) or batch.get_state_display()
    return ", ".join([word, *_counts(batch)])


def _counts(batch: "Batch") -> list[str]:
    total, succeeded = batch.vendor_total, batch.vendor_completed
    lost = [(batch.vendor_failed or 0, "failed"), (batch.vendor_canceled or 0, "canceled")]
    ended = (succeeded or 0) + sum(count for count, _ in lost)
    texts = [f"{count:,} {word}" for count, word in lost if count]
    if not total:
        return texts
    if batch.state in RUNNING:
        return [f"{ended:,} of {total:,} done", *texts]
    if batch.state not in UNFINISHED and (succeeded == 0 or ended - (succeeded or 0) >= total):
        return [f"0 of {total:,} succeeded"]
    if not texts:
        return [] if succeeded is None or succeeded >= total else [f"{succeeded:,} of {total:,} succeeded"]
    return [texts[0].replace(" ", f" of {total:,} ", 1), *texts[1:]]
