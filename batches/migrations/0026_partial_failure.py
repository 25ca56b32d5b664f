"""A batch that its vendor calls completed, with failed items, is partial for every vendor, as the next sync would
say.
"""

from typing import Any

from django.db import migrations
from django.db.models import Q


def apply_rule(apps: Any, schema_editor: Any) -> None:
    finished = apps.get_model("batches", "Batch").objects.filter(Q(raw_status__iexact="completed") | Q(raw_status=""))
    finished.filter(state__in=("completed", "failed"), vendor_failed__gt=0).update(state="partial")


class Migration(migrations.Migration):
    dependencies = [("batches", "0025_fixed_links")]

    operations = [migrations.RunPython(apply_rule, migrations.RunPython.noop, elidable=True)]
