"""Structured ODD: tables that a vendor's model fills in for videos, column by column."""

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from batches.models.connection import Connection
from batches.models.run import UNFINISHED, Run, RunState, finished_when


class OddColumns(models.Model):
    """The columns that a connection's people have edited; without a row, the default schema."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="odd_columns")
    columns = models.JSONField(help_text="Each with name, prompt, type, literals, and whether it is used.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "columns of the structured ODD"

    def __str__(self) -> str:
        return f"columns of {self.connection_id}"


class OddTable(models.Model):
    """One request for the tables of some videos, all with the same columns."""

    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same table."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="odd_tables")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    columns = models.JSONField(help_text="As they were sent, in the order of the file.")
    videos = models.JSONField(help_text="The vendor's video ids, in the order of the file.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = "structured ODD", "structured ODDs"
        indexes = [models.Index(fields=["connection", "-id"], name="odd_table_of_connection")]

    def __str__(self) -> str:
        return f"structured ODD {self.pk} of {len(self.videos)} videos"

    @property
    @display(description=_("title"))
    def title(self) -> str:
        videos, columns = len(self.videos), len(self.columns)
        of_videos = ngettext("{count} video", "{count} videos", videos).format(count=videos)
        of_columns = ngettext("{count} column", "{count} columns", columns).format(count=columns)
        return f"{of_videos}, {of_columns}"


class OddRunQuerySet(models.QuerySet["OddRun"]):
    def unfinished(self) -> "OddRunQuerySet":
        return self.filter(state__in=UNFINISHED)

    def with_file(self) -> "OddRunQuerySet":
        """Those whose table is stored."""
        return self.filter(state=RunState.DONE, size__isnull=False)


class OddRun(Run):
    """The table of one video. `sent_at` is committed before the call, so the vendor is never asked twice unnoticed.

    The table itself is a file of the shared storage (batches/export/odd_tables.py). `total` counts its rows.
    """

    batch_id = 0  # none
    table = models.ForeignKey(OddTable, on_delete=models.CASCADE, related_name="runs")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="odd_runs", db_index=False)
    video_id = models.CharField("video ID", max_length=255)
    video_name = models.CharField(max_length=255, blank=True, default="")
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the request was sent. From then on the vendor may have worked on it."
    )
    problems = models.JSONField(default=list, blank=True, help_text="What the check of the table found, as sentences.")
    share_url = models.CharField(
        "share URL", max_length=2000, blank=True, default="", help_text="Where the vendor shares the table."
    )
    seconds = models.FloatField(null=True, blank=True, help_text="How long the vendor says that it worked.")
    size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Size of the stored file in bytes; empty once it is removed."
    )

    objects = OddRunQuerySet.as_manager()

    class Meta(Run.Meta):
        ordering = ["id"]
        verbose_name, verbose_name_plural = "ODD of a video", "ODDs of videos"
        indexes = [models.Index(fields=["connection", "id"], name="odd_run_of_connection")]
        constraints = [
            finished_when("odd_finished_when"),
            models.UniqueConstraint(fields=["table", "video_id"], name="odd_once_a_video"),
        ]

    def __str__(self) -> str:
        return f"ODD {self.pk} of {self.name}: {self.state}"

    @property
    @display(description=_("name"))
    def name(self) -> str:
        return self.video_name or self.video_id
