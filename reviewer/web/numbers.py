"""Numbers in an address: ids and sizes."""

from django.urls import register_converter

DIGITS = 18  # of the largest number: it fits every column and every database


def read_number(text: str) -> int | None:
    """The whole number, not negative, that the text is; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


class SeveralConverter:
    """Two to ten ids in an address: `3,4,5`."""

    regex = rf"\d{{1,{DIGITS}}}(?:,\d{{1,{DIGITS}}}){{1,9}}"

    def to_python(self, value: str) -> list[int]:
        return [int(number) for number in value.split(",")]

    def to_url(self, value: list[int]) -> str:
        return ",".join(map(str, value))


register_converter(SeveralConverter, "several")
