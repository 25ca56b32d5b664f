"""Corrections of the vendor's values, and events that people added.

The columns of events and of the ledger are nullable and have no default: both engines add them without writing a row.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from batches.migrations._triggers import append_only

ACTIONS = append_only("batches_action")  # SQLite makes the table anew for its constraint


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0038_managers_and_set_up"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="action",
            name="action_undo_names_what",
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="corrections",
            field=models.TextField(blank=True, help_text="JSON: the values that each event gets.", null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="corrections",
            field=models.TextField(blank=True, help_text="JSON: all corrected values after this step.", null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="is_correction",
            field=models.BooleanField(help_text="It gave values and no verdict.", null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="values_before",
            field=models.TextField(
                blank=True, help_text="JSON: the values before this step of the fields that it changed.", null=True
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="verdict",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Of a correction: the decision whose verdict still stands; none: there is no verdict.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="batches.decision",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="correction_changed",
            field=models.BooleanField(
                help_text="The vendor changed a corrected field after the last verdict or correction.", null=True
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="corrections",
            field=models.TextField(
                blank=True, help_text="JSON: the values that people corrected, by field.", null=True
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="origin",
            field=models.CharField(
                blank=True,
                choices=[("reviewer", "Added by a reviewer")],
                editable=False,
                help_text="None: a finding of the vendor.",
                max_length=8,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_category",
            field=models.CharField(blank=True, editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_end_s",
            field=models.FloatField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_label",
            field=models.TextField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_severity",
            field=models.CharField(blank=True, editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_start_s",
            field=models.FloatField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="vendor_timestamp",
            field=models.CharField(blank=True, editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="opinion",
            name="corrections",
            field=models.TextField(blank=True, help_text="JSON: all corrected values in this opinion.", null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="free_values",
            field=models.BooleanField(
                default=True,
                help_text="Whether corrections may have labels, categories and severities that are new here.",
            ),
        ),
        migrations.AlterField(
            model_name="action",
            name="kind",
            field=models.CharField(
                choices=[("decide", "Decide"), ("correct", "Correct"), ("undo", "Undo"), ("redo", "Redo")],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("corrections__isnull", False)),
                fields=["batch", "sequence", "id"],
                name="event_corrected",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("origin__isnull", False)), fields=["batch", "sequence", "id"], name="event_added"
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["undo", "redo"]), ("undoes__isnull", False)),
                    models.Q(("kind__in", ("decide", "correct")), ("undoes__isnull", True)),
                    _connector="OR",
                ),
                name="action_undo_names_what",
            ),
        ),
        migrations.RunPython(ACTIONS, ACTIONS),
    ]
