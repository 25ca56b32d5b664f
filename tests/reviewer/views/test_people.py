"""Administrators manage people and teams; everybody manages the own profile and sessions."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from batches.actions import assign, make_token, set_role, set_team_role
from batches.models import (
    Assignment,
    AssignmentChange,
    Connection,
    Membership,
    Profile,
    TeamRole,
    Token,
    UserSession,
)
from reviewer.web.password_links import password_link_tokens
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member, make_user
from tests.html import compact
from tests.reviews import fill, say

NEW = {"new_password1": "Kilimanjaro-5895", "new_password2": "Kilimanjaro-5895"}


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def browser_of(user: Any, agent: str = "") -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    if agent:
        client.post("/login/", {"username": user.username, "password": "secret-enough"})
    else:
        client.force_login(user)
    return client


def profile(**changed: str) -> dict[str, str]:
    return {"do": "profile", "first_name": "Nia", "last_name": "Okoro", "initials": "NO", "time_zone": "Africa/Lagos",
            "theme": "dark"} | changed  # fmt: skip


def test_a_profile_changes_names_times_and_theme(account: Connection) -> None:
    batch = make_batch(account, expires_at="2030-01-01T23:30:00Z")
    client = browser_of(make_member(account, "viewer"))
    assert "1 January 2030, 23:30 UTC" in compact(client.get(f"/batches/{batch.pk}/sync/").content)
    client.post("/account/", profile())
    page = client.get(f"/batches/{batch.pk}/sync/").content.decode()
    assert "2 January 2030, 00:30 WAT" in compact(page.encode())
    assert 'data-profile-theme="dark"' in page
    assert '<span class="initials" data-initials="NO" dir="auto"></span>' in page


@pytest.mark.parametrize("wrong", [{"time_zone": "../etc/passwd"}, {"theme": "pink"}, {"initials": "LONG"}])
def test_a_wrong_profile_is_not_saved(account: Connection, wrong: dict[str, str]) -> None:
    client = browser_of(make_member(account))
    assert client.post("/account/", profile(**wrong)).status_code == 422
    assert Profile.objects.count() == 0


def test_the_profile_costs_no_further_query(account: Connection, django_assert_num_queries: Any) -> None:
    client = browser_of(make_member(account))
    client.post("/account/", profile())
    with django_assert_num_queries(1):  # the session with the person
        client.get("/keys/")


def test_sessions_are_listed_and_ended_one_by_one_or_all(account: Connection) -> None:
    person = make_member(account)
    current, phone, laptop = (browser_of(person, agent) for agent in ("Firefox/9 Linux", "iPhone Safari/1", "Chrome/9"))
    stranger = browser_of(make_member(account))
    page = compact(current.get("/account/").content)
    for phrase in ("Firefox on Linux", "this browser", "Safari on iPhone", "127.0.0.1"):
        assert phrase in page
    [key] = UserSession.objects.filter(user=person, user_agent__contains="iPhone").values_list("session_key", flat=True)
    stranger.post("/account/", {"do": "end", "session": key})
    assert phone.get("/account/").status_code == 200
    current.post("/account/", {"do": "end", "session": key})
    assert [client.get("/account/").status_code for client in (current, phone, laptop)] == [200, 302, 200]
    current.post("/account/", {"do": "end-others"})
    assert [client.get("/account/").status_code for client in (current, laptop, stranger)] == [200, 302, 200]


def test_deactivation_says_what_ends_and_ends_it(administrator: Client, account: Connection) -> None:
    person = make_member(account, "editor", "edda")
    client = browser_of(person)
    make_token(user=person, scope="read", name="a", days=1)
    make_link(make_batch(account), person)
    page = compact(administrator.get(f"/people/{person.pk}/").content)
    assert "Deactivating ends 1 session, 1 token and 1 link, and pauses 0 webhooks." in page
    administrator.post(f"/people/{person.pk}/", {"do": "deactivate"})
    administrator.post(f"/people/{person.pk}/", {"do": "activate"})
    assert client.get("/batches/").status_code == 302
    assert Token.objects.live().count() == 0
    assert Membership.objects.get(user=person).role == "editor"


def test_an_email_address_has_one_active_account(administrator: Client) -> None:
    owner, other = make_user("owner", email="nia@fleet.example"), make_user("other")
    page = f"/people/{other.pk}/"
    refused = administrator.post(page, {"do": "save", "email": "Nia@Fleet.example"})
    other.refresh_from_db()
    assert (refused.status_code, other.email) == (422, "")
    assert "Another active account has this email address." in refused.content.decode()
    administrator.post(f"/people/{owner.pk}/", {"do": "deactivate"})
    assert administrator.post(page, {"do": "save", "email": "nia@fleet.example"}).status_code == 302
    assert administrator.post(f"/people/{owner.pk}/", {"do": "activate"}).status_code == 422
    owner.refresh_from_db()
    assert not owner.is_active


def test_no_command_and_no_console_makes_a_second_account_of_an_address(admin_client: Client) -> None:
    owner, other = make_user("owner", email="nia@fleet.example"), make_user("other")
    with pytest.raises(CommandError, match="Another active account has this email address"):
        call_command("createsuperuser", username="boss", email="NIA@fleet.example", interactive=False)
    fields = {"username": "other", "email": "nia@fleet.example", "is_active": "on", "date_joined_0": "2026-01-01",
              "date_joined_1": "00:00"}  # fmt: skip
    refused = admin_client.post(f"/admin/auth/user/{other.pk}/change/", fields)
    assert (refused.status_code, refused.context["errors"].as_data != []) == (200, True)
    assert "Another active account has this email address." in refused.content.decode()
    assert User.objects.get(email__iexact="nia@fleet.example") == owner


def test_two_accounts_of_one_address_from_before_can_be_worked_with(administrator: Client) -> None:
    people = [make_user("first", email="nia@fleet.example"), make_user("second")]
    User.objects.filter(pk=people[1].pk).update(email="nia@fleet.example")
    for person in people:
        person.refresh_from_db()
        person.last_name = "Okoro"
        person.save()
    assert User.objects.filter(last_name="Okoro").count() == 2


def test_people_come_in_pages(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.views.people.PAGE_PEOPLE", 1)
    make_user("zoe")
    more = administrator.get("/people/").context["more"]
    assert [person.username for person in administrator.get("/people/", {"after": more}).context["people"]] == ["zoe"]


def test_an_administrator_cannot_lock_themselves_out(administrator: Client) -> None:
    own = UserSession.objects.get().user_id
    assert administrator.post(f"/people/{own}/", {"do": "deactivate"}).status_code == 422
    assert administrator.get("/people/").status_code == 200


def test_a_link_for_a_new_password_works_once_and_ends_all_sessions(administrator: Client, account: Connection) -> None:
    person = make_member(account, "viewer", "vera")
    old = browser_of(person)
    page = administrator.post(f"/people/{person.pk}/", {"do": "password"}).content.decode()
    address = re.search(r'value="http://[^/]+(/password/reset/[^"]+)"', page)[1]  # type: ignore[index]
    browser = Client()
    form = browser.get(address).headers["Location"]
    assert browser.post(form, NEW).headers["Location"] == "/login/"
    assert old.get("/batches/").status_code == 302
    assert UserSession.objects.filter(user=person).count() == 0
    assert browser.post("/login/", {"username": "vera", "password": NEW["new_password1"]}).status_code == 302
    assert "Link closed" in Client().get(address, follow=True).content.decode()


def test_whoever_is_deactivated_sets_no_new_password(administrator: Client, account: Connection) -> None:
    person = make_member(account, "viewer", "vera")
    page = administrator.post(f"/people/{person.pk}/", {"do": "password"}).content.decode()
    address = re.search(r'value="http://[^/]+(/password/reset/[^"]+)"', page)[1]  # type: ignore[index]
    administrator.post(f"/people/{person.pk}/", {"do": "deactivate"})
    assert "Link closed" in Client().get(address, follow=True).content.decode()


@pytest.mark.case("A08")
def test_a_password_link_stays_closed_after_activation(
    administrator: Client, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_member(account, "viewer", "vera")
    monkeypatch.setattr(password_link_tokens, "_now", lambda: datetime.now() - timedelta(minutes=1))  # noqa: DTZ005
    page = administrator.post(f"/people/{person.pk}/", {"do": "password"}).content.decode()
    address = re.search(r'value="http://[^/]+(/password/reset/[^"]+)"', page)[1]  # type: ignore[index]
    monkeypatch.undo()
    assert "Link closed" not in Client().get(address, follow=True).content.decode()
    for do in ("deactivate", "activate"):
        administrator.post(f"/people/{person.pk}/", {"do": do})
    assert "Link closed" in Client().get(address, follow=True).content.decode()
    page = administrator.post(f"/people/{person.pk}/", {"do": "password"}).content.decode()
    newer = re.search(r'value="http://[^/]+(/password/reset/[^"]+)"', page)[1]  # type: ignore[index]
    assert "Link closed" not in Client().get(newer, follow=True).content.decode()


def test_a_forgotten_password_is_reset_by_mail(account: Connection) -> None:
    person = make_member(account, "viewer", "vera")
    type(person).objects.filter(pk=person.pk).update(email="vera@fleet.example")
    for address in ("vera@fleet.example", "nobody@fleet.example"):
        assert Client().post("/password/reset/", {"email": address}).headers["Location"] == "/password/reset/sent/"
    [message] = mail.outbox
    link = re.search(r"http://127\.0\.0\.1:8000(/password/reset/\S+)", message.body)[1]  # type: ignore[index]
    browser = Client()
    assert browser.post(browser.get(link).headers["Location"], NEW).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW["new_password1"])


def test_mails_for_new_passwords_are_limited(account: Connection) -> None:
    answers = [Client().post("/password/reset/", {"email": "vera@fleet.example"}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


def test_without_a_mail_server_nothing_offers_mail(settings: Any, account: Connection) -> None:
    settings.EMAIL_URL = ""
    assert Client().get("/password/reset/").status_code == 404


def test_a_team_gives_and_takes_roles(administrator: Client, account: Connection) -> None:
    viewer, editor, outsider = make_member(account, "viewer"), make_member(account, "editor"), make_user()
    administrator.post("/people/", {"do": "add-team", "name": "Night shift"})
    team = Group.objects.get()
    for person in (viewer, editor, outsider):
        administrator.post(f"/people/{person.pk}/", {"do": "save", "email": "", "teams": team.pk})
    sent = {"do": "team-role", "team": team.pk, "connection": account.pk}

    def roles() -> list[str]:
        held = dict(Membership.objects.filter(connection=account).values_list("user", "role"))
        return [held.get(person.pk, "") for person in (viewer, editor, outsider)]

    administrator.post("/people/", sent | {"role": "reviewer"})
    assert roles() == ["reviewer", "editor", "reviewer"]
    set_role(user=viewer, connection=account, role="manager")
    assert roles() == ["manager", "editor", "reviewer"]
    set_role(user=viewer, connection=account, role="viewer")
    assert roles() == ["reviewer", "editor", "reviewer"]
    administrator.post(f"/people/{outsider.pk}/", {"do": "save", "email": ""})
    assert roles() == ["reviewer", "editor", ""]
    administrator.post("/people/", {"do": "remove-team", "team": team.pk})
    assert (roles(), TeamRole.objects.count()) == (["viewer", "editor", ""], 0)


def selected_role(page: str, label: str) -> str:
    """What the select with this label shows."""
    select = page.split(f'aria-label="{label}"')[1].split("</select>")[0]
    return re.findall(r'value="(\w*)" selected', select)[0]


def test_a_select_shows_the_role_that_a_team_has(administrator: Client, account: Connection) -> None:
    make_connection(name="Fleet East")
    team = Group.objects.create(name="Night shift")
    sent = {"do": "team-role", "team": team.pk, "connection": account.pk}
    administrator.post("/people/", sent | {"role": "reviewer"})
    page = compact(administrator.get("/people/").content)
    assert selected_role(page, "Role of Night shift on Fleet West") == "reviewer"
    further = page.split('name="connection" aria-label="Connection"')[1].split("</select>")[0]
    assert ("Fleet East" in further, "Fleet West" in further) == (True, False)  # it has a role and a select of its own
    account.removed_at = datetime.now(UTC)
    account.save()
    assert "Fleet West" not in administrator.get("/people/").content.decode()


def test_a_team_is_removed_only_after_it_is_said_what_follows(administrator: Client) -> None:
    Group.objects.create(name="Night shift")
    page = compact(administrator.get("/people/").content)
    question, _, button = page.partition("The members of Night shift lose the roles that only the team gives them.")
    assert ('value="remove-team"' in question, 'value="remove-team"' in button) == (False, True)


def test_an_administrator_without_a_role_takes_one(administrator: Client, account: Connection) -> None:
    root, address = User.objects.get(username="root"), f"/connections/{account.pk}/people/"
    event = make_event(make_item(make_batch(account)))
    assert address in administrator.get(f"/people/{root.pk}/").content.decode()
    assert address in administrator.get(f"/events/{event.pk}/").content.decode()  # beside “read access only”
    assert selected_role(compact(administrator.get(address).content), "Role of root") == ""
    administrator.post(address, {"do": "role", "user": root.pk, "role": "reviewer"})
    assert Membership.objects.get().role == "reviewer"
    assert selected_role(compact(administrator.get(address).content), "Role of root") == "reviewer"
    assert "read access only" not in administrator.get(f"/events/{event.pk}/").content.decode()


def test_others_read_whom_to_ask_for_a_role(viewer: Client, account: Connection) -> None:
    event = make_event(make_item(make_batch(account)))
    make_member(account, "manager", "maria")
    make_member(account, "editor", "edda")
    make_member(make_connection(), "manager", "stranger")
    make_user("root", is_staff=True, is_superuser=True)
    for address in (f"/events/{event.pk}/", f"/batches/{event.batch_id}/", f"/batches/{event.batch_id}/watch/"):
        assert "Ask maria, root for it." in compact(viewer.get(address).content)


def test_a_role_that_only_a_team_gives_is_not_shown_as_ones_own(administrator: Client, account: Connection) -> None:
    person, team = make_user("tom"), Group.objects.create(name="Night shift")
    person.groups.add(team)
    set_team_role(team=team, connection=account, role="reviewer")
    page = compact(administrator.get(f"/connections/{account.pk}/people/").content)
    assert ("Reviewer through a team" in page, selected_role(page, "Role of tom")) == (True, "")


@pytest.mark.parametrize("fields", [{}, {"unassign": "1"}])
def test_open_assignments_are_taken_back_with_deactivation(
    administrator: Client, account: Connection, fields: dict[str, str]
) -> None:
    tom, root = make_member(account, "reviewer", "tom"), User.objects.get(username="root")
    batches = [make_batch(account), make_batch(account)]
    for batch in batches:
        fill(batch, "Cut-in", 2)
        assign(batch_id=batch.pk, events=batch.events.all(), people=[tom], by=root, idempotency_key=uuid4())
    say(batches[0].events.all()[:1], "approved", tom)
    page = compact(administrator.get(f"/people/{tom.pk}/").content)
    assert 'name="unassign" value="1" checked' in page
    assert "unassign 3 pending events, so that others can take them" in page
    administrator.post(f"/people/{tom.pk}/", {"do": "deactivate"} | fields)
    kept = 4 - 3 * len(fields)  # what tom decided stays his
    assert Assignment.objects.filter(user=tom).count() == kept
    changes = AssignmentChange.objects.filter(people=[]).order_by("pk")
    assert [(row.batch, row.by, row.events, row.query) for row in changes] == [
        (batch, root, number, "approval=pending&assigned=tom") for batch, number in zip(batches, [1, 2], strict=True)
    ][: 2 * len(fields)]
    people = compact(administrator.get(f"/batches/{batches[0].pk}/team/").content)
    assert "deactivated" in people.split('"row"')[1].split("</th>")[0]
    unassigned = administrator.get(f"/batches/{batches[1].pk}/queue/?approval=pending&assigned=nobody").json()["ids"]
    assert len(unassigned) == 2 * len(fields)


def test_groups_with_permissions_are_no_teams(administrator: Client, account: Connection) -> None:
    group = Group.objects.create(name="operators")
    group.permissions.add(1)
    person = make_user()
    person.groups.add(group)
    assert "operators</span>" not in administrator.get("/people/").content.decode().split('id="teams"')[1]
    administrator.post(f"/people/{person.pk}/", {"do": "save", "email": ""})
    assert list(person.groups.all()) == [group]
    assert administrator.post("/people/", {"do": "remove-team", "team": group.pk}).status_code == 404
