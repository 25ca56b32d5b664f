"""Custom metadata: valid names and values, the effect of an edit, the three-way merge of a key."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.errors import BadMetadata
from batches.sync.metadata_values import Effect, check_metadata, effect, merge_action, read_metadata

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8).filter(
    str.strip
)
values = st.integers(-(2**63) + 1, 2**63 - 1) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
existing = st.sampled_from(["a", "b", 1, 2, "1", None])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "A value must be text or a whole number, not true or false."),
        (1.0, "A value must be text or a whole number, not a number with a fraction."),
        (None, "A value must be text or a whole number, not null."),
        ({}, "A value must be text or a whole number, not an object."),
        ([1], "A value must be text or a whole number, not a list."),
        (2**63, "A whole number has at most 64 bits."),
        ("x" * 10_001, "A text has at most 10,000 characters; this one has 10,001."),
        ("a\0b", "A text cannot contain NUL or incomplete characters."),
        ("\ud800", "A text cannot contain NUL or incomplete characters."),
    ],
)
def test_check_metadata_explains_an_invalid_value(value: Any, reason: str) -> None:
    with pytest.raises(BadMetadata) as refused:
        check_metadata({"good": 1, "bad": value})
    assert refused.value.errors == {"bad": reason}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "A key needs a name."), (" \t", "A key needs a name."), ("k" * 256, "A key has at most 255 characters."),
     ("a\0", "A key cannot contain NUL or incomplete characters.")],
)  # fmt: skip
def test_check_metadata_explains_an_invalid_key(name: str, reason: str) -> None:
    with pytest.raises(BadMetadata) as refused:
        check_metadata({name: 1})
    assert refused.value.errors == {name: reason}


@given(st.dictionaries(names, values, max_size=4))
def test_read_metadata_returns_valid_values(given_values: dict[str, Any]) -> None:
    assert read_metadata(json.dumps(given_values)) == given_values


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("{", {"": "This is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."}),
        ("[1]", {"": "Enter a JSON object of keys and values."}),
        ('{"a": 1, "a": 2}', {"a": "This key appears twice."}),
        ('{"a": NaN}', {"a": "A value must be text or a whole number, not a number with a fraction."}),
    ],
)
def test_read_metadata_refuses_invalid_text(text: str, errors: dict[str, str]) -> None:
    with pytest.raises(BadMetadata) as refused:
        read_metadata(text)
    assert refused.value.errors == errors


def test_effect_lists_added_and_overwritten_keys() -> None:
    now = {"version": 2, "note": "x", "experiment": "1"}
    assert effect({"new": 1, "version": 3, "note": "x", "experiment": 1}, now) == Effect(
        ("new",), ("version", "experiment"), ("note",)
    )


@given(
    base=existing,
    ours=existing.filter(lambda value: value is not None),
    theirs=existing,
    sent=st.lists(existing, max_size=2),
)
def test_merge_action_sends_only_over_expected_values(base: Any, ours: Any, theirs: Any, sent: Any) -> None:
    def key(value: Any) -> tuple[type, Any]:
        return type(value), value

    expected = "conflict"
    if key(theirs) == key(ours):
        expected = "same"
    elif key(theirs) in {key(value) for value in [base, *sent]}:
        expected = "send"
    assert merge_action(base=base, ours=ours, theirs=theirs, sent=sent) == expected


@given(base=st.dictionaries(names, values, max_size=3), ours=st.dictionaries(names, values, max_size=3))
def test_effect_never_removes_a_key(base: dict[str, Any], ours: dict[str, Any]) -> None:
    done = effect(ours, base)
    assert sorted([*done.adds, *done.overwrites, *done.same]) == sorted(ours)
    merged = {**base, **ours}
    assert len(merged) == len(base) + len(done.adds)
    assert effect(ours, merged) == Effect((), (), tuple(ours)), "once more changes nothing"
