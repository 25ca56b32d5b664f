"""The videos and folders of an account, whether or not a batch has analysed them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Item
from batches.models.connection import Connection
from batches.models.run import UNFINISHED, Run, finished_when


class FolderScope(models.TextChoices):
    USER = "user", _("Personal")
    ORG = "org", _("Organization")


class Folder(models.Model):
    """A folder of an account. No vendor lists its folders: these hold listed videos, were made here, or looked up."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="folders")
    external_id = models.CharField("external ID", max_length=255)
    name = models.CharField(max_length=255, blank=True, default="", help_text="Empty while it is unknown.")
    scope = models.CharField(max_length=4, choices=FolderScope, default=FolderScope.USER)
    org_id = models.CharField(max_length=255, blank=True, default="")
    description = models.TextField(blank=True, default="")
    vendor_created_at = models.CharField(
        max_length=64, blank=True, default="", help_text="Time as the vendor wrote it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="folder_once_a_connection"),
            models.CheckConstraint(condition=models.Q(scope__in=FolderScope.values), name="folder_scope_known"),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Folder {id}, name unknown").format(id=self.external_id)


class AccountVideoQuerySet(models.QuerySet["AccountVideo"]):
    def listed(self) -> "AccountVideoQuerySet":
        """Videos that the account still has."""
        return self.filter(gone_at__isnull=True)

    def not_analysed(self, connection: Connection) -> "AccountVideoQuerySet":
        """Videos that are in no batch of the connection that is known here."""
        analysed = Item.objects.filter(batch__connection=connection, gone_at__isnull=True)
        return self.exclude(external_id__in=analysed.order_by().values("external_id"))


class AccountVideo(models.Model):
    """A video of an account, as the vendor last listed it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="videos")
    external_id = models.CharField("external ID", max_length=255)
    name = models.CharField(max_length=255, blank=True, default="")
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="videos")
    org_id = models.CharField(
        max_length=255, blank=True, default="", help_text="Id of the organization that shares it."
    )
    status = models.CharField(max_length=255, blank=True, default="", help_text="The vendor's status of the upload.")
    seconds = models.FloatField(null=True, blank=True)
    vendor_created_at = models.CharField(
        max_length=64, blank=True, default="", help_text="Time as the vendor wrote it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor stopped listing it.")
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="Person who deleted it at the vendor.",
    )  # fmt: skip

    objects = AccountVideoQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["connection", "-id"], name="video_of_connection")]
        constraints = [models.UniqueConstraint(fields=["connection", "external_id"], name="video_once_a_connection")]

    def __str__(self) -> str:
        return self.name or self.external_id

    @property
    def is_uploaded(self) -> bool:
        return self.status in ("", "uploaded")

    @property
    def scope(self) -> str:
        """The only sign of the scope in a vendor's row is the organization."""
        return FolderScope.ORG if self.org_id else FolderScope.USER


class VideoListing(Run):
    """A run that lists the videos of one account. `position` counts videos."""

    batch_id = 0  # none
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="listings")

    class Meta(Run.Meta):
        verbose_name = "listing of videos"
        verbose_name_plural = "listings of videos"
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=models.Q(state__in=UNFINISHED), name="listing_one_a_connection"
            ),
            finished_when("listing_finished_when"),
        ]

    def __str__(self) -> str:
        return f"listing {self.pk} of {self.connection_id}: {self.state}"
