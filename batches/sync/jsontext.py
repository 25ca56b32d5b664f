"""A vendor's bytes → Python values, strictly: UTF-8, JSON, bounded nesting, numbers of any length survived."""

import json
import re
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import HugeNumber

MAX_DEPTH = 200  # levels of lists and objects in one another
ORDINARY_DEPTH = 12
MAX_DIGITS = 4_300  # what Python reads as an int

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
# Possessive, and satisfied with the end of the text: time stays in proportion to length whatever the vendor sends.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)


class NotJSON(ValueError):
    """The text ends early or is something else altogether, such as a proxy's HTML page."""


def parse(body: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value `body` holds. A byte order mark is skipped; NaN and Infinity become floats.


    A whole number of more than 4,300 digits becomes a `HugeNumber`. Raises NotJSON, which asking again may heal, and
    BadRecord ("answer") for what will stay wrong: bytes that are not UTF-8, nesting beyond `max_depth`.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(body) and error.reason == "unexpected end of data":
            raise NotJSON("ends in the middle of a character") from error
        raise BadRecord("answer", f"byte {error.start} is not UTF-8") from error
    if _deeper_than(body, max_depth):
        raise BadRecord("answer", f"is nested deeper than {max_depth} levels")
    try:
        return _loads(text)
    except RecursionError as error:
        raise BadRecord("answer", f"is nested deeper than {max_depth} levels") from error


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJSON(f"{error.msg} at character {error.pos}") from error
    except ValueError:  # only the limit on digits is left; the slower reading survives it
        return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int | HugeNumber:
    count = len(digits.lstrip("-"))
    return int(digits) if count <= MAX_DIGITS else HugeNumber(count)


def _deeper_than(body: bytes, limit: int) -> bool:
    """Whether lists and objects nest deeper than `limit`, without parsing.

    First the quick look: with strings and all, innermost pairs are struck out level by level. Ordinary answers shrink
    to nothing that way; only what does not is counted bracket by bracket, strings left out.
    """
    brackets = body.translate(None, _NOT_BRACKETS)
    for _ in range(min(limit, ORDINARY_DEPTH)):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return False
    depth = 0
    for byte in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > limit:
            return True
    return False
