"""`get_visual(v, a, i)` of the SDK at us: event i's picture or the documented error; missing pictures are made."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from nomadic import NomadicAI
from nomadic.exceptions import APIError
from pytest_django.live_server_helper import LiveServer

from batches.actions import request_sync, request_thumbnails
from batches.models import Batch, Connection, Event, Item, Role, Scope, ThumbnailRun
from batches.models.run import RunState
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from batches.sync.thumbnails import make_thumbnails
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.reviewer.api.conftest import make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

SDK = '{"label": "x", "approval": "pending"}'


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    """Of the second event of the first video no picture can be made."""
    pictures = {f"evt_{number}" for number in range(8)} - {"evt_1"}
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, pictures=pictures)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def batch(vendor: Sandbox) -> Batch:
    batch = make_batch(make_connection(base_url=vendor.url, key=vendor.key), external_id=worlds.BATCH)
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    sync(run.pk)
    vendor.calls.clear()
    return Batch.objects.get(pk=batch.pk)


def sdk_of(live_server: LiveServer, connection: Connection, role: str) -> NomadicAI:
    return NomadicAI(api_key=make_token(make_member(connection, role), Scope.READ), base_url=live_server.url)


def ids(item: Item) -> tuple[str, str]:
    assert item.analysis_id
    return item.external_id, item.analysis_id


def test_get_visual_never_gives_the_picture_of_a_neighbour(live_server: LiveServer) -> None:
    connection = make_connection()
    client, item = sdk_of(live_server, connection, Role.VIEWER), make_item(make_batch(connection))
    names = ["0", "1", "", "3"]
    events = [make_event(item, thumbnail_url=f"https://t.example/{name}" * bool(name), sdk=SDK) for name in names]
    assert client.get_visuals(*ids(item)) == ["https://t.example/0", "https://t.example/1"]
    for index, name in enumerate(names):
        if index < 2:
            assert client.get_visual(*ids(item), index) == f"https://t.example/{name}"
        else:
            with pytest.raises(ValueError, match="out of range"):
                client.get_visual(*ids(item), index)
    Event.objects.filter(pk=events[2].pk).update(thumbnail_url="https://t.example/2")
    assert [client.get_visual(*ids(item), index)[-1] for index in range(4)] == ["0", "1", "2", "3"]
    Event.objects.filter(pk=events[0].pk).update(thumbnail_url="")
    assert client.get_visuals(*ids(item)) == []
    with pytest.raises(ValueError, match="No visuals found"):
        client.get_visual(*ids(item), 0)
    with pytest.raises(APIError, match="Analysis not found"):
        client.get_visuals(item.external_id, "another")


def test_missing_pictures_are_made_once_in_the_background(
    vendor: Sandbox, batch: Batch, live_server: LiveServer
) -> None:
    first, second = batch.items.order_by("position")
    client = sdk_of(live_server, batch.connection, Role.EDITOR)
    for _ in range(3):
        assert client.get_visuals(*ids(second)) == [], "until then the documented empty answer"
    run = ThumbnailRun.objects.get()
    assert (run.item, run.requested_by_id is None, run.state) == (second, False, RunState.QUEUED)
    assert vendor.calls == [], "the script does not wait for the vendor"
    done = make_thumbnails(run.pk)
    assert done
    assert (done.state, done.made, done.total) == (RunState.DONE, 4, 1)
    assert [call.path for call in vendor.calls] == [
        f"/api/videos/{second.external_id}/analyses/{second.analysis_id}/generate-thumbnails"
    ]
    assert [client.get_visual(*ids(second), index)[-9:] for index in range(4)] == [f"evt_{n}.jpg" for n in range(4, 8)]
    client.get_visuals(*ids(first))
    make_thumbnails(ThumbnailRun.objects.latest("pk").pk)
    for _ in range(2):
        assert len(client.get_visuals(*ids(first))) == 1, "what the vendor cannot make is not asked for again today"
    assert ThumbnailRun.objects.count() == 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_an_editors_token_costs_the_vendor_work(batch: Batch, live_server: LiveServer, role: str) -> None:
    assert sdk_of(live_server, batch.connection, role).get_visuals(*ids(batch.items.all()[0])) == []
    assert ThumbnailRun.objects.count() == 0


def test_pictures_are_made_within_a_budget(batch: Batch, live_server: LiveServer, settings: Any) -> None:
    settings.THUMBNAILS_PER_DAY = 1
    client = sdk_of(live_server, batch.connection, Role.EDITOR)
    first, second = batch.items.order_by("position")
    for item in (first, second):
        assert client.get_visuals(*ids(item)) == []
    assert ThumbnailRun.objects.get().item == first
    ThumbnailRun.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    client.get_visuals(*ids(second))
    assert ThumbnailRun.objects.latest("pk").item == second


def test_a_run_of_the_whole_batch_and_a_paused_connection_need_no_other(batch: Batch, live_server: LiveServer) -> None:
    client = sdk_of(live_server, batch.connection, Role.EDITOR)
    item = batch.items.all()[0]
    Connection.objects.update(paused=True)
    client.get_visuals(*ids(item))
    assert ThumbnailRun.objects.count() == 0
    Connection.objects.update(paused=False)
    whole = request_thumbnails(batch_id=batch.pk, by=None)
    client.get_visuals(*ids(item))
    assert ThumbnailRun.objects.get() == whole
