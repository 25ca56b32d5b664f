"""Rules of custom metadata: what a value may be, what an edit does, and the three-way merge of a key. No Django here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from batches.errors import BadMetadata
from batches.sync.fields import NAME_LIMIT, WHOLE_LIMIT, clean

Value = str | int
Fate = Literal["same", "send", "conflict"]

VALUE_LIMIT = 10_000  # characters of one text
KEY_LIMIT = 1_000  # keys of one batch


@dataclass(frozen=True, slots=True)
class Effect:
    """What an edit would do, by name; each in the order of the edit."""

    adds: tuple[str, ...]
    overwrites: tuple[str, ...]
    same: tuple[str, ...]


def check_metadata(values: Mapping[Any, Any]) -> dict[str, Value]:
    """The values, if the vendor would take all of them. Raises BadMetadata with the reason by name."""
    wrong = {str(name): reason for name, value in values.items() if (reason := wrong_name(name) or wrong_value(value))}
    if wrong:
        raise BadMetadata(wrong)
    return dict(values)


def wrong_name(name: Any) -> str:
    """Why this cannot be a key; "" where it can."""
    if not isinstance(name, str) or not name.strip():
        return "A key needs a name."
    if len(name) > NAME_LIMIT:
        return f"A key has at most {NAME_LIMIT} characters."
    return "" if clean(name, NAME_LIMIT) is name else "A key cannot hold NUL or half characters."


def wrong_value(value: Any) -> str:
    """Why this cannot be a value; "" where it can."""
    if isinstance(value, str):
        if len(value) > VALUE_LIMIT:
            return f"A text has at most {VALUE_LIMIT:,} characters; this one has {len(value):,}."
        return "" if clean(value, VALUE_LIMIT) is value else "A text cannot hold NUL or half characters."
    if type(value) is int:
        return "" if abs(value) <= WHOLE_LIMIT else "A whole number has at most 64 bits."
    return f"Only text or a whole number; this is {_kind(value)}."


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case float():
            return "a number with a fraction"
        case dict():
            return "an object"
    return "a list"


def read_metadata(text: str) -> dict[str, Value]:
    """The values of a JSON object. Raises BadMetadata: under "" what is wrong with the whole."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := {name for name in names if names.count(name) > 1}:
            raise BadMetadata(dict.fromkeys(sorted(twice), "This key is there twice."))
        return dict(pairs)

    try:
        values = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise BadMetadata({"": f"This is not JSON: {str(error)[:200]}."}) from error
    if not isinstance(values, dict):
        raise BadMetadata({"": "A JSON object of keys and values was expected."})
    return check_metadata(values)


def effect(values: Mapping[str, Value], current: Mapping[str, Value]) -> Effect:
    """What merging `values` into `current` would do. A merge never removes a key."""
    adds = [name for name in values if name not in current]
    same = [name for name in values if name in current and alike(values[name], current[name])]
    overwrites = [name for name in values if name not in adds and name not in same]
    return Effect(tuple(adds), tuple(overwrites), tuple(same))


def alike(one: Value | None, other: Value | None) -> bool:
    """Equal, and of one type: the text 1 is not the number 1."""
    return type(one) is type(other) and one == other


def fate(*, base: Value | None, ours: Value, theirs: Value | None, sent: Iterable[Value] = ()) -> Fate:
    """What to do about one key. None: the key is not there.

    `base` is what the editor saw at the vendor. `sent` are earlier values of ours that may have arrived although no
    answer came: to find one of them there is no change of somebody else's.
    """
    if alike(ours, theirs):
        return "same"
    expected = alike(theirs, base) or any(alike(theirs, one) for one in sent)
    return "send" if expected else "conflict"
