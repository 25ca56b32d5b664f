from django.db import migrations

from batches.counter_triggers import make_sqlite_triggers_anew


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0080_changed_events"),
    ]

    # Earlier code inserts no row of no batch, so that the new triggers count for it as the earlier ones did.
    operations = [migrations.RunPython(make_sqlite_triggers_anew, migrations.RunPython.noop)]
