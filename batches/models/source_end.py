"""The end of a long address, which an index can hold: PostgreSQL indexes no row above 2,700 bytes."""

from django.db.models import CharField, Func

LENGTH = 200


class SourceEnd(Func):
    """The last 200 characters of a text. The number stands in the SQL text: a bound parameter would hide the index."""

    output_field = CharField()
    arity = 1
    template = f"substr(%(expressions)s, -{LENGTH})"

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        return self.as_sql(compiler, connection, template=f"right(%(expressions)s, {LENGTH})", **context)
