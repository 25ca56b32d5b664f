"""What belongs to a person beside the account: a profile, sessions, invitations, and the roles of their teams."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.languages import Language
from batches.models.connection import Connection, Membership
from batches.models.role import Role

MAX_DAYS = 30  # of an invitation
DEFAULT_LIFE = timedelta(days=7)


class Theme(models.TextChoices):
    SYSTEM = "", _("Same as the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list."))


class Profile(models.Model):
    """How a person is shown, and how pages are shown to them; without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="profile"
    )
    initials = models.CharField(max_length=3, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    theme = models.CharField(max_length=5, blank=True, default="", choices=Theme)
    language = models.CharField(max_length=5, blank=True, default="", choices=Language)

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


def initials_of(user: AbstractBaseUser) -> str:
    """What the person chose, otherwise made of the name. Lists select the user with `profile`."""
    profile = getattr(user, "profile", None)
    if profile and profile.initials:
        return str(profile.initials)
    first, last = getattr(user, "first_name", ""), getattr(user, "last_name", "")
    return (first[:1] + last[:1] or user.get_username()[:2]).upper()


def initials_mark(person: AbstractBaseUser | str) -> SafeString:
    """The initials as HTML; `person` may be the initials. Drawn by CSS: nobody who has the page read hears or searches
    them.
    """
    initials = person if isinstance(person, str) else initials_of(person)
    return format_html('<span class="initials" data-initials="{}" dir="auto"></span>', initials)


class UserSessionManager(BaseSessionManager["UserSession"]):
    def forget_ended(self, now: datetime) -> None:
        self.filter(expire_date__lte=now).delete()


class UserSession(AbstractBaseSession):
    """A session and whose it is. The key is a digest (reviewer/web/sessions.py)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sessions", db_constraint=False
    )
    ip_address = models.GenericIPAddressField("IP address", null=True)
    user_agent = models.CharField(max_length=300, default="")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="Last use, rounded to the hour.")

    objects: ClassVar[UserSessionManager] = UserSessionManager()

    @property
    def device(self) -> str:
        """The browser and system that it names, for people: `Firefox on Linux`."""
        browsers = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
        systems = {"iPhone": "iPhone", "Android": "Android", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux"}
        browser = next((name for mark, name in browsers.items() if mark in self.user_agent), gettext("Unknown browser"))
        system = next((name for mark, name in systems.items() if mark in self.user_agent), "")
        return gettext("{browser} on {system}").format(browser=browser, system=system) if system else browser


def digest_of_invitation(token: str) -> str:
    return hashlib.sha256(f"invitation:{token}".encode("utf-8", "replace")).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def live(self) -> "InvitationQuerySet":
        return self.filter(
            accepted_at=None, revoked_at=None, expires_at__gt=timezone.now(), created_by__is_active=True,
            connection__removed_at=None,
        )  # fmt: skip

    def of_token(self, token: str) -> "Invitation | None":
        """The invitation of this token, if its creator may still give the role."""
        invitation = self.live().filter(digest=digest_of_invitation(token)).select_related("created_by").first()
        if invitation is None:
            return None
        rights = Membership.rights_of(invitation.created_by, invitation.connection_id)
        return invitation if rights.can_manage and rights.may_give(invitation.role) else None


class Invitation(models.Model):
    """A role on a connection for whoever opens the address first. Only a digest of its token is stored."""

    digest = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    email = models.EmailField(
        blank=True, default="", help_text="Email address the invitation was sent to. The new account gets it."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation as {self.role} of connection {self.connection_id}"

    def take_token(self) -> str:
        """Set a token and return it. The caller saves the invitation."""
        token = secrets.token_urlsafe(24)
        self.digest = digest_of_invitation(token)
        return token


class TeamRole(models.Model):
    """A role on a connection for everybody in a group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="team_roles")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="team_roles")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        ordering = ["group", "connection"]
        constraints = [
            models.UniqueConstraint(fields=["group", "connection"], name="team_role_one_a_connection"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="team_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.group} is {self.role} of {self.connection}"
