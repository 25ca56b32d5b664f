"""Videos that a vendor fetches from addresses into its account."""

from urllib.parse import unquote, urlsplit

from django.db import models

from batches.models.connection import Connection
from batches.models.fields import EncryptedTextField
from batches.models.run import UNFINISHED, Run, finished_when
from batches.models.video import Folder, FolderScope


class VideoUploadQuerySet(models.QuerySet["VideoUpload"]):
    def unfinished(self) -> "VideoUploadQuerySet":
        return self.filter(state__in=UNFINISHED)


class VideoUpload(Run):
    """One intent to upload one video. `sent_at` is committed before the call, so none is sent twice."""

    batch_id = 0  # none
    idempotency_key = models.UUIDField(
        unique=True, help_text="Made from the client's and the address. A repeated request returns the same upload."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="uploads")
    address = models.CharField(max_length=2000, help_text="Without its query.")
    query = EncryptedTextField(
        blank=True, default="", help_text="Of the address, often a signature. Removed once the video is uploaded."
    )
    folder = models.ForeignKey(
        Folder, null=True, blank=True, on_delete=models.PROTECT, related_name="uploads", db_index=False
    )
    scope = models.CharField(max_length=4, choices=FolderScope, default=FolderScope.USER)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the request was sent. From then on the vendor may have the video."
    )
    video_id = models.CharField("video ID", max_length=255, blank=True, default="", help_text="The vendor's ID.")

    objects = VideoUploadQuerySet.as_manager()

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["connection", "-id"], name="upload_of_connection")]
        constraints = [
            finished_when("upload_finished_when"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(video_id=""), name="upload_done_has_a_video"
            ),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk} of {self.name}: {self.state}"

    @property
    def name(self) -> str:
        last = unquote(urlsplit(self.address).path.rpartition("/")[2], errors="replace")
        return "".join(character for character in last.rpartition("/")[2] if character.isprintable())

    @property
    def full_address(self) -> str:
        return f"{self.address}?{self.query}" if self.query else self.address
