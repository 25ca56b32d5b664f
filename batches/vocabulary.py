"""The categories, labels and severities in use: what a correction offers, and all that a strict connection allows."""

from django.db.models import Count

from batches.models import Batch, Connection, Event

MAX_OFFERED = 200


def offered(name: str, batch: Batch, like: str = "") -> list[str]:
    """The values of a field in the batch, the most frequent first, then those elsewhere on the connection."""
    own = _values(name, like, batch=batch)
    if len(own) >= MAX_OFFERED:
        return own
    others = _values(name, like, batch__connection=batch.connection_id)
    return list(dict.fromkeys([*own, *others]))[:MAX_OFFERED]


def is_known(name: str, text: str, connection: Connection) -> bool:
    """Whether an event of the connection has this value in the field."""
    return Event.objects.filter(batch__connection=connection, **{name: text}).exists()


def _values(name: str, like: str, **scope: object) -> list[str]:
    events = Event.objects.filter(**scope).exclude(**{name: ""}).order_by()
    if like:
        events = events.filter(**{f"{name}__icontains": like})
    counts = events.values_list(name).annotate(count=Count("pk")).order_by("-count", name)
    return [value for value, _ in counts[:MAX_OFFERED]]
