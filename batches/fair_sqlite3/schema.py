"""A schema editor that checks the references that a migration can have broken, not those of all tables.

Django switches references off while it alters tables, and checks every row of the database afterwards, in the same
transaction. With a million events each migration, however small, would lock the database for 10 to 20 s.
"""

import sqlite3
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor as SQLiteEditor

NEW = "new__"  # how Django names a table that takes the place of another
REMOVING = frozenset({sqlite3.SQLITE_DELETE, sqlite3.SQLITE_DROP_TABLE})


class DatabaseSchemaEditor(SQLiteEditor):
    added: set[str]  # tables that got rows
    removed: set[str]  # tables that lost rows
    updated: set[tuple[str, str]]  # table and column

    def __enter__(self) -> "DatabaseSchemaEditor":
        super().__enter__()
        self.added, self.removed, self.updated = set(), set(), set()
        self.connection.connection.set_authorizer(self._note)
        return self

    def __exit__(self, *error: Any) -> None:
        self.connection.connection.set_authorizer(None)
        try:
            if not any(error):
                self.connection.check_constraints(self._tables_to_check())
        except BaseException as broken:
            error = type(broken), broken, broken.__traceback__
            raise
        finally:
            BaseDatabaseSchemaEditor.__exit__(self, *error)
            self.connection.enable_constraint_checking()

    def _note(self, action: int, table: str | None, column: str | None, *_: Any) -> int:
        """Called by SQLite for everything that a statement will do, its triggers included."""
        name = (table or "").removeprefix(NEW)
        if action == sqlite3.SQLITE_INSERT:
            self.added.add(name)
        elif action in REMOVING:
            self.removed.add(name)
        elif action == sqlite3.SQLITE_UPDATE:
            self.updated.add((name, column or ""))
        return sqlite3.SQLITE_OK

    def _tables_to_check(self) -> list[str]:
        """Tables with rows whose references were written, or whose referenced rows may be gone."""
        with self.connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT child.name, parent.'table', parent.'from', coalesce(parent.'to', 'id') FROM sqlite_master child"
                " JOIN pragma_foreign_key_list(child.name) parent WHERE child.type = 'table'"
            ).fetchall()
        return sorted(
            {
                child
                for child, parent, source, target in rows
                if child in self.added or parent in self.removed or {(child, source), (parent, target)} & self.updated
            }
        )
