"""Upgrade a database from its oldest version by processes that are killed in the middle of migrations.

    python -m tests.killing.migration_victims few|all

Prints one JSON line: the kills, the migrations that left something behind, and what the rows became.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from itertools import chain, count
from typing import Any

import django

django.setup()

from django.apps.registry import Apps  # noqa: E402  (after django.setup)
from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402
from django.db.migrations import Migration  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402
from django.db.migrations.state import ProjectState  # noqa: E402

from tests.killing import old_rows  # noqa: E402
from tests.schema import by_old_files  # noqa: E402

RECORD = 0  # the statement that records the migration
# Of each kind that the migrations have, the statement before which it is killed: triggers, a table with indexes made at
# the end, tables, renamed columns, rows some at a time without a transaction, texts, an index.
FEW = {
    "0002_append_only": 2, "0005_tokens": RECORD, "0006_bulk": 9, "0020_plain_names": 5, "0022_fill_search_words": 2,
    "0031_plain_words": 3, "0039_corrections": 9, "0046_search_triggers": RECORD,
}  # fmt: skip
SCHEMA = {
    "sqlite": ["SELECT name, sql FROM sqlite_master"],
    "postgresql": [
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT tgrelid::text, tgname FROM pg_trigger",
        "SELECT conrelid::text, conname FROM pg_constraint",
    ],
}


class Victims:
    def __init__(self, all_points: bool) -> None:
        self.all_points = all_points
        self.kills = 0
        self.traces: list[str] = []  # of migrations in one transaction that were killed and left something behind

    def points(self, name: str) -> Iterable[int]:
        """Before which statements a migration is killed; of all of them the last is never reached."""
        if self.all_points:
            return chain(range(1, 20), count(20, 5))
        return [FEW[name]] if name in FEW else []

    def migrate(self, name: str) -> Apps:
        """Up to this migration by the files that the squashed one replaces. Returns the models of then."""
        executor = by_old_files()
        plan = executor.migration_plan([("batches", name)])
        state = executor._create_project_state(with_applied_migrations=True)
        for migration, _ in plan:
            state.apps  # noqa: B018  (rendered once, for every child)
            points = self.points(migration.name) if migration.app_label == "batches" else []
            if any(self.applies(executor, migration, state, point) for point in points):
                state = migration.mutate_state(state, preserve=False)
            else:
                state = executor.apply_migration(state, migration)
        return state.apps

    def applies(self, executor: MigrationExecutor, migration: Migration, state: ProjectState, point: int) -> bool:
        """Whether a process that is to be killed has applied it: it ended first, or had only settings to restore."""
        before = schema()
        leave()
        child = os.fork()
        if child == 0:
            try:
                with database.execute_wrapper(fate(point)):
                    executor.apply_migration(state, migration)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        end = os.waitpid(child, 0)[1]
        died = os.WIFSIGNALED(end)
        applied = ("batches", migration.name) in MigrationRecorder(database).applied_migrations()
        assert died or (applied and os.WEXITSTATUS(end) == 0), migration
        self.kills += died
        if migration.atomic and not applied and schema() != before:
            self.traces.append(migration.name)
        return applied


def fate(point: int) -> Callable[..., Any]:
    """Kill the process before this statement."""
    statements = point

    def strike(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements -= 1
        records = point == RECORD and 'INTO "django_migrations"' in str(arguments[0])
        if statements == 0 or records:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)

    return strike


def leave() -> None:
    """Share no socket and no file with the child."""
    database.close()
    if database.vendor == "postgresql":
        database.close_pool()


def schema() -> set[tuple[Any, ...]]:
    with database.cursor() as cursor:
        rows: set[tuple[Any, ...]] = set()
        for statement in SCHEMA[database.vendor]:
            cursor.execute(statement)
            rows.update(cursor.fetchall())
        return rows


def main(points: str) -> None:
    victims = Victims(points == "all")
    old_rows.make_first(victims.migrate("0003_redo"))
    old_rows.make_decided(victims.migrate("0022_fill_search_words"))
    names = old_rows.make_requested(victims.migrate("0025_fixed_links"))
    victims.migrate(max(by_old_files().loader.graph.leaf_nodes("batches"))[1])
    call_command("migrate", verbosity=0)
    print(json.dumps({"kills": victims.kills, "traces": victims.traces, "rows": old_rows.end(names)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
