import json
import math
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.fields import HugeNumber
from batches.sync.jsontext import NotJSON, memory_of, parse

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=12,
)


@given(json_values, st.booleans())
@settings(max_examples=100)
def test_parse_reads_json_as_python_does(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


def test_parse_reads_nan_and_infinity_as_floats() -> None:
    nan, huge, low, over = parse(b"[NaN, Infinity, -Infinity, 1e999]")
    assert math.isnan(nan)
    assert (huge, low, over) == (math.inf, -math.inf, math.inf)


def test_parse_reads_five_thousand_digits_as_a_huge_number() -> None:
    assert parse(b'{"a": ' + b"9" * 5_000 + b', "b": -' + b"8" * 4_300 + b', "c": 1}') == {
        "a": HugeNumber(5_000), "b": -int("8" * 4_300), "c": 1,
    }  # fmt: skip


def test_parse_skips_a_byte_order_mark() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "body", [b'["\xff"]', b'["\xc3("]', '["é"]'.encode("latin-1"), '["a"]'.encode("utf-16"), b'["\xed\xa0\x80"]']
)
def test_parse_refuses_bytes_that_are_not_utf8(body: bytes) -> None:
    with pytest.raises(BadRecord, match=r"answer: byte .* is not UTF-8"):
        parse(body)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<html>", b'{"a": 1', b'{"a": "x', b'["\xc3', b"{'a': 1}", b"[1] [2]", b"["]
)
def test_parse_rejects_text_that_is_not_json(body: bytes) -> None:
    with pytest.raises(NotJSON):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500_000,
        b"[" * 201 + b"]" * 201,
        b'["]]]]",' * 201 + b"1" + b"]" * 201,
    ],
)
def test_parse_refuses_deep_nesting_early(body: bytes) -> None:
    with pytest.raises(BadRecord, match="nested deeper than 200"):
        parse(body)


@pytest.mark.parametrize("wrap", [b"[%s]", b'["x", %s]', b'{"k\\"[": [%s]}'])
def test_parse_ignores_brackets_in_strings(wrap: bytes) -> None:
    body = wrap % (b'"' + b"[" * 5_000 + b'\\"{{", ' + b"[" * 190 + b"]" * 190)
    assert parse(body) == json.loads(body)


def test_parse_is_fast_on_an_unfinished_string() -> None:
    with pytest.raises(NotJSON):
        parse(b'["]' + b'\\"' * 500_000)


@pytest.mark.parametrize(
    "body",
    [b"[" + b"[]," * 300_000 + b"1]", b"[" + b"{}," * 100_000 + b"1]", b"[" + b'{"a":1},' * 100_000 + b"1]",
     '["{}😀"]'.format("x" * 1_000_000).encode(), b"[" + b'"abcd",' * 200_000 + b"1]",
    b"[" + b"1.5," * 300_000 + b"1]"],
    ids=["lists", "objects", "pairs", "wide text", "texts", "numbers"],
)  # fmt: skip
def test_the_memory_of_a_value_is_not_underestimated_by_much(body: bytes) -> None:
    tracemalloc.start()
    try:
        parse(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * memory_of(body)


def test_a_value_that_would_take_too_much_memory_is_refused() -> None:
    with pytest.raises(BadRecord, match="too large"):
        parse(b"[" + b"[]," * 1_000_000 + b"1]")
