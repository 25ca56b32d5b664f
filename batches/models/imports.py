"""An import of a file of results: checked first, then written when a person confirms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from batches.models.connection import Connection
from batches.models.run import Run, finished_when


class ImportPhase(models.TextChoices):
    CHECK = "check", _("Checking")
    IMPORT = "import", _("Importing")


class ImportRun(Run):
    """One file. `position` and `total` count its records; each batch in it has a SyncRun of its own."""

    batch_id = 0  # several batches
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="imports")
    phase = models.CharField(max_length=6, choices=ImportPhase, default=ImportPhase.CHECK)
    file = models.CharField(max_length=255, blank=True, default="", help_text="Path of the file in the storage.")
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0, help_text="Size of the file in bytes.")
    batch_text = models.CharField(
        max_length=255, blank=True, default="", help_text="Name of the batch if the file contains none."
    )
    mapping = models.JSONField(default=dict, blank=True, help_text="Column by field, for the open format.")
    options = models.JSONField(
        default=dict, blank=True, help_text="Reading options: separator, encoding, list, units, scale, gap."
    )
    decide = models.BooleanField(
        default=False, help_text="Whether approvals become decisions of the person who imports the file."
    )
    summary = models.JSONField(default=dict, blank=True, help_text="Preview made by the check.")
    events_created = models.PositiveIntegerField(default=0)
    events_updated = models.PositiveIntegerField(default=0)
    events_gone = models.PositiveIntegerField(default=0)
    decided = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta(Run.Meta):
        constraints = [
            finished_when("import_finished_when"),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.file_name}: {self.phase} {self.state}"

    @property
    def records_per_second(self) -> int:
        """Of this phase so far; 0 while it is not known."""
        seconds = (self.heartbeat_at - self.started_at).total_seconds() if self.heartbeat_at and self.started_at else 0
        return round(self.position / seconds) if seconds >= 1 else 0

    @property
    def seconds_left(self) -> int | None:
        """None while it is not known."""
        rate = self.records_per_second
        return (self.total - self.position) // rate if self.total and rate else None

    @property
    def ready(self) -> bool:
        """Checked, and waiting for confirmation."""
        return self.phase == ImportPhase.CHECK and self.state == "done"


class ColumnMapping(models.Model):
    """How files with these columns are read, under a name that people give."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="column_mappings", db_index=False)
    name = models.CharField(max_length=80)
    columns = models.JSONField(default=list, help_text="The names of all columns of the file, sorted.")
    mapping = models.JSONField(default=dict, help_text="Our field → column, empty for a field that stays empty.")
    options = models.JSONField(default=dict, help_text="How the file is read: units, scale, separator.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "name"], name="mapping_one_name_a_connection"),
        ]

    def __str__(self) -> str:
        return self.name
