import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.fields import (
    HugeNumber,
    cell,
    clean,
    clean_url,
    count_or_none,
    identifier,
    kind,
    quarantine,
    text_or_none,
    to_json,
    to_json_each,
)

any_text = st.text(st.characters(exclude_categories=()), max_size=40)


@given(any_text, st.integers(1, 30))
@settings(max_examples=200)
def test_clean_text_can_be_stored_by_both_databases(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned
    assert len(cleaned) <= limit
    assert clean(cleaned, limit) is cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"), ("é👍", "é👍"), ("a\0b", "ab"), ("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"),
        ("\ud83d\ude00", "😀"), ("x" * 10, "x" * 10), ("x" * 11, "x" * 9 + "…"), ("\0" + "x" * 10, "x" * 10),
    ],
)  # fmt: skip
@pytest.mark.case("L03")
def test_clean_replaces_nul_and_surrogates_and_cuts(text: str, cleaned: str) -> None:
    assert clean(text, 10) == cleaned


@pytest.mark.case("L03")
def test_clean_url_drops_an_address_that_is_too_long() -> None:
    assert clean_url("https://x/" + "y" * 1_990) == "https://x/" + "y" * 1_990
    assert clean_url("https://x/" + "y" * 1_991) == ""


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, ""),
        ("", ""),
        (True, "True"),
        (1.0, "1.0"),
        (1758309764, "1758309764"),
        (0.85, "0.85"),
        (["a"], "['a']"),
        ({}, "{}"),
    ],
)
def test_cell_is_pythons_text_of_a_value(value: object, printed: str) -> None:
    assert cell(value) == printed


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (None, "null"), (True, "true"), (False, "false"), (12, "the number 12"), ("high", "the text 'high'"),
        ([], "a list"),
        ({}, "an object"), (HugeNumber(5_000), "a number of 5000 digits"),
    ],
)  # fmt: skip
def test_kind_describes_a_value(value: object, description: str) -> None:
    assert kind(value) == description


def test_text_or_none_reads_or_names_the_field() -> None:
    assert [text_or_none({"a": value}, "a", "batch b1") for value in ("x", "", None)] == ["x", None, None]
    assert text_or_none({}, "a", "batch b1") is None
    with pytest.raises(BadRecord, match=r"^batch b1 a: expected text, got the number 3$"):
        text_or_none({"a": 3}, "a", "batch b1")


@pytest.mark.parametrize("value", [True, -1, 1.5, "3", float("nan"), float("inf"), 2**63, [], HugeNumber(5_000)])
def test_count_or_none_names_an_invalid_count(value: object) -> None:
    with pytest.raises(BadRecord, match="batch b1 total: expected a whole number from 0, got"):
        count_or_none({"total": value}, "total", "batch b1")


def test_count_or_none_reads_whole_numbers_or_none() -> None:
    assert [count_or_none({"a": value}, "a", "") for value in (None, 0, 3.0, 2**63 - 1)] == [None, 0, 3, 2**63 - 1]


@pytest.mark.parametrize("value", ["x" * 256, "a\0b", "a\ud800", 3, ["v"]])
def test_identifier_rejects_an_id_that_would_change(value: object) -> None:
    with pytest.raises(BadRecord, match="pointer video_id"):
        identifier({"video_id": value}, "video_id", "pointer")


def test_to_json_is_ascii_and_keeps_order_and_types() -> None:
    assert (
        to_json({"b": "é\0\ud800", "a": [1, 1.0, None, True]})
        == '{"b": "\\u00e9\\u0000\\ud800", "a": [1, 1.0, null, true]}'
    )


@given(
    st.lists(
        st.one_of(any_text, st.lists(st.integers()), st.just(HugeNumber(9)), st.dictionaries(any_text, st.floats())),
        max_size=5,
    )
)
@settings(max_examples=100)
def test_to_json_each_equals_to_json(values: list[object]) -> None:
    written = [text and json.dumps(json.loads(text)) for text in to_json_each(values)]
    assert written == [None if isinstance(value, HugeNumber) else json.dumps(value) for value in values]


def test_to_json_refuses_a_huge_number() -> None:
    with pytest.raises(BadRecord, match="event 7: holds a number with too many digits"):
        to_json([HugeNumber(5_000)], "event 7")
    assert quarantine(BadRecord("event 7", "why"), [HugeNumber(5_000)]).raw == '["a number of 5000 digits"]'


def test_quarantine_cuts_and_cleans_the_record() -> None:
    entry = quarantine(BadRecord("video a\0", "got '\ud800'"), ["x" * 30_000])
    assert (entry.path, entry.reason, len(entry.raw)) == ("video a", "got '\ufffd'", 20_000)
