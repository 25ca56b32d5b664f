"""One account at one vendor, and who may do what with everything that comes from it."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.signals import post_save
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models.fields import EncryptedTextField
from batches.models.role import Rights, Role, staff_edits

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Vendor(models.TextChoices):
    NOMADIC = "nomadic", "NomadicML"
    TWELVELABS = "twelvelabs", "TwelveLabs"
    WICKSON = "wickson", "Wickson"
    OPEN = "open", _("Other detector")

    @property
    def has_sdk_shape(self) -> bool:
        """Whether the vendor's own SDK makes files of its results, so that ours keep their shape."""
        return self == Vendor.NOMADIC


MAX_REASONS, MAX_REASON = 9, 80  # one a digit key; characters of one
REJECT_REASONS = "\n".join(
    ["Not what was asked for", "Nothing happens here", "Too far away to tell", "Ordinary, not worth a look",
     "Same event as another", "Wrong road user", "Wrong severity", "Span is wrong", "Another reason"]
)  # fmt: skip
INVALID_REASONS = "\n".join(
    ["Clip does not play", "Picture is black or frozen", "Camera blocked or dirty", "Too dark to see",
     "Not a road scene", "Test or parked vehicle", "Wrong video", "Boxes do not fit", "Another reason"]
)  # fmt: skip


MAX_FOOTAGE = 500  # characters of a template


def check_reasons(text: str) -> None:
    """Raises ValidationError for more lines than there are digit keys, or for a line that is too long."""
    lines = reason_lines(text)
    if len(lines) > MAX_REASONS:
        why = gettext("At most {count} reasons: one for each of the keys 1 to {count}.")
        raise ValidationError(why.format(count=MAX_REASONS))
    if any(len(line) > MAX_REASON for line in lines):
        raise ValidationError(gettext("A reason has at most {count} characters.").format(count=MAX_REASON))


def check_folder(folder: str) -> None:
    """Raises ValidationError for a folder that does not lie in the storage."""
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or "\\" in folder or not folder.isprintable():
        raise ValidationError(gettext("Enter a folder in the storage, without “/” at its start and without “..”."))


def reason_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def not_removed(self) -> "ConnectionQuerySet":
        return self.filter(removed_at=None)

    def visible_to(self, user: "User") -> "ConnectionQuerySet":
        """The connections whose batches this person may see: memberships, or all of them for staff."""
        shown = self.not_removed()
        return shown if user.is_staff else shown.filter(memberships__user=user)

    def editable_by(self, user: "User") -> "ConnectionQuerySet":
        """Those on which `Rights.can_edit` is true of this person."""
        shown = self.not_removed()
        if staff_edits(user):
            return shown
        return shown.filter(memberships__user=user, memberships__role__in=Role.EDITOR.and_above)

    def manageable_by(self, user: "User") -> "ConnectionQuerySet":
        """Those on which `Rights.can_manage` is true of this person."""
        shown = self.not_removed()
        if user.is_active and user.is_superuser:
            return shown
        return shown.filter(memberships__user=user, memberships__role__in=Role.MANAGER.and_above)


class Connection(models.Model):
    """An account at a vendor. Only the sync can read the key."""

    vendor = models.CharField(max_length=20, choices=Vendor)
    name = models.CharField(max_length=80, unique=True, help_text="Unique name, used on pages and in commands.")
    base_url = models.CharField(
        "base URL", max_length=500, blank=True, help_text="Empty for connections that only import files."
    )
    api_key = EncryptedTextField(blank=True, default="", editable=False)
    key_hint = models.CharField(max_length=4, blank=True, default="", editable=False)
    paused = models.BooleanField(default=False, help_text="While this is on, the vendor is not called.")
    account = models.CharField(
        max_length=255, blank=True, default="", help_text="Owner of the key, according to the vendor."
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=500, blank=True, default="")
    wait_until = models.DateTimeField(
        null=True, blank=True, help_text="The vendor asked not to be called before this time."
    )
    reject_reasons = models.TextField(
        blank=True, default=REJECT_REASONS, validators=[check_reasons],
        help_text="Preset reasons for a rejection, one per line, selected with the keys 1 to 9.",
    )  # fmt: skip
    invalid_reasons = models.TextField(
        blank=True, default=INVALID_REASONS, validators=[check_reasons],
        help_text="Preset reasons for “invalid”, one per line, selected with the keys 1 to 9.",
    )  # fmt: skip
    free_values = models.BooleanField(
        "allow new values", default=True, help_text="Whether corrections may use new labels, categories and severities."
    )
    footage = models.CharField(
        max_length=MAX_FOOTAGE, blank=True, default="", db_default="", editable=False,
        help_text="Template of the address at which the video of an item lies.",
    )  # fmt: skip
    footage_folder = models.CharField(
        "folder of footage", max_length=MAX_FOOTAGE, blank=True, default="", db_default="", validators=[check_folder],
        help_text="Folder in FOOTAGE_FILES with the videos of this connection; “.” is all of it, empty none.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    is_sample = models.BooleanField(default=False, editable=False)
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was hidden from everybody. Its ledger is kept."
    )

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refused_at__isnull=True, refused_reason="")
                | models.Q(refused_at__isnull=False) & ~models.Q(refused_reason=""),
                name="connection_refused_has_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reasons(self) -> dict[str, list[str]]:
        """Preset reasons by approval; the first one is the key 1."""
        return {"rejected": reason_lines(self.reject_reasons), "invalid": reason_lines(self.invalid_reasons)}

    def set_key(self, key: str) -> None:
        """Take a new vendor key; only its last four characters stay readable to people."""
        self.api_key, self.key_hint = key, key[-4:]
        self.refused_at, self.refused_reason, self.verified_at, self.account = None, "", None, ""
        self.wait_until = None


class MembershipQuerySet(models.QuerySet["Membership"]):
    def update(self, **fields: Any) -> int:
        """As if each row were saved: whatever follows a changed role (`batches.apps`) follows here, too."""
        with transaction.atomic():
            rows = list(self.all()) if "role" in fields else []
            count = super().update(**fields)
            for row in rows:
                post_save.send(Membership, instance=row, created=False, raw=False, using=self.db, update_fields=None)
        return count


class Membership(models.Model):
    """A person's role on a connection and all its batches."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    own_role = models.CharField(
        max_length=10, null=True, blank=True, editable=False,
        help_text="The person's own role, if a team has raised it. Empty if the person had none.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["connection", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "connection"], name="membership_one_role_a_connection"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.connection}"

    @property
    def given_role(self) -> str:
        """The person's own role, which a team may have raised; empty if the person has none."""
        return self.role if self.own_role is None else self.own_role

    @classmethod
    def role_of(cls, user_id: int, connection: str) -> models.Subquery:
        """This person's role on the connection that a column of the query names."""
        own = cls._default_manager.filter(user=user_id, connection=models.OuterRef(connection)).order_by()
        return models.Subquery(own.values("role"))

    @classmethod
    def rights_of(cls, user: "User", connection_id: int) -> Rights:
        """What this person may do on the connection now. One query."""
        if not user.is_active:
            return Rights()
        members = cls._default_manager.filter(user=user, connection=connection_id)
        return Rights.of(members.values_list("role", flat=True).first(), user)
