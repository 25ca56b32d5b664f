"""`search` of the vendor's SDK through us: what it finds at the vendor, under the connection's key."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from nomadic import NomadicAI
from nomadic.exceptions import APIError, NomadicAIError
from pytest_django.live_server_helper import LiveServer

from batches.models import Connection, Folder, Membership, Role, Scope
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests import worlds
from tests.factories import make_connection, make_member
from tests.reviewer.api.conftest import caller, make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    rows = [{"video_id": "video0", "folder_id": "f1", "folder_name": "Fleet"}, {"video_id": "video1"}]
    monkeypatch.setattr("nomadic.video.time", SimpleNamespace(time=time.time, sleep=lambda seconds: None))
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


@pytest.fixture
def key(connection: Connection) -> str:
    return make_token(make_member(connection, Role.EDITOR, "ed"), Scope.START)


@pytest.fixture
def ours(key: str, live_server: LiveServer) -> NomadicAI:
    return NomadicAI(api_key=key, base_url=live_server.url)


def test_the_sdk_searches_through_us_as_at_the_vendor(vendor: Sandbox, connection: Connection, ours: NomadicAI) -> None:
    theirs = NomadicAI(api_key=vendor.key, base_url=vendor.url).search(query="the car cuts in", folder_name="Fleet")
    vendor.calls.clear()
    result = ours.search(query="the car cuts in", folder_name="Fleet")
    assert len(result["matches"]) == 4
    assert {match["video_id"] for match in result["matches"]} == {"video0"}
    unequal = {"session_id": "", "thoughts": []}
    assert result | unequal == theirs | unequal
    assert result["session_id"].startswith(f"{connection.pk}~")
    assert [call.path.partition("?")[0].split("/")[2] for call in vendor.calls] == [
        "search-sessions", "search", "search-sessions",
    ]  # fmt: skip


def test_a_search_whose_answer_is_lost_is_read_from_its_session(vendor: Sandbox, ours: NomadicAI) -> None:
    vendor.faults = Faults(first=["ok", "truncated"])
    assert len(ours.search(query="the car cuts in", folder_name="Fleet")["matches"]) == 4


def test_refusals_of_a_search_have_the_vendors_form(
    vendor: Sandbox, connection: Connection, ours: NomadicAI, key: str
) -> None:
    with pytest.raises(NomadicAIError, match="Folder not found"):
        ours.search(query="the car cuts in", folder_name="Nowhere")
    client, reader = caller(key), caller(make_token(make_member(connection, Role.EDITOR, "rita"), Scope.READ))
    form = {"session_id": "1~x", "query": "car"}
    for script, status in ((reader, 403), (client, 404)):
        sent = script.post("/api/search", urlencode(form | {"session_id": "0~x"}), "application/x-www-form-urlencoded")
        read = script.get("/api/search-sessions/owner/0~x")
        assert (sent.status_code, read.status_code) == (status, status)
        assert set(sent.json()) == set(read.json()) == {"detail"}
    unnamed = client.post("/api/search", urlencode({"query": "car"}), "application/x-www-form-urlencoded")
    assert unnamed.json()["detail"][0]["loc"] == ["body", "session_id"]
    Connection.objects.update(base_url="http://127.0.0.1:9")
    away = client.post("/api/search-sessions/start", {"query": "x", "folder_name": "F"}, "application/json")
    assert (away.status_code, set(away.json())) == (503, {"detail"})


def test_the_account_that_has_the_folder_is_searched(vendor: Sandbox, connection: Connection, ours: NomadicAI) -> None:
    other = make_connection(base_url=vendor.url, key=vendor.key)
    Membership.objects.create(user=Membership.objects.get().user, connection=other, role=Role.EDITOR)
    with pytest.raises(APIError, match="None of the accounts you edit has a folder 'Fleet'"):
        ours.search(query="the car cuts in", folder_name="Fleet")
    Folder.objects.create(connection=other, external_id="f1", name="Fleet", scope="user")
    assert ours.search(query="the car cuts in", folder_name="Fleet")["session_id"].startswith(f"{other.pk}~")
    Folder.objects.create(connection=connection, external_id="f1", name="Fleet", scope="user")
    with pytest.raises(APIError, match="Several of your connections have this folder"):
        ours.search(query="the car cuts in", folder_name="Fleet")
