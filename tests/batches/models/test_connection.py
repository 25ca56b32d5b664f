"""The preset reasons of a connection: one line a digit."""

import pytest
from django.core.exceptions import ValidationError

from batches.models.connection import INVALID_REASONS, REJECT_REASONS, check_reasons, reason_lines


@pytest.mark.parametrize(
    "text", ["", "one", "\n\n one \n", "\n".join("123456789"), "x" * 80, REJECT_REASONS, INVALID_REASONS]
)
def test_up_to_nine_short_lines_are_reasons(text: str) -> None:
    check_reasons(text)


@pytest.mark.parametrize(("text", "sentence"), [
    ("\n".join("0123456789"), "At most 9 reasons: one for each of the keys 1 to 9."),
    ("fine\n" + "x" * 81, "A reason has at most 80 characters."),
])  # fmt: skip
def test_more_than_there_are_keys_or_too_long_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_reasons(text)
    assert refusal.value.messages == [sentence]


def test_empty_lines_and_spaces_are_no_reasons() -> None:
    assert reason_lines(" a \r\n\r\n b\n") == ["a", "b"]
