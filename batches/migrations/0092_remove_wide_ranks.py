"""A verdict does not have to write the index of the random order: 13 of the 32 µs in which SQLite writes an event.

It held the columns that counts read, which the counters tell since. 0093 makes it anew without them. In one transaction
with its removal, which locks pages out, they would wait until the new one is made.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("batches", "0091_one_reference")]

    operations = [migrations.RemoveIndex("event", "event_by_random_rank")]
