"""Reading in a second process: the same records, the same errors, and no process left behind."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batches.errors import BadRecord
from batches.sync.jsontext import MAX_DEPTH, NotJSON
from batches.sync.reader import Reader
from batches.sync.records import BatchRecord
from batches.sync.vendors.nomadic_batch import read_batch
from batches.sync.vendors.nomadic_items import read_answer
from tests import worlds

WORLD = worlds.batch(videos=6, events=3)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


@pytest.fixture(scope="module")
def batch() -> BatchRecord:
    return read_batch(WORLD["status"], worlds.BATCH, listing=True, dashboard_url="https://vendor.example")


def body(**changes: Any) -> bytes:
    """A bulk answer, with changed fields in the first event."""
    entries = json.loads(json.dumps(list(WORLD["bulk"].values())))
    entries[0]["analysis"]["events"][0] |= changes
    return json.dumps({"analyses": entries}).encode()


@pytest.mark.parametrize(
    "changes",
    [{}, {"time": 12}, {"description": "nul \0 and half \ud800 a pair", "type": 7}, {"data": {"confidence": float("nan")}}],
)  # fmt: skip
def test_the_records_are_those_read_here(reader: Reader, batch: BatchRecord, changes: dict[str, Any]) -> None:
    here = read_answer(body(**changes), MAX_DEPTH, batch, batch.listing, {})
    there = reader.read(body(**changes), MAX_DEPTH, batch, batch.listing, {})
    assert repr(there) == repr(here)  # by their text, in which NaN is equal to itself


def test_what_is_known_is_only_named(reader: Reader, batch: BatchRecord) -> None:
    known = {item.external_id: item.digest for item in read_answer(body(), MAX_DEPTH, batch, batch.listing, {}).items}
    chunk = reader.read(body(severity="low"), MAX_DEPTH, batch, batch.listing, known)
    assert [item.external_id for item in chunk.items] == ["video0"]
    assert chunk.same == ("video1", "video2", "video3", "video4", "video5")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(b"<html>", NotJSON), (b'{"a": "\xff"}', BadRecord), (b"[" * 300 + b"]" * 300, BadRecord), (b"{}", BadRecord)],
)
def test_an_answer_that_cannot_be_read_fails_as_it_does_here_and_the_next_one_is_read(
    reader: Reader, batch: BatchRecord, sent: bytes, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as here:
        read_answer(sent, MAX_DEPTH, batch, batch.listing, {})
    with pytest.raises(expected) as there:
        reader.read(sent, MAX_DEPTH, batch, batch.listing, {})
    assert (str(there.value), vars(there.value)) == (str(here.value), vars(here.value))
    assert len(reader.read(body(), MAX_DEPTH, batch, batch.listing, {}).items) == 6


def test_several_threads_get_each_its_own_answer(reader: Reader, batch: BatchRecord) -> None:
    def label(number: int) -> str:
        chunk = reader.read(body(description=f"car {number}"), MAX_DEPTH, batch, batch.listing, {})
        return chunk.items[0].events[0].label

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(label, range(20))) == [f"car {number}" for number in range(20)]


def test_a_process_that_died_is_an_error_and_not_an_empty_answer(batch: BatchRecord) -> None:
    with Reader() as reader:
        os.kill(reader._process.pid, signal.SIGKILL)
        with pytest.raises((EOFError, OSError)):
            reader.read(body(), MAX_DEPTH, batch, batch.listing, {})


def test_the_process_ends_when_its_owner_is_killed() -> None:
    code = "from batches.sync.reader import Reader\nreader = Reader()\nprint(reader._process.pid, flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        waiting = os.pidfd_open(pid)
        owner.kill()
        gone, _, _ = select.select([waiting], [], [], 20)
    os.close(waiting)
    assert gone == [waiting]
