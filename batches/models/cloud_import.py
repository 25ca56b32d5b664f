"""Imports of videos from cloud storage into a vendor's account. The vendor fetches them itself."""

from django.db import models

from batches.models.connection import Connection
from batches.models.run import Run, finished_when
from batches.models.video import Folder, FolderScope


class CloudProvider(models.TextChoices):
    GCS = "gcs", "Google Cloud Storage"
    S3 = "s3", "Amazon S3"


class CloudImport(Run):
    """One intent to import objects of a bucket. `sent_at` is committed before the call, so none is sent twice.

    `position` counts videos that are uploaded or failed.
    """

    batch_id = 0  # none
    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same import."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="cloud_imports")
    provider = models.CharField(max_length=3, choices=CloudProvider)
    bucket = models.CharField(max_length=222)
    keys = models.JSONField(help_text="Names of the objects in the bucket, in the order in which they are sent.")
    integration = models.CharField(
        max_length=255, blank=True, default="", help_text="The vendor's ID of the access to the bucket."
    )
    folder = models.ForeignKey(
        Folder, null=True, blank=True, on_delete=models.PROTECT, related_name="cloud_imports", db_index=False
    )
    scope = models.CharField(max_length=4, choices=FolderScope, default=FolderScope.USER)
    sent_at = models.DateTimeField(
        null=True, blank=True,
        help_text="When the request was sent. From then on the vendor may have started the import.",
    )  # fmt: skip
    job_id = models.CharField("job ID", max_length=255, blank=True, default="", help_text="The vendor's ID.")
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the vendor's list of its videos last changed."
    )
    retried_at = models.DateTimeField(null=True, blank=True, help_text="When failed videos were last requested again.")

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["connection", "-id"], name="cloud_import_of_connection")]
        constraints = [
            finished_when("cloud_import_finished_when"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(job_id=""), name="cloud_import_done_has_a_job"
            ),
            models.CheckConstraint(
                condition=models.Q(provider__in=CloudProvider.values), name="cloud_import_provider_known"
            ),
        ]

    def __str__(self) -> str:
        return f"cloud import {self.pk} of {self.total} objects: {self.state}"

    @property
    def address(self) -> str:
        """The bucket's address; an object's name follows."""
        return f"{'gs' if self.provider == CloudProvider.GCS else 's3'}://{self.bucket}/"

    @property
    def may_have_started(self) -> bool:
        return not self.unfinished and self.sent_at is not None and not self.job_id and self.state == "incomplete"


class ImportedVideoQuerySet(models.QuerySet["ImportedVideo"]):
    def uploaded(self) -> "ImportedVideoQuerySet":
        return self.filter(status=ImportedVideo.UPLOADED)

    def failed(self) -> "ImportedVideoQuerySet":
        return self.filter(status=ImportedVideo.FAILED)


class ImportedVideo(models.Model):
    """A video of a cloud import, as the vendor last listed it."""

    UPLOADED, FAILED = "uploaded", "uploading_failed"

    cloud_import = models.ForeignKey(
        CloudImport, on_delete=models.CASCADE, related_name="videos", db_index=False
    )  # the constraint's index leads with it
    external_id = models.CharField("external ID", max_length=255)
    status = models.CharField(max_length=255, blank=True, default="", help_text="The vendor's status, in lower case.")
    source_uri = models.CharField(max_length=2000, blank=True, default="")

    objects = ImportedVideoQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cloud_import", "external_id"], name="imported_video_once_an_import")
        ]

    def __str__(self) -> str:
        return self.source_uri or self.external_id

    @property
    def name(self) -> str:
        return self.source_uri.rpartition("/")[2] or self.external_id
