"""A download in somebody's slow hands, and a writer beside it, on a real SQLite file."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from batches.export import pages
from batches.models import Batch, Connection, Event, Item
from tests.downloads import csv_of


@pytest.fixture
def file_database(tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    """A SQLite file in rollback-journal mode, where a reader that stays would block every writer."""
    alias = "file"
    connections.databases[alias] = connections.databases["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "file.sqlite3"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 0, "init_command": "PRAGMA journal_mode=DELETE"},
    }
    try:
        with django_db_blocker.unblock():
            call_command("migrate", "batches", database=alias, verbosity=0)  # nothing else is needed
            yield alias
    finally:
        connections[alias].close()
        del connections[alias], connections.databases[alias]


@pytest.mark.once  # a file of SQLite in both runs
@pytest.mark.case("L02", measured="a million rows")
def test_a_slow_reader_blocks_no_writer(file_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_EVENTS", 2)
    account = Connection.objects.using(file_database).create(vendor="nomadic", name="a", base_url="https://a.example")
    batch = Batch.objects.using(file_database).create(connection=account, external_id="b")
    video = Item.objects.using(file_database).create(batch=batch, external_id="v", position=0, answered=True)
    for n in range(6):
        Event.objects.using(file_database).create(
            batch=batch, item=video, identity=f"{n}", fingerprint="", digest="", sequence=n, raw_index=n, label=f"e{n}",
            vendor_approval="pending",
        )  # fmt: skip
    events = Event.objects.using(file_database).filter(batch=batch)
    chunks = csv_of(batch, "Label", events)
    first = [next(chunks), next(chunks)]
    written: list[int] = []

    def write() -> None:
        try:
            written.append(Event.objects.using(file_database).filter(label="e5").update(label="e5 now"))
        finally:
            connections[file_database].close()

    writer = Thread(target=write, daemon=True)
    writer.start()
    writer.join()
    assert written == [1]
    assert b"".join([*first, *chunks]) == b"Label\r\ne0\r\ne1\r\ne2\r\ne3\r\ne4\r\ne5 now\r\n"
