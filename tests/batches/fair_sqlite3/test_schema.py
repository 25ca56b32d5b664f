"""A migration on SQLite checks the references that it can have broken, and only those."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connections
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from batches.fair_sqlite3.base import DatabaseWrapper

ALIAS = "schema"
TABLES = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), name TEXT);
CREATE TABLE large (id INTEGER PRIMARY KEY, child_id INTEGER REFERENCES child);
CREATE TRIGGER orphan AFTER UPDATE OF name ON parent WHEN NEW.name = 'gone' BEGIN
    INSERT INTO large (child_id) VALUES (77);
END;
INSERT INTO parent VALUES (1, 'a');
INSERT INTO child VALUES (1, 1, 'b');
INSERT INTO large VALUES (1, 1)
"""
REMADE = (
    "CREATE TABLE new__child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id))",
    "INSERT INTO new__child SELECT id, parent_id FROM child", "DROP TABLE child",
    "ALTER TABLE new__child RENAME TO child",
)  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """A file of the test's own with three tables that refer to each other."""
    options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA foreign_keys=ON"}
    settings = {"ENGINE": "batches.fair_sqlite3", "NAME": tmp_path / "schema.sqlite3", "OPTIONS": options}
    made = connections[ALIAS] = ConnectionHandler({"default": {}, ALIAS: settings})[ALIAS]
    assert isinstance(made, DatabaseWrapper)
    with django_db_blocker.unblock():
        made.ensure_connection()
        made.connection.executescript(TABLES)
        yield made
        made.close()
    del connections[ALIAS]


@pytest.mark.parametrize(
    ("statements", "tables"),
    [
        (["ALTER TABLE large ADD COLUMN box TEXT", "UPDATE large SET box = ''"], []),
        (["UPDATE child SET parent_id = parent_id"], ["child"]),
        (["UPDATE parent SET id = id"], ["child"]),
        (["UPDATE parent SET name = 'b'"], ["large"]),  # its trigger may add a row
        (["INSERT INTO large VALUES (2, 1)"], ["large"]),
        (REMADE, ["child", "large"]),
        (["CREATE TABLE other (id INTEGER PRIMARY KEY, large_id INTEGER REFERENCES large (id))"], []),
    ],
)
def test_a_migration_checks_the_references_it_wrote(
    connection: DatabaseWrapper, statements: list[str], tables: list[str]
) -> None:
    checked: list[str] = []
    connection.ensure_connection()
    with connection.schema_editor() as editor:
        for statement in statements:
            editor.execute(statement, None)
        connection.connection.set_trace_callback(checked.append)
    connection.connection.set_trace_callback(None)
    pragmas = [text for text in checked if "foreign_key_check" in text]
    assert pragmas == [f'PRAGMA foreign_key_check("{table}")' for table in tables]
    assert connection.cursor().execute("PRAGMA foreign_keys").fetchone()[0] == 1


@pytest.mark.parametrize("statement", [
    "INSERT INTO large VALUES (2, 9)", "UPDATE child SET parent_id = 9", "DELETE FROM parent",
    "UPDATE child SET id = 9", "UPDATE parent SET name = 'gone'",
])  # fmt: skip
def test_a_migration_that_breaks_a_reference_fails(connection: DatabaseWrapper, statement: str) -> None:
    connection.cursor().execute("SELECT 1")
    with pytest.raises(IntegrityError, match="invalid foreign key"), connection.schema_editor() as editor:
        editor.execute(statement, None)
    assert connection.in_atomic_block is False
    assert connection.cursor().execute("PRAGMA foreign_key_check").fetchall() == []
