"""Text search over an event's label and AI text: every word asked for begins a word of one of them, in any order.

What a word is, and which letters are alike, `batches.folding` says, for what is stored and for what is asked.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, Lookup, Q
from django.db.models.expressions import RawSQL

from batches.folding import query_words
from batches.models.event import Event
from batches.models.search_words import SearchWordsField

MATCHING = """
SELECT rowid FROM batches_event_search WHERE batches_event_search MATCH %s
AND rowid >= (SELECT min(id) FROM batches_event WHERE batch_id = %s)
AND rowid <= (SELECT max(id) FROM batches_event WHERE batch_id = %s)
"""

RARE = 2000  # events: so many ids are quicker than the word index inside another query
# PostgreSQL guesses the same small share of events for any word: it walks a whole batch in order for one that nobody
# has, and sorts a whole batch for two that everybody has; SQLite lists all matches before it reads the first. So the
# share is counted among events spread over the batch.
SAMPLE = 400
ENDS = """
SELECT (SELECT min(id) FROM batches_event WHERE batch_id = %s), (SELECT max(id) FROM batches_event WHERE batch_id = %s)
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
    """`search_words @@ query` of PostgreSQL; the value is the query."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        column_sql, column_params = self.process_lhs(compiler, connection)
        return f"{column_sql} @@ %s::tsquery", [*column_params, self.rhs]


@SearchWordsField.register_lookup
class HasWords(Lookup):
    """Each row is looked at, and no word index; PostgreSQL expects every second row to match. The value: words."""

    lookup_name = "has_words"
    prepare_rhs = False

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        column_sql, column_params = self.process_lhs(compiler, connection)
        sql = " AND ".join([f"instr(' ' || {column_sql}, %s)"] * len(self.rhs))
        params = [value for word in self.rhs for value in (*column_params, f" {word}")]
        return f"CASE WHEN {sql} THEN TRUE ELSE FALSE END", params

    def as_postgresql(self, compiler, connection):  # type: ignore[no-untyped-def]
        column_sql, column_params = self.process_lhs(compiler, connection)
        return f"CASE WHEN {column_sql} @@ %s::tsquery THEN TRUE ELSE FALSE END", [*column_params, _tsquery(self.rhs)]


def mentions(batch_id: int, text: str) -> Q:
    """The condition on events of this batch; a text without a word matches none. Two or three short queries."""
    terms = query_words(text)
    if not terms:
        return Q(pk__in=[])
    has_words = Q(search_words__has_words=terms)
    if _share(batch_id, has_words) >= COMMON:
        return has_words
    if connection.vendor == "postgresql":
        query = _tsquery(terms)
        with connection.cursor() as cursor:
            cursor.execute(f"{MATCHES} LIMIT %s", [batch_id, query, RARE + 1])
            ids = sorted(pk for (pk,) in cursor.fetchall())
        if len(ids) <= RARE:
            return Q(pk__in=ids)
        return Q(pk__in=RawSQL(MATCHES, [batch_id, query]))  # noqa: S611  (values are parameters)
    # All events share one index: the range of the batch's own keys keeps other batches out of the reading.
    return Q(pk__in=RawSQL(MATCHING, [_fts_query(terms), batch_id, batch_id]))  # noqa: S611  (values are parameters)


def _share(batch_id: int, condition: Q) -> float:
    """The share of the batch's events that meet the condition, about."""
    with connection.cursor() as cursor:
        cursor.execute(ENDS, [batch_id, batch_id])
        first, last = cursor.fetchone()
    if first is None:
        return 0.0
    ids = {first + (last - first) * step // SAMPLE for step in range(SAMPLE + 1)}
    sample = Event.objects.filter(batch=batch_id, pk__in=ids)
    counts = sample.aggregate(all=Count("pk"), matching=Count("pk", filter=condition))
    return float(counts["matching"] / max(1, counts["all"]))


def _tsquery(terms: Iterable[str]) -> str:
    return " & ".join(f"'{term}':*" for term in terms)


def _fts_query(terms: Iterable[str]) -> str:
    return " AND ".join(f'"{term}" *' for term in terms)


def mentions_in_any(text: str) -> Q:
    """The condition on events of any batch, beside one on the batches. One short query."""
    terms = query_words(text)
    if not terms:
        return Q(pk__in=[])
    if connection.vendor == "postgresql":
        statement, query = RARE_IN_ANY, _tsquery(terms)
        condition = Q(search_words__matches=query)
    else:
        statement, query = f"{MATCHING_IN_ANY} LIMIT %s", _fts_query(terms)
        condition = Q(pk__in=RawSQL(MATCHING_IN_ANY, [query]))  # noqa: S611  (values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, RARE + 1])
        ids = sorted(pk for (pk,) in cursor.fetchall())
    return Q(pk__in=ids) if len(ids) <= RARE else condition
