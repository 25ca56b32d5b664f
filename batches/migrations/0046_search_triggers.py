"""The triggers of the search index again, and the index itself from what is stored.

On SQLite, 0039 copied the table of events and thereby dropped them: what was stored since was not found.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.migrations._search_words import index_search_words


def index_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        index_search_words(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("batches", "0045_column_mappings")]

    operations = [migrations.RunPython(index_again, migrations.RunPython.noop, elidable=True)]
