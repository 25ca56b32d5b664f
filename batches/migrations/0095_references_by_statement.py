"""On PostgreSQL what new events and payloads refer to is looked up once for a statement instead of once for each row:
that took a quarter of the server's time of an import. For Django the fields are as before, and a wrong row is refused
as by a foreign key, with the same locks, to all who see what others have committed, as everybody does who writes; only
that an event is there before its payload, and an item before its events.

SQLite, which looks up in less time than it makes a row, keeps its foreign keys.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from django.db import migrations
from django.db.migrations.state import StateApps

item_of_batch = import_module("batches.migrations.0089_item_of_batch")
one_reference = import_module("batches.migrations.0091_one_reference")
LOCKED = "batches_item, batches_event, batches_eventpayload"


class Reference(NamedTuple):
    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    keys: tuple[str, ...]

    def statements(self) -> Iterator[str]:
        """Triggers for new rows, for rows that refer to something else now, and for what is referred to no more."""
        columns = ", ".join(self.columns)
        moved, gone = (self._like("NEW", self.columns), self._like("OLD", self.keys))
        yield self._function("new", f"SELECT DISTINCT {columns} FROM new_rows")
        yield (
            f"CREATE TRIGGER {self.name}_new AFTER INSERT ON {self.table} REFERENCING NEW TABLE AS new_rows "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {self.name}_new()"
        )
        for verb, rows in ("moved", moved), ("gone", gone):
            yield self._function(verb, f"SELECT {columns} FROM {self.table} WHERE {rows} LIMIT 1")
        yield self._at_the_commit("moved", "update", self.table, self.columns)
        yield self._at_the_commit("gone", "update", self.parent, self.keys)
        yield self._at_the_commit("gone", "delete", self.parent, ())

    def reverse_statements(self) -> Iterator[str]:
        for verb in ("new", "moved", "gone"):
            yield f"DROP FUNCTION {self.name}_{verb} CASCADE"

    def _like(self, row: str, of_row: tuple[str, ...]) -> str:
        return self._same(self.columns, [f"{row}.{other}" for other in of_row])

    def _same(self, columns: tuple[str, ...], values: list[str]) -> str:
        """Whether the columns have these values, found by the first column alone: with statistics of an empty table
        PostgreSQL would take an index that begins with the batch, and read all of its entries for each row.
        """
        names = [columns[0], *(f"{column} + 0" for column in columns[1:])]
        return " AND ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))

    def _function(self, verb: str, rows: str) -> str:
        """Refuses `rows` if one of them refers to nothing. Planned anew for the new rows of each statement: a plan kept
        from when a batch had few items may read all of them for each event. Never reads a whole table.
        """
        plans = "force_custom_plan" if verb == "new" else "auto"
        same = self._same(self.keys, [f"child.{column}" for column in self.columns])
        return (
            f"CREATE FUNCTION {self.name}_{verb}() RETURNS trigger LANGUAGE plpgsql "
            f"SET enable_seqscan = off SET jit = off SET plan_cache_mode = {plans} AS $$ "
            f"BEGIN IF EXISTS (SELECT FROM ({rows}) child "
            f"LEFT JOIN LATERAL (SELECT true AS there FROM {self.parent} WHERE {same} FOR KEY SHARE) parent ON true "
            f"WHERE there IS NULL) THEN RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', "
            f"MESSAGE = 'a row of {self.table} refers to none of {self.parent}: {self.name}', "
            f"CONSTRAINT = '{self.name}', TABLE = '{self.table}'; END IF; RETURN NULL; END $$"
        )

    def _at_the_commit(self, verb: str, event: str, table: str, changed: tuple[str, ...]) -> str:
        of = f" OF {', '.join(changed)}" if changed else ""
        when = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in changed)
        return (
            f"CREATE CONSTRAINT TRIGGER {self.name}_{verb}_{event} AFTER {event.upper()}{of} ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {f'WHEN ({when}) ' if when else ''}"
            f"EXECUTE FUNCTION {self.name}_{verb}()"
        )


REFERENCES = (
    Reference("event_item_of_batch", "batches_event", ("item_id", "batch_id"), "batches_item", ("id", "batch_id")),
    Reference("payload_of_event", "batches_eventpayload", ("event_id",), "batches_event", ("id",)),
)


def by_statement(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    one_reference.lock_when_free(editor, LOCKED)
    for statement in item_of_batch.REVERSE:
        editor.execute(statement)
    payload = apps.get_model("batches", "EventPayload")
    for constraint in editor._constraint_names(payload, ["event_id"], foreign_key=True):
        editor.execute(editor._delete_fk_sql(payload, constraint))
    for reference in REFERENCES:
        for statement in reference.statements():
            editor.execute(statement, params=None)


def by_row(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    one_reference.lock_when_free(editor, LOCKED)
    for reference in REFERENCES:
        for statement in reference.reverse_statements():
            editor.execute(statement)
    item_of_batch.refer_to_both(apps, editor)
    payload = apps.get_model("batches", "EventPayload")
    editor.execute(editor._create_fk_sql(payload, payload._meta.get_field("event"), "_fk_%(to_table)s_%(to_column)s"))
    import_module("batches.migrations.0090_check_item_of_batch").check_both(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("batches", "0094_no_index_of_restored")]

    operations = [migrations.RunPython(by_statement, by_row)]
