"""Numbers in an address: digits of ASCII that every column can hold, and nothing else."""

import pytest

from reviewer.web.numbers import read_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "1_0", "٣", "²", "1\0", "9" * 19])
def test_anything_else_is_no_number(text: str) -> None:
    assert read_number(text) is None
