"""Text search over an event's label and AI text: every word asked for begins a word of one of them, in any order.

Words are runs of letters and digits, in any case; the index behind it is made by migrations/_words.py and kept by the
database itself. In PostgreSQL only the first 100,000 characters of an event are looked at.
"""

import re
from typing import Any

from django.db import connection
from django.db.models import F, Field, Func, Lookup, Q, TextField, Value
from django.db.models.expressions import RawSQL

WORD = re.compile(r"[^\W_]+")
MATCHING = """
SELECT rowid FROM batches_event_words WHERE batches_event_words MATCH %s
AND rowid >= (SELECT min(id) FROM batches_event WHERE batch_id = %s)
AND rowid <= (SELECT max(id) FROM batches_event WHERE batch_id = %s)
"""


class Matches(Lookup):
    """`words @@ query` of PostgreSQL."""

    lookup_name = "matches"

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        words, words_params = self.process_lhs(compiler, connection)
        query, query_params = self.process_rhs(compiler, connection)
        return f"{words} @@ {query}::tsquery", [*words_params, *query_params]


class Words(Func):
    """The column `words` beside the given one: made and kept by PostgreSQL, unknown to the model."""

    output_field: "Field[Any, Any]" = TextField()

    def as_sql(self, compiler, connection, *args, **context):  # type: ignore[no-untyped-def]
        (column,) = self.get_source_expressions()
        return f"{compiler.quote_name(column.alias)}.words", []


def mentions(batch_id: int, text: str) -> Q:
    """The condition on events of this batch; a text without a word matches none."""
    words = list(dict.fromkeys(WORD.findall(text.lower())))
    if not words:
        return Q(pk__in=[])
    if connection.vendor == "postgresql":
        query = " & ".join(f"'{word}':*" for word in words)
        return Q(Matches(Words(F("label")), Value(query)))
    # All events share one index: the range of the batch's own keys keeps other batches out of the reading.
    query = " AND ".join(f'"{word}" *' for word in words)
    return Q(pk__in=RawSQL(MATCHING, [query, batch_id, batch_id]))  # noqa: S611  (values are parameters)
