"""Count the decided events of each batch, each in its own transaction. A run that was stopped begins again.

What people write meanwhile is counted by the triggers of 0087.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.counters import DECIDED, count_anew


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    using = editor.connection.alias
    batch = apps.get_model("batches", "Batch").objects.using(using)
    for pk in batch.order_by("pk").values_list("pk", flat=True):
        count_anew(pk, using, tables=[DECIDED])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0087_decided_counts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
