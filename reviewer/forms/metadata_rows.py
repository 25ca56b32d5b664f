"""The metadata editor's table: each key with our value, the vendor's and the push state, and the reading of its form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from django.http import QueryDict

from batches.actions import SeenKey
from batches.actions.metadata_edits import may_drop
from batches.errors import BadMetadata
from batches.models import Batch, Connection, MetadataEntry, MetadataState
from batches.models.batch import BatchQuerySet
from batches.sync.metadata_values import Value, alike, check_metadata, wrong_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_EDITABLE_KEYS = 150  # keys on the page; import handles more
BLANK_ROWS = 3  # empty rows for new keys
SUGGESTION_BATCHES = 200  # newest batches whose keys are suggested
TEXT, NUMBER = "text", "number"


@dataclass(slots=True)
class Row:
    """One key on the page. `state` is of MetadataState, or `vendor` (not ours), `changed` (since it was pushed)."""

    name: str
    kind: str = TEXT
    text: str = ""
    entry: MetadataEntry | None = None
    theirs: Value | None = None
    state: str = "vendor"
    error: str = ""
    new: bool = False
    seen: str = field(default="")

    @property
    def anchor(self) -> str:
        """An id for the page, the same for the same key."""
        return blake2b(self.name.encode(), digest_size=8).hexdigest()

    @property
    def three_sided(self) -> bool:
        return self.state in ("conflict", "changed")

    @property
    def droppable(self) -> bool:
        return self.entry is not None and may_drop(self.entry, self.theirs)


def rows_of(batch: Batch) -> list[Row]:
    """Every key: the vendor's in its order, then those only we have."""
    entries = {entry.name: entry for entry in batch.metadata_entries.select_related("step__edit__user")}
    names = dict.fromkeys([*batch.vendor_metadata, *entries])
    return [_row(name, entries.get(name), batch.vendor_metadata.get(name)) for name in names]


def _row(name: str, entry: MetadataEntry | None, theirs: Value | None) -> Row:
    value = entry.value if entry else theirs
    row = Row(name, NUMBER if type(value) is int else TEXT, str(value), entry, theirs)
    if entry:
        changed = entry.state == MetadataState.PUSHED and not alike(theirs, entry.value)
        row.state = "changed" if changed else entry.state
    row.seen = json.dumps([entry.step_id if entry else 0, theirs, value])
    return row


@dataclass(slots=True)
class Posted:
    """The content of a form: changed values, keys to remove, the values the person saw, and errors."""

    values: dict[str, Value] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    seen: dict[str, SeenKey] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)  # name → kind, text as typed
    errors: dict[str, str] = field(default_factory=dict)
    nameless: list[tuple[str, str, str]] = field(default_factory=list)  # kind, text, error

    @property
    def refusals(self) -> dict[str, str]:
        """All errors by name; under "" the error of a row without a name."""
        whole = {"": self.nameless[0][2]} if self.nameless else {}
        return {**self.errors, **whole}


def read_rows(data: QueryDict) -> Posted:
    """The rows of a form: `name`, `kind`, `value` and `seen` (JSON: step, theirs, value), in one order; `drop`: names."""
    posted = Posted(drop=data.getlist("drop"))
    columns = (data.getlist(name) for name in ("name", "kind", "value", "seen"))
    for name, kind, text, seen in zip(*columns, strict=False):
        _read(posted, name.strip() if not seen else name, kind, text.replace("\r\n", "\n"), seen)
    return posted


def _read(posted: Posted, name: str, kind: str, text: str, seen: str) -> None:
    if not name and not text.strip():
        return
    if reason := wrong_name(name):
        posted.nameless.append((kind, text, reason))
        return
    if name in posted.texts:
        posted.errors[name] = "This key appears twice."
        return
    posted.texts[name] = (kind, text)
    before = _seen(posted, name, seen)
    if name in posted.drop:
        return
    try:
        value = typed(kind, text)
    except ValueError as error:
        posted.errors[name] = str(error)
        return
    untouched = isinstance(before, str) and value == before.replace("\r\n", "\n")
    if not untouched and not alike(value, before):
        posted.values[name] = value


def _seen(posted: Posted, name: str, text: str) -> Value | None:
    """The value the page showed; None for a new key."""
    try:
        step, theirs, value = cast("tuple[Any, Any, Value]", json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    if type(step) is int:
        posted.seen[name] = SeenKey(step, theirs)
    return value


def typed(kind: str, text: str) -> Value:
    """The value that the text means. Raises ValueError with the reason."""
    if kind == NUMBER:
        digits = text.strip()
        if not digits.removeprefix("-").isdecimal() or not digits.isascii():
            raise ValueError("A whole number was expected: digits only, no fraction.")
        return _checked(int(digits[:30]))
    return _checked(text)


def _checked(value: Value) -> Value:
    try:
        return check_metadata({"value": value})["value"]
    except BadMetadata as error:
        raise ValueError(error.errors["value"]) from error


def with_posted(rows: list[Row], posted: Posted, errors: Mapping[str, str]) -> list[Row]:
    """The rows as the person left them, each with its error, then the rows without a name."""
    by_name = {row.name: row for row in rows}
    for name, (kind, text) in posted.texts.items():
        if name not in by_name:
            by_name[name] = Row(name, new=True)
            rows = [*rows, by_name[name]]
        by_name[name].kind, by_name[name].text = kind, text
    for name, reason in errors.items():
        if name in by_name:
            by_name[name].error = reason
    return [*rows, *(Row("", kind, text, error=reason, new=True) for kind, text, reason in posted.nameless)]


def blank_rows() -> list[Row]:
    return [Row("", new=True) for _ in range(BLANK_ROWS)]


def suggested_keys(connection: Connection) -> list[str]:
    """Keys that batches of the connection have, in alphabetical order."""
    return _keys(Batch.objects.filter(connection=connection))


def keys_of(user: "User") -> list[str]:
    """Keys of the batches this person may see, in alphabetical order."""
    return _keys(Batch.objects.visible_to(user))


def _keys(batches: BatchQuerySet) -> list[str]:
    newest = batches.order_by("-id")[:SUGGESTION_BATCHES]
    maps = newest.values_list("pk", "vendor_metadata")
    theirs = {name for _, metadata in maps for name in metadata}
    ours = MetadataEntry.objects.filter(batch__in=[pk for pk, _ in maps]).values_list("name", flat=True)
    return sorted(theirs.union(ours))
