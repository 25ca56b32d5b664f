"""Agents that the vendor trains from reviewed batches, and the intents to train one."""

from uuid import uuid4

from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _

from batches.models.connection import Connection
from batches.models.run import Run, finished_when
from batches.models.video import FolderScope


def new_client_id() -> str:
    return str(uuid4())


class TrainedAgent(models.Model):
    """An agent of an account, as the vendor last listed it or as it was created here."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="agents")
    external_id = models.CharField("external ID", max_length=255)
    name = models.CharField(max_length=255, blank=True, default="")
    status = models.CharField(max_length=255, blank=True, default="", help_text="The vendor's own status.")
    scope = models.CharField(
        max_length=4, choices=FolderScope, default=FolderScope.USER, help_text="Whose list of agents has it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    listed_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor last listed it.")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="agent_once_a_connection"),
            models.CheckConstraint(condition=models.Q(scope__in=FolderScope.values), name="agent_scope_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class AgentTraining(Run):
    """One intent to create or update an agent. `sent_at` is committed before the call, so none is ever sent twice."""

    batch_id = 0  # none: it is about several batches
    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same training."
    )
    client_id = models.CharField(
        max_length=36, unique=True, default=new_client_id, help_text="Names the intent to the vendor."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="trainings")
    name = models.CharField(max_length=255, blank=True, default="", help_text="Of a new agent. Empty for an update.")
    agent = models.ForeignKey(
        TrainedAgent, null=True, blank=True, on_delete=models.PROTECT, related_name="trainings",
        help_text="The agent that is updated, or that was created.",
    )  # fmt: skip
    batches = models.JSONField(help_text="The vendor's ids of the batches, in the order in which they are sent.")
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the request was sent. From then on the training may have started."
    )
    update_type = models.CharField(max_length=255, blank=True, default="", help_text="The vendor's kind of update.")
    job_id = models.CharField("job ID", max_length=255, blank=True, default="")
    total_approved = models.PositiveIntegerField(
        null=True, blank=True, help_text="Approved events that the vendor counted."
    )
    total_rejected = models.PositiveIntegerField(
        null=True, blank=True, help_text="Rejected events that the vendor counted."
    )

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["connection", "-id"], name="training_of_connection")]
        constraints = [
            finished_when("training_finished_when"),
            models.CheckConstraint(
                condition=~models.Q(name="") | models.Q(agent__isnull=False), name="training_names_an_agent"
            ),
        ]

    @property
    @display(description=_("title"))
    def title(self) -> str:
        """The agent's name, as far as it is known."""
        return self.name or str(self.agent)

    def __str__(self) -> str:
        return f"training {self.pk} from {len(self.batches)} batches: {self.state}"
