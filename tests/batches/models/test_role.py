"""Who may do what: a role, being staff and being active decide it, and every question about it has the same answer."""

import pytest
from django.contrib.auth.models import User

from batches.actions import scopes_for
from batches.models import Connection, Membership, Rights, Role
from batches.models.role import STAFF_EDIT
from reviewer import access
from tests.factories import allow, make_batch, make_connection, make_link, make_user

RIGHTS = {
    # role, staff (None: no staff; False: without STAFF_EDIT; True: with it): see, decide, edit, settle
    (None, None): "",
    (Role.VIEWER, None): "see",
    (Role.REVIEWER, None): "see decide",
    (Role.EDITOR, None): "see decide edit settle",
    (None, False): "see",
    (Role.VIEWER, False): "see",
    (Role.REVIEWER, False): "see decide",
    (Role.EDITOR, False): "see decide edit settle",
    (None, True): "see edit",
    (Role.VIEWER, True): "see edit",
    (Role.REVIEWER, True): "see decide edit",
    (Role.EDITOR, True): "see decide edit settle",
}
SCOPES = {"see": "read", "decide": "review", "edit": "meta"}


@pytest.mark.parametrize(("role", "staff"), RIGHTS)
def test_rights_follow_from_role_and_staff(role: Role | None, staff: bool | None) -> None:
    rights = Rights(role, staff is not None, bool(staff))
    assert [name for name in ("see", "decide", "edit", "settle") if getattr(rights, f"can_{name}")] == (
        RIGHTS[role, staff].split()
    )


def test_rights_grow_with_the_rank_of_a_role() -> None:
    for role in Role:
        assert [other for other in Role if Rights(other).allow(role)] == role.and_above
        assert [other for other in Role if Rights(other).may_give(role)] == role.and_above


def test_staff_without_a_role_give_nobody_the_right_to_decide() -> None:
    assert [role for role in Role if Rights(staff=True, staff_edit=True).may_give(role)] == [Role.VIEWER]


@pytest.mark.django_db
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(("role", "staff"), RIGHTS)
def test_rights_agree_in_every_query(role: Role | None, staff: bool | None, active: bool) -> None:
    connection = make_connection()
    user = make_user(is_staff=staff is not None, is_active=active)
    if staff:
        allow(user, STAFF_EDIT)
    if role:
        Membership.objects.create(user=user, connection=connection, role=role)
    batch, rights = make_batch(connection), Rights(role, staff is not None, bool(staff))
    assert Membership.rights_of(user, connection.pk) == (rights if active else Rights())
    assert [str(scope) for scope in scopes_for(user)] == [
        scope for name, scope in SCOPES.items() if active and getattr(rights, f"can_{name}")
    ]
    assert Connection.objects.visible_to(user).exists() is rights.can_see
    assert access.connections_to_edit(user).exists() is (rights.can_edit if active else role == Role.EDITOR)
    assert access.reviewers_of(batch).contains(user) is (active and rights.can_decide)
    assert may_keep_a_link(user, connection) is (active and rights.can_decide)


def may_keep_a_link(user: User, connection: Connection) -> bool:
    link, token = make_link(make_batch(connection), by=user)
    return type(link).objects.of_token(token).exists()
