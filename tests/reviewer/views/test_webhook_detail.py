"""Webhooks on the pages: made, shown once, changed, paused, removed; the log, and sending again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from batches.hooks.send import work_off
from batches.models import Batch, Connection, Delivery, HookEvent, Webhook
from batches.notify.notices import note
from tests.factories import make_batch, make_connection
from tests.html import compact
from tests.receiver import Receiver, receiving
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as made:
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({made.host})
        yield made


@pytest.fixture
def hook(editor: Client, account: Connection, receiver: Receiver) -> Webhook:
    editor.post(f"/connections/{account.pk}/webhooks/", {"url": receiver.url, "events": ["batch.synced"]})
    return Webhook.objects.get()


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night drive")


def do(client: Client, hook: Webhook, **sent: Any) -> Any:
    return client.post(f"/webhooks/{hook.pk}/", sent)


def test_a_new_secret_is_shown_once(editor: Client, account: Connection, receiver: Receiver) -> None:
    address = f"/connections/{account.pk}/webhooks/"
    answer = editor.post(address, {"url": receiver.url, "events": ["batch.synced", "decisions.made"]})
    hook, secret = answer.context["made"]
    assert (answer.status_code, answer.content.decode().count(secret)) == (200, 1)
    assert (hook.events, hook.created_by) == (["batch.synced", "decisions.made"], editor.user)  # type: ignore[attr-defined]
    for page in (address, f"/webhooks/{hook.pk}/"):
        assert secret not in editor.get(page).content.decode()
    rotated = do(editor, hook, do="rotate")
    hook.refresh_from_db()
    assert (hook.old_secret, rotated.content.decode().count(hook.secret)) == (secret, 1)
    assert "no-store" in rotated.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("sent", "phrase"),
    [({"url": "http://example.com/", "events": ["batch.synced"]}, "must begin with https://"),
     ({"url": "https://127.0.0.1/", "events": ["batch.synced"]}, "is not a public address"),
     ({"url": "https://x.example/"}, "events: This field is required."),
     ({"url": "https://x.example/", "events": ["all"]}, "events: Select a valid choice."),
     ({"events": ["batch.synced"]}, "url: This field is required.")],
)  # fmt: skip
def test_invalid_input_creates_and_changes_nothing(
    editor: Client, account: Connection, hook: Webhook, sent: Any, phrase: str
) -> None:
    for answer in (editor.post(f"/connections/{account.pk}/webhooks/", sent), do(editor, hook, do="change", **sent)):
        assert (answer.status_code, phrase in answer.context["error"]) == (422, True)
    assert [(webhook.url, webhook.events) for webhook in Webhook.objects.all()] == [(hook.url, hook.events)]


def test_it_is_changed_paused_resumed_and_removed(editor: Client, hook: Webhook, receiver: Receiver) -> None:
    do(editor, hook, do="change", url=receiver.url + "2", events=HookEvent.values)
    do(editor, hook, do="pause")
    hook.refresh_from_db()
    assert (hook.url, hook.events) == (receiver.url + "2", HookEvent.values)
    assert hook.paused_reason == f"Paused by {editor.user}."  # type: ignore[attr-defined]
    assert hook.paused_reason in editor.get(f"/webhooks/{hook.pk}/").content.decode()
    do(editor, hook, do="resume")
    hook.refresh_from_db()
    assert hook.paused_at is None
    assert do(editor, hook, do="explode").status_code == 422
    assert do(editor, hook, do="delete").headers["Location"] == f"/connections/{hook.connection_id}/webhooks/"
    assert Webhook.objects.count() == 0


def test_the_log_shows_status_time_and_the_answer_escaped_and_sends_again(
    editor: Client, hook: Webhook, batch: Batch, receiver: Receiver
) -> None:
    receiver.answers = [(200, {}, b"<script>hit()</script>")]
    note(HookEvent.SYNCED, batch.pk)
    work_off(hook.pk)
    delivery = Delivery.objects.get()
    page = compact(editor.get(f"/webhooks/{hook.pk}/").content)
    assert "&lt;script&gt;hit()&lt;/script&gt;" in page
    assert "<script>hit" not in page
    assert f'<td class="number">200</td><td class="number">{delivery.took_ms}</td>' in page
    body = editor.get(f"/deliveries/{delivery.pk}/")
    assert (body.content, body.headers["Content-Type"]) == (receiver.came[0][1], "application/json")
    editor.post(f"/deliveries/{delivery.pk}/again/")
    work_off(hook.pk)
    assert [body["id"] for body in receiver.bodies] == [str(delivery.uuid)] * 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    editor: Client, hook: Webhook, batch: Batch, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        Delivery.objects.create(webhook=hook, batch=batch, event="batch.synced", body="{}")
    with django_assert_num_queries(6):
        assert len(editor.get(f"/webhooks/{hook.pk}/").context["rows"]) == rows


def test_nobody_else_sees_or_touches_it(hook: Webhook, batch: Batch, reviewer: Client, sign_in: SignIn) -> None:
    delivery = Delivery.objects.create(webhook=hook, batch=batch, event="batch.synced", body="{}")
    stranger = sign_in(make_connection(), "editor")
    for client, status in ((reviewer, 403), (stranger, 404)):
        assert client.get(f"/webhooks/{hook.pk}/").status_code == status
        assert do(client, hook, do="delete").status_code == status
        assert client.get(f"/deliveries/{delivery.pk}/").status_code == status
        assert client.post(f"/deliveries/{delivery.pk}/again/").status_code == status
    assert (Webhook.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_chat_is_made_and_changed_without_showing_its_address(
    editor: Client, account: Connection, settings: Any
) -> None:
    address = f"/connections/{account.pk}/webhooks/"
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"chat.example"})
    sent = {"url": "https://chat.example/services/hush-42", "events": ["batch.ready"], "hook_format": "slack"}
    refused = editor.post(address, sent | {"events": ["all"]})
    assert (refused.status_code, "hush-42" in refused.content.decode()) == (422, False)
    made = editor.post(address, sent)
    chat = Webhook.objects.get(format="slack")
    page = editor.get(f"/webhooks/{chat.pk}/")
    for shown in (made, page, editor.get(address)):
        assert "hush-42" not in shown.content.decode()
        assert "https://chat.example/…" in shown.content.decode()
    assert b'value="rotate"' not in page.content
    assert do(editor, chat, do="rotate").status_code == 422
    assert do(editor, chat, do="change", url="", events=["sync.failed"]).status_code == 302
    chat.refresh_from_db()
    assert (chat.address, chat.events) == (sent["url"], ["sync.failed"])
    do(editor, chat, do="change", url="http://chat.example/services/hush-43", events=["sync.failed"])
    assert "http://chat.example/…" in editor.get(f"/webhooks/{chat.pk}/").content.decode()


def test_what_waits_goes_to_a_corrected_address_at_once_and_a_test_shows_that_it_arrives(
    editor: Client, hook: Webhook, receiver: Receiver, batch: Batch
) -> None:
    receiver.fail(2)
    for number in range(2):
        note(HookEvent.SYNCED, batch.pk, sync=number, result="done", message="")
    work_off(hook.pk)
    waiting = list(hook.deliveries.order_by("pk"))
    page = editor.get(f"/webhooks/{hook.pk}/").content.decode()
    assert page.count("Send now") == 1
    editor.post(f"/deliveries/{waiting[1].pk}/again/")  # the first one has to arrive before it
    work_off(hook.pk)
    assert [delivery.attempts for delivery in hook.deliveries.order_by("pk")] == [2, 0]
    do(editor, hook, do="change", url=receiver.url + "2", events=hook.events)
    do(editor, hook, do="test")
    work_off(hook.pk)
    assert set(hook.deliveries.values_list("state", flat=True)) == {"delivered"}
    body = receiver.bodies[-1]
    assert (body["type"], body["batch"], body["data"]["by"]) == ("test", None, str(editor.user))  # type: ignore[attr-defined]
    do(editor, hook, do="pause")
    assert "Resume it first" in do(editor, hook, do="test").context["error"]
