"""The index of `Event.search_words`, kept by the database itself.

SQLite drops the triggers of a table that it makes anew, as it does for most changes of columns: a migration that
changes `Event` ends with `migrations.RunPython(index_search_words)` as well.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "batches_event_search"
# The words are folded and apart by spaces already: this tokenizer cuts at the spaces and leaves all other letters
# alone.
CREATE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(search_words, content='batches_event', "
    "content_rowid='id', columnsize=0, detail=none, tokenize='ascii')"
)
REBUILD = "INSERT INTO batches_event_search(batches_event_search) VALUES ('rebuild')"
OLD = (
    f"INSERT INTO {TABLE}({TABLE}, rowid, search_words) "
    "SELECT 'delete', old.id, old.search_words WHERE old.search_words IS NOT NULL"
)
NEW = (
    f"INSERT INTO {TABLE}(rowid, search_words) "
    "SELECT new.id, new.search_words WHERE new.search_words IS NOT NULL"
)  # fmt: skip
TRIGGERS = [
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_insert AFTER INSERT ON batches_event BEGIN {NEW}; END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_delete AFTER DELETE ON batches_event BEGIN {OLD}; END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_update AFTER UPDATE OF id, search_words ON batches_event "
    "WHEN old.id IS NOT new.id OR old.search_words IS NOT new.search_words "
    f"BEGIN {OLD}; {NEW}; END",
]
# PostgreSQL builds the index beside the running service; one that was left unfinished is made anew.
POSTGRESQL = [
    "DROP INDEX CONCURRENTLY IF EXISTS event_search_words",
    "CREATE INDEX CONCURRENTLY event_search_words ON batches_event USING gin (search_words) "
    "WITH (gin_pending_list_limit = 16384)",
]


def index_search_words(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Outside a transaction in PostgreSQL."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else [CREATE, REBUILD, *TRIGGERS]:
        editor.execute(statement, params=None)


def index_search_words_of_new_table(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Of an empty table, inside the transaction that makes it."""
    if editor.connection.vendor == "postgresql":
        editor.execute(POSTGRESQL[-1].replace(" CONCURRENTLY", ""), params=None)
    else:
        index_search_words(apps, editor)


def drop_search_words(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS event_search_words", params=None)
        return
    for verb in ("insert", "update", "delete"):
        editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{verb}")
    editor.execute(f"DROP TABLE IF EXISTS {TABLE}")
