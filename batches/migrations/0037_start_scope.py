"""Tokens get the scope `start`."""

from django.db import migrations, models
from django.db.models import Q

SCOPES = [
    ("read", "Read: batches, events, media"),
    ("review", "Review: read, decide and undo"),
    ("meta", "Metadata: see batches and edit their metadata"),
    ("start", "Start: see batches and start new ones"),
]


class Migration(migrations.Migration):
    dependencies = [("batches", "0036_thumbnails_of_an_item")]

    operations = [
        migrations.RemoveConstraint("token", "token_scope_known"),
        migrations.AlterField("token", "scope", models.CharField(choices=SCOPES, max_length=10)),
        migrations.AddConstraint(
            "token",
            models.CheckConstraint(condition=Q(scope__in=[scope for scope, _ in SCOPES]), name="token_scope_known"),
        ),
    ]
