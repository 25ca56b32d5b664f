"""The index of an event's words up to 0022, cut by the database itself; `_search_words` makes the one after it."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# What stands between words: all but letters and digits, of ASCII, Latin-1, general punctuation and symbols.
BETWEEN = (
    r"\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20cf\u2190-\u245f"
    r"\u2500-\u2775\u2794-\u2bff\u3000-\u3004\u3008-\u3020\uff01-\uff0f\uff1a-\uff20"
    r"\U0001f000-\U0001f0ff\U0001f300-\U0001faff"
)
COMMON = """.,-'"():;/"""
QUOTED = [sign.replace("'", "''") for sign in COMMON]
PLAIN = f"{'replace(' * len(COMMON)}words{''.join(f", '{sign}', ' ')" for sign in QUOTED)}"
# A word of more than 2,046 bytes would be refused: a longer one is cut. Splitting by pattern costs three times as much
# as by a single sign, and most texts need no pattern.
# A column, and not only an index over the function: where the planner reads in the page's order instead, it compares
# what is stored, at a tenth of the price of splitting the text again.
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION batches_event_words(label text, ai_text text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  words text := lower(left(label || ' ' || ai_text, 100000));
  plain text;
BEGIN
  IF octet_length(words) > 2046 THEN
    words := regexp_replace(words, '([^{BETWEEN}]{{255}})', '\\1 ', 'g');
  END IF;
  plain := {PLAIN};
  IF plain ~ '[^a-z0-9 ]' THEN
    RETURN array_to_tsvector(array_remove(regexp_split_to_array(words, '[{BETWEEN}]+'), ''));
  END IF;
  RETURN array_to_tsvector(array_remove(string_to_array(plain, ' '), ''));
END $$;
ALTER TABLE batches_event ADD COLUMN IF NOT EXISTS words tsvector
  GENERATED ALWAYS AS (batches_event_words(label, ai_text)) STORED;
CREATE INDEX IF NOT EXISTS event_words ON batches_event USING gin (words) WITH (gin_pending_list_limit = 16384)
"""
OLD = (
    "INSERT INTO batches_event_words(batches_event_words, rowid, label, ai_text) "
    "VALUES ('delete', old.id, old.label, old.ai_text)"
)
NEW = "INSERT INTO batches_event_words(rowid, label, ai_text) VALUES (new.id, new.label, new.ai_text)"
SQLITE = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS batches_event_words USING fts5(label, ai_text, content='batches_event', "
    "content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 0')",
    "INSERT INTO batches_event_words(batches_event_words) VALUES ('rebuild')",
    f"CREATE TRIGGER IF NOT EXISTS batches_event_words_insert AFTER INSERT ON batches_event BEGIN {NEW}; END",
    f"CREATE TRIGGER IF NOT EXISTS batches_event_words_delete AFTER DELETE ON batches_event BEGIN {OLD}; END",
    "CREATE TRIGGER IF NOT EXISTS batches_event_words_update AFTER UPDATE OF id, label, ai_text ON batches_event "
    "WHEN old.id IS NOT new.id OR old.label IS NOT new.label OR old.ai_text IS NOT new.ai_text "
    f"BEGIN {OLD}; {NEW}; END",
]


def index_words(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in [POSTGRESQL] if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def drop_words(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE batches_event DROP COLUMN IF EXISTS words", params=None)
        editor.execute("DROP FUNCTION IF EXISTS batches_event_words", params=None)
        return
    for verb in ("insert", "update", "delete"):
        editor.execute(f"DROP TRIGGER IF EXISTS batches_event_words_{verb}")
    editor.execute("DROP TABLE IF EXISTS batches_event_words")
