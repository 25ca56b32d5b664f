"""Reads JSON fields, with errors that name the field, and makes text safe for both databases."""

import json
import zlib
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from batches.errors import BadRecord
from batches.sync.records import Quarantine

NAME_LIMIT = 255  # characters: names, ids, categories, severities, clock texts
URL_LIMIT = 2_000  # longer addresses are only in the raw record
TEXT_LIMIT = 100_000  # labels, AI texts, summaries, prompts
RAW_LIMIT = 20_000  # a quarantined record, as JSON text
WHOLE_LIMIT = 2**63 - 1  # the maximum of a BIGINT in both databases


@dataclass(frozen=True, slots=True)
class HugeNumber:
    """A whole number with more digits than Python reads. `to_json` refuses it, so its record is quarantined."""

    digits: int  # their count

    def __str__(self) -> str:
        return f"a number of {self.digits} digits"


_encode = json.JSONEncoder(check_circular=False).encode
_encode_anything = json.JSONEncoder(check_circular=False, default=str).encode


def to_json(value: Any, path: str = "") -> str:
    """JSON text, ASCII-escaped, keys in their order. Raises BadRecord for a `HugeNumber` or too deep nesting."""
    try:
        return _encode(value)
    except TypeError as error:
        raise BadRecord(path, "holds a number with too many digits") from error
    except RecursionError as error:
        raise BadRecord(path, "is nested too deeply") from error


def is_finite(value: Any) -> bool:
    """Whether no number in the JSON data `value` is NaN or infinite."""
    try:
        json.dumps(value, allow_nan=False, check_circular=False, default=str)
    except ValueError:
        return False
    return True


def pack(payload: bytes) -> bytes:
    """A vendor's record compressed for `ItemListing.payload`."""
    return zlib.compress(payload, 1)


def unpack(payload: bytes) -> bytes:
    return zlib.decompress(payload)


def to_json_each(values: list[Any]) -> list[str | None]:
    """The JSON text of each value, not ASCII-escaped; None for a value that cannot be written."""
    return [_quick(value) for value in values]


def _quick(value: Any) -> str | None:
    try:
        text = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        return _json_or_none(value)
    # orjson writes null for NaN and infinity, which must be kept. A text with a null is therefore encoded again.
    return _json_or_none(value) if b"null" in text else text.decode()


def _json_or_none(value: Any) -> str | None:
    try:
        return to_json(value)
    except BadRecord:
        return None


def quarantine(error: BadRecord, value: Any) -> Quarantine:
    """The quarantine entry for the record `value` and its `error`."""
    try:
        raw = _encode_anything(value)
    except RecursionError:
        raw = '"(nested too deeply to show)"'
    return Quarantine(clean(error.path, TEXT_LIMIT), clean(error.reason, TEXT_LIMIT), raw[:RAW_LIMIT])


def clean(text: str, limit: int) -> str:
    """`text` without NUL and lone surrogates, cut to `limit` characters with a final `…`.

    Returns the same object if nothing changed, so callers can compare with `is`.
    """
    if text.isascii():
        if len(text) <= limit and "\0" not in text:
            return text
    else:
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "\0" in text:
        text = text.replace("\0", "")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_url(text: str) -> str:
    """`text` cleaned; "" if it is too long, because a truncated address leads elsewhere."""
    return "" if len(text) > URL_LIMIT else clean(text, URL_LIMIT)


def cell(value: Any) -> str:
    """`value` as a CSV prints it: "" for null, else `str(value)`."""
    if type(value) is str:
        return value
    return "" if value is None else str(value)


def kind(value: Any) -> str:
    """A description of `value` for an error message: "null", "the number 12", "a list"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {str(value)[:40]}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, HugeNumber):
        return str(value)
    return "a list" if isinstance(value, list) else "an object"


def text_or_none(record: dict[str, Any], key: str, path: str, limit: int = NAME_LIMIT) -> str | None:
    """The text at `key`, cleaned; None for null, empty and missing. Raises BadRecord for anything else."""
    value = record.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadRecord(f"{path} {key}", f"expected text, got {kind(value)}")
    return clean(value, limit)


def count_or_none(record: dict[str, Any], key: str, path: str) -> int | None:
    """The count at `key`; None for null and missing. Raises BadRecord for anything that cannot be a count."""
    value = record.get(key)
    if value is None:
        return None
    if type(value) is float and isfinite(value) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value <= WHOLE_LIMIT:
        raise BadRecord(f"{path} {key}", f"expected a whole number from 0, got {kind(value)}")
    return value


def identifier(record: dict[str, Any], key: str, path: str) -> str | None:
    """The vendor's id at `key`, exactly as sent; None for null, empty and missing.

    Raises BadRecord for anything else, and for an id that cannot be stored unchanged.
    """
    value = text_or_none(record, key, path)
    if value is not None and value != record[key]:
        raise BadRecord(f"{path} {key}", "is longer than 255 characters or holds characters that cannot be stored")
    return value
