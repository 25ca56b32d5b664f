"""A stream of bytes taken apart at newline bytes, however it comes in pieces."""

from collections.abc import Iterator

LONGEST_LINE = 16 * 1024 * 1024  # bytes


def split_lines(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes | None, bool]]:
    """Number (from 1), line, and whether a newline ended it; None for a line that is too long to hold.

    Cut at newline bytes only: a text inside may hold any other separator.
    """
    number, parts, size = 1, list[bytes](), 0
    for piece in pieces:
        head, *others = piece.split(b"\n")
        parts.append(head)
        size += len(head)
        if size > LONGEST_LINE:
            parts.clear()
        for start in others:
            yield number, None if size > LONGEST_LINE else b"".join(parts), True
            number, parts, size = number + 1, [start], len(start)
    if size:
        yield number, None if size > LONGEST_LINE else b"".join(parts), False
