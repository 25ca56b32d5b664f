"""Stores the records of a file on disk by batch and item, so that reading them in any order takes little memory.

The records of an item that come soon after each other are packed into one row, so that a large file has few rows. No
Django here.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Self

import orjson

from batches.sync.fields import clean
from batches.sync.files.base import Entry

Tick = Callable[[int], None]
TICK_RECORDS = 2_000
PACKED_BYTES = 8_000_000  # records that wait in memory until they are written
RECORD_BYTES = 200  # of memory that a waiting record takes beside its body
ITEM_BYTES = 600  # and the first of an item beside that
MAX_LOCATION = 500  # characters
MAX_REFUSED_BYTES = 80_000  # of a refused record; 20,000 characters of it are kept
FORMAT = 1  # raise it when the tables change
TABLES = """
CREATE TABLE packed (id INTEGER PRIMARY KEY, key, item, heads BLOB, bodies BLOB);
CREATE TABLE refused (id INTEGER PRIMARY KEY, key, location, refusal, body BLOB);
CREATE TABLE batch (id INTEGER PRIMARY KEY, key UNIQUE, batch);
CREATE TABLE reading (format, read_as, records);
"""
INDEXES = """
CREATE INDEX by_item ON packed (key, item, id);
CREATE INDEX refused_by_key ON refused (key, id);
CREATE INDEX by_batch ON batch (batch);
"""


class Spool:
    """A temporary database, deleted at the end of the `with` block."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="import-")
        self.path = Path(self._folder.name) / "spool"
        self.read_as = ""  # how the records were read
        self.count = 0
        self._open()

    def _open(self) -> None:
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def fill(self, entries: Iterable[Entry], read_as: str, tick: Tick) -> None:
        """Store all records in place of those it has. Calls `tick` with the number so far."""
        self._db.close()
        self.path.unlink(missing_ok=True)
        self._open()
        self._db.executescript(TABLES)
        self.read_as, self.count = "", 0
        waiting = _Waiting()
        for entry in entries:
            waiting.add(self.count, entry)
            self.count += 1
            if waiting.size >= PACKED_BYTES:
                self._write(waiting)
                waiting = _Waiting()
            if self.count % TICK_RECORDS == 0:
                tick(self.count)
        self._write(waiting)
        self._db.executescript(INDEXES)
        self._db.execute("INSERT INTO reading VALUES (?, ?, ?)", [FORMAT, read_as, self.count])
        self.read_as = read_as
        tick(self.count)

    def _write(self, waiting: "_Waiting") -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO batch (key) VALUES (?)", [(key,) for key in waiting.keys])
        self._db.executemany(
            "INSERT INTO packed (key, item, heads, bodies) VALUES (?, ?, ?, ?)",
            (
                (key, item, orjson.dumps(heads), b"".join(bodies))
                for (key, item), (heads, bodies) in waiting.items.items()
            ),
        )
        self._db.executemany(
            "INSERT INTO refused (key, location, refusal, body) VALUES (?, ?, ?, ?)",
            ((entry.key, entry.location, entry.refusal, entry.body) for entry in waiting.refused),
        )
        self._db.execute("COMMIT")

    def restore(self, stored: IO[bytes]) -> None:
        """Take over the file of another spool; the spool stays empty if it cannot be used."""
        self._db.close()
        with self.path.open("wb") as copy:
            shutil.copyfileobj(stored, copy, 1024 * 1024)
        self._open()
        try:
            version, read_as, count = self._db.execute("SELECT format, read_as, records FROM reading").fetchone()
        except (sqlite3.DatabaseError, TypeError):
            return
        if version == FORMAT:
            self.read_as, self.count = read_as, count

    def batch_keys(self) -> list[str]:
        """The keys by which the file tells its batches apart, in its order, including those of refused records."""
        return [key for (key,) in self._db.execute("SELECT key FROM batch ORDER BY id")]

    def batch_count(self) -> int:
        """The number of these keys, of what is written so far."""
        return int(self._db.execute("SELECT COUNT(*) FROM batch").fetchone()[0])

    def about(self, key: str) -> tuple[list[bytes], bytes]:
        """The records about a batch itself, and the first record of one of its items (empty without one)."""
        rows = self._db.execute("SELECT heads, bodies FROM packed WHERE key = ? AND item = '' ORDER BY id", [key])
        own = [body for row in rows for _, _, body in _unpacked(*row)]
        first = self._db.execute(
            "SELECT heads, bodies FROM packed WHERE id = (SELECT MIN(id) FROM packed WHERE key = ? AND item > '')",
            [key],
        ).fetchone()
        return own, next(_unpacked(*first))[2] if first else b""

    def name(self, key: str, batch_id: str) -> None:
        """Assign a key to a batch; several keys may belong to one batch."""
        self._db.execute("UPDATE batch SET batch = ? WHERE key = ?", [batch_id, key])

    def items(self, batch_id: str) -> Iterator[str]:
        """The items of a batch, in the order of their first records."""
        rows = self._db.execute(
            "SELECT item FROM batch CROSS JOIN packed USING (key) WHERE batch = ? AND item > '' GROUP BY item ORDER BY"
            " MIN(packed.id)",
            [batch_id],
        )
        return (item for (item,) in rows)

    def records(self, batch_id: str, item: str, limit: int) -> list[tuple[str, bytes]]:
        """Location and body of an item's records, in order; `limit` + 1 of them if there are more."""
        # CROSS JOIN makes the planner, which has no statistics, read the few keys of the batch first, then the index.
        rows = self._db.execute(
            "SELECT heads, bodies FROM batch CROSS JOIN packed USING (key) WHERE batch = ? AND item = ?"
            " ORDER BY packed.id",
            [batch_id, item],
        )
        records = list[tuple[int, str, bytes]]()
        parts = 0
        for row in rows:
            records += _unpacked(*row)
            parts += 1
            if len(records) > limit:
                break
        if parts > 1:  # of several keys, whose records alternate
            records.sort(key=lambda record: record[0])
        return [(location, body) for _, location, body in records[: limit + 1]]

    def size(self, batch_id: str, item: str) -> int:
        """The number of an item's records."""
        sql = (
            "SELECT TOTAL(json_array_length(CAST(heads AS TEXT))) FROM batch CROSS JOIN packed USING (key)"
            " WHERE batch = ? AND item = ?"
        )
        return int(self._db.execute(sql, [batch_id, item]).fetchone()[0])

    def refused(self, batch_id: str, limit: int) -> list[tuple[str, str, bytes]]:
        """Location, reason and body of at most `limit` records that belong to no item."""
        rows = self._db.execute(
            "SELECT location, refusal, body FROM batch CROSS JOIN refused USING (key)"
            " WHERE batch = ? ORDER BY refused.id LIMIT ?",
            [batch_id, limit],
        )
        return rows.fetchall()

    def refused_count(self, batch_id: str) -> int:
        sql = "SELECT COUNT(*) FROM batch CROSS JOIN refused USING (key) WHERE batch = ?"
        return int(self._db.execute(sql, [batch_id]).fetchone()[0])


class _Waiting:
    """Records that are not written yet, by batch and item."""

    def __init__(self) -> None:
        self.size = 0
        self.keys: dict[str, None] = {}
        self.items: dict[tuple[str, str], tuple[list[tuple[int, str, int]], list[bytes]]] = {}
        self.refused: list[Entry] = []

    def add(self, number: int, entry: Entry) -> None:
        key, item, location, body, refusal = entry
        self.size += len(body) + RECORD_BYTES
        self.keys[key] = None
        if refusal:
            self.refused.append(entry._replace(body=body[:MAX_REFUSED_BYTES]))
            return
        packed = self.items.get((key, item))
        if packed is None:
            self.size += ITEM_BYTES
            packed = self.items[key, item] = [], []
        packed[0].append((number, location if location.isascii() else clean(location, MAX_LOCATION), len(body)))
        packed[1].append(body)


def _unpacked(heads: bytes, bodies: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Number, location and body of each packed record."""
    start = 0
    for number, location, length in orjson.loads(heads):
        yield number, location, bodies[start : start + length]
        start += length
