"""Counters of a batch, kept by triggers of the database: whatever writes an event, alone or in bulk, counts it in its
own transaction, and no page has to count events. By week, category, severity and verdict for the board; by what filters
ask for, of decided events by person and reason too; by item.

SQLite has one writer, which changes the row of a counter. On PostgreSQL writers would wait for each other, so each adds
a row with its change; the sweep merges these.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from batches.models import DecidedCount, EventCount, FilterCount, ItemCount, WorkTime
from batches.models.confidence_band import band_sql

LONGEST_PAUSE = 60_000  # milliseconds of a pause that count as work
MERGE_CHANGES = 200  # of one batch, from which on they are merged
EVENTS, WORK, FILTERS, ITEMS, DECIDED = (
    model._meta.db_table for model in (EventCount, WorkTime, FilterCount, ItemCount, DecidedCount)
)
MONDAY = {
    "sqlite": "date({0}, 'weekday 0', '-6 days')",
    "postgresql": "date_trunc('week', {0} AT TIME ZONE 'UTC')::date",
}
MILLISECONDS = {
    "sqlite": "max(0, min({longest}, CAST(round(86400000 * (julianday({0}) - julianday({1}))) AS integer)))",
    "postgresql": "greatest(0, least({longest}, round(1000 * extract(epoch FROM {0} - {1}))::bigint))",
}
# Table → column → the SQL of an event's value, of the row `{0}`; `{monday}` is that of its verdict.
OF_EVENT = {
    EVENTS: {
        "batch_id": "{0}.batch_id", "week": "{monday}", "category": "{0}.category",
        "severity_rank": "{0}.severity_rank",
        "approval": "{0}.approval", "is_added": "{0}.origin IS NOT NULL", "is_corrected": "{0}.corrections IS NOT NULL",
        "bulk_decided": "{0}.bulk_decided IS NOT NULL",
    },
    FILTERS: {
        "batch_id": "{0}.batch_id", "category": "{0}.category", "approval": "{0}.approval",
        "severity_rank": "{0}.severity_rank", "band": band_sql("{0}.confidence"),
        "is_decided": "{0}.decided_at IS NOT NULL", "bulk_decided": "{0}.bulk_decided IS NOT NULL",
        "differs": "{0}.decided_at IS NOT NULL AND NOT {0}.changed_since AND {0}.vendor_approval IS NOT NULL AND "
                   "{0}.vendor_approval <> 'pending' AND {0}.vendor_approval <> {0}.approval",
        "is_changed": "{0}.changed_since OR {0}.correction_changed IS TRUE",
        "is_corrected": "{0}.corrections IS NOT NULL", "is_added": "{0}.origin IS NOT NULL",
        "is_flagged": "{0}.flagged_at IS NOT NULL", "has_thumbnail": "{0}.thumbnail_url <> ''",
    },
    ITEMS: {"batch_id": "{0}.batch_id", "item_id": "{0}.item_id"},
}  # fmt: skip
OF_EVENT[DECIDED] = OF_EVENT[FILTERS] | {"decided_by_id": "{0}.decided_by_id", "reason": "{0}.reason"}
VALUES_OF_EVENT = OF_EVENT[EVENTS] | OF_EVENT[DECIDED] | OF_EVENT[ITEMS]  # one name is one value in all of them
# The columns that these values are of, and that decide whether an event is listed: a trigger looks at no others.
READ_BY = {
    EVENTS: ("batch_id", "category", "severity_rank", "approval", "origin", "corrections", "bulk_decided", "decided_at",
             "gone_at"),
    FILTERS: ("batch_id", "category", "severity_rank", "approval", "origin", "corrections", "bulk_decided",
              "decided_at", "gone_at", "confidence", "changed_since", "correction_changed", "vendor_approval",
              "flagged_at", "thumbnail_url"),
    ITEMS: ("batch_id", "item_id", "decided_at", "gone_at"),
}  # fmt: skip
READ_BY[DECIDED] = (*READ_BY[FILTERS], "decided_by_id", "reason")
KEYS = {**{table: tuple(values) for table, values in OF_EVENT.items()}, WORK: ("batch_id", "week", "category")}
SUMS = {table: ("pauses", "milliseconds") if table == WORK else ("events",) for table in KEYS}


def event_values(table: str, row: str, vendor: str) -> list[str]:
    """The SQL of `KEYS[table]` of one event."""
    monday = MONDAY[vendor].format(f"{row}.decided_at")
    return [value.format(row, monday=monday) for value in OF_EVENT[table].values()]


def counter_tables(database: Any) -> list[str]:
    """Those that the database has: a migration from before a table knows nothing of it."""
    return [table for table in KEYS if table in database.introspection.table_names()]


def is_counted(table: str, row: str) -> str:
    """The SQL of whether an event is in this counter."""
    decided = f"{row}.decided_at IS NOT NULL"
    return decided if table == DECIDED else f"({row}.gone_at IS NULL OR {decided})"


# A row of no batch is there while the events of a block are counted together; only its transaction ever sees it.
TOGETHER = 0
COUNTED_ALONE = f"NOT EXISTS (SELECT 1 FROM {EVENTS} WHERE batch_id = {TOGETHER})"


def pause_of(vendor: str, end: str, start: str) -> str:
    return MILLISECONDS[vendor].format(end, start, longest=LONGEST_PAUSE)


WORK_OF_BATCH = """
SELECT {batch} AS batch_id, {monday} AS week, event.category AS category, count(*) AS pauses,
  sum({pause}) AS milliseconds
FROM (
  SELECT id, created_at, lag(created_at) OVER (PARTITION BY user_id ORDER BY id) AS previous
  FROM batches_action WHERE batch_id = {batch} AND kind = 'decide' AND amends_id IS NULL
) action
JOIN batches_decision step ON step.id = (SELECT min(id) FROM batches_decision WHERE action_id = action.id)
JOIN batches_event event ON event.id = step.event_id
WHERE action.previous IS NOT NULL GROUP BY 1, 2, 3
"""


def _counted_anew(table: str, vendor: str, batch_id: int) -> str:
    """The SQL of the rows that the counter of a batch should have."""
    if table == WORK:
        pause = pause_of(vendor, "action.created_at", "action.previous")
        monday = MONDAY[vendor].format("action.created_at")
        return WORK_OF_BATCH.format(batch=int(batch_id), monday=monday, pause=pause)
    return _counted(table, vendor, f"batch_id = {int(batch_id)}")


def _counted(table: str, vendor: str, where: str) -> str:
    """The SQL of what a counter has of these events."""
    values = ", ".join(
        f"{value} AS {name}" for name, value in zip(KEYS[table], event_values(table, "event", vendor), strict=True)
    )
    keys = ", ".join(str(number) for number in range(1, len(KEYS[table]) + 1))
    return (
        f"SELECT {values}, count(*) AS events FROM batches_event event "
        f"WHERE {where} AND {is_counted(table, 'event')} GROUP BY {keys}"
    )


@contextmanager
def counted_together(first_id: int) -> Iterator[None]:
    """For many new events, with ids from `first_id`, inserted inside: SQLite counts them together at the end of the
    block, which takes a third of the time of its triggers. Must run in the transaction that inserts them.
    """
    if connection.vendor == "postgresql":  # whose triggers count a statement's events together
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {EVENTS} (batch_id, category, severity_rank, approval, is_added, is_corrected, bulk_decided, "
            f"events, is_change) VALUES ({TOGETHER}, '', 0, '', 0, 0, 0, 0, 0)"
        )
        yield
        cursor.execute(f"DELETE FROM {EVENTS} WHERE batch_id = {TOGETHER}")
        for table, counts in _counted_from(cursor, int(first_id)).items():
            _add_in_sqlite(cursor, table, counts)


def _counted_from(cursor: Any, first_id: int) -> dict[str, Counter[tuple[Any, ...]]]:
    """Counter → values of its keys → how many events with ids from `first_id` have them.

    One look at the wide rows for all counters, which takes half as long as one for each.
    """
    values = VALUES_OF_EVENT | {"week": MONDAY["sqlite"].format("event.decided_at")}
    names, groups = list(values), ", ".join(str(number) for number in range(1, len(values) + 1))
    cursor.execute(
        f"SELECT {', '.join(value.format('event') for value in values.values())}, count(*) FROM batches_event event "
        f"WHERE id >= {first_id} AND {is_counted(FILTERS, 'event')} GROUP BY {groups}"
    )
    counted = {table: Counter[tuple[Any, ...]]() for table in OF_EVENT}
    for row in cursor.fetchall():
        decided = row[names.index("is_decided")]
        for table, keys in OF_EVENT.items():
            if table == DECIDED and not decided:
                continue
            counted[table][tuple(row[names.index(name)] for name in keys)] += row[-1]
    return counted


def _add_in_sqlite(cursor: Any, table: str, counts: Mapping[tuple[Any, ...], int]) -> None:
    """Add to a counter. `counts`: values of its keys → a number of events."""
    names, same = ", ".join(KEYS[table]), " AND ".join(f"{name} IS %s" for name in KEYS[table])
    marks = ", ".join(["%s"] * len(KEYS[table]))
    for keys, count in counts.items():
        cursor.execute(f"UPDATE {table} SET events = events + %s WHERE {same}", [count, *keys])
        if not cursor.rowcount:
            cursor.execute(f"INSERT INTO {table} ({names}, events, is_change) VALUES ({marks}, %s, 0)", [*keys, count])


def count_anew(batch_id: int, using: str = DEFAULT_DB_ALIAS, tables: Collection[str] | None = None) -> None:
    """Count a batch from its events and ledger, while others write: on PostgreSQL one statement is one moment.

    `tables`: the counters, those that the database has unless given.
    """
    vendor = connections[using].vendor
    tables = counter_tables(connections[using]) if tables is None else tables
    with transaction.atomic(using), connections[using].cursor() as cursor:
        for table in tables:
            names = ", ".join([*KEYS[table], *SUMS[table]])
            rows = _counted_anew(table, vendor, batch_id)
            insert = f"INSERT INTO {table} ({names}, is_change) SELECT {names}, {_false(vendor)} FROM ({rows}) counted"
            delete = f"DELETE FROM {table} WHERE batch_id = {int(batch_id)}"
            if vendor == "postgresql":
                cursor.execute(f"WITH gone AS ({delete}) {insert}")
            else:
                cursor.execute(delete)
                cursor.execute(insert)


def _false(vendor: str) -> str:
    return "false" if vendor == "postgresql" else "0"


def merge_changes() -> None:
    """Merge the rows of batches that many changes were added to. What is added meanwhile waits for the next time."""
    for table, keys in KEYS.items():
        names, sums = ", ".join(keys), SUMS[table]
        added = f"SELECT batch_id FROM {table} WHERE is_change GROUP BY batch_id HAVING count(*) >= {MERGE_CHANGES}"
        with connection.cursor() as cursor:
            cursor.execute(added)
            batch_ids = [pk for (pk,) in cursor.fetchall()]
        for batch_id in batch_ids:
            _merge(table, names, sums, batch_id)


def _merge(table: str, names: str, sums: tuple[str, ...], batch_id: int) -> None:
    total = ", ".join(f"sum({name}) AS {name}" for name in sums)
    kept = " OR ".join(f"sum({name}) <> 0" for name in sums)
    where = f"WHERE batch_id = {int(batch_id)}"
    columns = f"{names}, {', '.join(sums)}"
    merged = f"SELECT {names}, {total} FROM {{rows}} GROUP BY {names} HAVING {kept}"
    insert = f"INSERT INTO {table} ({columns}, is_change) SELECT {columns}, {_false(connection.vendor)} FROM"
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"WITH gone AS (DELETE FROM {table} {where} RETURNING *) {insert} "
                           f"({merged.format(rows='gone')}) counted")  # fmt: skip
            return
        cursor.execute(merged.format(rows=f"{table} {where}"))
        rows = cursor.fetchall()
        cursor.execute(f"DELETE FROM {table} {where}")
        marks = ", ".join(["%s"] * (names.count(",") + 1 + len(sums)))
        cursor.executemany(f"INSERT INTO {table} ({columns}, is_change) VALUES ({marks}, 0)", rows)


def wrong_counts(batch_id: int, using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield a sentence for each counter that differs from the events and the ledger.

    Working time is compared by week only: the ledger does not say what category an event had then. On PostgreSQL it is
    not compared: of verdicts that a person's script gives at the same moment none sees the others when it is counted.
    """
    database = connections[using]
    for table, all_keys in KEYS.items():
        if table == WORK and database.vendor == "postgresql":
            continue
        keys = ("batch_id", "week") if table == WORK else all_keys
        names = ", ".join(keys)
        count, *more = SUMS[table]
        sums = ", ".join([count, *more])
        minus = ", ".join(f"-{name}" for name in SUMS[table])
        kept = " OR ".join(f"sum({name}) <> 0" for name in SUMS[table])
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT {names}, sum({count}) FROM (SELECT {names}, {sums} FROM {table} "
                f"WHERE batch_id = {int(batch_id)} UNION ALL SELECT {names}, {minus} FROM "
                f"({_counted_anew(table, database.vendor, batch_id)}) counted) both_sides "
                f"GROUP BY {names} HAVING {kept}"
            )
            rows = cursor.fetchall()
        noun = "verdicts in its working time" if table == WORK else "events"
        for row in rows:
            values = ", ".join(f"{name} {value}" for name, value in zip(keys[1:], row[1:], strict=False))
            yield f"batch {batch_id}: counts {row[-1]:+} {noun} against the ledger ({values})"
