"""A transaction takes its turn before it begins, and gives it back when it ends; reading takes none."""

from typing import Any
from urllib.parse import quote

from django.db import OperationalError
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteWrapper

from batches.fair_sqlite3.schema import DatabaseSchemaEditor
from batches.fair_sqlite3.turns import Turns, turns_at

DEFAULT_TIMEOUT = 5.0  # seconds, as in Python's sqlite3
# In the settings of a database, set by what serves and works: a file that went away with its disk is missed, and not
# begun anew, without tables, in its place.
FILE_IS_THERE = "FILE_IS_THERE"


class DatabaseWrapper(SQLiteWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    turns: Turns | None = None  # while a transaction has its turn

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        path = str(parameters["database"])
        if self.settings_dict.get(FILE_IS_THERE) and not self.is_in_memory_db() and not path.startswith("file:"):
            parameters["database"] = f"file:{quote(path)}?mode=rw"
        return parameters

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        """Raises OperationalError, as SQLite does, if the turn does not come in time."""
        settings: dict[str, Any] = self.settings_dict
        path = str(settings["NAME"])
        if self.turns is None and not self.is_in_memory_db() and not path.startswith("file:"):
            turns = turns_at(f"{path}-turn")
            if not turns.take(settings["OPTIONS"].get("timeout", DEFAULT_TIMEOUT)):
                raise OperationalError("database is locked")
            self.turns = turns

    def _end_turn(self) -> None:
        if self.turns is not None:
            turns, self.turns = self.turns, None
            turns.give_back()
