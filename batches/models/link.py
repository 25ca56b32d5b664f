"""A download link. Anybody who has it can read one batch through one filter, until it expires or is revoked. Without a
batch it is of the board: its figures over all batches of its creator's connections.
"""

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.database_errors import best_effort
from batches.models.batch import BATCH_NOT_REMOVED, Batch
from batches.models.connection import Connection, Membership
from batches.models.role import Role
from batches.models.view import SavedView

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BOARD_FILE = "board.csv"
PREFIX = 6  # characters of the token that people see, to tell links apart


def new_token() -> str:
    """A new random token: 192 bits as 32 URL-safe characters."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """The stored digest of a token. Tokens are long and random, so a plain hash cannot be reversed."""
    return hashlib.sha256(f"link:{token}".encode()).hexdigest()


class RevokedWhy(models.TextChoices):
    """Why a link ended that nobody revoked."""

    RIGHT = "right", _("Ended when its creator lost the right to make links")
    ACCESS = "access", _("Ended when its creator was deactivated or activated again")


class LinkQuerySet(models.QuerySet["Link"]):
    def live(self) -> "LinkQuerySet":
        """Links that work: not revoked, not expired, and their creator still has the right to create them."""
        reviewers = Membership.objects.filter(role__in=Role.REVIEWER.and_above, connection__removed_at=None)
        may = reviewers.filter(user=OuterRef("created_by"))
        allowed = Q(Exists(may.filter(connection=OuterRef("batch__connection")))) | Q(Exists(may), batch=None)
        return self.filter(
            allowed,
            BATCH_NOT_REMOVED,
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            created_by__is_active=True,
        )

    def with_people(self) -> "LinkQuerySet":
        """Add what lists of links show: the people, the batch, the view and `is_live`."""
        people = self.select_related("batch", "created_by", "revoked_by", "view")
        return people.annotate(is_live=Exists(Link.objects.live().filter(pk=OuterRef("pk"))))

    def of_token(self, token: str) -> "LinkQuerySet":
        return self.live().filter(digest=digest(token))

    def manageable_by(self, user: "User") -> "LinkQuerySet":
        """The links that the person may revoke: their own and those of batches they edit; for staff, all."""
        seen = self.filter(BATCH_NOT_REMOVED)
        if user.is_staff:
            return seen
        edited = Connection.objects.editable_by(user)
        visible = Connection.objects.visible_to(user)
        own = Q(batch=None) | Q(batch__connection__in=visible)
        return seen.filter(Q(own, created_by=user) | Q(batch__connection__in=edited))


class Link(models.Model):
    """A download link. Its token is not stored: it is shown once, when the link is created or its token replaced."""

    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same link."
    )
    name = models.CharField(max_length=80)
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="links", help_text="Empty for the board."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=PREFIX)
    file = models.CharField(max_length=30, help_text="Rows and format, for example events.csv.")
    columns = models.CharField(max_length=1000, default="documented")
    query = models.CharField(max_length=2000, blank=True, default="", help_text="Filter, as a query string.")
    view = models.ForeignKey(
        SavedView, null=True, blank=True, on_delete=models.SET_NULL, related_name="links",
        help_text="The saved view that the filter was copied from.",
    )  # fmt: skip
    vendor_thumbnails = models.BooleanField(
        default=False, help_text="Thumbnail addresses of the vendor instead of our own."
    )
    clips = models.BooleanField(
        default=False, help_text="Whether the link also opens the page with thumbnails and clips."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_why = models.CharField(
        max_length=10,
        choices=RevokedWhy,
        blank=True,
        default="",
        db_default="",
        help_text="Why it ended without a person.",
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(batch__isnull=True, file=BOARD_FILE) | Q(batch__isnull=False) & ~Q(file=BOARD_FILE),
                name="link_of_a_batch_or_the_board",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoked_why="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, revoked_why="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=True) & ~Q(revoked_why=""),
                name="link_revoked_when_and_by_whom_or_why",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.prefix}… {self.name}"

    @property
    def expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def take_token(self) -> str:
        """Set a new token; the old one stops working. The caller saves the link."""
        token = new_token()
        self.digest, self.prefix = digest(token), token[:PREFIX]
        return token

    def used(self) -> None:
        """Count one request."""
        with best_effort():
            Link.objects.filter(pk=self.pk).update(uses=F("uses") + 1, last_used_at=timezone.now())
