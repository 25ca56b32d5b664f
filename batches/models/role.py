"""Roles on a connection, and the rights that follow from them: the one place that says who may do what."""

from dataclasses import dataclass

from django.db import models


class Role(models.TextChoices):
    """In rising order: each may do what the ones before it may."""

    VIEWER = "viewer", "Viewer"
    REVIEWER = "reviewer", "Reviewer"
    EDITOR = "editor", "Editor"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    @property
    def and_above(self) -> list["Role"]:
        return list(Role)[self.rank :]


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do on one connection. Staff see and edit everything, but decide only with a role."""

    role: Role | None = None
    staff: bool = False

    @classmethod
    def of(cls, role: str | None, *, staff: bool = False) -> "Rights":
        return cls(Role(role) if role else None, staff)

    def allow(self, role: Role) -> bool:
        """Whether what this role may do is allowed."""
        return self._has(role) or (self.staff and role in (Role.VIEWER, Role.EDITOR))

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
    def can_settle(self) -> bool:
        """Decide where the opinions of reviewers differ, which being staff does not allow."""
        return self._has(Role.EDITOR)
