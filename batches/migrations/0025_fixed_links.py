"""A link keeps the filter that it was made with, or that its saved view has now; no serializer writes a hook's
address.
"""

from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

import batches.models.poll


def fix_selections(apps: Any, schema_editor: Any) -> None:
    Link, SavedView = apps.get_model("batches", "Link"), apps.get_model("batches", "SavedView")
    view = SavedView.objects.filter(pk=OuterRef("view")).values("query")
    Link.objects.filter(view__isnull=False).update(query=Subquery(view))


class Migration(migrations.Migration):
    dependencies = [("batches", "0024_match_by_name"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RunPython(fix_selections, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "link",
            "view",
            models.ForeignKey(
                blank=True,
                help_text="Where the filter came from; `query` is what it was then.",
                null=True,
                on_delete=models.SET_NULL,
                related_name="links",
                to="batches.savedview",
            ),
        ),
        migrations.AlterField(
            "schedule",
            "hook_key",
            models.CharField(
                default=batches.models.poll.new_hook_key,
                help_text="Part of the address.",
                max_length=32,
                serialize=False,
                unique=True,
            ),
        ),
    ]
