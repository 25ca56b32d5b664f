"""A column whose index SQLite does not use."""

from django.db.models import Func


class Unindexed(Func):
    """The column, to group by it: SQLite would read every event of all batches in the order of the groups."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
