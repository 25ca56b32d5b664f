"""The first thousand verdicts of a new installation took PostgreSQL up to 44 ms each: with statistics of an empty table
it looked for the verdict before each of all actions, only to keep one of them.
"""

from django.db import migrations

from batches.counter_triggers import make_counter_functions


class Migration(migrations.Migration):
    dependencies = [("batches", "0095_references_by_statement")]

    operations = [migrations.RunPython(make_counter_functions, migrations.RunPython.noop)]
