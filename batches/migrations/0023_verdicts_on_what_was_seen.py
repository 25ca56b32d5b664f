"""A verdict on content that an event no longer has is no verdict: such events become pending.

The ledger stays as it is.
"""

from collections import Counter

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.migrations._search_words import index_search_words


def look_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make changed events pending, and those that say again what was decided what they were decided to be."""
    events = apps.get_model("batches", "Event").objects.using(editor.connection.alias)
    batches = apps.get_model("batches", "Batch").objects.using(editor.connection.alias)
    moves: dict[int, Counter[str]] = {}
    for event in events.filter(changed_since=True).only("batch_id", "approval", "fingerprint").order_by("pk"):
        latest = event.decisions.select_related("restores").order_by("-version").first()
        standing = latest and (latest.restores if latest.undoes_id else latest)
        changed = standing is None or standing.fingerprint != event.fingerprint
        approval = "pending" if changed else standing.approval
        counts = moves.setdefault(event.batch_id, Counter())
        counts[event.approval] -= 1
        counts[approval] += 1
        events.filter(pk=event.pk).update(approval=approval, changed_since=changed)
    for batch_id, counts in moves.items():
        batches.filter(pk=batch_id).update(**{name: models.F(name) + change for name, change in counts.items()})


def index_anew(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite makes the table anew for the constraint and drops its triggers."""
    if editor.connection.vendor == "sqlite":
        index_search_words(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("batches", "0022_fill_search_words")]

    operations = [
        migrations.AddField(
            "event",
            "unread_at",
            models.DateTimeField(
                blank=True, null=True, help_text="Since when the vendor's newest version of it could not be read."
            ),
        ),
        migrations.AlterField(
            "event",
            "approval",
            models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("invalid", "Invalid"),
                ],
                default="pending",
                help_text=(
                    "What stands: a person's verdict on what it says now, else the vendor's opinion, else pending."
                ),
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "event",
            "changed_since",
            models.BooleanField(default=False, help_text="What it says is not what was decided: it is pending."),
        ),
        migrations.RunPython(look_again, migrations.RunPython.noop),
        migrations.AddConstraint(
            "event",
            models.CheckConstraint(
                condition=models.Q(("changed_since", False), ("approval", "pending"), _connector="OR"),
                name="event_changed_is_pending",
            ),
        ),
        migrations.RunPython(index_anew, index_anew),
    ]
