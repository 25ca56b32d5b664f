"""Stores the records of a file on disk by batch and item, so that reading them in any order takes little memory."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from batches.sync.files.base import Entry

Tick = Callable[[int], None]
CHUNK_RECORDS = 2_000  # written in one transaction


class Spool:
    """A temporary database, deleted at the end of the `with` block."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "spool", isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;")
        self._db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, key, item, location, body BLOB, refusal)")
        self._db.executescript("CREATE TABLE batch (key PRIMARY KEY, batch); CREATE INDEX by_batch ON batch (batch);")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def fill(self, entries: Iterable[Entry], tick: Tick) -> int:
        """Store all records and return their number. Calls `tick` with the number so far."""
        count = 0
        for chunk in batched(entries, CHUNK_RECORDS, strict=False):
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO record (key, item, location, body, refusal) VALUES (?, ?, ?, ?, ?)", chunk
            )
            self._db.execute("COMMIT")
            count += len(chunk)
            tick(count)
        self._db.execute("CREATE INDEX by_item ON record (key, item, id)")
        return count

    def batch_keys(self) -> list[str]:
        """The keys by which the file tells its batches apart, in its order, including those of refused records."""
        rows = self._db.execute("SELECT key FROM record GROUP BY key ORDER BY MIN(id)").fetchall()
        return [key for (key,) in rows]

    def about(self, key: str) -> tuple[list[bytes], bytes]:
        """The records about a batch itself, and the first record of one of its items (empty without one)."""
        rows = self._db.execute(
            "SELECT body FROM record WHERE key = ? AND item = '' AND refusal = '' ORDER BY id", [key]
        )
        first = self._db.execute("SELECT body FROM record WHERE key = ? AND item > '' ORDER BY id LIMIT 1", [key])
        return [body for (body,) in rows], (first.fetchone() or (b"",))[0]

    def name(self, key: str, batch_id: str) -> None:
        """Assign a key to a batch; several keys may belong to one batch."""
        self._db.execute("INSERT INTO batch VALUES (?, ?)", [key, batch_id])

    def items(self, batch_id: str) -> Iterator[str]:
        """The items of a batch, in the order of their first records."""
        rows = self._db.execute(
            "SELECT item FROM batch CROSS JOIN record USING (key) WHERE batch = ? AND item > '' GROUP BY item ORDER BY"
            " MIN(id)",
            [batch_id],
        )
        return (item for (item,) in rows)

    def records(self, batch_id: str, item: str, limit: int) -> list[tuple[str, bytes]]:
        """Location and body of an item's records, in order; `limit` + 1 of them if there are more."""
        # CROSS JOIN makes the planner, which has no statistics, read the few keys of the batch first, then the index.
        rows = self._db.execute(
            "SELECT location, body FROM batch CROSS JOIN record USING (key) WHERE batch = ? AND item = ? ORDER BY id"
            " LIMIT ?",
            [batch_id, item, limit + 1],
        )
        return rows.fetchall()

    def refused(self, batch_id: str, limit: int) -> list[tuple[str, str, bytes]]:
        """Location, reason and body of at most `limit` records that belong to no item."""
        rows = self._db.execute(
            "SELECT location, refusal, body FROM batch CROSS JOIN record USING (key)"
            " WHERE batch = ? AND refusal > '' ORDER BY id LIMIT ?",
            [batch_id, limit],
        )
        return rows.fetchall()

    def refused_count(self, batch_id: str) -> int:
        sql = "SELECT COUNT(*) FROM batch CROSS JOIN record USING (key) WHERE batch = ? AND refusal > ''"
        return int(self._db.execute(sql, [batch_id]).fetchone()[0])
