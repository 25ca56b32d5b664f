"""How far a batch is at its vendor, in the vendor's own word and numbers: the one sentence that every output has."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from batches.languages import comma_list

if TYPE_CHECKING:
    from batches.models.batch import Batch

RUNNING = frozenset({"waiting", "processing"})
UNFINISHED = RUNNING | {"unknown"}
# The vendors' words that have a translation.
VENDOR_WORDS = {
    gettext_noop("Canceled"), gettext_noop("Completed"), gettext_noop("Failed"), gettext_noop("Partially completed"),
    gettext_noop("Pending"), gettext_noop("Processing"), gettext_noop("Queued"),
}  # fmt: skip
# For batches of files, which have no word of a vendor.
STATE_WORDS = {"partial": gettext_lazy("Completed")}


def vendor_outcome(batch: "Batch") -> str:
    """`Completed, 3 of 40 failed`, `Completed, 0 of 12 succeeded`, `Processing, 2 of 9 done`."""
    word = batch.raw_status.replace("_", " ").capitalize()
    word = (_(word) if word in VENDOR_WORDS else word) or str(STATE_WORDS.get(batch.state) or batch.get_state_display())
    return comma_list([word, *_counts(batch)])


def english_outcome(batch: "Batch") -> str:
    """The same for files, which are read by scripts whoever downloads them."""
    with override(settings.LANGUAGE_CODE):
        return vendor_outcome(batch)


def _counts(batch: "Batch") -> list[str]:
    total, succeeded = batch.vendor_total, batch.vendor_completed
    failed, canceled = batch.vendor_failed or 0, batch.vendor_canceled or 0
    ended = (succeeded or 0) + failed + canceled
    texts = []
    if failed:
        texts.append(_counted(_("{count} failed"), failed))
    if canceled:
        texts.append(_counted(_("{count} canceled"), canceled))
    if not total:
        return texts
    if batch.state in RUNNING:
        return [_counted(_("{count} of {total} done"), ended, total), *texts]
    if batch.state not in UNFINISHED and (succeeded == 0 or ended - (succeeded or 0) >= total):
        return [_counted(_("{count} of {total} succeeded"), 0, total)]
    if not texts:
        none_lost = succeeded is None or succeeded >= total
        return [] if none_lost else [_counted(_("{count} of {total} succeeded"), succeeded, total)]
    of_all = _("{count} of {total} failed") if failed else _("{count} of {total} canceled")
    return [_counted(of_all, failed or canceled, total), *texts[1:]]


def _counted(text: str, count: int | None, total: int = 0) -> str:
    shown, of = (number_format(number or 0, force_grouping=True) for number in (count, total))
    return text.format(count=shown, total=of)
