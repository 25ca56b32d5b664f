"""The words for going through an item to its end: videos are watched, pictures looked at, documents read.

A video is watched wherever it lies, also where the vendor gives out no clip.
"""

from mimetypes import guess_type
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches.models import Event, Item


class Words(NamedTuple):
    end: str | Promise  # on the button
    impossible: str | Promise
    nothing_missed: str | Promise
    missed: str | Promise


WATCHED = Words(
    _("Watched to the end"), _("Cannot be watched"), _("Watched whole: nothing missed."),
    _("Watched whole: {count} missed."),
)  # fmt: skip
LOOKED_AT = Words(
    _("Looked at"), _("Cannot be opened"), _("Looked at: nothing missed."), _("Looked at: {count} missed.")
)
READ = Words(
    _("Read to the end"), _("Cannot be opened"), _("Read whole: nothing missed."), _("Read whole: {count} missed.")
)


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
