"""A migration and the record that it was applied are committed together.

Django records one that leaves statements for its end (indexes, foreign keys) in a second transaction. A process that is
killed between the two leaves tables that the next run would make again, and no run ends any more.

One that PostgreSQL ends, because it and a verdict of the running product waited for each other's tables, runs once
more, after the verdicts.
"""

from typing import Any

from django.db import OperationalError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

OURS = "batches"
DEADLOCK = "40P01"  # PostgreSQL's code
# A verdict writes these first: a migration that has them waits for none.
WRITTEN_FIRST = "LOCK TABLE batches_action, batches_event IN SHARE ROW EXCLUSIVE MODE"


class WholeExecutor(MigrationExecutor):
    def migration_plan(self, targets: Any, clean_start: bool = False) -> list[tuple[Migration, bool]]:
        """Our own tables last: Django renders them again for each operation on a table that they refer to."""
        plan: list[tuple[Migration, bool]] = super().migration_plan(
            sorted(targets, key=lambda target: target[0] == OURS), clean_start
        )
        return plan

    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any) -> ProjectState:
        try:
            return self._apply_whole(state, migration, *args, **kwargs)
        except OperationalError as error:
            if not (migration.atomic and getattr(error.__cause__, "sqlstate", None) == DEADLOCK):
                raise
        # The failed attempt has changed the state that it was given.
        self.loader.build_graph()
        state = self._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
        return self._apply_whole(state, migration, *args, **kwargs, first=WRITTEN_FIRST)

    def _apply_whole(
        self, state: ProjectState, migration: Migration, *args: Any, first: str = "", **kwargs: Any
    ) -> ProjectState:
        apply = migration.apply

        def apply_whole(project_state: ProjectState, editor: BaseDatabaseSchemaEditor, *more: Any) -> ProjectState:
            if first:
                editor.execute(first)
            applied: ProjectState = apply(project_state, editor, *more)
            statements, editor.deferred_sql = editor.deferred_sql, []
            for statement in statements:
                editor.execute(statement, None)
            return applied

        migration.apply = apply_whole  # type: ignore[assignment, method-assign]
        try:
            return super().apply_migration(state, migration, *args, **kwargs)
        finally:
            migration.apply = apply  # type: ignore[method-assign]
