"""The triggers that keep the counters (`batches.counters`), for both engines.

SQLite drops the triggers of a table that it makes anew, as it does for most changes of columns: a migration that
changes `Event` or `Decision` ends with `migrations.RunPython(make_counter_triggers)` as well.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.counters import EVENTS, KEYS, MONDAY, event_values, is_listed, pause_of

COUNTED_COLUMNS = (
    "batch_id", "category", "severity_rank", "approval", "origin", "corrections", "bulk_decided", "decided_at",
    "gone_at",
)  # fmt: skip


# Where a verdict follows another one of the same person in the same batch: a bulk counts once, a reason added to a
# verdict not at all.
WORK_OF_STEP = """
INSERT INTO batches_worktime (batch_id, week, category, pauses, milliseconds, is_change)
SELECT action.batch_id, {monday}, event.category, 1, {pause}, {true}
FROM {steps} JOIN batches_action action ON action.id = step.action_id JOIN batches_event event
  ON event.id = step.event_id
JOIN batches_action earlier ON earlier.id = (
  SELECT previous.id FROM batches_action previous
  WHERE previous.user_id = action.user_id AND previous.batch_id = action.batch_id AND previous.id < action.id
    AND previous.kind = 'decide' AND previous.amends_id IS NULL
  ORDER BY previous.id DESC LIMIT 1)
WHERE action.kind = 'decide' AND action.amends_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM batches_decision other WHERE other.action_id = step.action_id AND other.id < step.id)
"""


def make_counter_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    vendor = editor.connection.vendor
    for statement in _postgresql_triggers() if vendor == "postgresql" else _sqlite_triggers():
        editor.execute(statement, params=None)


def drop_counter_triggers(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table, verb in [("batches_event", "insert"), ("batches_event", "update"), ("batches_event", "delete"),
                        ("batches_decision", "insert")]:  # fmt: skip
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_counted_{verb}{on}", params=None)


def _sqlite_triggers() -> list[str]:
    table, columns = "batches_event", ", ".join(COUNTED_COLUMNS)
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in COUNTED_COLUMNS)
    work = WORK_OF_STEP.format(
        monday=MONDAY["sqlite"].format("action.created_at"), true=1,
        pause=pause_of("sqlite", "action.created_at", "earlier.created_at"),
        steps="(SELECT new.id AS id, new.action_id AS action_id, new.event_id AS event_id) step",
    )  # fmt: skip
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_counted_insert AFTER INSERT ON {table} BEGIN {_sqlite_add('new')} END",
        f"CREATE TRIGGER IF NOT EXISTS {table}_counted_update AFTER UPDATE OF {columns} ON {table} WHEN {changed} "
        f"BEGIN {_sqlite_move('old', -1)} {_sqlite_add('new')} END",
        f"CREATE TRIGGER IF NOT EXISTS {table}_counted_delete AFTER DELETE ON {table} BEGIN "
        f"{_sqlite_move('old', -1)} END",
        f"CREATE TRIGGER IF NOT EXISTS batches_decision_counted_insert AFTER INSERT ON batches_decision "
        f"WHEN new.undoes_id IS NULL AND new.is_correction IS NULL BEGIN {work}; END",
    ]


def _sqlite_move(row: str, change: int) -> str:
    pairs = zip(KEYS[EVENTS], event_values(row, "sqlite"), strict=True)
    same = " AND ".join(f"{name} IS ({value})" for name, value in pairs)
    return f"UPDATE {EVENTS} SET events = events + {change} WHERE {is_listed(row)} AND {same};"


def _sqlite_add(row: str) -> str:
    values = ", ".join(event_values(row, "sqlite"))
    names = ", ".join(KEYS[EVENTS])
    return (
        f"{_sqlite_move(row, 1)} INSERT INTO {EVENTS} ({names}, events, is_change) "
        f"SELECT {values}, 1, 0 WHERE {is_listed(row)} AND changes() = 0;"
    )


def _postgresql_triggers() -> list[str]:
    names = ", ".join(KEYS[EVENTS])

    def counted(row: str, change: int) -> str:
        return (
            f"SELECT {', '.join(event_values('event', 'postgresql'))}, {change} "
            f"FROM {row} event WHERE {is_listed('event')}"
        )

    def function(verb: str, moves: str) -> str:
        return (
            f"CREATE OR REPLACE FUNCTION batches_count_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO {EVENTS} ({names}, events, is_change) SELECT {names}, sum(change), true "
            f"FROM ({moves}) moved ({names}, change) GROUP BY {names} HAVING sum(change) <> 0; RETURN NULL; END $$"
        )

    work = WORK_OF_STEP.format(
        monday=MONDAY["postgresql"].format("action.created_at"), true="true",
        pause=pause_of("postgresql", "action.created_at", "earlier.created_at"),
        steps="(SELECT DISTINCT ON (action_id) id, action_id, event_id FROM new_rows "
              "WHERE undoes_id IS NULL AND is_correction IS NULL ORDER BY action_id, id) step",
    )  # fmt: skip
    new, old = counted("new_rows", 1), counted("old_rows", -1)
    tables = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows",
              "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}  # fmt: skip
    moves = {"insert": new, "delete": old, "update": f"{old} UNION ALL {new}"}
    return [
        *(function(verb, rows) for verb, rows in moves.items()),
        f"CREATE OR REPLACE FUNCTION batches_count_work() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {work}; "
        "RETURN NULL; END $$",
        *(
            f"CREATE OR REPLACE TRIGGER batches_event_counted_{verb} AFTER {verb.upper()} ON batches_event "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION batches_count_{verb}()"
            for verb, rows in tables.items()
        ),
        "CREATE OR REPLACE TRIGGER batches_decision_counted_insert AFTER INSERT ON batches_decision "
        "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION batches_count_work()",
    ]
