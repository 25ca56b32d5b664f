"""Comments and mentions, assignments, the review status of a batch; each with a history that nobody rewrites."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

HISTORIES = ("batches_comment", "batches_assignmentchange", "batches_reviewstep")


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """As the ledger in 0002, whose function PostgreSQL uses again."""
    for table in HISTORIES:
        for verb in ("UPDATE", "DELETE"):
            trigger = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            if editor.connection.vendor == "postgresql":
                editor.execute(f"{trigger} FOR EACH ROW EXECUTE FUNCTION batches_append_only()")
            else:
                editor.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table in HISTORIES:
        for verb in ("update", "delete"):
            on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER {table}_no_{verb}{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0008_piles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="assignment",
                        serialize=False,
                        to="batches.event",
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="How often it was given to somebody or taken away."
                    ),
                ),
            ],
            options={
                "ordering": ["event"],
            },
        ),
        migrations.CreateModel(
            name="AssignmentChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(unique=True)),
                (
                    "request",
                    models.CharField(
                        help_text="Digest of what was asked: a key cannot be used for another.", max_length=64
                    ),
                ),
                (
                    "query",
                    models.CharField(blank=True, help_text="The event filter, as a query string.", max_length=2000),
                ),
                (
                    "people",
                    models.JSONField(blank=True, default=list, help_text="User names, in the order of their parts."),
                ),
                ("events", models.PositiveIntegerField(help_text="How many it was about.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(unique=True)),
                (
                    "request",
                    models.CharField(
                        help_text="Digest of what was asked: a key cannot be used for another.", max_length=64
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("say", "Comment"),
                            ("resolve", "Resolve"),
                            ("reopen", "Reopen"),
                            ("withdraw", "Withdraw"),
                        ],
                        default="say",
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True, default="", max_length=2000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="conversation",
                        serialize=False,
                        to="batches.event",
                    ),
                ),
                ("comments", models.PositiveIntegerField(default=0, help_text="Without those that were withdrawn.")),
                ("unresolved", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.PositiveSmallIntegerField(choices=[(0, "Not started"), (1, "In progress"), (2, "Reviewed")]),
                ),
                ("pending", models.PositiveIntegerField(help_text="Events without a verdict at that moment.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="odd_cells",
            field=models.TextField(blank=True, help_text="JSON: CSV cells that the columns cannot rebuild.", null=True),
        ),
        migrations.AddField(
            model_name="batch",
            name="review_status",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Not started"), (1, "In progress"), (2, "Reviewed")], default=0
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="review_status_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="review_status_updated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(fields=["batch", "-created_at"], name="action_latest_of_batch"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("review_status", 0),
                        ("review_status_by__isnull", True),
                        ("review_status_updated_at__isnull", True),
                    ),
                    models.Q(("review_status_by__isnull", False), ("review_status_updated_at__isnull", False)),
                    _connector="OR",
                ),
                name="batch_review_status_who_and_when",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="batches.batch",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="user",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="assignmentchange",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="assignment_changes", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="assignmentchange",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="change",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="batches.assignmentchange",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="batches.event"
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="withdraws",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="withdrawn_by",
                to="batches.comment",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="conversations", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="mention",
            name="comment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mentions",
                to="batches.comment",
            ),
        ),
        migrations.AddField(
            model_name="mention",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reviewstep",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="review_steps", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="reviewstep",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["batch", "user", "event"], name="assignment_by_person"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["say", "resolve", "reopen", "withdraw"])), name="comment_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "say"), models.Q(("text", ""), _negated=True)),
                    models.Q(models.Q(("kind", "say"), _negated=True), ("text", "")),
                    _connector="OR",
                ),
                name="comment_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "withdraw"), ("withdraws__isnull", False)),
                    models.Q(models.Q(("kind", "withdraw"), _negated=True), ("withdraws__isnull", True)),
                    _connector="OR",
                ),
                name="comment_withdraws_what",
            ),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(fields=["user", "-id"], name="mention_latest"),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(condition=models.Q(("read_at__isnull", True)), fields=["user"], name="mention_unread"),
        ),
        migrations.AddConstraint(
            model_name="mention",
            constraint=models.UniqueConstraint(fields=("comment", "user"), name="mention_once_a_comment"),
        ),
        migrations.AddConstraint(
            model_name="reviewstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", [0, 1, 2])), name="review_step_status_known"
            ),
        ),
        migrations.RunPython(forbid, allow),
    ]
