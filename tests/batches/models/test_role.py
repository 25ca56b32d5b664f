"""Who may do what: a role, being staff and being active decide it, and every question about it has the same answer."""

import pytest
from django.contrib.auth.models import User

from batches.actions import scopes_for
from batches.models import Connection, Membership, Rights, Role
from batches.models.role import STAFF_EDIT
from batches.models.token import Scope
from reviewer import access
from tests.factories import allow, make_batch, make_connection, make_link, make_user

MEMBER, STAFF, STAFF_EDITS, SUPERUSER = "member", "staff", "staff that edits", "superuser"
RIGHTS = {
    # role, who → what they may do
    (None, MEMBER): "",
    (Role.VIEWER, MEMBER): "see",
    (Role.REVIEWER, MEMBER): "see decide",
    (Role.EDITOR, MEMBER): "see decide edit settle",
    (Role.MANAGER, MEMBER): "see decide edit settle manage",
    (None, STAFF): "see",
    (Role.VIEWER, STAFF): "see",
    (Role.REVIEWER, STAFF): "see decide",
    (Role.EDITOR, STAFF): "see decide edit settle",
    (Role.MANAGER, STAFF): "see decide edit settle manage",
    (None, STAFF_EDITS): "see edit",
    (Role.VIEWER, STAFF_EDITS): "see edit",
    (Role.REVIEWER, STAFF_EDITS): "see decide edit",
    (Role.EDITOR, STAFF_EDITS): "see decide edit settle",
    (Role.MANAGER, STAFF_EDITS): "see decide edit settle manage",
    (None, SUPERUSER): "see edit manage",
    (Role.VIEWER, SUPERUSER): "see edit manage",
    (Role.REVIEWER, SUPERUSER): "see decide edit manage",
    (Role.EDITOR, SUPERUSER): "see decide edit settle manage",
    (Role.MANAGER, SUPERUSER): "see decide edit settle manage",
}
SCOPES = {Scope.READ: "see", Scope.REVIEW: "decide", Scope.META: "edit", Scope.START: "edit"}


def rights_of(role: Role | None, who: str) -> Rights:
    return Rights(role, staff=who != MEMBER, staff_edit=who in (STAFF_EDITS, SUPERUSER), superuser=who == SUPERUSER)


@pytest.mark.parametrize(("role", "who"), RIGHTS)
def test_rights_follow_from_role_and_staff(role: Role | None, who: str) -> None:
    rights = rights_of(role, who)
    assert [name for name in ("see", "decide", "edit", "settle", "manage") if getattr(rights, f"can_{name}")] == (
        RIGHTS[role, who].split()
    )


def test_rights_grow_with_the_rank_of_a_role() -> None:
    for role in Role:
        assert [other for other in Role if Rights(other).allow(role)] == role.and_above
        assert [other for other in Role if Rights(other).may_give(role)] == role.and_above


def test_staff_without_a_role_give_nobody_the_right_to_decide() -> None:
    assert [role for role in Role if Rights(staff=True, staff_edit=True).may_give(role)] == [Role.VIEWER]


def test_superusers_give_every_role() -> None:
    assert [role for role in Role if rights_of(None, SUPERUSER).may_give(role)] == list(Role)


def test_every_scope_needs_a_right() -> None:
    assert SCOPES.keys() == set(Scope)


@pytest.mark.django_db
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(("role", "who"), RIGHTS)
def test_rights_agree_in_every_query(role: Role | None, who: str, active: bool) -> None:
    connection = make_connection()
    user = make_user(is_staff=who != MEMBER, is_superuser=who == SUPERUSER, is_active=active)
    if who == STAFF_EDITS:
        allow(user, STAFF_EDIT)
    if role:
        Membership.objects.create(user=user, connection=connection, role=role)
    batch, rights = make_batch(connection), rights_of(role, who)
    assert Membership.rights_of(user, connection.pk) == (rights if active else Rights())
    assert scopes_for(user) == [scope for scope, name in SCOPES.items() if active and getattr(rights, f"can_{name}")]
    assert Connection.objects.visible_to(user).exists() is rights.can_see
    # Of people who cannot sign in, the queries know the role only.
    by_role = rights if active else Rights(role)
    assert access.connections_to_edit(user).exists() is by_role.can_edit
    assert Connection.objects.manageable_by(user).exists() is by_role.can_manage
    assert access.reviewers_of(batch).contains(user) is (active and rights.can_decide)
    assert may_keep_a_link(user, connection) is (active and rights.can_decide)


def may_keep_a_link(user: User, connection: Connection) -> bool:
    link, token = make_link(make_batch(connection), by=user)
    return type(link).objects.of_token(token).exists()
