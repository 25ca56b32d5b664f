"""Text search over an event's label and AI text: every word asked for begins a word of one of them, in any order.

What a word is, and which letters are alike, `batches.folding` says, for what is stored and for what is asked.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, Lookup, Q
from django.db.models.expressions import RawSQL

from batches.folding import query_words
from batches.models.event import Event
from batches.models.search_words import SearchWordsField

RARE = 2000  # events: so many ids are quicker than the word index inside another query
# PostgreSQL guesses the same small share of events for any word: it walks a whole batch in order for one that nobody
# has, and sorts a whole batch for two that everybody has; SQLite lists all matches before it reads the first. So the
# share is counted among events spread over the batches.
SAMPLE = 400
MOST_SAMPLED = 20  # batches
ENDS = """
SELECT (SELECT min(id) FROM batches_event WHERE batch_id = batches_batch.id),
  (SELECT max(id) FROM batches_event WHERE batch_id = batches_batch.id)
FROM batches_batch WHERE id IN ({places})
"""
COMMON = 1 / 40  # of the events: a page of them is found sooner in any order of the batch than in the word index
# The plan of what is materialized is one for all rows: the word index.
MATCHES = """
WITH matches AS MATERIALIZED (SELECT id FROM batches_event WHERE batch_id = ANY(%s) AND search_words @@ %s::tsquery)
SELECT id FROM matches
"""
# All events share one index: the range of the batches' own keys keeps most others out of the reading.
MATCHING = """
SELECT rowid FROM batches_event_search WHERE rowid BETWEEN %s AND %s AND batches_event_search MATCH %s
"""


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


def mentions(batch_ids: Sequence[int], text: str) -> Q:
    """The condition on events of these batches; a text without a word matches none. At most three short queries."""
    terms = query_words(text)
    keys = ends(batch_ids) if terms else []
    if not keys:
        return Q(pk__in=[])
    has_words = Q(search_words__has_words=terms)
    if _share(batch_ids, keys, has_words) >= COMMON:
        return has_words
    params: tuple[Any, ...]
    if connection.vendor == "postgresql":
        statement, params = MATCHES, (list(batch_ids), _tsquery(terms))
    else:
        first, last = min(first for first, _ in keys), max(last for _, last in keys)
        statement, params = MATCHING, (first, last, _fts_query(terms))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT %s", [*params, RARE + 1])
        ids = sorted(pk for (pk,) in cursor.fetchall())
    return Q(pk__in=ids if len(ids) <= RARE else RawSQL(statement, params))  # noqa: S611  (values are parameters)


def count_between(keys: tuple[int, int], text: str) -> int | None:
    """The number of events of any batch with these words from the first to the last key, by the word index alone; None
    where that takes longer than to read them.
    """
    if connection.vendor == "postgresql":
        return None
    terms = query_words(text)
    if not terms:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MATCHING.replace("rowid", "count(*)", 1), [*keys, _fts_query(terms)])
        return int(cursor.fetchone()[0])


def are_rare(condition: Q) -> bool:
    """Whether `mentions` looks the words up: few of the events have them."""
    return not any(isinstance(part, tuple) and part[0] == "search_words__has_words" for part in condition.children)


def ends(batch_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last key of the events of each batch that has any."""
    with connection.cursor() as cursor:
        cursor.execute(ENDS.format(places=", ".join(["%s"] * len(batch_ids)) or "NULL"), batch_ids)
        return [(first, last) for first, last in cursor.fetchall() if first is not None]


def _share(batch_ids: Sequence[int], keys: Sequence[tuple[int, int]], condition: Q) -> float:
    """The share of the batches' events that meet the condition, about."""
    sampled = keys[:: -(-len(keys) // MOST_SAMPLED)]
    steps = SAMPLE // len(sampled)
    ids = {first + (last - first) * step // steps for first, last in sampled for step in range(steps + 1)}
    sample = Event.objects.filter(batch__in=batch_ids, pk__in=ids)
    counts = sample.aggregate(all=Count("pk"), matching=Count("pk", filter=condition))
    return float(counts["matching"] / max(1, counts["all"]))


def _tsquery(terms: Iterable[str]) -> str:
    return " & ".join(f"'{term}':*" for term in terms)


def _fts_query(terms: Iterable[str]) -> str:
    return " AND ".join(f'"{term}" *' for term in terms)
