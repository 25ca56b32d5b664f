"""Canceling a running batch and deleting a final one, at vendors that can. The page names the effect before; nothing is
sent twice.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

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


def test_a_final_batch_is_deleted_at_its_vendor_and_kept_here(sandbox: Sandbox) -> None:
    with sandbox.twelvelabs.batches.edit(TL_BATCH) as stored:
        stored["batch"]["status"] = "completed"
    batch, editor = running_batch(sandbox, "twelvelabs")
    manager = Client()
    manager.force_login(make_member(batch.connection, "manager"))
    page, form = f"/batches/{batch.pk}/sync/", {"confirmation": batch.title}

    def delete(**sent: str) -> str:
        return manager.post(f"/batches/{batch.pk}/delete/", form | sent, follow=True).text

    assert "Delete at the vendor" not in manager.get(page).text
    assert "still processing" in delete()
    Batch.objects.update(state="completed")
    assert "sync the batch completely first" in delete()
    SyncRun.objects.create(batch=batch, state="done", finished_at=timezone.now())
    assert "stays on the bill" in manager.get(page).text
    assert "stays on the bill" not in editor.get(page).text
    assert editor.post(f"/batches/{batch.pk}/delete/", form).status_code == 403
    assert "the text is not" in delete(confirmation="x")
    assert sandbox.twelvelabs.batches.get(TL_BATCH)
    sandbox.faults = Faults(first=["reset"])
    assert "has deleted the batch" in delete()
    assert sandbox.twelvelabs.batches.get(TL_BATCH) is None
    kept = manager.get(page).text
    assert ("deleted this batch at the vendor" in kept, "stays on the bill" in kept) == (True, False)
    assert "has deleted the batch" in delete(), "already gone"
