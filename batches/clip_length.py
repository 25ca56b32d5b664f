"""The length of a clip, as far as it is known: no span that a person gives ends after it.

The deck's form applies the same rule with the length of the clip that it plays (static/js/card/span_limits.js).
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.errors import BadValues
from batches.models import AccountVideo, Item
from batches.models.corrections import MOMENTS

if TYPE_CHECKING:
    from batches.models import Event

ROUNDED = 1.0  # seconds by which a vendor's length may be less than the clip's own


def seconds_of(raw: str) -> float | None:
    """The length of a video in the vendor's record `raw`; None without one."""
    if '"duration"' not in raw:
        return None
    value = json.loads(raw)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("duration"), float):
        return float(value["duration"])  # as an imported file says
    for names in (("task", "video_source", "system_metadata", "duration"), ("asset", "duration")):
        length: Any = value
        for name in names:
            length = length.get(name) if isinstance(length, dict) else None
        if isinstance(length, int | float) and not isinstance(length, bool):
            return float(length)
    return None


def known_seconds(item_id: int) -> float | None:
    """The length of an item's video: in its record, or in the list of the account's videos."""
    fields = Item.objects.values_list("raw", "external_id", "batch__connection")
    raw, external_id, connection = fields.get(pk=item_id)
    if seconds := seconds_of(raw):
        return seconds
    videos = AccountVideo.objects.filter(connection=connection, external_id=external_id, seconds__gt=0)
    return videos.values_list("seconds", flat=True).first()


def check_length(values: Mapping[str, Any], item_id: int, event: "Event | None" = None) -> None:
    """Raise BadValues for a start or end after the end of the clip; one that the event already has may stay."""
    moments = {name: values[name] for name in MOMENTS if values.get(name) is not None}
    seconds = known_seconds(item_id) if moments else None
    for name, moment in moments.items():
        present = (event and getattr(event, name)) or 0.0
        if seconds is not None and moment > max(seconds + ROUNDED, round(present, 2)):
            raise BadValues(
                _("corrections: {name} is after the end of the clip, which is {seconds} s long.").format(
                    name=name, seconds=number_format(round(seconds, 2))
                )
            )
