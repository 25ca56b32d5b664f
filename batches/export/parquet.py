"""Tables → Parquet as a stream: numbers as float64 and int64, everything else as text (nested fields as JSON text).

The writer pulls its batches and pushes its bytes, so it works in a thread of its own; the database is read, one page
after the other, by whoever takes the bytes.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Queue
from threading import Thread
from typing import IO, Any, cast

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from batches.export.columns import FLOATS, WHOLE
from batches.export.jsonl import columns_of, plain, typed
from batches.export.table import Table

ROW_GROUP = 50_000  # rows the writer holds, encoded, before it writes them


def parquet_bytes(names: tuple[str, ...], rows: Iterable[Table]) -> Iterator[bytes]:
    """The file, zstd-compressed. An error goes through, and the file has no footer then: no reader takes it."""
    fields = [Field(name, _kind(name)) for name in names]
    writer = _Writer(Schema(fields))
    try:
        for table in rows:
            cells = columns_of(names, table)
            arrays = [Array(_values(field.name, cells[field.name]), field.type) for field in fields]
            yield from writer.add(RecordBatch.from_arrays(arrays, schema=writer.schema))
        yield from writer.finish()
    finally:
        writer.stop()


def _kind(name: str) -> DataType:
    return DataType.float64() if name in FLOATS else DataType.int64() if name in WHOLE else DataType.utf8()


def _values(name: str, cells: list[str]) -> list[Any]:
    return typed(name, cells) if name in FLOATS | WHOLE else plain(cells)


class _Stopped(Exception):
    """The reading failed, or nobody wants the rest."""


class _Writer:
    """Batches in, bytes out. Takes a batch only when the one before is in the writer's hands: memory stays small."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.waiting: Queue[RecordBatch | type[_Stopped] | None] = Queue(maxsize=1)
        self.written: list[bytes] = []
        self.error: BaseException | None = None
        self.ended = False  # the last thing to come was taken from the queue
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
        """Whatever happened, no thread stays behind."""
        if self.thread.is_alive():
            self.waiting.put(_Stopped)
            self.thread.join()

    def _taken(self) -> Iterator[bytes]:
        taken, self.written = self.written, []
        if taken:
            yield b"".join(taken)

    def _work(self) -> None:
        try:
            reader = RecordBatchReader.from_batches(self.schema, self._batches())
            write_parquet(reader, cast("IO[bytes]", self), max_row_group_size=ROW_GROUP, compression="zstd(3)")
        except BaseException as error:  # said to whoever reads; a thread has nobody to raise it to
            self.error = error
            with suppress(_Stopped):
                while not self.ended:
                    self._next()  # who feeds us must not wait for ever

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
        """Nothing waits: bytes are there when they are written."""

    def seek(self, place: int, whence: int = 0) -> int:
        """The writer asks that there be one, and never goes back."""
        raise OSError("This file is sent while it is written.")
