import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import batches.models.agent


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0051_recall_certificates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrainedAgent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=255, verbose_name="external ID")),
                ("name", models.CharField(blank=True, default="", max_length=255)),
                (
                    "status",
                    models.CharField(blank=True, default="", help_text="The vendor's own status.", max_length=255),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("user", "Personal"), ("org", "Organization")],
                        default="user",
                        help_text="Whose list of agents has it.",
                        max_length=4,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("listed_at", models.DateTimeField(blank=True, help_text="When the vendor last listed it.", null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="agents", to="batches.connection"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="AgentTraining",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("incomplete", "Incomplete"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "claim",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Id of the claim of the worker that is running it.",
                        max_length=36,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                (
                    "enqueued_at",
                    models.DateTimeField(blank=True, help_text="When a job for it was last enqueued.", null=True),
                ),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0, help_text="Number of finished steps. A killed run resumes here."
                    ),
                ),
                ("total", models.PositiveIntegerField(blank=True, null=True)),
                ("calls", models.PositiveIntegerField(default=0)),
                ("message", models.TextField(blank=True, default="")),
                (
                    "idempotency_key",
                    models.UUIDField(
                        help_text="Created by the client. A repeated request returns the same training.", unique=True
                    ),
                ),
                (
                    "client_id",
                    models.CharField(
                        default=batches.models.agent.new_client_id,
                        help_text="Names the intent to the vendor.",
                        max_length=36,
                        unique=True,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True, default="", help_text="Of a new agent. Empty for an update.", max_length=255
                    ),
                ),
                (
                    "batches",
                    models.JSONField(help_text="The vendor's ids of the batches, in the order in which they are sent."),
                ),
                (
                    "sent_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the request was sent. From then on the training may have started.",
                        null=True,
                    ),
                ),
                (
                    "update_type",
                    models.CharField(blank=True, default="", help_text="The vendor's kind of update.", max_length=255),
                ),
                ("job_id", models.CharField(blank=True, default="", max_length=255, verbose_name="job ID")),
                (
                    "total_approved",
                    models.PositiveIntegerField(
                        blank=True, help_text="Approved events that the vendor counted.", null=True
                    ),
                ),
                (
                    "total_rejected",
                    models.PositiveIntegerField(
                        blank=True, help_text="Rejected events that the vendor counted.", null=True
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="trainings", to="batches.connection"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        help_text="The agent that is updated, or that was created.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainings",
                        to="batches.trainedagent",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="trainedagent",
            constraint=models.UniqueConstraint(fields=("connection", "external_id"), name="agent_once_a_connection"),
        ),
        migrations.AddConstraint(
            model_name="trainedagent",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["user", "org"])), name="agent_scope_known"
            ),
        ),
        migrations.AddIndex(
            model_name="agenttraining",
            index=models.Index(fields=["connection", "-id"], name="training_of_connection"),
        ),
        migrations.AddConstraint(
            model_name="agenttraining",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                    models.Q(
                        models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                        ("finished_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="training_finished_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="agenttraining",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), ("agent__isnull", False), _connector="OR"),
                name="training_names_an_agent",
            ),
        ),
    ]
