"""Confidence in ten bands of a tenth, and one for events without any: the number of a band, in SQL.

The first and the last band include values beyond them. Constants stand in the SQL text, because triggers have it too.
"""

from django.db.models import Func, IntegerField

BANDS = 10


def band_sql(column: str) -> str:
    """From 0 to 9, and 10 without a confidence."""
    steps = " ".join(f"WHEN {column} < {(number + 1) / BANDS} THEN {number}" for number in range(BANDS - 1))
    return f"CASE WHEN {column} IS NULL THEN {BANDS} {steps} ELSE {BANDS - 1} END"


class ConfidenceBand(Func):
    """`ConfidenceBand("confidence")`, the same on both databases."""

    output_field = IntegerField()
    template = band_sql("%(expressions)s")
