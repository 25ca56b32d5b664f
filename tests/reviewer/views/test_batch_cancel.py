"""Canceling a running batch, at vendors that can. The page names the effect before; nothing is sent twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from batches.models import Batch, Connection, SyncRun
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_batch, make_connection, make_member
from tests.vendor_worlds import IDS, TL_BATCH, W_BATCH, address, job, line, tl_batch, w_batch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waiting")]
SENTENCES = {"twelvelabs": "canceled and not billed", "wickson": "cannot be resumed"}


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    running = w_batch([job(0)])
    running["summary"]["status"] = "running"
    world = World(
        {},
        twelvelabs={TL_BATCH: tl_batch([line(0, status="processing")], status="processing")},
        wickson={W_BATCH: running},
    )
    with Sandbox(world) as running_server:
        settings.PRIVATE_HOSTS = frozenset({running_server.url.removeprefix("http://")})
        yield running_server


def running_batch(sandbox: Sandbox, vendor: str) -> tuple[Batch, Client]:
    account = make_connection(vendor=vendor, base_url=address(sandbox, vendor), key=sandbox.key)
    client = Client()
    client.force_login(make_member(account, "editor"))
    return make_batch(account, external_id=IDS[vendor], state="processing"), client


def status_at_vendor(sandbox: Sandbox, vendor: str) -> str:
    stored = {"twelvelabs": sandbox.twelvelabs, "wickson": sandbox.wickson}[vendor].batches.get(IDS[vendor])
    return str((stored or {})["batch" if vendor == "twelvelabs" else "summary"]["status"])


@pytest.mark.parametrize("vendor", list(SENTENCES))
def test_a_running_batch_is_canceled_at_its_vendor(sandbox: Sandbox, vendor: str) -> None:
    batch, client = running_batch(sandbox, vendor)
    page = client.get(f"/batches/{batch.pk}/sync/").text
    assert SENTENCES[vendor] in page
    answer = client.post(f"/batches/{batch.pk}/cancel/", follow=True)
    assert "cancels the batch" in answer.text
    assert status_at_vendor(sandbox, vendor) in ("canceling", "cancelled")
    assert SyncRun.objects.filter(batch=batch).count() == 1


def test_a_finished_batch_and_a_vendor_that_cannot_are_refused(sandbox: Sandbox, account: Connection) -> None:
    batch, client = running_batch(sandbox, "twelvelabs")
    Batch.objects.update(state="completed")
    assert "Cancel batch" not in client.get(f"/batches/{batch.pk}/sync/").text
    assert "no longer processing" in client.post(f"/batches/{batch.pk}/cancel/", follow=True).text
    other = make_batch(account, state="processing")
    client.user = make_member(account, "editor")  # type: ignore[attr-defined]
    client.force_login(client.user)  # type: ignore[attr-defined]
    assert "Cancel batch" not in client.get(f"/batches/{other.pk}/sync/").text
    assert "offers no way to cancel" in client.post(f"/batches/{other.pk}/cancel/", follow=True).text
    assert sandbox.calls == []


def test_a_lost_answer_is_reported_as_possibly_canceled(sandbox: Sandbox) -> None:
    batch, client = running_batch(sandbox, "twelvelabs")
    sandbox.faults = Faults(first=["reset"])
    assert "may have been canceled" in client.post(f"/batches/{batch.pk}/cancel/", follow=True).text
    assert len(sandbox.calls) == 1
