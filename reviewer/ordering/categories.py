"""The categories of a batch that the last sync did not count, for orders that read category after category.

`NOT category IN (…)` reads every event of the batch, also where there is no such event. This steps from each category
to the next one in the index, whatever the database's collation.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

STEPS = """
WITH RECURSIVE steps(category) AS (
  SELECT * FROM (SELECT category FROM batches_event WHERE batch_id = %s ORDER BY category LIMIT 1) first
  UNION ALL
  SELECT (SELECT event.category FROM batches_event event WHERE event.batch_id = %s AND event.category > steps.category
    ORDER BY event.category LIMIT 1)
  FROM steps WHERE steps.category IS NOT NULL
)
SELECT category FROM steps WHERE category IS NOT NULL
"""


def of_category(name: str, wanted: Collection[str]) -> Q:
    """The condition on events of this category; none where others are wanted, for which PostgreSQL would look."""
    return Q(pk__in=[]) if wanted and name not in wanted else Q(category=name)


def of_other_categories(batch_id: int, counted: Collection[str], wanted: Collection[str] = ()) -> Q:
    """The condition on events of any category but these, which asks for nothing where the batch has none."""
    if wanted:
        return Q(category__in=set(wanted) - set(counted))
    if not counted:
        return Q()
    with connection.cursor() as cursor:
        cursor.execute(STEPS, [batch_id, batch_id])
        return Q(category__in=[category for (category,) in cursor.fetchall() if category not in counted])
