"""Roles of people on connections: given to a person, or to a team whose members then have at least that role."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet

from batches.models import Connection, Membership, Role, TeamRole

if TYPE_CHECKING:
    from collections.abc import Iterable


def set_role(*, user: User, connection: Connection, role: str) -> None:
    """Give the person this role; empty: none of their own. A higher role of a team stays in force."""
    with transaction.atomic():
        own = Membership.objects.filter(user=user, connection=connection)
        if role:
            defaults = {"role": role, "own_role": None}
            Membership.objects.update_or_create(user=user, connection=connection, defaults=defaults)
        else:
            own.update(own_role="")  # not deleted: what a team gives goes on without a break
        apply_team_roles([user.pk])


def set_team_role(*, team: Group, connection: Connection, role: str) -> None:
    """Give the team this role on the connection; empty: none."""
    with transaction.atomic():
        if role:
            TeamRole.objects.update_or_create(group=team, connection=connection, defaults={"role": role})
            apply_team_roles(team.user_set.values_list("pk", flat=True))
        else:
            for row in TeamRole.objects.filter(group=team, connection=connection):
                row.delete()  # its signal takes the role from the members


def apply_team_roles(people: "Iterable[int]") -> None:
    """Bring the memberships of these people up to date with their teams."""
    pks = list(people)
    with transaction.atomic():
        rows = {(row.user_id, row.connection_id): row for row in Membership.objects.filter(user__in=pks)}
        through_teams: dict[tuple[int, int], str] = {}
        roles = TeamRole.objects.filter(group__user__in=pks).values_list("group__user", "connection", "role")
        for user_id, connection_id, role in roles:
            key = (user_id, connection_id)
            through_teams[key] = _higher(through_teams.get(key, ""), role)
        for key in rows.keys() | through_teams.keys():
            _apply(rows.get(key) or Membership(user_id=key[0], connection_id=key[1]), through_teams.get(key, ""))


def _apply(row: Membership, through_teams: str) -> None:
    own = row.given_role
    role = _higher(own, through_teams)
    if not role:
        if row.pk:
            row.delete()
        return
    own_role = None if role == own else own
    if row.pk is None or (row.role, row.own_role) != (role, own_role):
        row.role, row.own_role = role, own_role
        row.save()


def _higher(first: str, second: str) -> str:
    return max(first, second, key=lambda role: Role(role).rank if role else -1)


def follow_groups(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """Apply team roles after people were added to groups or removed from them, by any means."""
    if action in ("post_add", "post_remove", "post_clear"):
        people = (pk_set or set()) if reverse else {instance.pk}
        if reverse and action == "post_clear":
            people = set(_raised_memberships().values_list("user", flat=True))
        apply_team_roles(people)


def follow_team_role(instance: TeamRole, **kwargs: Any) -> None:
    """Apply team roles after one was deleted, alone or together with its group or connection."""
    apply_team_roles(_raised_memberships().filter(connection=instance.connection_id).values_list("user", flat=True))


def _raised_memberships() -> QuerySet[Membership]:
    return Membership.objects.filter(own_role__isnull=False)
