"""The words of a text: the same for every way of writing it, and never more than a database takes."""

from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.folding import LONGEST_PIECE, LONGEST_WORD, MOST_BYTES, fold, query_words, stored_words


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@given(text=st.text())
def test_every_form_of_a_text_has_the_same_words(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> None:
    assert fold(normalize(form, text)) == fold(text)


@given(text=st.text())
def test_a_stored_text_begins_with_what_it_is_asked_for(text: str) -> None:
    stored = stored_words(text).split()
    assert all(any(word.startswith(asked) for word in stored) for asked in query_words(text))


def test_texts_of_any_length_fit_into_the_database() -> None:
    chinese = "".join(map(chr, range(0x4E00, 0x9FFF)))
    assert len(stored_words(chinese * 3, "").encode()) <= MOST_BYTES
    assert stored_words("x" * 5000) == "x" * LONGEST_WORD


def test_a_long_query_without_spaces_is_asked_in_pieces() -> None:
    assert query_words("自行车从右侧切入") == ["自行车从右侧", "行车从右侧切", "车从右侧切入"]
    assert {len(word) for word in stored_words("自行车从右侧切入").split()} == set(range(1, LONGEST_PIECE + 1))
