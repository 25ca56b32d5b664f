"""TwelveLabs' results: a stream of JSON lines, taken apart at newline bytes, kept by task and counted."""

from collections.abc import Iterator
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import identifier, kind, pack, quarantine
from batches.sync.http import CutShort
from batches.sync.jsontext import NotJSON, parse
from batches.sync.lines import LONGEST_LINE, split_lines
from batches.sync.records import ItemListing, Quarantine

MOST_KEPT = 64 * 1024 * 1024  # bytes of all lines together, compressed


class ResultLines:
    """The lines of one batch, by task; a second reading adds to the first, and the later line about a task wins.

    `expected`: how many tasks there must be; None where the vendor does not say.
    """

    def __init__(self, path: str, expected: int | None) -> None:
        self.path, self.expected = path, expected
        self._kept: dict[str, tuple[str | None, bytes]] = {}
        self._size = 0
        self.bad: dict[int, Quarantine] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, pieces: Iterator[bytes]) -> None:
        """Take in a whole stream. Raises CutShort where it ends early, BadRecord where it has no end."""
        self.bad.clear()
        for number, line, ended in split_lines(pieces):
            self._take(number, line, ended)
        if self.expected is not None and len(self) < self.expected:
            raise CutShort(f"sent {len(self):,} of {self.expected:,} results")

    def listing(self) -> tuple[ItemListing, ...]:
        """One line a task, in the order of their ids: the vendor promises none, and a resumed run needs one."""
        return tuple(
            ItemListing(task_id, position, raw_status=status, said=said)
            for position, (task_id, (status, said)) in enumerate(sorted(self._kept.items()))
        )

    def _take(self, number: int, line: bytes | None, ended: bool) -> None:
        path = f"{self.path} line {number}"
        try:
            if line is None:
                raise BadRecord(path, f"is longer than {LONGEST_LINE:,} bytes")
            if not line.strip():
                return
            value = _parsed(line, path, ended)
            task_id = identifier(value, "task_id", path)
            if task_id is None:
                raise BadRecord(f"{path} task_id", "is missing")
        except BadRecord as error:
            self.bad[number] = quarantine(error, (line or b"").decode("utf-8", "replace"))
            return
        status = value.get("status")
        said = pack(line)
        self._size += len(said) - len(self._kept.get(task_id, ("", b""))[1])
        if self._size > MOST_KEPT:
            raise BadRecord(self.path, f"are larger than {MOST_KEPT:,} bytes even when compressed")
        self._kept[task_id] = (status if isinstance(status, str) else None, said)


def _parsed(line: bytes, path: str, ended: bool) -> dict[str, Any]:
    try:
        value = parse(line)
    except NotJSON as error:
        if not ended:
            raise CutShort("stopped in the middle of a result") from error
        raise BadRecord(path, f"is not JSON: {error}") from error
    except BadRecord as error:
        raise BadRecord(path, error.reason) from error
    if not isinstance(value, dict):
        raise BadRecord(path, f"expected an object, got {kind(value)}")
    return value
