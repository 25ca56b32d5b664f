"""Videos that come into a vendor's account: fetched by the vendor from an address, or sent there from here."""

from urllib.parse import unquote, urlsplit

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from batches.models.connection import Connection
from batches.models.fields import EncryptedTextField
from batches.models.run import UNFINISHED, Run, RunState, finished_when
from batches.models.video import Folder, FolderScope


class VideoUploadQuerySet(models.QuerySet["VideoUpload"]):
    def ready(self) -> "VideoUploadQuerySet":
        """Unfinished ones that need nothing more from a person: addresses, and files that have arrived whole."""
        return self.filter(state__in=UNFINISHED, received=F("size"))

    def failed(self) -> "VideoUploadQuerySet":
        """What the vendor refused or did not get, and can be sent again."""
        return self.filter(state=RunState.FAILED, video_id="", received=F("size"))

    def stored(self) -> "VideoUploadQuerySet":
        """Files that take up our space, or will."""
        files = self.exclude(state=RunState.DONE).filter(size__gt=0)
        return files.filter(Q(state__in=UNFINISHED, in_place=False) | Q(received__gt=0))

    def to_join(self) -> "VideoUploadQuerySet":
        """Front views whose recording is uploaded whole, and which nobody has tried to join."""
        done = self.model.objects.filter(recording=OuterRef("recording"), state=RunState.DONE)
        views = done.order_by().values("recording").annotate(views=Count("view", distinct=True)).values("views")[:1]
        fronts = self.filter(recording=F("idempotency_key"), state=RunState.DONE, joined_at=None, join_message="")
        return fronts.filter(views_total=Subquery(views))

    def arriving(self) -> "VideoUploadQuerySet":
        """Unfinished ones whose file has not arrived whole."""
        return self.filter(state__in=UNFINISHED, received__lt=F("size"))


class VideoUpload(Run):
    """One intent to upload one video. `sent_at` is committed before the call, so none is sent twice.

    A file arrives here first, in parts, and is kept until the vendor has it (batches/sync/video_files.py).
    """

    batch_id = 0  # none
    idempotency_key = models.UUIDField(
        unique=True,
        help_text="Made from the client's and the address, or from the file's name, size and time. A "
        "repeated request returns the same upload.",
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="uploads")
    address = models.CharField(max_length=2000, blank=True, help_text="Without its query. Empty for a file.")
    file_name = models.CharField(max_length=255, blank=True, default="", help_text="Empty for an address.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file; 0 for an address.")
    received = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file that have arrived here.")
    sent = models.PositiveBigIntegerField(
        default=0, help_text="Bytes of the file that were sent to the vendor. Equal to the size before the last go."
    )
    part_bytes = models.PositiveBigIntegerField(default=0, help_text="Size of the parts in which the file is stored.")
    in_place = models.BooleanField(
        default=False, help_text="Read by a command where it lies on this machine; nothing of it is stored here."
    )
    sidecar = models.TextField(blank=True, default="", help_text="Metadata of the file, JSON of at most 1 MB.")
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
    view = models.CharField(
        max_length=20, blank=True, default="", help_text="Of a recording of several cameras, as front or left."
    )
    recording = models.UUIDField(null=True, blank=True, db_index=True, help_text="The key of its front view's upload.")
    views_total = models.PositiveSmallIntegerField(default=0, help_text="Views that the recording has.")
    joined_at = models.DateTimeField(
        null=True, blank=True, help_text="Of a front view: when the vendor joined the views."
    )
    join_message = models.TextField(blank=True, default="", help_text="Of a front view: why they are not joined.")
    video_id = models.CharField("video ID", max_length=255, blank=True, default="", help_text="The vendor's ID.")

    objects = VideoUploadQuerySet.as_manager()

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["connection", "-id"], name="upload_of_connection")]
        constraints = [
            finished_when("upload_finished_when"),
            models.CheckConstraint(
                condition=models.Q(address="", size__gt=0, part_bytes__gt=0) | models.Q(file_name="", size=0),
                name="upload_of_address_or_file",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(video_id=""), name="upload_done_has_a_video"
            ),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk} of {self.name}: {self.state}"

    @property
    def name(self) -> str:
        if self.file_name:
            return self.file_name
        last = unquote(urlsplit(self.address).path.rpartition("/")[2], errors="replace")
        return "".join(character for character in last.rpartition("/")[2] if character.isprintable())

    @property
    def may_have_arrived(self) -> bool:
        """Whether the vendor may have the video. Of a file the last bytes wait until `sent` says so."""
        return self.sent_at is not None and self.sent == self.size

    @property
    def is_front(self) -> bool:
        return self.recording == self.idempotency_key

    @property
    def percent(self) -> int:
        """Whole per cent of the file on its present way: to us, then to the vendor."""
        return (self.sent if self.received == self.size else self.received) * 100 // self.size if self.size else 0

    @property
    def full_address(self) -> str:
        return f"{self.address}?{self.query}" if self.query else self.address
