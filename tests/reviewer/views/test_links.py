"""Links: who makes and ends them, and what the token is worth."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from batches.actions import make_token, set_role, set_team_role
from batches.models import Batch, Connection, Link, Membership, SavedView
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member, make_user
from tests.html import compact


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for approval in ("pending", "approved"):
        make_event(item, label=approval, vendor_approval=approval)
    return Batch.objects.get(pk=made.pk)


def make(client: Client, batch: Batch, **fields: Any) -> Any:
    fields = {"key": str(uuid4()), "name": "weekly", "file": "events.csv", "columns": "Label", "days": "30"} | fields
    return client.post(f"/batches/{batch.pk}/links/", fields)


def token_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:400]
    return answer.context["address"].rstrip("/").rpartition("/")[2]


def opened(token: str, **headers: str) -> Any:
    return Client().get(f"/d/{token}/", headers=headers)


def test_a_link_is_shown_once_and_only_its_digest_is_kept(reviewer: Client, batch: Batch) -> None:
    answer = make(reviewer, batch, query="approval=approved")
    token = token_of(answer)
    assert answer.content.decode().count(f"/d/{token}/") >= 1
    assert opened(token).getvalue() == b"Label\r\napproved\r\n"
    stored = Link.objects.values().get()
    assert token not in repr(stored)
    assert stored["prefix"] == token[:6]
    for page in (f"/batches/{batch.pk}/links/", "/links/"):
        assert token not in reviewer.get(page).content.decode()


@pytest.mark.parametrize(
    ("file", "fields", "unsaid"),
    [("events.csv", ["=IMPORTDATA(", "pd.read_csv("], "requests"), ("items.jsonl", ["lines=True"], "IMPORTDATA"),
     ("events.parquet", ["pd.read_parquet("], "IMPORTDATA"), ("events.json", [".json()"], "pd.read")],
)  # fmt: skip
def test_a_link_shows_how_to_open_its_format(
    reviewer: Client, batch: Batch, file: str, fields: list[str], unsaid: str
) -> None:
    page = make(reviewer, batch, file=file, columns="").text
    assert [phrase for phrase in fields if phrase not in page] == []
    assert unsaid not in page


def test_the_list_shows_the_selection_of_a_link(reviewer: Client, batch: Batch) -> None:
    make(reviewer, batch, query="approval=approved&q=two words", columns="Label, Severity")
    page = reviewer.get("/links/").text
    assert ">approval=approved, q=two words</span>" in page
    assert ">columns=Label, Severity</span>" in page


def test_the_same_key_again_is_the_same_link_with_a_new_token(reviewer: Client, batch: Batch) -> None:
    key = str(uuid4())
    first, second = token_of(make(reviewer, batch, key=key)), token_of(make(reviewer, batch, key=key))
    assert Link.objects.count() == 1
    assert (opened(first).status_code, opened(second).status_code) == (404, 200)
    third = make(reviewer, batch, key=key)  # it was used meanwhile: whoever has it keeps it
    assert (third.status_code, opened(second).status_code) == (422, 200)
    assert make(reviewer, batch, key=key, name="other").status_code == 422


def test_a_viewer_makes_none_and_staff_neither(viewer: Client, sign_in: Any, batch: Batch) -> None:
    assert make(viewer, batch).status_code == 403
    assert make(sign_in(None, is_staff=True), batch).status_code == 403
    assert Link.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": ""}, "name"),
        ({"days": "0"}, "days"),
        ({"days": "367"}, "days"),
        ({"file": "events.exe"}, "file"),
        ({"file": "items.json"}, "file"),
        ({"columns": "Password"}, "Unknown column"),
        ({"file": "items.csv", "clips": "1", "columns": ""}, "only links to events"),
        ({"query": "approval=aproved"}, "approval"),
        ({"file": "events.json", "columns": "Label"}, "fixed fields"),
        ({"view": "99"}, "no longer exists"),
        ({"key": "x"}, "key"),
    ],
)
def test_what_makes_no_sense_makes_no_link(reviewer: Client, batch: Batch, fields: dict[str, str], why: str) -> None:
    answer = make(reviewer, batch, **fields)
    assert answer.status_code in (400, 422)
    assert why in answer.content.decode()
    assert Link.objects.count() == 0


def test_a_new_token_ends_the_old_one_at_once(reviewer: Client, editor: Client, batch: Batch) -> None:
    token = token_of(make(reviewer, batch))
    pk = Link.objects.get().pk
    assert editor.post(f"/links/{pk}/rotate/").status_code == 403
    new = token_of(reviewer.post(f"/links/{pk}/rotate/"))
    assert (opened(token).status_code, opened(new).status_code) == (404, 200)


def test_ones_own_link_and_an_editors_batch(reviewer: Client, editor: Client, sign_in: Any, batch: Batch) -> None:
    link, token = make_link(batch, reviewer.user)  # type: ignore[attr-defined]
    other = sign_in(batch.connection, "reviewer")
    assert other.post(f"/links/{link.pk}/revoke/").status_code == 403
    assert sign_in(make_connection(), "editor").post(f"/links/{link.pk}/revoke/").status_code == 404
    for client, shown in [(reviewer, 1), (editor, 1), (other, 0), (sign_in(None, is_staff=True), 1)]:
        assert len(client.get(f"/batches/{batch.pk}/links/").context["links"]) == shown
    assert editor.post(f"/links/{link.pk}/revoke/").status_code == 302
    link.refresh_from_db()
    assert link.revoked_by == editor.user  # type: ignore[attr-defined]
    assert opened(token).status_code == 404
    reviewer.post(f"/links/{link.pk}/revoke/")
    link.refresh_from_db()
    assert link.revoked_by == editor.user  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["revoked", "expired", "no member", "viewer now", "deactivated", "hidden"])
@pytest.mark.case("T07")
def test_a_link_ends_with_its_time_or_its_creators_rights(batch: Batch, end: str) -> None:
    link, token = make_link(batch, clips=True)
    maker = link.created_by
    assert opened(token).status_code == 200
    if end == "revoked":
        Link.objects.update(revoked_at=timezone.now(), revoked_by=make_user())
    elif end == "expired":
        Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "deactivated":
        type(maker).objects.filter(pk=maker.pk).update(is_active=False)
    elif end == "viewer now":
        Membership.objects.filter(user=maker).update(role="viewer")
    elif end == "hidden":
        Connection.objects.update(removed_at=timezone.now())
    else:
        Membership.objects.filter(user=maker).delete()
    event = batch.events.first()
    assert event is not None
    for path in ("", "clips/", f"clips/{event.pk}/thumbnail/", f"clips/{event.pk}/clip/"):
        assert Client().get(f"/d/{token}/{path}").status_code == 404
    link.refresh_from_db()
    assert link.uses == 1


def opened_list(batch: Batch) -> str:
    client = Client()
    client.force_login(make_member(batch.connection, "editor"))
    return client.get(f"/batches/{batch.pk}/links/").content.decode()


@pytest.mark.case("T07")
@pytest.mark.parametrize("lost", ["viewer", ""])
def test_a_link_stays_closed_when_its_creator_may_again(batch: Batch, lost: str) -> None:
    link, token = make_link(batch)
    for role in ("editor", lost, "reviewer"):
        set_role(user=link.created_by, connection=batch.connection, role=role)
        assert opened(token).status_code == (200 if role == "editor" else 404)
    assert "Ended when its creator lost the right to make links" in opened_list(batch)


@pytest.mark.case("T07")
def test_a_link_ends_with_a_role_that_is_changed_in_bulk(batch: Batch) -> None:
    link, token = make_link(batch)
    for role in ("viewer", "editor"):
        Membership.objects.filter(connection=batch.connection).update(role=role)
    assert opened(token).status_code == 404
    link.refresh_from_db()
    assert (link.revoked_by, link.revoked_why) == (None, "right")


def test_a_link_goes_on_where_a_team_gives_the_right(batch: Batch) -> None:
    link, token = make_link(batch)
    team = Group.objects.create(name="night shift")
    link.created_by.groups.add(team)
    set_team_role(team=team, connection=batch.connection, role="reviewer")
    set_role(user=link.created_by, connection=batch.connection, role="")
    assert opened(token).status_code == 200
    link.created_by.groups.remove(team)
    assert opened(token).status_code == 404
    link.created_by.groups.add(team)
    assert opened(token).status_code == 404


def test_a_link_keeps_the_filter_its_saved_view_had(reviewer: Client, batch: Batch) -> None:
    view = SavedView.objects.create(
        connection=batch.connection,
        owner=reviewer.user,
        name="mine",
        query="approval=pending",  # type: ignore[attr-defined]
    )
    token = token_of(make(reviewer, batch, view=str(view.pk)))
    assert opened(token).getvalue() == b"Label\r\npending\r\n"
    view.query = "approval=approved"
    view.save()
    assert opened(token).getvalue() == b"Label\r\npending\r\n"
    view.delete()
    assert opened(token).getvalue() == b"Label\r\npending\r\n"
    assert ">approval=pending</span>" in reviewer.get("/links/").text


@pytest.mark.case("A08")
def test_activated_again_a_person_has_nothing_of_before(reviewer: Client, batch: Batch) -> None:
    user = reviewer.user  # type: ignore[attr-defined]
    _, link = make_link(batch, user)
    _, token = make_token(user=user, scope="read", name="script", days=1)
    other = Client()
    other.force_login(make_user())
    assert opened(link).status_code == 200
    for active in (False, True):
        user.is_active = active
        user.save()
    assert reviewer.get("/batches/").status_code == 302
    assert opened(link).status_code == 404
    assert Client().get("/api/v1/batches/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert other.get("/batches/").status_code == 200


def test_sessions_end_also_where_only_activation_is_noticed(reviewer: Client, batch: Batch) -> None:
    user = reviewer.user  # type: ignore[attr-defined]
    _, link = make_link(batch, user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = True
    user.save()
    assert (reviewer.get("/batches/").status_code, opened(link).status_code) == (302, 404)


def test_the_form_starts_from_the_filter_of_the_page(reviewer: Client, batch: Batch) -> None:
    form = reviewer.get(f"/batches/{batch.pk}/links/?approval=approved&columns=full&as_of=2026-05-04").content
    page = compact(form)
    assert 'name="query" value="approval=approved&amp;as_of=2026-05-04"' in page
    assert 'name="columns" maxlength="1000" value="full"' in page


@pytest.mark.parametrize("links", [1, 3])
def test_the_list_asks_no_more_for_more_links(
    editor: Client, batch: Batch, links: int, django_assert_num_queries: Any
) -> None:
    for _ in range(links):
        make_link(batch)
    with django_assert_num_queries(3):  # session with user and keys, links, mentions
        assert len(editor.get("/links/").context["links"]) == links
