"""Count each batch for filters and by item, each in its own transaction. A run that was stopped begins again.

What people write meanwhile is counted by the triggers of 0074.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.counters import FILTERS, ITEMS, count_anew


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    using = editor.connection.alias
    batch = apps.get_model("batches", "Batch").objects.using(using)
    for pk in batch.order_by("pk").values_list("pk", flat=True):
        count_anew(pk, using, tables=(FILTERS, ITEMS))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0074_filter_counters")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
