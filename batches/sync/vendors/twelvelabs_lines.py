"""Reads TwelveLabs' stream of results: JSON lines, split at newline bytes, stored by task and counted."""

from collections.abc import Iterator
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import identifier, kind, pack, quarantine
from batches.sync.http import IncompleteAnswer
from batches.sync.jsontext import NotJSON, parse
from batches.sync.lines import MAX_LINE_BYTES, split_lines
from batches.sync.records import ItemListing, Quarantine

MAX_STORED_BYTES = 32 * 1024 * 1024  # all lines of a batch together, compressed


class ResultLines:
    """The lines of one batch by task. A second read adds to the first; the later line of a task wins.

    `expected`: the number of tasks; None if the vendor does not say.
    """

    def __init__(self, path: str, expected: int | None) -> None:
        self.path, self.expected = path, expected
        self._kept: dict[str, tuple[str | None, bytes]] = {}
        self._size = 0
        self.bad: dict[int, Quarantine] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, pieces: Iterator[bytes]) -> None:
        """Read a whole stream. Raises IncompleteAnswer if it ends early, BadRecord if it exceeds the size limit."""
        self.bad.clear()
        for number, line, ended in split_lines(pieces):
            self._take(number, line, ended)
        if self.expected is not None and len(self) < self.expected:
            raise IncompleteAnswer(f"sent {len(self):,} of {self.expected:,} results")

    def listing(self) -> tuple[ItemListing, ...]:
        """One line per task, ordered by id: the vendor promises no order, and a resumed run needs a stable one."""
        return tuple(
            ItemListing(task_id, position, raw_status=status, payload=payload)
            for position, (task_id, (status, payload)) in enumerate(sorted(self._kept.items()))
        )

    def _take(self, number: int, line: bytes | None, ended: bool) -> None:
        path = f"{self.path} line {number}"
        try:
            if line is None:
                raise BadRecord(path, f"is longer than {MAX_LINE_BYTES:,} bytes")
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
        payload = pack(line)
        self._size += len(payload) - len(self._kept.get(task_id, ("", b""))[1])
        if self._size > MAX_STORED_BYTES:
            raise BadRecord(self.path, f"are larger than {MAX_STORED_BYTES:,} bytes even when compressed")
        self._kept[task_id] = (status if isinstance(status, str) else None, payload)


def _parsed(line: bytes, path: str, ended: bool) -> dict[str, Any]:
    try:
        value = parse(line)
    except NotJSON as error:
        if not ended:
            raise IncompleteAnswer("stopped in the middle of a result") from error
        raise BadRecord(path, f"is not JSON: {error}") from error
    except BadRecord as error:
        raise BadRecord(path, error.reason) from error
    if not isinstance(value, dict):
        raise BadRecord(path, f"expected an object, got {kind(value)}")
    return value
