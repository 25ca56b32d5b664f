"""A batch that somebody starts at the vendor: what is asked of which videos, written down before the vendor is
called.
"""

from uuid import uuid4

from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.connection import Connection
from batches.models.run import Run, finished_when


def new_client_batch_id() -> str:
    return uuid4().hex


class BatchStartQuerySet(models.QuerySet["BatchStart"]):
    def of_files(self) -> "BatchStartQuerySet":
        """Those that send files themselves instead of the ids of videos."""
        return self.filter(question__has_key="sizes")


class BatchStart(Run):
    """One intent to start a batch. `sent_at` is committed before the call, so no start is ever sent twice.

    Of files `videos` are the names, and `position` counts those that are stored here (batches/sync/batch_files.py).
    """

    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same start."
    )
    client_batch_id = models.CharField(max_length=32, unique=True, default=new_client_batch_id)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="starts")
    parent = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="next_starts",
        help_text="The batch whose videos are analysed again.",
    )  # fmt: skip
    question = models.JSONField(help_text="Prompt or agent, with the options.")
    videos = models.JSONField(help_text="The vendor's video ids, in the order in which they are sent.")
    sent_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the request was sent. From then on the vendor may have started the batch.",
    )
    batch = models.OneToOneField(
        Batch,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="start",
        help_text="The batch that was started.",
    )

    objects = BatchStartQuerySet.as_manager()

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["connection", "-id"], name="start_of_connection")]
        constraints = [
            finished_when("start_finished_when"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(batch__isnull=False), name="start_done_has_a_batch"
            ),
        ]

    @property
    @display(description=_("title"))
    def title(self) -> str:
        """What is asked: the prompt, the agent's name, or what segments are looked for; of files their names."""
        if self.files:
            return ", ".join(self.videos)
        agent = self.question.get("agent", "").replace("_", " ")
        return f"{agent} agent" if agent else self.question.get("prompt") or self.question.get("definitions", "")

    @property
    def files(self) -> list[tuple[str, int]]:
        """Names and sizes in bytes of the files that are sent; none if the videos are at the vendor."""
        return list(zip(self.videos, self.question.get("sizes", ()), strict=False))

    def __str__(self) -> str:
        return f"start {self.pk} over {len(self.videos)} videos: {self.state}"
