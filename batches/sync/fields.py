"""Read one JSON field or say exactly which is wrong, and make text safe for both databases."""

import json
import zlib
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from batches.errors import BadRecord
from batches.sync.records import Quarantine

NAME_LIMIT = 255  # characters: names, ids, categories, severities, clock texts
URL_LIMIT = 2_000  # longer addresses stay in the raw record only
TEXT_LIMIT = 100_000  # labels, AI texts, summaries, prompts
RAW_LIMIT = 20_000  # a quarantined record, as JSON text
WHOLE_LIMIT = 2**63 - 1  # what both databases keep in a BIGINT


@dataclass(frozen=True, slots=True)
class HugeNumber:
    """A whole number with more digits than Python will read; `to_json` refuses it, so its record is set aside."""

    digits: int  # how many

    def __str__(self) -> str:
        return f"a number of {self.digits} digits"


_encode = json.JSONEncoder(check_circular=False).encode
_encode_anything = json.JSONEncoder(check_circular=False, default=str).encode


def to_json(value: Any, path: str = "") -> str:
    """JSON text, ASCII-escaped, keys in their order. Raises BadRecord for a `HugeNumber` and for endless depth."""
    try:
        return _encode(value)
    except TypeError as error:
        raise BadRecord(path, "holds a number with too many digits") from error
    except RecursionError as error:
        raise BadRecord(path, "is nested too deeply") from error


def pack(record: bytes) -> bytes:
    """A vendor's record as `ItemListing.said` keeps it: results are texts, which shrink to a fraction."""
    return zlib.compress(record, 1)


def unpack(said: bytes) -> bytes:
    return zlib.decompress(said)


def to_json_each(values: list[Any]) -> list[str | None]:
    """JSON text of each value, None for one that cannot be written. Non-ASCII letters stand for themselves."""
    return [_quick(value) for value in values]


def _quick(value: Any) -> str | None:
    try:
        text = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        return _json_or_none(value)
    # The quick encoder writes null for NaN and infinity, which must stay what they are: where there is a null, look.
    return _json_or_none(value) if b"null" in text else text.decode()


def _json_or_none(value: Any) -> str | None:
    try:
        return to_json(value)
    except BadRecord:
        return None


def quarantine(error: BadRecord, value: Any) -> Quarantine:
    """What `error` says about the record `value`, ready to be shown."""
    try:
        raw = _encode_anything(value)
    except RecursionError:
        raw = '"(nested too deeply to show)"'
    return Quarantine(clean(error.path, TEXT_LIMIT), clean(error.reason, TEXT_LIMIT), raw[:RAW_LIMIT])


def clean(text: str, limit: int) -> str:
    """`text` without NUL and lone surrogates, at most `limit` characters (the last one then `…`).

    The very same object comes back when nothing had to change, so `is` tells whether something did.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "\0" in text:
        text = text.replace("\0", "")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_url(text: str) -> str:
    """`text` cleaned; "" when it is longer than an address may be, because half an address leads elsewhere."""
    return "" if len(text) > URL_LIMIT else clean(text, URL_LIMIT)


def cell(value: Any) -> str:
    """`value` as a CSV prints it: null is empty, everything else Python's text of it."""
    if type(value) is str:
        return value
    return "" if value is None else str(value)


def kind(value: Any) -> str:
    """What `value` is, in the words of an error message: "null", "the number 12", "a list"."""
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

    Raises BadRecord for anything else, and for an id that could not be kept without changing it.
    """
    value = text_or_none(record, key, path)
    if value is not None and value != record[key]:
        raise BadRecord(f"{path} {key}", "is longer than 255 characters or holds characters no database keeps")
    return value
