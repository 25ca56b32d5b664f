"""Every token ends: those without an end, or with a later one, a year from now."""

from datetime import timedelta
from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

import batches.models.token


def give_ends(apps: Any, schema_editor: Any) -> None:
    latest = timezone.now() + timedelta(days=366)
    tokens = apps.get_model("batches", "Token").objects.filter(Q(expires_at=None) | Q(expires_at__gt=latest))
    tokens.update(expires_at=latest)


class Migration(migrations.Migration):
    dependencies = [("batches", "0032_reviewed_noted")]

    operations = [
        migrations.RunPython(give_ends, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "token",
            "expires_at",
            models.DateTimeField(
                default=batches.models.token.longest_life, help_text="At most 366 days after it was made."
            ),
        ),
    ]
