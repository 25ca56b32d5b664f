"""Links to videos and decisions: names of columns used to be ignored there; such a link goes on giving all of them."""

from django.db import migrations
from django.db.models import Q


def forget_names(apps, schema_editor):  # type: ignore[no-untyped-def]
    links = apps.get_model("batches", "Link").objects.using(schema_editor.connection.alias)
    others = Q(file__startswith="items.") | Q(file__startswith="decisions.")
    links.filter(others).exclude(columns__in=["documented", "sdk", "full"]).update(columns="documented")


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0018_hints"),
    ]

    operations = [migrations.RunPython(forget_names, migrations.RunPython.noop)]
