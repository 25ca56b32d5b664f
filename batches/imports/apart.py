"""Reads the chunks of a large file in a process of its own: one core reads while another one stores. No Django here.

The process gets the file and its spool, and then for each batch what `Reading.chunks` asks for, on its standard input;
it answers with the chunks. It ends when the pipes are closed, so it outlives who started it by a chunk at most.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from batches.errors import BadRecord, VendorUnavailable
from batches.imports.reading import ReadChunk, Reading
from batches.imports.spool import Spool
from batches.sync.files.formats import recognise
from batches.sync.records import BatchRecord

READ_APART = 20_000  # records of a file, from which on starting a process costs less than it saves
ROOT = Path(__file__).resolve().parent.parent.parent
RARE_COLLECTIONS = 100_000, 20, 20  # objects of a few chunks
PIPE_BYTES = 1024 * 1024  # read or written at once
ENDED = "The process that reads the file ended. The import continues where it was."

ReadChunks = Callable[..., Iterator[ReadChunk]]


@contextmanager
def reader_of(reading: Reading, vendor: str) -> Iterator[ReadChunks]:
    """What reads the chunks of the file, as `Reading.chunks` does. `reading` is loaded; `vendor`: the connection's.

    The process is started for the first batch that is not mostly stored: of stored items only digests are compared.
    """
    with ExitStack() as stack:
        apart: list[ReadChunks] = []

        def read_chunks(record: BatchRecord, stored_digests: Mapping[str, str], *rest: Any) -> Iterator[ReadChunk]:
            stored = sum(listing.external_id in stored_digests for listing in record.listing)
            if reading.count < READ_APART or (os.process_cpu_count() or 1) < 2 or stored * 2 > len(record.listing):
                return reading.chunks(record, stored_digests, *rest)
            if not apart:
                apart.append(stack.enter_context(_process(reading, vendor)))
            return apart[0](record, stored_digests, *rest)

        yield read_chunks


@contextmanager
def _process(reading: Reading, vendor: str) -> Iterator[ReadChunks]:
    command = [sys.executable, "-m", "batches.imports.apart"]
    # A session of its own: who stops the worker at a terminal stops it alone, and the pipes end the process.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, bufsize=PIPE_BYTES, start_new_session=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        questions, answers = process.stdin, process.stdout
        try:
            _send(questions, (reading.form.source, vendor, reading.spool.path))
            yield lambda *asked: _answers(questions, answers, asked)
        finally:
            process.kill()
            with suppress(BrokenPipeError):  # of a question that it did not read
                questions.close()


def _answers(questions: IO[bytes], answers: IO[bytes], asked: tuple[Any, ...]) -> Iterator[ReadChunk]:
    """The chunks that the process reads.

    Raises BadRecord, RuntimeError for what went wrong in the process, and VendorUnavailable if it has ended.
    """
    try:
        _send(questions, asked)
        while (answer := pickle.load(answers)) is not None:  # noqa: S301  (our own process wrote it)
            match answer:
                case (path, reason):
                    raise BadRecord(path, reason)
                case str():
                    raise RuntimeError(answer)
                case _:
                    yield answer
    except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
        raise VendorUnavailable(ENDED) from error


def _send(to: IO[bytes], value: Any) -> None:
    to.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    to.flush()


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the questions end."""
    source, vendor, spool_path = pickle.load(questions)  # noqa: S301  (the worker that started us wrote it)
    reading = Reading(recognise(source, vendor), Spool(spool_path))
    reading.load(lambda count: None)
    while True:
        asked = pickle.load(questions)  # noqa: S301
        try:
            for answer in reading.chunks(*asked):
                _send(answers, answer)
        except BadRecord as error:
            _send(answers, (error.path, error.reason))
        _send(answers, None)


if __name__ == "__main__":
    gc.set_threshold(*RARE_COLLECTIONS)
    own_output = os.fdopen(os.dup(1), "wb", PIPE_BYTES)
    os.dup2(2, 1)  # nothing else may write between the answers
    try:
        _serve(sys.stdin.buffer, own_output)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # whoever asked has ended; what is not written need not be
    except Exception as error:  # reading again would fail again
        _send(own_output, f"{type(error).__name__}: {error}")
        raise
