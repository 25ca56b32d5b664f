"""Parses a vendor's JSON strictly: UTF-8, limited nesting, numbers of any length."""

import json
import re
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import HugeNumber

MAX_DEPTH = 200  # nested lists and objects
ORDINARY_DEPTH = 12
MAX_DIGITS = 4_300  # the most that Python reads as an int
MAX_MEMORY = 48 * 1024 * 1024  # bytes that one text and its value may take, as estimated
# Bytes of memory that a sign in the text stands for: empty lists and objects cost most, a list of them 25 times its
# text.
_COSTS = {b"[": 64, b"{": 184, b",": 40, b":": 48}

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ASTRAL = re.compile(rb"[\xf0-\xf7]")
# Possessive, and also ends at the end of the text, so that the time is linear in the length for any input.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)


class NotJSON(ValueError):
    """The text ends early or is not JSON, such as a proxy's HTML page."""


def parse(body: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value in `body`. A byte order mark is skipped; NaN and Infinity become floats.

    A whole number of more than 4,300 digits becomes a `HugeNumber`. Raises NotJSON, where a retry may help, and
    BadRecord ("answer") for permanent errors: bytes that are not UTF-8, nesting beyond `max_depth`, a value beyond
    MAX_MEMORY.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if memory_of(body) > MAX_MEMORY:
        raise BadRecord("answer", "is too large to be read")
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


def memory_of(body: bytes) -> int:
    """The bytes of memory that reading this JSON takes at most, roughly: text, decoded text, strings and their
    containers.
    """
    # One wide character widens the whole text.
    width = 1 if body.isascii() else 4 if _ASTRAL.search(body) else 2
    return len(body) * (1 + 2 * width) + sum(cost * body.count(sign) for sign, cost in _COSTS.items())


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJSON(f"{error.msg} at character {error.pos}") from error
    except ValueError:  # only the limit on digits remains; the slower parser handles it
        return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int | HugeNumber:
    count = len(digits.lstrip("-"))
    return int(digits) if count <= MAX_DIGITS else HugeNumber(count)


def _deeper_than(body: bytes, limit: int) -> bool:
    """Whether lists and objects nest deeper than `limit`, without parsing.

    First a quick test that ignores strings: innermost pairs are removed level by level, which empties ordinary answers.
    Only if something remains, brackets outside strings are counted one by one.
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
