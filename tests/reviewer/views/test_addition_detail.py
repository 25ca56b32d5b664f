"""What became of each id of a list of batches, live."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import request_addition
from batches.models import AdditionRun, Connection, SyncRun
from tests.factories import make_batch, make_event, make_item
from tests.html import compact
from tests.reviewer.conftest import SignIn

PANEL = {"HX-Request": "true", "HX-Target": "addition-panel"}


@pytest.fixture
def run(settings: Any, account: Connection) -> AdditionRun:
    """Of three ids one is added, one is bad, and one was not asked about yet."""
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1:1"})
    run = request_addition(connection=account, texts=["abc", "../x", "later"], by=None, idempotency_key=uuid4())
    batch = make_batch(account, name="Night freeway", external_id="abc")
    make_event(make_item(batch))
    SyncRun.objects.create(batch=batch, state="running", position=1, total=2)
    run.entries[0] |= {"state": "added", "batch": batch.pk}
    run.position = 2
    run.save()
    return run


def test_each_id_shows_its_progress_until_all_are_synced(editor: Client, run: AdditionRun) -> None:
    answer = compact(editor.get(f"/additions/{run.pk}/", headers=PANEL).content)
    assert answer.startswith('<div class="stack" id="addition-panel" hx-get=')
    for phrase in ("Night freeway", "Added", "50 %", "Not added: A batch ID is a single word", ">later<", "Waiting"):
        assert phrase in answer
    ended = {"state": "incomplete", "finished_at": timezone.now(), "message": "1 of 3 were not added."}
    AdditionRun.objects.filter(pk=run.pk).update(**ended)
    assert 'hx-trigger="every' in editor.get(f"/additions/{run.pk}/", headers=PANEL).content.decode(), "a sync runs"
    SyncRun.objects.update(state="done", finished_at=timezone.now())
    answer = compact(editor.get(f"/additions/{run.pk}/").content)
    assert 'hx-trigger="every' not in answer
    assert 'name="text" value="../x later"' in answer
    assert "Try 2 again" in answer


def test_it_is_for_editors_of_the_connection(sign_in: SignIn, account: Connection, run: AdditionRun) -> None:
    assert sign_in(account, "reviewer").get(f"/additions/{run.pk}/").status_code == 403
    assert sign_in().get(f"/additions/{run.pk}/").status_code == 404
