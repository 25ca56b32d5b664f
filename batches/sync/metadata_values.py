"""Rules of custom metadata: valid names and values, the effect of an edit, the three-way merge of a key.

No Django here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from batches.errors import BadMetadata
from batches.sync.fields import NAME_LIMIT, WHOLE_LIMIT, clean

Value = str | int
MergeAction = Literal["same", "send", "conflict"]

VALUE_LIMIT = 10_000  # characters of a text value
KEY_LIMIT = 1_000  # keys of a batch
APPEARS_TWICE = "This key appears twice."


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an edit: the names of the keys it adds, overwrites or leaves the same, in the order of the edit."""

    adds: tuple[str, ...]
    overwrites: tuple[str, ...]
    same: tuple[str, ...]


def check_metadata(values: Mapping[Any, Any]) -> dict[str, Value]:
    """The values, if all are valid. Raises BadMetadata with a reason for each invalid key."""
    wrong = {str(name): reason for name, value in values.items() if (reason := wrong_name(name) or wrong_value(value))}
    if wrong:
        raise BadMetadata(wrong)
    return dict(values)


def wrong_name(name: Any) -> str:
    """Why `name` cannot be a key; "" if it can."""
    if not isinstance(name, str) or not name.strip():
        return "A key needs a name."
    if len(name) > NAME_LIMIT:
        return f"A key has at most {NAME_LIMIT} characters."
    return "" if clean(name, NAME_LIMIT) is name else "A key cannot contain NUL or incomplete characters."


def wrong_value(value: Any) -> str:
    """Why `value` is invalid; "" if it is valid."""
    if isinstance(value, str):
        if len(value) > VALUE_LIMIT:
            return f"A text has at most {VALUE_LIMIT:,} characters; this one has {len(value):,}."
        return "" if clean(value, VALUE_LIMIT) is value else "A text cannot contain NUL or incomplete characters."
    if type(value) is int:
        return "" if abs(value) <= WHOLE_LIMIT else "A whole number has at most 64 bits."
    return f"A value must be text or a whole number, not {_kind(value)}."


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
    """The values of a JSON object. Raises BadMetadata; a problem of the whole text has the key ""."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if duplicates := {name for name in names if names.count(name) > 1}:
            raise BadMetadata(dict.fromkeys(sorted(duplicates), APPEARS_TWICE))
        return dict(pairs)

    try:
        values = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise BadMetadata({"": f"This is not JSON: {str(error)[:200]}."}) from error
    if not isinstance(values, dict):
        raise BadMetadata({"": "Enter a JSON object of keys and values."})
    return check_metadata(values)


def effect(values: Mapping[str, Value], current: Mapping[str, Value]) -> Effect:
    """The effect of merging `values` into `current`. A merge never removes a key."""
    adds = [name for name in values if name not in current]
    same = [name for name in values if name in current and alike(values[name], current[name])]
    overwrites = [name for name in values if name not in adds and name not in same]
    return Effect(tuple(adds), tuple(overwrites), tuple(same))


def alike(first: Value | None, second: Value | None) -> bool:
    """Whether both are equal and of one type: the text 1 is not the number 1."""
    return type(first) is type(second) and first == second


def merge_action(*, base: Value | None, ours: Value, theirs: Value | None, sent: Iterable[Value] = ()) -> MergeAction:
    """The next step for one key: send our value, report a conflict, or nothing (same). None stands for a missing key.

    `base` is the vendor's value that the editor saw. `sent` are our earlier values that may have arrived without an
    answer: finding one of them at the vendor is not a change by somebody else.
    """
    if alike(ours, theirs):
        return "same"
    expected = alike(theirs, base) or any(alike(theirs, value) for value in sent)
    return "send" if expected else "conflict"
