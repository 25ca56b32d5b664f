"""The files of structured ODDs: one checked CSV for each video in the shared storage, and all of a request together."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from io import StringIO, TextIOWrapper
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone

from batches.export.defuse import defuse_all
from batches.export.files import ORPHAN_AGE, exports, names, write_file
from batches.models import OddRun, OddTable

FOLDER = "odd"
KEEP = timedelta(days=90)  # the vendor charged for them
VIDEO_COLUMNS = ("Video", "Video ID")
PROBLEM = "Problem"  # the last column: what is wrong with the row
MAX_STEM = 80  # characters of a video's name in a file's name


def write_table(run_id: int, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Store the table of one video. Returns its size in bytes."""
    defused = (defuse_all(list(row)) for row in ([*columns, PROBLEM], *rows))
    return write_file(_path(run_id), _lines(defused), lambda: None).size


def read_table(run: OddRun) -> bytes:
    """The CSV of one video. Raises FileNotFoundError."""
    with exports().open(_path(run.pk), "rb") as file:
        return bytes(file.read())


def joined_csv(table: OddTable) -> Iterator[bytes]:
    """The tables of all videos as one, each row with its video."""
    yield from _lines([defuse_all([*VIDEO_COLUMNS, *(column["name"] for column in table.columns), PROBLEM])])
    for run in table.runs.with_file():
        yield from _lines(_rows_of(run))


def zipped(table: OddTable) -> Iterator[bytes]:
    """A ZIP with a CSV for each video."""
    pieces = _Pieces()
    with ZipFile(pieces, "w", ZIP_DEFLATED) as archive:
        for number, run in enumerate(table.runs.with_file(), 1):
            archive.writestr(f"{number:03}-{file_stem(run.name)}.csv", read_table(run))
            yield pieces.take()
    yield pieces.take()


def file_stem(name: str) -> str:
    """A name that every system can store."""
    stem = re.sub(r"[^\w.-]+", "-", name.rpartition(".")[0] or name).strip("-.")
    return stem[:MAX_STEM] or "video"


def forget_old_tables() -> None:
    """Remove files that were kept long enough, and files of killed workers. Safe to run concurrently."""
    store, now = exports(), timezone.now()
    OddRun.objects.with_file().filter(finished_at__lt=now - KEEP).update(size=None)
    kept = {f"{pk}.csv" for pk in OddRun.objects.with_file().values_list("pk", flat=True)}
    for name in set(names(store, FOLDER)) - kept:
        with suppress(FileNotFoundError):  # another sweep was faster
            if store.get_modified_time(f"{FOLDER}/{name}") < now - ORPHAN_AGE:
                store.delete(f"{FOLDER}/{name}")


def _path(run_id: int) -> str:
    return f"{FOLDER}/{run_id}.csv"


def _rows_of(run: OddRun) -> Iterator[list[str]]:
    """The stored rows, which are defused already, each behind the name and the id of its video."""
    video = defuse_all([run.name, run.video_id])
    with exports().open(_path(run.pk), "rb") as file:
        lines = csv.reader(TextIOWrapper(file, "utf-8", newline=""))
        next(lines)
        for line in lines:
            yield [*video, *line]


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(row)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


class _Pieces:
    """What a ZIP is written to piece by piece: it cannot be sought in, so what was taken is never asked for again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: pieces are taken."""

    def close(self) -> None:
        """Nothing to do."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
