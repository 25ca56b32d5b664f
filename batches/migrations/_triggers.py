"""Append-only tables: both engines refuse UPDATE and DELETE on them, whoever asks.

SQLite drops the triggers of a table that it makes anew, as it does for most changes of columns: a migration that
changes an append-only table ends with `migrations.RunPython(append_only(table))` as well.
"""

from collections.abc import Callable

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FUNCTION = (
    "CREATE OR REPLACE FUNCTION batches_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
    "USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'integrity_constraint_violation'; END $$"
)
VERBS = ("UPDATE", "DELETE")
Step = Callable[[StateApps, BaseDatabaseSchemaEditor], None]


def append_only(*tables: str) -> Step:
    def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        on_postgresql = editor.connection.vendor == "postgresql"
        if on_postgresql:
            editor.execute(FUNCTION)
        for table in tables:
            for verb in VERBS:
                name = f"{table}_no_{verb.lower()}"
                if on_postgresql:
                    editor.execute(
                        f"CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table} "
                        "FOR EACH ROW EXECUTE FUNCTION batches_append_only()"
                    )
                else:
                    editor.execute(
                        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )

    return forbid


def rewritable(*tables: str) -> Step:
    def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            for verb in VERBS:
                editor.execute(f"DROP TRIGGER {table}_no_{verb.lower()}{on}")

    return allow
