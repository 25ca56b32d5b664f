"""Redo, reasons added to a verdict, flags for a second look, preset reasons and keys of one's own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import batches.models.connection


def forbid_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite changes a table by making it anew, and the triggers of 0002 go with the old one."""
    if editor.connection.vendor != "sqlite":
        return
    for table in ("batches_action", "batches_decision"):
        for verb in ("UPDATE", "DELETE"):
            editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("batches", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, forbid_again),
        migrations.CreateModel(
            name="KeyPreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="key_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("single_keys", models.BooleanField(default=True, help_text="Off: no single key does anything.")),
                ("keys", models.JSONField(blank=True, default=dict, help_text="Name of the command → its key.")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="action",
            name="action_undo_names_what",
        ),
        migrations.AddField(
            model_name="action",
            name="amends",
            field=models.OneToOneField(
                blank=True,
                help_text="The verdict this one adds a reason to: both are undone as one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="amended_by",
                to="batches.action",
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="invalid_reasons",
            field=models.TextField(
                blank=True,
                default=(
                    "Clip does not play\nPicture is black or frozen\nCamera blocked or dirty\nToo dark to see\n"
                    "Not a road scene\nTest or parked vehicle\nWrong video\nBoxes do not fit\nAnother reason"
                ),
                help_text="Preset reasons after “invalid”, one a line: the keys 1 to 9.",
                validators=[batches.models.connection.check_reasons],
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="reject_reasons",
            field=models.TextField(
                blank=True,
                default=(
                    "Not what was asked for\nNothing happens here\nToo far away to tell\n"
                    "Ordinary, not worth a look\nSame event as another\nWrong road user\nWrong severity\n"
                    "Span is wrong\nAnother reason"
                ),
                help_text="Preset reasons after a rejection, one a line: the keys 1 to 9.",
                validators=[batches.models.connection.check_reasons],
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="flagged_at",
            field=models.DateTimeField(blank=True, help_text="Since when a second look is asked for.", null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="flagged_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="action",
            name="kind",
            field=models.CharField(choices=[("decide", "Decide"), ("undo", "Undo"), ("redo", "Redo")], max_length=10),
        ),
        migrations.AlterField(
            model_name="decision",
            name="restores",
            field=models.ForeignKey(
                blank=True,
                help_text="After an undo or redo: the decision that stands again; none: the vendor's opinion does.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="batches.decision",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("flagged_at__isnull", False)),
                fields=["batch", "sequence", "id"],
                name="event_flagged",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["undo", "redo"]), ("undoes__isnull", False)),
                    models.Q(("kind", "decide"), ("undoes__isnull", True)),
                    _connector="OR",
                ),
                name="action_undo_names_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("amends__isnull", True), ("kind", "decide"), _connector="OR"),
                name="action_only_a_verdict_amends",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("flagged_at__isnull", True), ("flagged_by__isnull", True)),
                    models.Q(("flagged_at__isnull", False), ("flagged_by__isnull", False)),
                    _connector="OR",
                ),
                name="event_flagged_who_and_when",
            ),
        ),
        migrations.RunPython(forbid_again, migrations.RunPython.noop),
    ]
