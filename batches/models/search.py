"""Text search over an event's label and AI text: every word asked for begins a word of one of them, in any order.

What a word is, and which letters are alike, `batches.folding` says, for what is stored and for what is asked.
"""

from django.db import connection
from django.db.models import Lookup, Q
from django.db.models.expressions import RawSQL

from batches.folding import query_words
from batches.models.search_words import SearchWordsField

MATCHING = """
SELECT rowid FROM batches_event_search WHERE batches_event_search MATCH %s
AND rowid >= (SELECT min(id) FROM batches_event WHERE batch_id = %s)
AND rowid <= (SELECT max(id) FROM batches_event WHERE batch_id = %s)
"""

RARE = 2000  # events: so many ids are quicker than the word index inside another query
# PostgreSQL guesses the same small share of events for any word: it walks a whole batch in order for one that nobody
# has, and sorts a whole batch for two that everybody has. So the share is counted in 400 events spread over the batch.
SAMPLE = 400
SHARE_OF_SAMPLE = f"""
WITH ends AS (SELECT min(id) AS first, max(id) AS last FROM batches_event WHERE batch_id = %s),
spread AS (SELECT DISTINCT first + (last - first) * step / {SAMPLE} AS id FROM ends, generate_series(0, {SAMPLE}) step)
SELECT count(*) FILTER (WHERE search_words @@ %s::tsquery) * 1.0 / greatest(count(*), 1)
FROM batches_event JOIN spread USING (id) WHERE batch_id = %s
"""
COMMON = 1 / 40  # of the events: a page of them is found sooner in any order of the batch than in the word index
# The plan of what is materialized is one for all rows: the word index.
MATCHES = """
WITH matches AS MATERIALIZED (SELECT id FROM batches_event WHERE batch_id = %s AND search_words @@ %s::tsquery)
SELECT id FROM matches
"""
MATCHING_IN_ANY = "SELECT rowid FROM batches_event_search WHERE batches_event_search MATCH %s"
RARE_IN_ANY = """
WITH matches AS MATERIALIZED (SELECT id FROM batches_event WHERE search_words @@ %s::tsquery)
SELECT id FROM matches LIMIT %s
"""


@SearchWordsField.register_lookup
class Matches(Lookup):
    """`search_words @@ query` of PostgreSQL."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        column_sql, column_params = self.process_lhs(compiler, connection)
        return f"{column_sql} @@ %s::tsquery", [*column_params, self.rhs]


@SearchWordsField.register_lookup
class MatchesOften(Matches):
    """The same for words that many events have: the planner takes every second one and leaves the word index alone."""

    lookup_name = "matches_often"

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        sql, params = super().as_sql(compiler, connection)
        return f"CASE WHEN {sql} THEN TRUE ELSE FALSE END", params


def mentions(batch_id: int, text: str) -> Q:
    """The condition on events of this batch; a text without a word matches none. Two short queries on PostgreSQL."""
    terms = query_words(text)
    if not terms:
        return Q(pk__in=[])
    if connection.vendor == "postgresql":
        query = " & ".join(f"'{term}':*" for term in terms)
        with connection.cursor() as cursor:
            cursor.execute(SHARE_OF_SAMPLE, [batch_id, query, batch_id])
            if cursor.fetchone()[0] >= COMMON:
                return Q(search_words__matches_often=query)
            cursor.execute(f"{MATCHES} LIMIT %s", [batch_id, query, RARE + 1])
            ids = sorted(pk for (pk,) in cursor.fetchall())
        if len(ids) <= RARE:
            return Q(pk__in=ids)
        return Q(pk__in=RawSQL(MATCHES, [batch_id, query]))  # noqa: S611  (values are parameters)
    # All events share one index: the range of the batch's own keys keeps other batches out of the reading.
    query = " AND ".join(f'"{term}" *' for term in terms)
    return Q(pk__in=RawSQL(MATCHING, [query, batch_id, batch_id]))  # noqa: S611  (values are parameters)


def mentions_in_any(text: str) -> Q:
    """The condition on events of any batch, beside one on the batches. One short query."""
    terms = query_words(text)
    if not terms:
        return Q(pk__in=[])
    if connection.vendor == "postgresql":
        statement, query = RARE_IN_ANY, " & ".join(f"'{term}':*" for term in terms)
        condition = Q(search_words__matches=query)
    else:
        statement, query = f"{MATCHING_IN_ANY} LIMIT %s", " AND ".join(f'"{term}" *' for term in terms)
        condition = Q(pk__in=RawSQL(MATCHING_IN_ANY, [query]))  # noqa: S611  (values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, RARE + 1])
        ids = sorted(pk for (pk,) in cursor.fetchall())
    return Q(pk__in=ids) if len(ids) <= RARE else condition
