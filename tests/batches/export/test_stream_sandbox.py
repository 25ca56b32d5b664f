"""Every batch of the demo, read over real HTTP by the vendor's SDK and by our sync: the same CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nomadic import NomadicAI

from batches.actions import request_sync
from batches.sandbox.demo import DEMO_BATCHES, demo_world
from batches.sandbox.server import Sandbox
from batches.sync.run import sync
from tests.downloads import csv_of
from tests.factories import make_batch, make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The demo as it stands after an hour, when nothing changes any more."""
    folder: Path = tmp_path_factory.mktemp("footage")
    with Sandbox(demo_world(folder), fast_forward=3600.0) as running:
        yield running


@pytest.mark.parametrize("name", ["near misses", "processing", "failures"])
@pytest.mark.parametrize("approvals", [None, ["approved"], ["pending", "invalid"]])
def test_a_demo_batch_gives_the_sdks_bytes(
    sandbox: Sandbox, name: str, approvals: list[str] | None, settings: Any
) -> None:
    settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
    batch = make_batch(
        make_connection(base_url=sandbox.url, key=sandbox.key), external_id=DEMO_BATCHES[name], prompt=""
    )
    run = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert run is not None
    batch.refresh_from_db()
    chunks = csv_of(batch, "sdk", approvals=approvals)
    vendors = NomadicAI(api_key=sandbox.key, base_url=sandbox.url)
    expected = vendors.get_batch_analysis(DEMO_BATCHES[name], as_csv=True, filter=approvals)
    assert expected.count("\r\n") > 1 or approvals
    assert b"".join(chunks) == expected.encode()
