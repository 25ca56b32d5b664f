"""Writes tables as a Parquet stream: numbers as float64 and int64, everything else as text (nested fields as JSON
text).

The writer pulls its batches and pushes its bytes, so it runs in its own thread. The reader's thread reads the database,
page by page.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from queue import Queue
from threading import Thread
from typing import IO, Any, cast

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from batches.export.columns import FLOATS, WHOLE
from batches.export.jsonl import plain, typed
from batches.export.table import Table

ROW_GROUP_ROWS = 50_000  # encoded in memory before they are written
MAGIC = b"PAR1"  # begins every file: sent at once, so that whoever waits sees that the download has begun


def parquet_bytes(names: tuple[str, ...], rows: Iterable[Table]) -> Iterator[bytes]:
    """Yield the file, zstd-compressed. After an error the file has no footer, so that no reader accepts it."""
    fields = [Field(name, _kind(name)) for name in names]
    writer = _Writer(Schema(fields))
    try:
        yield MAGIC
        for table in rows:
            yield from writer.add(RecordBatch.from_arrays(_arrays(fields, table), schema=writer.schema))
        yield from writer.finish()
    finally:
        writer.stop()


def _arrays(fields: Sequence[Field], table: Table) -> list[Array]:
    """The columns of a table. A cell shared by an item's events is converted once per item."""
    numbers = {pk: number for number, pk in enumerate(table.shared)}
    items = Array([numbers[pk] for pk in table.item_ids], DataType.uint32())

    def array(field: Field) -> Array:
        if field.name in table.own:
            return Array(_values(field.name, table.own[field.name]), field.type)
        cells = [shared[field.name] for shared in table.shared.values()]
        return Array(_values(field.name, cells), field.type).take(items)

    return list(map(array, fields))


def _kind(name: str) -> DataType:
    return DataType.float64() if name in FLOATS else DataType.int64() if name in WHOLE else DataType.utf8()


def _values(name: str, cells: list[str]) -> list[Any]:
    return typed(name, cells) if name in FLOATS | WHOLE else plain(cells)


class _Stopped(Exception):
    """The download failed or was cancelled."""


class _Writer:
    """Turns batches into bytes. Accepts a batch only when the writer has taken the previous one, to save memory."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.waiting: Queue[RecordBatch | type[_Stopped] | None] = Queue(maxsize=1)
        self.written: list[bytes] = []
        self.sent = MAGIC  # of the first piece
        self.error: BaseException | None = None
        self.ended = False  # True: the last entry was taken from the queue
        self.thread = Thread(target=self._work, name="parquet", daemon=True)
        self.thread.start()

    def add(self, batch: RecordBatch) -> Iterator[bytes]:
        self.waiting.put(batch)
        yield from self._taken()

    def finish(self) -> Iterator[bytes]:
        self.waiting.put(None)
        self.thread.join()
        if self.error:
            raise self.error
        yield from self._taken()

    def stop(self) -> None:
        """End the thread in any case."""
        if self.thread.is_alive():
            self.waiting.put(_Stopped)
            self.thread.join()

    def _taken(self) -> Iterator[bytes]:
        pieces = self.written[:]
        del self.written[: len(pieces)]  # of the same list, as the thread may be about to append to it
        if pieces:
            yield b"".join(pieces).removeprefix(self.sent)
            self.sent = b""

    def _work(self) -> None:
        try:
            reader = RecordBatchReader.from_batches(self.schema, self._batches())
            write_parquet(reader, cast("IO[bytes]", self), max_row_group_size=ROW_GROUP_ROWS, compression="zstd(3)")
        except BaseException as error:  # re-raised in the reader's thread
            self.error = error
            with suppress(_Stopped):
                while not self.ended:
                    self._next()  # so that the sender does not wait for ever

    def _batches(self) -> Iterator[RecordBatch]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> RecordBatch | None:
        batch = self.waiting.get()
        self.ended = batch is None or batch is _Stopped
        if batch is _Stopped:
            raise _Stopped
        return cast("RecordBatch | None", batch)

    # ── the file that the bytes go to ──

    def write(self, data: bytes) -> int:
        self.written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Does nothing: bytes are available at once."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Required by the writer, which never seeks."""
        raise OSError("A streamed file cannot seek.")
