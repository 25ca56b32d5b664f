"""The console: every address × who comes × method, and nobody gives more rights than they have, by any of its forms."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from batches.actions import decide, make_token
from batches.admin_people import outranks
from batches.models import Action, Batch, Connection, Decision, Event, Item, Membership, Token
from tests.factories import allow, make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "member", "staff", "reader", "superuser")
LIKE_GET = ("HEAD", "PUT", "PATCH", "DELETE")  # to the console; test_the_console_is_changed_by_posts_only
IN_OUT: dict[str, set[int]] = {"anonymous": {302}, "member": {302}}
SITE = {
    # Addresses of the console itself → the statuses of whoever is not anonymous and no member.
    "index": {200},
    "login": {302},  # the product's own sign-in page
    "logout": {200, 302, 405},
    "password_change": {302},  # the product's own page
    "password_change_done": {200, 405},
    "autocomplete": {403, 405},  # no field is named
    "jsi18n": {200, 405},
    "view_on_site": {404},  # nothing has a page there
    "app_list": {200, 404},  # nothing of an app may be seen
}
MODEL_PAGES = {"changelist", "add", "history", "delete", "change", "password_change", "redirect"}
# Rows that the console changes; all others are to look at.
CHANGED = {"auth_user", "auth_group", "batches_membership", "batches_connection"}


def console_patterns() -> dict[str, list[str]]:
    """Name of the model and page → the names of the address's parts."""
    console = next(entry for entry in get_resolver().url_patterns if str(entry.pattern) == "admin/")
    results = {}
    for position, pattern in _walk(console.url_patterns):
        if position == "^(?P<url>.*)$" or (pattern.name is None and position.endswith("(?P<url>.*)$")):
            continue  # what catches all other addresses: 404, or a slash at the end
        name = pattern.name or f"{'_'.join(position.split('/')[:2])}_redirect"
        results[name] = list(pattern.pattern.regex.groupindex)
    return results


def _walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        position = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, position)
        else:
            yield position, pattern


def split(name: str) -> tuple[str, str]:
    """`auth_user_password_change` is the model auth_user and the page password_change."""
    page = next(page for page in sorted(MODEL_PAGES, key=len, reverse=True) if name.endswith(f"_{page}"))
    return name.removesuffix(f"_{page}"), page


def allowed(person: str, model: str, page: str, method: str) -> set[int]:
    """The right statuses of a model's page; a row that is not there leads back to the index."""
    if person in IN_OUT:
        return IN_OUT[person]
    if page == "redirect":
        return {302}
    if person == "staff":
        return {403}
    if page in ("changelist", "history"):
        return {200, 302}
    if page == "change" and method != "POST":
        return {200, 302}
    may = {"add": CHANGED, "change": CHANGED, "password_change": CHANGED, "delete": CHANGED}[page]
    return {200, 302} if person == "superuser" and model in may else {403}


@pytest.fixture
def rows() -> dict[str, Any]:
    event = make_event(make_item(make_batch(make_connection())))
    by = make_member(event.batch.connection)
    make_token(user=by, scope="read", name="script", days=1)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    Group.objects.create(name="clerks")
    kinds = (Action, Batch, Connection, Decision, Event, Group, Item, Membership, Token)
    return {kind._meta.label_lower.replace(".", "_"): kind._default_manager.get().pk for kind in kinds} | {
        "auth_user": make_user("ana").pk
    }


@pytest.mark.once
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.case("A02")
def test_the_console_matrix(rows: dict[str, Any], person: str) -> None:
    wrong = []
    user = make_user(is_staff=person in PEOPLE[2:], is_superuser=person == "superuser")
    patterns, client = console_patterns(), Client()
    assert len(patterns) > 100
    for number, (name, parts) in enumerate(patterns.items(), start=PEOPLE.index(person)):
        model, page = ("", name) if name in SITE else split(name)
        address = _address(name, page, parts, rows.get(model, 1))
        if person == "reader" and model:
            kind = model.rpartition("_")
            user.user_permissions.set(Permission.objects.filter(content_type__app_label=kind[0],
                codename=f"view_{kind[2]}"))  # fmt: skip
        if person != "anonymous" and "_auth_user_id" not in client.session:
            client.force_login(user)  # the first time, and after the log-out
        # By one of those like GET in turn, of whoever has most rights and fewest; only a POST changes something, so it
        # comes last.
        like = [LIKE_GET[number % len(LIKE_GET)]] if person in ("anonymous", "superuser") else []
        for method in ("GET", *like, "POST"):
            status = client.generic(method, address).status_code
            right = SITE[name] if name in SITE else allowed(person, model, page, method)
            if model and model not in rows and person not in IN_OUT and page in ("history", "change"):
                right = right | {302}  # the row is not there: back to the index, whoever it is
            if name in SITE and person in IN_OUT:
                right = {302} if name not in ("login", "logout", "jsi18n") else {200, 302, 403, 405}
            if method in LIKE_GET[1:]:
                right = right | {405}
            if status not in right:
                wrong.append(f"{method} {address} as {person}: {status}, expected one of {sorted(right)}")
    assert not wrong, "\n".join(wrong)


def _address(name: str, page: str, parts: list[str], pk: Any) -> str:
    if page == "redirect":
        app, _, model = split(name)[0].rpartition("_")
        return f"/admin/{app}/{model}/{pk}/"
    values = {"app_label": "batches", "content_type_id": 1, "object_id": pk, "id": pk}
    return reverse(f"admin:{name}", kwargs={part: values[part] for part in parts})


@pytest.mark.once
@pytest.mark.case("T04")
def test_no_list_is_filtered_by_what_its_page_hides(admin_client: Client) -> None:
    """The answers to `hook_key__startswith=a`, `=b`, … would tell the whole address of a vendor's webhook."""
    hidden = {
        (model._meta.model_name, field)
        for model, page in admin.site._registry.items()
        for field in page.exclude or ()
    }  # fmt: skip
    assert hidden >= {("schedule", "hook_key"), ("token", "digest"), ("link", "digest"), ("invitation", "digest")}
    for model_name, field in hidden:
        for lookup in (field, f"{field}__startswith"):
            page = reverse(f"admin:batches_{model_name}_changelist")
            assert admin_client.get(page, {lookup: "a"}).status_code == 400, (model_name, lookup)


# ── nobody gives more than they have ──


def clerk_of(*permissions: str) -> tuple[Client, User]:
    clerk, client = allow(make_user("clerk", is_staff=True), *permissions), Client()
    client.force_login(clerk)
    return client, clerk


def above(clerk: User, kind: str) -> User:
    """Somebody with a right that the clerk lacks."""
    person = make_user("boss", is_staff=True)
    match kind:
        case "superuser":
            person.is_superuser = True
        case "permission":
            allow(person, "auth.delete_user")
        case "group":
            group = Group.objects.create(name="admins")
            group.permissions.add(Permission.objects.get(codename="delete_user"))
            person.groups.add(group)
        case "deactivated":
            allow(person, "auth.delete_user")
            person.is_active = False
        case "role":
            Membership.objects.create(user=person, connection=make_connection(), role="reviewer")
        case "higher role":
            connection = make_connection()
            Membership.objects.create(user=clerk, connection=connection, role="reviewer")
            Membership.objects.create(user=person, connection=connection, role="editor")
    person.save()
    return person


KINDS = ["superuser", "permission", "group", "deactivated", "role", "higher role"]
USER_FORM = {"username": "boss", "is_active": "on", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
ALL_OF_USERS = ["auth.add_user", "auth.change_user", "auth.view_user"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.case("A07")
def test_nobody_changes_people_with_more_rights(kind: str) -> None:
    client, clerk = clerk_of(*ALL_OF_USERS, "batches.add_membership", "batches.change_membership")
    boss = above(clerk, kind)
    before = User.objects.filter(pk=boss.pk).values().get()
    passwords = {"password1": "another-long-one", "password2": "another-long-one", "usable_password": "true"}
    page = f"/admin/auth/user/{boss.pk}"
    for address, form in [(f"{page}/password/", passwords), (f"{page}/change/", USER_FORM | {"email": "x@example.com"}),
                          (f"{page}/change/", USER_FORM | {"is_active": ""})]:  # fmt: skip
        assert client.post(address, form).status_code in (302, 403, 404)
    connection = make_connection()
    client.post("/admin/batches/membership/add/", {"user": boss.pk, "connection": connection.pk, "role": "viewer"})
    assert User.objects.filter(pk=boss.pk).values().get() == before
    assert not connection.memberships.exists()


def test_staff_with_the_permission_manage_who_has_no_more_rights() -> None:
    client, clerk = clerk_of(*ALL_OF_USERS)
    ana = allow(make_user("ana"), "auth.view_user")
    assert not outranks(ana, clerk)
    form = {"password1": "another-long-one", "password2": "another-long-one", "usable_password": "true"}
    assert client.post(f"/admin/auth/user/{ana.pk}/password/", form).status_code == 302
    ana.refresh_from_db()
    assert ana.check_password("another-long-one")
    client.post(f"/admin/auth/user/{ana.pk}/change/", USER_FORM | {"username": "ana", "is_active": ""})
    ana.refresh_from_db()
    assert not ana.is_active


@pytest.mark.parametrize("target", ["self", "other"])
@pytest.mark.case("A06", "A07")
def test_a_forged_form_gives_no_permission_and_no_group(target: str) -> None:
    client, clerk = clerk_of(*ALL_OF_USERS)
    person = clerk if target == "self" else make_user("ana")
    group = Group.objects.create(name="admins")
    everything = list(Permission.objects.values_list("pk", flat=True))
    form = USER_FORM | {"username": person.username, "is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    saved = [client.post(f"/admin/auth/user/{person.pk}/change/", form | {"user_permissions": everything})]
    saved += [client.post("/admin/auth/user/add/", form | {"username": "eve", "password1": "another-long-one",
                          "password2": "another-long-one", "usable_password": "true",
                          "user_permissions": everything})]  # fmt: skip
    assert [answer.status_code for answer in saved] == [302, 302]
    assert User.objects.filter(username="eve").exists()
    for user in User.objects.filter(username__in=[person.username, "eve"]):
        assert not user.is_superuser
        assert user.is_staff is (user == clerk)
        assert not user.groups.exists()
        assert user.user_permissions.count() == (len(ALL_OF_USERS) if user == clerk else 0)


def test_only_superusers_change_groups() -> None:
    client, clerk = clerk_of("auth.add_group", "auth.change_group", "auth.delete_group", "auth.view_group")
    group = Group.objects.create(name="clerks")
    clerk.groups.add(group)
    form = {"name": "clerks", "permissions": list(Permission.objects.values_list("pk", flat=True))}
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    assert client.post(f"/admin/auth/group/{group.pk}/change/", form).status_code == 403
    assert client.post("/admin/auth/group/add/", form | {"name": "mine"}).status_code == 403
    assert client.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    client.post("/admin/auth/group/", action)
    assert list(Group.objects.values_list("name", "permissions")) == [("clerks", None)]


@pytest.mark.parametrize(
    ("own", "given", "stored"),
    [(None, "viewer", True), (None, "reviewer", False), (None, "editor", False), ("reviewer", "reviewer", True),
     ("reviewer", "editor", False), ("editor", "editor", True)],
)  # fmt: skip
@pytest.mark.parametrize("to", ["self", "other"])
def test_nobody_gives_a_higher_role_than_their_own(own: str | None, given: str, stored: bool, to: str) -> None:
    client, clerk = clerk_of("batches.add_membership", "batches.change_membership", "auth.view_user",
                             "batches.view_connection")  # fmt: skip
    connection = make_connection()
    if own:
        row = Membership.objects.create(user=clerk, connection=connection, role=own)
    person = clerk if to == "self" else make_user("ana")
    form = {"user": person.pk, "connection": connection.pk, "role": given}
    address = f"{row.pk}/change/" if own and to == "self" else "add/"
    client.post(f"/admin/batches/membership/{address}", form)
    role = connection.memberships.filter(user=person).values_list("role", flat=True).first()
    assert role == (given if stored else own if to == "self" else None)


def test_the_form_of_a_connection_gives_no_role_either() -> None:
    client, clerk = clerk_of("batches.change_connection", "batches.view_connection", "batches.add_membership",
                             "batches.change_membership", "batches.view_membership")  # fmt: skip
    connection = make_connection(base_url="https://api-prod.nomadicml.com")
    form = {"vendor": "nomadic", "name": "renamed", "base_url": connection.base_url, "new_key": "",
            "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-user": clerk.pk,
            "memberships-0-role": "editor", "memberships-0-connection": connection.pk}  # fmt: skip
    assert client.post(f"/admin/batches/connection/{connection.pk}/change/", form).status_code == 302
    connection.refresh_from_db()
    assert connection.name == "renamed"
    assert not connection.memberships.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_console_is_changed_by_posts_only(rows: dict[str, Any], method: str) -> None:
    boss, client = make_user(is_staff=True, is_superuser=True), Client()
    client.force_login(boss)
    kinds = (User, Group, Membership, Connection, Token, Decision)
    before = [list(kind._default_manager.order_by("pk").values()) for kind in kinds]
    form = "post=yes&name=renamed&username=renamed&role=editor&is_superuser=1"
    form += "&password1=entirely-new-42&password2=entirely-new-42"
    for model in CHANGED:
        for page in ("change", "delete", "add", *(["password_change"] if model == "auth_user" else [])):
            address = _address(f"{model}_{page}", page, [] if page == "add" else _parts(model, page), rows[model])
            client.generic(method.upper(), address, form, "application/x-www-form-urlencoded")
    assert [list(kind._default_manager.order_by("pk").values()) for kind in kinds] == before


def _parts(model: str, page: str) -> list[str]:
    return console_patterns()[f"{model}_{page}"]
