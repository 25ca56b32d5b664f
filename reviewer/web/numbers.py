"""Numbers in an address: ids and sizes."""

DIGITS = 18  # of the largest number: it fits every column and every database


def read_number(text: str) -> int | None:
    """The whole number, not negative, that the text is; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
