"""The words for going through an item to its end: videos are watched, pictures looked at, documents read.

A video is watched wherever it lies, also where the vendor gives out no clip.
"""

from mimetypes import guess_type
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches.models import Event, Item


class Words(NamedTuple):
    progress: str | Promise  # of the batch, whose other items may be of another kind
    elsewhere: str | Promise  # where the page shows no clip
    end: str | Promise  # on the button
    impossible: str | Promise
    nothing_missed: str | Promise
    missed: str | Promise

    def progress_of(self, done: int, total: int) -> str:
        counts = [number_format(count, force_grouping=True) for count in (done, total)]
        return str(self.progress).format(done=counts[0], total=counts[1])


WATCHED = Words(
    _("{done} of {total} videos watched, in random order."),
    _("{vendor} provides no video. Watch the item where it lies."),
    _("Watched to the end"), _("Cannot be watched"), _("Watched whole: nothing missed."),
    _("Watched whole: {count} missed."),
)  # fmt: skip
LOOKED_AT = Words(
    _("{done} of {total} items looked at, in random order."),
    _("{vendor} provides no picture. Look at the item where it lies."),
    _("Looked at"), _("Cannot be opened"), _("Looked at: nothing missed."), _("Looked at: {count} missed."),
)  # fmt: skip
READ = Words(
    _("{done} of {total} items read, in random order."),
    _("{vendor} provides no document. Read the item where it lies."),
    _("Read to the end"), _("Cannot be opened"), _("Read whole: nothing missed."), _("Read whole: {count} missed."),
)  # fmt: skip


def words_of(item: Item, *, has_clip: bool) -> Words:
    kind = (guess_type(str(item))[0] or "").partition("/")[0]
    if has_clip or kind in ("video", "audio"):
        return WATCHED
    return LOOKED_AT if kind == "image" else READ


def end_sentence(item: Item, *, has_clip: bool) -> str:
    """With the number of the events that people added to the item because the AI had missed them."""
    texts = words_of(item, has_clip=has_clip)
    missed = Event.objects.filter(batch=item.batch_id, item=item).added().for_review().count()
    return str(texts.missed).format(count=missed) if missed else str(texts.nothing_missed)
