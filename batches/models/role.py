"""Roles on a connection, and the rights that follow from them: the one place that says who may do what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STAFF_EDIT = "batches.change_connection"  # the permission with which staff edit every connection


class Role(models.TextChoices):
    """In rising order: each may do what the ones before it may."""

    VIEWER = "viewer", _("Viewer")
    REVIEWER = "reviewer", pgettext_lazy("role", "Reviewer")
    EDITOR = "editor", _("Editor")
    MANAGER = "manager", _("Manager")

    @property
    def word(self) -> str:
        """As it stands in a sentence."""
        return str(ROLE_WORDS[self])

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    @property
    def and_above(self) -> list["Role"]:
        return list(Role)[self.rank :]


ROLE_WORDS = {
    Role.VIEWER: _("viewer"),
    Role.REVIEWER: _("reviewer"),
    Role.EDITOR: _("editor"),
    Role.MANAGER: _("manager"),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do on one connection.

    Staff see everything, edit with the permission STAFF_EDIT, and decide only with a role. Superusers also manage.
    """

    role: Role | None = None
    staff: bool = False
    staff_edit: bool = False
    superuser: bool = False

    @classmethod
    def of(cls, role: str | None, user: "User | None" = None) -> "Rights":
        """The rights of the role, and of the user as staff."""
        active = user is not None and user.is_active
        staff = user is not None and active and user.is_staff
        superuser = user is not None and active and user.is_superuser
        return cls(Role(role) if role else None, staff, staff_edits(user) if staff else False, superuser)

    def allow(self, role: Role) -> bool:
        """Whether what this role may do is allowed."""
        as_staff = {Role.VIEWER: self.staff, Role.EDITOR: self.staff_edit, Role.MANAGER: self.superuser}
        return self._has(role) or as_staff.get(role, False)

    def may_give(self, role: str) -> bool:
        """Whether this role allows nothing that these rights do not."""
        return self.superuser or self._has(Role(role)) or (self.staff and role == Role.VIEWER)

    def _has(self, role: Role) -> bool:
        return self.role is not None and self.role.rank >= role.rank

    @property
    def can_see(self) -> bool:
        return self.allow(Role.VIEWER)

    @property
    def can_decide(self) -> bool:
        return self.allow(Role.REVIEWER)

    @property
    def can_edit(self) -> bool:
        return self.allow(Role.EDITOR)

    @property
    def can_manage(self) -> bool:
        """Give roles on the connection and change its settings; nobody reads its key."""
        return self.allow(Role.MANAGER)

    @property
    def can_settle(self) -> bool:
        """Decide where the opinions of reviewers differ, which being staff does not allow."""
        return self._has(Role.EDITOR)


def staff_edits(user: "User | None") -> bool:
    """Whether the person edits every connection, member or not."""
    return user is not None and user.is_staff and user.has_perm(STAFF_EDIT)
