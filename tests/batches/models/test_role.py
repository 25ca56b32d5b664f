"""Who may do what: a role, being staff and being active decide it, and every question about it has the same answer."""

import pytest
from django.contrib.auth.models import User

from batches.actions import scopes_for
from batches.models import Connection, Membership, Rights, Role
from reviewer import access
from tests.factories import make_batch, make_connection, make_link, make_user

RIGHTS = {
    # role, staff: see, decide, edit, settle
    (None, False): "",
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
def test_rights_follow_from_role_and_staff(role: Role | None, staff: bool) -> None:
    rights = Rights.of(role, staff=staff)
    assert [name for name in ("see", "decide", "edit", "settle") if getattr(rights, f"can_{name}")] == (
        RIGHTS[role, staff].split()
    )


def test_rights_grow_with_the_rank_of_a_role() -> None:
    for role in Role:
        assert [other for other in Role if Rights(other).allow(role)] == role.and_above


@pytest.mark.django_db
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(("role", "staff"), RIGHTS)
def test_rights_agree_in_every_query(role: Role | None, staff: bool, active: bool) -> None:
    connection = make_connection()
    user = make_user(is_staff=staff, is_active=active)
    if role:
        Membership.objects.create(user=user, connection=connection, role=role)
    batch, rights = make_batch(connection), Rights.of(role, staff=staff)
    assert Membership.rights_of(user, connection.pk) == (rights if active else Rights())
    assert [str(scope) for scope in scopes_for(user)] == [
        scope for name, scope in SCOPES.items() if active and getattr(rights, f"can_{name}")
    ]
    assert Connection.objects.visible_to(user).exists() is rights.can_see
    assert access.connections_to_edit(user).exists() is rights.can_edit
    assert access.reviewers_of(batch).contains(user) is (active and rights.can_decide)
    assert may_keep_a_link(user, connection) is (active and rights.can_decide)


def may_keep_a_link(user: User, connection: Connection) -> bool:
    link, token = make_link(make_batch(connection), by=user)
    return type(link).objects.of_token(token).exists()
