"""Columns whose index a database does not use."""

from django.db.models import Func


class Unindexed(Func):
    """The column, to group by it: SQLite would read every event of all batches in the order of the groups."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


class UnindexedNumber(Func):
    """The column of numbers, to order few rows by it: both databases would look for them in the order of the column."""

    template = "+%(expressions)s"
