"""Splits a stream of bytes at newline bytes."""

from collections.abc import Iterator

MAX_LINE_BYTES = 8 * 1024 * 1024


def split_lines(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes | None, bool]]:
    """Yield number (from 1), line (None if it is too long), and whether a newline ended it.

    Splits at newline bytes only: a text inside a line may hold any other separator.
    """
    number, parts, size = 1, list[bytes](), 0
    for piece in pieces:
        head, *starts = piece.split(b"\n")
        parts.append(head)
        size += len(head)
        if size > MAX_LINE_BYTES:
            parts.clear()
        for start in starts:
            yield number, None if size > MAX_LINE_BYTES else b"".join(parts), True
            number, parts, size = number + 1, [start], len(start)
    if size:
        yield number, None if size > MAX_LINE_BYTES else b"".join(parts), False
