"""A random rank for every event: a number that looks random, never changes, and that an index can hold.

The fifth power modulo the prime 2³¹ − 1 takes every number to another one (5 does not divide 2³¹ − 2) and leaves no
trace of the order the events came in. The constants stand in the SQL text: a bound parameter would hide the index.
"""

from django.db.models import BigIntegerField, Func

PRIME = 2**31 - 1
FACTOR, SHIFT = 1_299_709_021, 777_767_777


def random_rank(event_id: int) -> int:
    """From 0 to 2³¹ − 2. Events of which 2³¹ − 1 others lie between share one."""
    return pow(event_id % PRIME * FACTOR + SHIFT, 5, PRIME)


class RandomRank(Func):
    """`random_rank(id)` in SQL, the same on both databases."""

    output_field = BigIntegerField()

    def as_sql(self, compiler, connection, *args, **context):  # type: ignore[no-untyped-def]
        (source,) = self.get_source_expressions()
        column, params = compiler.compile(source)
        first = f"(({column} %% {PRIME} * {FACTOR} + {SHIFT}) %% {PRIME})"
        squared = f"({first} * {first} %% {PRIME})"
        return f"({squared} * {squared} %% {PRIME} * {first} %% {PRIME})", list(params) * 5
