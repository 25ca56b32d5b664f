"""A removed batch outside of its own pages: named by nothing as if it were here, decided in, counted and published by
nothing.
"""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.http import Http404
from django.test import Client
from django.utils import timezone

from batches.actions import choose_summary
from batches.actions.summary import publish_due
from batches.models import Batch, BatchStart, Connection, Delivery, Event, HookEvent, Link, MetadataEdit, Poll, Webhook
from batches.sync.footage_files import token_of
from batches.vocabulary import categories_in_use
from batches.watch.poll import due_polls
from reviewer import access
from reviewer.forms.metadata_rows import suggested_keys
from reviewer.web.metrics import _work
from tests.factories import (
    make_batch,
    make_event,
    make_export,
    make_item,
    make_link,
    make_member,
    make_user,
    remove_batch,
)
from tests.html import compact


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="A mistake", external_id="b-mistake", strata={"rain": 3}, vendor_metadata={"k": 1})


def test_pages_that_tell_what_was_done_name_it_and_do_not_lead_to_it(
    editor: Client, account: Connection, batch: Batch
) -> None:
    user: Any = editor.user  # type: ignore[attr-defined]
    later = make_batch(account, name="Second")
    fields = {"connection": account, "requested_by": user, "state": "done", "finished_at": timezone.now(),
              "question": {"prompt": "near misses"}, "videos": []}  # fmt: skip
    start = BatchStart.objects.create(idempotency_key=uuid4(), batch=batch, **fields)
    again = BatchStart.objects.create(idempotency_key=uuid4(), batch=later, parent=batch, **fields)
    hook = Webhook.objects.create(connection=account, url="https://x.example/", created_by=user)
    Delivery.objects.create(webhook=hook, batch=batch, event=HookEvent.SYNCED, body="{}")
    kept = {"finished_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=1), "size": 1, "sha256": "a"}
    make_export(batch, user, state="done", **kept)
    pages = [f"/starts/{start.pk}/", f"/starts/{again.pk}/", "/exports/", f"/webhooks/{hook.pk}/"]
    assert all(f"/batches/{batch.pk}/" in editor.get(page).text for page in pages)
    remove_batch(batch)
    texts = [compact(editor.get(page).content) for page in pages]
    assert [f"/batches/{batch.pk}/" in text or f"with={batch.pk}" in text for text in texts] == [False] * 4
    assert "The batch was removed." in texts[0]
    assert "again after the removed batch <bdi>A mistake</bdi>" in texts[1]
    assert f"/batches/{later.pk}/" in texts[1]
    assert "removed batch <bdi>A mistake</bdi>" in texts[2]
    assert "Download</a>" not in texts[2]
    assert "removed batch <bdi>A mistake</bdi>" in texts[3]


def test_nothing_offers_counts_or_publishes_what_it_holds(account: Connection, batch: Batch) -> None:
    event = make_event(make_item(batch))
    other, editor = make_batch(account), make_member(account, "editor")
    choose_summary(connection=account, names={"approved": "ok"}, automatic=True, by=editor)
    Batch.objects.filter(pk=batch.pk).update(
        pending=0, approved=1, state="completed", review_status=2, review_status_by=editor,
        review_status_updated_at=timezone.now(),
    )  # fmt: skip

    def offered() -> tuple[Any, ...]:
        events = {sample.labels["approval"]: sample.value for sample in list(_work())[1].samples}
        return categories_in_use(other), suggested_keys(account), events["approved"]

    assert offered() == (["rain"], ["k"], 1)
    remove_batch(batch)
    assert offered() == ([], [], 0)
    assert publish_due() == 0
    assert not MetadataEdit.objects.exists()
    Batch.objects.bring_back()
    assert publish_due() == 1
    assert Event.objects.get() == event


def test_what_opens_it_without_signing_in_ends(batch: Batch) -> None:
    item, (link, _) = make_item(batch), make_link(batch)
    token = token_of(item.pk, time.time() + 60)
    assert access.item_of_footage(token) == item
    remove_batch(batch)
    with pytest.raises(Http404):
        access.item_of_footage(token)
    assert not Link.objects.live().filter(pk=link.pk).exists()


def test_commands_refuse_it_by_name(batch: Batch, account: Connection) -> None:
    remove_batch(batch)
    with pytest.raises(CommandError, match=r"'b-mistake' was removed; add it again with `sync`\."):
        call_command("export", "b-mistake")
    call_command("sync", "--all", "--background", connection=account.name)
    assert not batch.syncs.exists()


def test_a_batch_that_was_deleted_at_its_vendor_is_not_synced(
    editor: Client, account: Connection, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    page, deleter = f"/batches/{batch.pk}/sync/", make_user("Mara")
    Batch.objects.update(expires_at=timezone.now() + timedelta(days=20))
    Poll.objects.create(batch=batch, next_at=timezone.now())
    texts = ("Sync now", "Results expire", "Next poll")
    assert [text in editor.get(page).text for text in texts] == [True] * 3
    Batch.objects.update(vendor_deleted_at="2026-11-20T12:00Z", vendor_deleted_by=deleter)
    assert [text in editor.get(page).text for text in texts] == [False] * 3
    assert not due_polls(timezone.now()).exists()
    why = f"Mara deleted this batch at {account.get_vendor_display()} on 20 November 2026: nothing more can be synced."
    assert why in compact(editor.get(editor.post(page)["Location"]).content)
    answer = editor.post(f"/api/v1/batches/{batch.pk}/syncs/")
    assert (answer.status_code, answer.json()) == (412, {"detail": why})
    with pytest.raises(CommandError, match="Not synced: b-mistake"):
        call_command("sync", "b-mistake", connection=account.name)
    assert f"b-mistake: {why}" in capsys.readouterr().err
    assert not batch.syncs.exists()
