"""The labels, categories and severities in use: what a correction offers, and all that a strict connection allows."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from batches.errors import BadValues
from batches.models import Batch, Connection, Event
from batches.models.corrections import NAMES, TEXTS

MAX_OFFERED = 200
NEWEST_EVENTS = 5_000  # whose labels are counted
MAX_BATCHES = 50  # of the connection, whose categories are offered too


def labels_in_use(batch: Batch) -> list[str]:
    """The labels of the batch's newest events, the most frequent first."""
    newest = Event.objects.filter(batch=batch).exclude(label="").order_by("-pk").values("pk")[:NEWEST_EVENTS]
    counts = Event.objects.filter(pk__in=newest).order_by().values_list("label").annotate(count=Count("pk"))
    return [label for label, _count in counts.order_by("-count", "label")[:MAX_OFFERED]]


def categories_in_use(batch: Batch) -> list[str]:
    """The categories of the batch, the most frequent first, then those elsewhere on the connection."""
    others = Batch.objects.not_removed().filter(connection=batch.connection_id).exclude(pk=batch.pk).order_by("-pk")
    given = Event.objects.filter(batch=batch, corrections__contains='"category":').values_list("category", flat=True)
    strata = [batch.strata, *others.values_list("strata", flat=True)[:MAX_BATCHES]]
    names = [name for sizes in strata for name in sorted(sizes, key=lambda name: -sizes[name])]
    return [name for name in dict.fromkeys([*names, *given.order_by()[:MAX_OFFERED]]) if name][:MAX_OFFERED]


def _is_known(name: str, text: str, connection: Connection) -> bool:
    """Whether an event of the connection has this value in the field."""
    return Event.objects.filter(batch__connection=connection, **{name: text}).exists()


def check_vocabulary(values: Mapping[str, Any], batch: Batch) -> None:
    """Raise BadValues for a text that is new to a connection which allows no new values."""
    texts = {name: values[name] for name in TEXTS if values.get(name)}
    if not texts:
        return
    connection = Connection.objects.only("free_values").get(pk=batch.connection_id)
    for name, text in texts.items():
        if not connection.free_values and not _is_known(name, text, connection):
            raise BadValues(
                _("{name}: {value!r} is not used on this connection, which allows no new values.").format(
                    name=NAMES[name], value=text[:80]
                )
            )
