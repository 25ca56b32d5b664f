"""What a value may be, what an edit does, and the three-way merge of a key."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.errors import BadMetadata
from batches.sync.metadata import Effect, check_metadata, effect, fate, read_metadata

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8).filter(
    str.strip
)
values = st.integers(-(2**63) + 1, 2**63 - 1) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
known = st.sampled_from(["a", "b", 1, 2, "1", None])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "Only text or a whole number; this is true or false."),
        (1.0, "Only text or a whole number; this is a number with a fraction."),
        (None, "Only text or a whole number; this is null."),
        ({}, "Only text or a whole number; this is an object."),
        ([1], "Only text or a whole number; this is a list."),
        (2**63, "A whole number has at most 64 bits."),
        ("x" * 10_001, "A text has at most 10,000 characters; this one has 10,001."),
        ("a\0b", "A text cannot hold NUL or half characters."),
        ("\ud800", "A text cannot hold NUL or half characters."),
    ],
)
def test_a_value_the_vendor_would_not_take_is_refused_with_the_reason(value: Any, words: str) -> None:
    with pytest.raises(BadMetadata) as refused:
        check_metadata({"good": 1, "bad": value})
    assert refused.value.errors == {"bad": words}


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "A key needs a name."), (" \t", "A key needs a name."), ("k" * 256, "A key has at most 255 characters."),
     ("a\0", "A key cannot hold NUL or half characters.")],
)  # fmt: skip
def test_a_key_that_cannot_be_one_is_refused_with_the_reason(name: str, words: str) -> None:
    with pytest.raises(BadMetadata) as refused:
        check_metadata({name: 1})
    assert refused.value.errors == {name: words}


@given(st.dictionaries(names, values, max_size=4))
def test_what_is_good_comes_back_as_it_went_through_json(given_values: dict[str, Any]) -> None:
    assert read_metadata(json.dumps(given_values)) == given_values


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("{", {"": "This is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."}),
        ("[1]", {"": "A JSON object of keys and values was expected."}),
        ('{"a": 1, "a": 2}', {"a": "This key is there twice."}),
        ('{"a": NaN}', {"a": "Only text or a whole number; this is a number with a fraction."}),
    ],
)
def test_a_text_that_is_no_metadata_is_refused(text: str, errors: dict[str, str]) -> None:
    with pytest.raises(BadMetadata) as refused:
        read_metadata(text)
    assert refused.value.errors == errors


def test_an_edit_says_beforehand_what_it_adds_and_overwrites() -> None:
    now = {"version": 2, "note": "x", "experiment": "1"}
    assert effect({"new": 1, "version": 3, "note": "x", "experiment": 1}, now) == Effect(
        ("new",), ("version", "experiment"), ("note",)
    )


@given(base=known, ours=known.filter(lambda value: value is not None), theirs=known, sent=st.lists(known, max_size=2))
def test_a_key_is_sent_only_over_what_the_editor_saw_or_what_we_sent(
    base: Any, ours: Any, theirs: Any, sent: Any
) -> None:
    def key(value: Any) -> tuple[type, Any]:
        return type(value), value

    expected = "conflict"
    if key(theirs) == key(ours):
        expected = "same"
    elif key(theirs) in {key(value) for value in [base, *sent]}:
        expected = "send"
    assert fate(base=base, ours=ours, theirs=theirs, sent=sent) == expected


@given(base=st.dictionaries(names, values, max_size=3), ours=st.dictionaries(names, values, max_size=3))
def test_merging_adds_and_overwrites_and_never_removes(base: dict[str, Any], ours: dict[str, Any]) -> None:
    done = effect(ours, base)
    assert sorted([*done.adds, *done.overwrites, *done.same]) == sorted(ours)
    merged = {**base, **ours}
    assert len(merged) == len(base) + len(done.adds)
    assert effect(ours, merged) == Effect((), (), tuple(ours)), "once more changes nothing"
