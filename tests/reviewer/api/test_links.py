"""Links over the API: scripts see which there are; people who are signed in make, rotate and end them."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, Link, Role, SavedView, Scope
from tests.factories import make_batch, make_connection, make_link, make_member
from tests.reviewer.api.conftest import Caller, caller, make_token


def make(client: Client, batch: Batch, key: Any = None, **body: Any) -> Any:
    body = {"name": "weekly", "columns": "Label"} | body
    headers = {"Idempotency-Key": str(key or uuid4())}
    address = f"/api/v1/batches/{batch.pk}/links/"
    return client.post(address, body, content_type="application/json", headers=headers)


def opened(address: str) -> Any:
    return Client().get("/d/" + address.partition("/d/")[2])


def test_a_person_makes_a_link_whose_address_is_shown_once(reviewer: Client, batch: Batch) -> None:
    answer = make(reviewer, batch, query="severity=low&sort=-severity", days=7, clips=True)
    link = answer.json()
    assert answer.status_code == 201, link
    assert opened(link["address"]).getvalue() == b"Label\r\nA car cuts in\r\n"
    assert opened(link["clips_address"]).status_code == 200
    assert (link["live"], link["name"], link["file"], link["batch"], link["uses"]) == (
        True, "weekly", "events.csv", batch.pk, 0,
    )  # fmt: skip
    seen = reviewer.get(f"/api/v1/links/{link['id']}/").json()
    assert "address" not in seen
    assert (seen["uses"], seen["prefix"]) == (2, link["address"].partition("/d/")[2][:6])
    assert reviewer.get("/api/v1/links/").json()["results"] == [seen]
    assert reviewer.get(f"/api/v1/batches/{batch.pk}/links/").json()["results"] == [seen]


def test_a_token_lists_what_its_owner_may_end_and_makes_none(batch: Batch, reviewer: Client) -> None:
    owner = reviewer.user  # type: ignore[attr-defined]
    mine, token = make_link(batch, owner, query="severity=high")
    make_link(batch)  # a colleague's
    make_link(make_batch(make_connection()))
    script = caller(make_token(owner, Scope.READ))
    (row,) = script.get("/api/v1/links/").json()["results"]
    assert (row["id"], row["query"], row["created_by"], row["live"]) == (mine.pk, "severity=high", owner.username, True)
    assert token not in str(row)
    for address in (f"/api/v1/links/{mine.pk}/revoke/", f"/api/v1/links/{mine.pk}/rotate/"):
        assert script.post(address).status_code == 403
    assert make(script, batch).status_code == 403
    assert Link.objects.live().count() == 3
    editor = caller(make_token(make_member(batch.connection, Role.EDITOR), Scope.READ))
    assert len(editor.get(f"/api/v1/batches/{batch.pk}/links/").json()["results"]) == 2


def test_rotating_ends_the_old_address_and_revoking_every_one(reviewer: Client, editor: Client, batch: Batch) -> None:
    link = make(reviewer, batch).json()
    address = f"/api/v1/links/{link['id']}/"
    assert editor.post(f"{address}rotate/").status_code == 403
    new = reviewer.post(f"{address}rotate/").json()
    assert (opened(link["address"]).status_code, opened(new["address"]).status_code) == (404, 200)
    ended = editor.post(f"{address}revoke/").json()
    assert (ended["live"], ended["revoked_by"]) == (False, editor.user.username)  # type: ignore[attr-defined]
    assert opened(new["address"]).status_code == 404
    again = reviewer.post(f"{address}revoke/").json()
    assert again["revoked_by"] == editor.user.username, "the first who ended it stays named"  # type: ignore[attr-defined]


def test_the_same_key_again_is_the_same_link(reviewer: Client, batch: Batch) -> None:
    key = uuid4()
    first, second = make(reviewer, batch, key).json(), make(reviewer, batch, key).json()
    assert (first["id"], opened(first["address"]).status_code) == (second["id"], 404)
    assert make(reviewer, batch, key, name="other").status_code == 422


def test_a_person_shares_the_board(reviewer: Client, viewer: Client, batch: Batch) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    order = {"name": "weekly", "query": f"batch={batch.pk}", "days": 7}

    def share(by: Client, **body: Any) -> Any:
        return by.post("/api/v1/board/links/", order | body, content_type="application/json", headers=headers)

    link = share(reviewer).json()
    assert (opened(link["address"]).status_code, link["batch"], link["query"]) == (200, None, f"batch={batch.pk}")
    make(reviewer, batch)
    (row,) = reviewer.get("/api/v1/board/links/").json()["results"]
    assert (row["id"], share(reviewer, query="since=never").status_code) == (link["id"], 400)
    assert (share(viewer).status_code, viewer.get("/api/v1/board/links/").json()["results"]) == (403, [])
    token = caller(make_token(reviewer.user, Scope.READ))  # type: ignore[attr-defined]
    assert share(token).status_code == 403


def test_the_roles_are_those_of_the_page(viewer: Client, editor: Client, sign_in: Any, batch: Batch) -> None:
    assert make(viewer, batch).status_code == 403
    assert make(sign_in(None, is_staff=True), batch).status_code == 403
    stranger = sign_in(make_connection(), "editor")
    assert make(stranger, batch).status_code == 404
    link, _ = make_link(batch)
    address = f"/api/v1/links/{link.pk}/"
    assert (viewer.get(address).status_code, stranger.get(address).status_code) == (403, 404)
    assert (viewer.post(f"{address}revoke/").status_code, stranger.post(f"{address}revoke/").status_code) == (403, 404)
    assert editor.get(address).json()["live"] is True
    assert viewer.get("/api/v1/links/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"name": ""}, "name"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"file": "events.exe"}, "file"),
        ({"columns": "Password"}, "Unknown column"),
        ({"query": "approval=aproved"}, "approval"),
        ({"query": f"category={'ü' * 400}"}, "not at most"),
        ({"file": "events.json", "columns": "Label"}, "fixed fields"),
        ({"view": 99}, "no longer exists"),
    ],
)
def test_what_makes_no_sense_makes_no_link(reviewer: Client, batch: Batch, body: dict[str, Any], why: str) -> None:
    answer = make(reviewer, batch, **body)
    assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.content
    assert Link.objects.count() == 0


def test_a_link_to_a_view_follows_it(reviewer: Client, batch: Batch) -> None:
    view = SavedView.objects.create(
        connection=batch.connection, owner=reviewer.user, name="high", query="severity=high",  # type: ignore[attr-defined]
    )  # fmt: skip
    link = make(reviewer, batch, view=view.pk, query="severity=low").json()
    assert (link["view"], link["query"]) == (view.pk, "severity=high")
    assert opened(link["address"]).getvalue().count(b"\r\n") == 3


def test_the_list_costs_the_same_for_one_and_for_three(
    script: Caller, batch: Batch, django_assert_max_num_queries: Any
) -> None:
    client = script()
    make_link(batch)
    client.get("/api/v1/links/")
    with django_assert_max_num_queries(9) as first:
        assert len(client.get("/api/v1/links/").json()["results"]) == 1
    make_link(batch), make_link(make_batch(batch.connection))
    with django_assert_max_num_queries(len(first)):
        assert len(client.get("/api/v1/links/").json()["results"]) == 3
