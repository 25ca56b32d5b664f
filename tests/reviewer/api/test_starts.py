"""Batches that a script starts: once for each key, with a token that may, in words when not."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.models import AccountVideo, BatchStart, Connection, Folder, Scope
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_batch, make_connection, make_member, make_user
from tests.reviewer.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, account: Connection, key: Any = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": str(key or uuid4())}
    order = {"videos": ["video0"], "prompt": "near misses"} | body
    return client.post(
        f"/api/v1/connections/{account.pk}/batches/",
        {name: value for name, value in order.items() if value is not None},
        content_type="application/json",
        headers=headers,
    )


def test_the_same_key_starts_one_batch_and_answers_the_same(script: Caller, account: Connection) -> None:
    client, key = script(Scope.START), uuid4()
    answers = [post(client, account, key, videos=["video0", "video1"], thumbnails=True) for _ in range(2)]
    run = BatchStart.objects.get()
    assert [answer.status_code for answer in answers] == [202, 202]
    body = answers[0].json()
    assert body == answers[1].json() == client.get(f"/api/v1/starts/{run.pk}/").json()
    assert (body["state"], body["batch"], body["videos"]) == ("queued", None, ["video0", "video1"])
    assert (run.question["prompt"], run.question["thumbnails"], run.requested_by) == ("near misses", True, client.user)
    assert post(client, account, key, prompt="other").status_code == 422


def test_the_outcome_of_a_start_is_shown(script: Caller, account: Connection) -> None:
    client = script(Scope.START)
    run = BatchStart.objects.get(pk=post(client, account, prompt=None, agent="turn").json()["id"])
    BatchStart.objects.update(state="incomplete", message="Look there.", finished_at=timezone.now())
    body = client.get(f"/api/v1/starts/{run.pk}/").json()
    assert (body["may_have_started"], body["message"], body["question"]["agent"]) == (True, "Look there.", "turn")
    batch = make_batch(account, external_id="b7")
    BatchStart.objects.update(state="done", batch=batch)
    body = client.get(f"/api/v1/starts/{run.pk}/").json()
    assert (body["may_have_started"], body["batch"], body["batch_id"]) == (False, batch.pk, "b7")


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        ({"videos": None}, "Send videos or a folder."),
        ({"agent": "turn"}, "Send a prompt, an agent or definitions."),
        ({"prompt": None, "agent": "spy"}, "Unknown agent 'spy'."),
        ({"overlay": "smell"}, "Unknown overlay 'smell'."),
        ({"videos": None, "folder": "empty"}, "The folder 'empty' has no videos."),
        ({"videos": None, "folder": "Half"}, "No video in the folder 'Half' has finished uploading."),
    ],
)
def test_an_invalid_start_is_refused_with_the_reason(
    script: Caller, settings: Any, body: dict[str, Any], phrase: str
) -> None:
    rows = [{"video_id": "v", "folder_name": "Half", "status": "processing"}]
    with Sandbox(World({}, rows)) as vendor:
        settings.PRIVATE_HOSTS = frozenset({vendor.url.removeprefix("http://")})
        account = make_connection(base_url=vendor.url, key=vendor.key)
        answer = post(script(Scope.START, user=make_member(account, "editor")), account, **body)
    assert (answer.status_code, BatchStart.objects.count()) == (400, 0)
    assert phrase in answer.json()["detail"]


def test_a_folders_uploaded_videos_are_taken_once(script: Caller, settings: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"video_id": f"video{number}", "folder_name": "Fleet", "status": status}
        for number, status in enumerate(["uploaded", "processing", "uploaded"])
    ]
    key = uuid4()
    with Sandbox(World({}, rows)) as vendor:
        settings.PRIVATE_HOSTS = frozenset({vendor.url.removeprefix("http://")})
        account = make_connection(base_url=vendor.url, key=vendor.key)
        client = script(Scope.START, user=make_member(account, "editor"))
        first = post(client, account, key, videos=None, folder="Fleet").json()
        rows.clear()
        assert post(client, account, key, videos=None, folder="Fleet").json() == first
    assert first["videos"] == ["video0", "video2"]


def test_a_parent_must_be_of_the_same_connection(script: Caller, account: Connection) -> None:
    client = script(Scope.START)
    batch = make_batch(account)
    assert post(client, account, parent=batch.pk).json()["parent"] == batch.pk
    other = make_batch(make_connection())
    assert post(client, account, parent=other.pk).status_code == 404
    make_member(other.connection, "editor", "eve")
    both = script(Scope.START, user=make_user("both"))
    for connection in (account, other.connection):
        both.user.memberships.create(connection=connection, role="editor")  # type: ignore[attr-defined]
    refused = post(both, account, parent=other.pk)
    assert (refused.status_code, "another connection" in refused.json()["detail"]) == (400, True)


def test_a_token_without_the_scope_is_refused_in_words(script: Caller, account: Connection) -> None:
    refused = post(script(Scope.META), account)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This token has the scope meta; this call needs start."
    assert post(script(Scope.START, "reviewer"), account).status_code == 403


def test_an_accounts_videos_are_paged_and_filtered(script: Caller, account: Connection) -> None:
    folder = Folder.objects.create(connection=account, external_id="f1", name="Fleet", scope="org")
    for number in range(3):
        AccountVideo.objects.create(
            connection=account, external_id=f"video{number}", name=f"Drive {number}", seconds=4.5, status="uploaded",
            folder=folder if number else None, org_id="org_33" if number else "",
        )  # fmt: skip
    AccountVideo.objects.create(connection=make_connection(), external_id="foreign")
    client, address = script(Scope.READ), f"/api/v1/connections/{account.pk}/videos/"
    first = client.get(address, {"limit": 2}).json()
    assert [row["video_id"] for row in first["results"]] == ["video2", "video1"]
    row = first["results"][0]
    assert (row["folder_name"], row["scope"], row["duration_s"]) == ("Fleet", "org", 4.5)
    assert [row["video_id"] for row in client.get(first["next"]).json()["results"]] == ["video0"]
    assert [row["scope"] for row in client.get(address, {"scope": "user"}).json()["results"]] == ["user"]
    Folder.objects.create(connection=account, external_id="f2", name="Fleet", scope="user")
    named = [
        len(client.get(address, {"folder": "Fleet", **scope}).json()["results"]) for scope in ({}, {"scope": "org"})
    ]
    assert named == [0, 2]
    unknown = client.get(address, {"folder": "x"})
    assert (unknown.status_code, unknown.json()["detail"]) == (400, "folder: no folder 'x' is known here.")
