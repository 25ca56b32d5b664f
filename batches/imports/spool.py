"""Records of a file on disk, grouped by batch and item: however they are mixed, reading them takes no memory."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from batches.sync.files.base import Entry

Tick = Callable[[int], None]
STEP = 2_000  # records written at once


class Spool:
    """A throw-away database beside the other temporary files; gone with the `with` block."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "spool", isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;")
        self._db.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, key, item, place, body BLOB, refusal)")
        self._db.executescript("CREATE TABLE batch (key PRIMARY KEY, batch); CREATE INDEX by_batch ON batch (batch);")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def fill(self, entries: Iterable[Entry], tick: Tick) -> int:
        """Take in all records; how many there were. `tick` hears the number so far."""
        count = 0
        for some in batched(entries, STEP, strict=False):
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO said (key, item, place, body, refusal) VALUES (?, ?, ?, ?, ?)", some)
            self._db.execute("COMMIT")
            count += len(some)
            tick(count)
        self._db.execute("CREATE INDEX by_item ON said (key, item, id)")
        return count

    def batch_keys(self) -> list[str]:
        """The batches as the file tells them apart, in its order; those of refused records only where there is no other."""
        rows = self._db.execute("SELECT key FROM said GROUP BY key ORDER BY MIN(id)").fetchall()
        return [key for (key,) in rows]

    def about(self, key: str) -> tuple[list[bytes], bytes]:
        """What is said about a batch itself, and the first record of an item of it (empty without one)."""
        said = self._db.execute("SELECT body FROM said WHERE key = ? AND item = '' AND refusal = '' ORDER BY id", [key])
        first = self._db.execute("SELECT body FROM said WHERE key = ? AND item > '' ORDER BY id LIMIT 1", [key])
        return [body for (body,) in said], (first.fetchone() or (b"",))[0]

    def name(self, key: str, batch_id: str) -> None:
        """Several keys may turn out to be one batch."""
        self._db.execute("INSERT INTO batch VALUES (?, ?)", [key, batch_id])

    def items(self, batch_id: str) -> Iterator[str]:
        """The items of a batch, in the order of their first records."""
        rows = self._db.execute(
            "SELECT item FROM batch CROSS JOIN said USING (key) WHERE batch = ? AND item > '' GROUP BY item ORDER BY MIN(id)",
            [batch_id],
        )
        return (item for (item,) in rows)

    def records(self, batch_id: str, item: str, most: int) -> list[tuple[str, bytes]]:
        """Place and body of an item's records, in order; one more than `most` where there are more."""
        # CROSS JOIN: the few keys of the batch first, then the index; the planner has no figures to know better.
        rows = self._db.execute(
            "SELECT place, body FROM batch CROSS JOIN said USING (key) WHERE batch = ? AND item = ? ORDER BY id LIMIT ?",
            [batch_id, item, most + 1],
        )
        return rows.fetchall()

    def refused(self, batch_id: str, most: int) -> list[tuple[str, str, bytes]]:
        """Place, reason and body of the records that belong to no item, at most so many."""
        rows = self._db.execute(
            "SELECT place, refusal, body FROM batch CROSS JOIN said USING (key)"
            " WHERE batch = ? AND refusal > '' ORDER BY id LIMIT ?",
            [batch_id, most],
        )
        return rows.fetchall()

    def refused_count(self, batch_id: str) -> int:
        sql = "SELECT COUNT(*) FROM batch CROSS JOIN said USING (key) WHERE batch = ? AND refusal > ''"
        return int(self._db.execute(sql, [batch_id]).fetchone()[0])
