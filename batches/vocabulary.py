"""The labels, categories and severities in use: what a correction offers, and all that a strict connection allows."""

from django.db.models import Count

from batches.models import Batch, Connection, Event

MAX_OFFERED = 200
NEWEST_EVENTS = 5_000  # whose labels are counted
MAX_BATCHES = 50  # of the connection, whose categories are offered too


def labels_in_use(batch: Batch) -> list[str]:
    """The labels of the batch's newest events, the most frequent first."""
    newest = Event.objects.filter(batch=batch).exclude(label="").order_by("-pk").values("pk")[:NEWEST_EVENTS]
    counts = Event.objects.filter(pk__in=newest).order_by().values_list("label").annotate(count=Count("pk"))
    return [label for label, _ in counts.order_by("-count", "label")[:MAX_OFFERED]]


def categories_in_use(batch: Batch) -> list[str]:
    """The categories of the batch, the most frequent first, then those elsewhere on the connection."""
    others = Batch.objects.filter(connection=batch.connection_id).exclude(pk=batch.pk).order_by("-pk")
    given = Event.objects.filter(batch=batch, corrections__contains='"category":').values_list("category", flat=True)
    strata = [batch.strata, *others.values_list("strata", flat=True)[:MAX_BATCHES]]
    names = [name for sizes in strata for name in sorted(sizes, key=lambda name: -sizes[name])]
    return [name for name in dict.fromkeys([*names, *given.order_by()[:MAX_OFFERED]]) if name][:MAX_OFFERED]


def is_known(name: str, text: str, connection: Connection) -> bool:
    """Whether an event of the connection has this value in the field."""
    return Event.objects.filter(batch__connection=connection, **{name: text}).exists()
