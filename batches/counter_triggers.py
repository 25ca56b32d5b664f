"""The triggers that keep the counters (`batches.counters`), for both engines.

SQLite drops the triggers of a table that it makes anew, as it does for most changes of columns: a migration that
changes `Event` or `Decision` ends with `migrations.RunPython(make_counter_triggers)` as well.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.counters import (
    COUNTED_ALONE,
    DECIDED,
    EVENTS,
    FILTERS,
    ITEMS,
    KEYS,
    MONDAY,
    OF_EVENT,
    READ_BY,
    counter_tables,
    event_values,
    is_counted,
    pause_of,
)

TRIGGERS = {EVENTS: "batches_event_counted", FILTERS: "batches_event_counted_for_filters",
            ITEMS: "batches_event_counted_by_item", DECIDED: "batches_event_counted_by_person"}  # fmt: skip
VERBS = ("insert", "update", "delete")


# Where a verdict follows another one of the same person in the same batch: a bulk counts once, a reason added to a
# verdict not at all.
WORK_OF_STEP = """
INSERT INTO batches_worktime (batch_id, week, category, pauses, milliseconds, is_change)
SELECT action.batch_id, {monday}, event.category, 1, {pause}, {true}
FROM {steps} JOIN batches_action action ON action.id = step.action_id JOIN batches_event event
  ON event.id = step.event_id
{earlier}
WHERE action.kind = 'decide' AND action.amends_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM batches_decision other WHERE other.action_id = step.action_id AND other.id < step.id)
"""

# Of the step's id, not of its action's: PostgreSQL would look for the one before each of all actions, and throw all but
# one away, as long as its statistics say that there are none yet (44 ms a verdict, after the first 1,000).
EARLIER = """
SELECT previous.{column} FROM batches_action previous
WHERE previous.user_id = action.user_id AND previous.batch_id = action.batch_id AND previous.id < step.action_id
  AND previous.kind = 'decide' AND previous.amends_id IS NULL
ORDER BY previous.id DESC LIMIT 1
"""


def make_counter_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The triggers of all counters that the database has by now."""
    make = _postgresql_triggers if editor.connection.vendor == "postgresql" else _sqlite_triggers
    for statement in make(_counted_from_events(editor)):
        editor.execute(statement, params=None)


def make_counter_functions(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What the triggers do, without a lock of a table. SQLite has no functions: there a trigger is what it does."""
    if editor.connection.vendor == "postgresql":
        for statement in _postgresql_functions(_counted_from_events(editor)):
            editor.execute(statement, params=None)


def drop_counter_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_filter_triggers(apps, editor)
    for verb in VERBS:
        _drop(editor, f"{TRIGGERS[EVENTS]}_{verb}", "batches_event")
    _drop(editor, "batches_decision_counted_insert", "batches_decision")


def drop_filter_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back to before the counters for filters and of items. PostgreSQL counts all in one function."""
    if editor.connection.vendor == "postgresql":
        for statement in _postgresql_triggers([EVENTS]):
            editor.execute(statement, params=None)
        return
    for table in (FILTERS, ITEMS):
        for verb in VERBS:
            _drop(editor, f"{TRIGGERS[table]}_{verb}", "batches_event")


def drop_decided_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back to before the counter of decided events."""
    if editor.connection.vendor == "postgresql":
        for statement in _postgresql_triggers([EVENTS, FILTERS, ITEMS]):
            editor.execute(statement, params=None)
        return
    for verb in VERBS:
        _drop(editor, f"{TRIGGERS[DECIDED]}_{verb}", "batches_event")


def make_sqlite_triggers_anew(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """As they are made today, in a database that has earlier ones."""
    if editor.connection.vendor != "postgresql":
        for table in counter_tables(editor.connection):
            if table in TRIGGERS:
                _drop(editor, f"{TRIGGERS[table]}_insert", "batches_event")
        make_counter_triggers(apps, editor)


def _counted_from_events(editor: BaseDatabaseSchemaEditor) -> list[str]:
    return [table for table in counter_tables(editor.connection) if table in OF_EVENT]


def _drop(editor: BaseDatabaseSchemaEditor, trigger: str, table: str) -> None:
    on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
    editor.execute(f"DROP TRIGGER IF EXISTS {trigger}{on}", params=None)


def _sqlite_triggers(tables: list[str]) -> list[str]:
    work = WORK_OF_STEP.format(
        monday=MONDAY["sqlite"].format("action.created_at"), true=1,
        pause=pause_of("sqlite", "action.created_at", "earlier.created_at"),
        earlier=f"JOIN batches_action earlier ON earlier.id = ({EARLIER.format(column='id')})",
        steps="(SELECT new.id AS id, new.action_id AS action_id, new.event_id AS event_id) step",
    )  # fmt: skip
    return [
        *(statement for table in tables for statement in _sqlite_triggers_of(table)),
        f"CREATE TRIGGER IF NOT EXISTS batches_decision_counted_insert AFTER INSERT ON batches_decision "
        f"WHEN new.undoes_id IS NULL AND new.is_correction IS NULL BEGIN {work}; END",
    ]


def _sqlite_triggers_of(table: str) -> list[str]:
    read = ", ".join(READ_BY[table])
    before, after = ([is_counted(table, row), *event_values(table, row, "sqlite")] for row in ("old", "new"))
    changed = " OR ".join(f"({old}) IS NOT ({new})" for old, new in zip(before, after, strict=True))
    create = f"CREATE TRIGGER IF NOT EXISTS {TRIGGERS[table]}"
    return [
        f"{create}_insert AFTER INSERT ON batches_event WHEN {is_counted(table, 'new')} AND {COUNTED_ALONE} "
        f"BEGIN {_sqlite_add(table, 'new')} END",
        f"{create}_update AFTER UPDATE OF {read} ON batches_event WHEN {changed} "
        f"BEGIN {_sqlite_move(table, 'old', -1)} {_sqlite_add(table, 'new')} END",
        f"{create}_delete AFTER DELETE ON batches_event BEGIN {_sqlite_move(table, 'old', -1)} END",
    ]


def _sqlite_move(table: str, row: str, change: int) -> str:
    pairs = zip(KEYS[table], event_values(table, row, "sqlite"), strict=True)
    same = " AND ".join(f"{name} IS ({value})" for name, value in pairs)
    return f"UPDATE {table} SET events = events + {change} WHERE {is_counted(table, row)} AND {same};"


def _sqlite_add(table: str, row: str) -> str:
    values = ", ".join(event_values(table, row, "sqlite"))
    names = ", ".join(KEYS[table])
    return (
        f"{_sqlite_move(table, row, 1)} INSERT INTO {table} ({names}, events, is_change) "
        f"SELECT {values}, 1, 0 WHERE {is_counted(table, row)} AND changes() = 0;"
    )


def _postgresql_adding(table: str, sides: dict[str, int]) -> str:
    """The statement that adds the changes of a counter. `sides`: transition table → 1 or -1."""
    names = ", ".join(KEYS[table])
    moves = " UNION ALL ".join(
        f"SELECT {', '.join(event_values(table, 'event', 'postgresql'))}, {change} FROM {rows} event "
        f"WHERE {is_counted(table, 'event')}"
        for rows, change in sides.items()
    )
    return (
        f"INSERT INTO {table} ({names}, events, is_change) SELECT {names}, sum(change), true "
        f"FROM ({moves}) moved ({names}, change) GROUP BY {names} HAVING sum(change) <> 0;"
    )


def _postgresql_triggers(tables: list[str]) -> list[str]:
    transitions = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows",
                   "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}  # fmt: skip
    return [
        *_postgresql_functions(tables),
        *(
            f"CREATE OR REPLACE TRIGGER batches_event_counted_{verb} AFTER {verb.upper()} ON batches_event "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION batches_count_{verb}()"
            for verb, rows in transitions.items()
        ),
        "CREATE OR REPLACE TRIGGER batches_decision_counted_insert AFTER INSERT ON batches_decision "
        "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION batches_count_work()",
    ]


def _postgresql_functions(tables: list[str]) -> list[str]:
    def function(verb: str, sides: dict[str, int]) -> str:
        adding = " ".join(_postgresql_adding(table, sides) for table in tables)
        return (
            f"CREATE OR REPLACE FUNCTION batches_count_{verb}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {adding} RETURN NULL; END $$"
        )

    work = WORK_OF_STEP.format(
        monday=MONDAY["postgresql"].format("action.created_at"), true="true",
        pause=pause_of("postgresql", "action.created_at", "earlier.created_at"),
        earlier=f"CROSS JOIN LATERAL ({EARLIER.format(column='created_at')}) earlier",
        steps="(SELECT DISTINCT ON (action_id) id, action_id, event_id FROM new_rows "
              "WHERE undoes_id IS NULL AND is_correction IS NULL ORDER BY action_id, id) step",
    )  # fmt: skip
    new, old = {"new_rows": 1}, {"old_rows": -1}
    sides = {"insert": new, "delete": old, "update": old | new}
    return [
        *(function(verb, rows) for verb, rows in sides.items()),
        f"CREATE OR REPLACE FUNCTION batches_count_work() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {work}; "
        "RETURN NULL; END $$",
    ]
