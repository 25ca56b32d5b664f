"""Filter and columns by metadata in the list of batches: `key=…&value=…` pairs, and `column=…`."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from batches.models import Batch
from batches.models.batch import BatchQuerySet
from batches.models.batch_metadata import with_metadata

MAX_PAIRS = 5  # pairs, and columns


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """The pairs that select batches, and the columns to show. An empty value asks only whether the key exists."""

    pairs: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, data: QueryDict) -> "MetadataQuery":
        keys, values = ([_clean(text) for text in data.getlist(name)] for name in ("key", "value"))
        values += [""] * (len(keys) - len(values))
        pairs = [(key, value) for key, value in zip(keys, values, strict=False) if key]
        columns = [_clean(text) for text in data.getlist("column")]
        return cls(tuple(dict.fromkeys(pairs))[:MAX_PAIRS], tuple(dict.fromkeys(filter(None, columns)))[:MAX_PAIRS])

    def apply(self, batches: BatchQuerySet) -> BatchQuerySet:
        for number, (key, value) in enumerate(self.pairs):
            batches = with_metadata(batches, key, f"filter_{number}")
            wanted = {f"filter_{number}": value} if value else {f"filter_{number}__isnull": False}
            batches = batches.filter(**wanted)
        for number, key in enumerate(self.columns):
            batches = with_metadata(batches, key, f"column_{number}")
        return batches

    def chips(self, query: QueryDict) -> list[tuple[str, str]]:
        """(label, query string without it) of every pair and column; `query` is the query string of the list."""
        entries: list[tuple[str, tuple[str, str] | None, str | None]] = []
        entries += [(_pair(key, value), (key, value), None) for key, value in self.pairs]
        entries += [(_("column {key}").format(key=key), None, key) for key in self.columns]
        return [(text, self._without(query, pair, column)) for text, pair, column in entries]

    def _without(self, query: QueryDict, pair: tuple[str, str] | None, column: str | None) -> str:
        query = query.copy()
        query.pop("after", None)
        query.pop("before", None)
        pairs = [other for other in self.pairs if other != pair]
        query.setlist("key", [key for key, _ in pairs])
        query.setlist("value", [value for _, value in pairs])
        query.setlist("column", [key for key in self.columns if key != column])
        return query.urlencode()

    def cells(self, batch: Batch) -> list[tuple[str, str | None]]:
        """(key, value as text; None where the batch has no such key) of one batch of `apply`."""
        return [(key, getattr(batch, f"column_{number}")) for number, key in enumerate(self.columns)]


def _pair(key: str, value: str) -> str:
    return (_("{key} is {value}") if value else _("has {key}")).format(key=key, value=value)


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:255]
