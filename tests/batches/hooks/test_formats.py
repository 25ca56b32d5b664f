"""Messages in the formats of chats: every event, no secret on pages or in the database, nothing that formats itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database

from batches.actions import change_webhook, make_webhook, rotate_secret
from batches.hooks.formats import TEST, TEXTS, chat_text, in_format
from batches.hooks.send import work_off
from batches.models import Batch, HookEvent, Webhook
from batches.notify.notices import note
from tests.factories import make_batch, make_member
from tests.receiver import Receiver, receiving

BATCH = {"title": "Ring road", "url": "https://reviewer/batches/1/", "counts": {"pending": 1, "approved": 2}}
TEXT = "see <!channel> [x](http://y) & *b* _i_ ~s~ `c` run_7 www.y.org"
DATA: dict[str, dict[str, Any]] = {
    TEST: {"connection": "fleet", "url": "https://r.example/connections/1/", "by": "edda"},
    "batch.synced": {"result": "done", "events_created": 3, "events_updated": 0, "message": ""},
    "batch.reviewed": {"set_by": "edda"},
    "decisions.made": {"decisions": [{"by": "maya", "approval": "approved"}, {"by": "maya", "approval": "rejected"}]},
    "export.ready": {"file": "events.csv", "rows": 4, "requested_by": "maya", "url": "https://reviewer/exports/1/"},
    "batch.ready": {"pending": 3},
    "events.assigned": {"by": "edda", "events": 12, "people": ["maya", "jonas"]},
    "people.mentioned": {"by": "edda", "people": ["maya"], "label": "Cut-in", "text": TEXT},
    "opinions.wanted": {"by": "edda", "reviewers_per_event": 2},
    "sync.failed": {"message": "No answer."},
    "key.refused": {"connection": "fleet", "reason": "401", "url": "https://reviewer/connections/1/"},
    "week.summarized": {
        "connection": "fleet",
        "text": "3 verdicts",
        "board": "https://reviewer/board/?connection=1",
        "url": "https://reviewer/connections/1/",
    },
    "results.expiring": {"expires_at": "2026-12-01T10:00:00+00:00", "pending": 3},
}
TITLES = {
    TEST: "A test message of fleet",
    "batch.synced": "Ring road: synced",
    "batch.reviewed": "Ring road is reviewed",
    "decisions.made": "2 decisions in Ring road",
    "export.ready": "The download events.csv is ready",
    "batch.ready": "Ring road is ready for review",
    "events.assigned": "edda assigned 12 events of Ring road",
    "people.mentioned": "edda mentions maya on Cut-in in Ring road",
    "opinions.wanted": "edda asks for 2 reviewers per event in Ring road",
    "sync.failed": "The sync of Ring road failed",
    "key.refused": "The vendor refused the key of fleet",
    "week.summarized": "The week of fleet",
    "results.expiring": "The results of Ring road leave the vendor on 1 December 2026",
}


def message(name: str) -> dict[str, Any]:
    return {"type": name, "batch": None if "connection" in DATA[name] else BATCH, "data": DATA[name]}


def test_every_event_has_a_text() -> None:
    assert TEXTS.keys() == {*HookEvent.values, TEST} == TITLES.keys()
    assert {name: chat_text(message(name)).title for name in TITLES} == TITLES


def test_slack_gets_text_that_formats_nothing_itself() -> None:
    assert in_format("slack", message("people.mentioned")) == {
        "text": "*edda mentions maya on Cut-in in Ring road*\n"
        "see &lt;!channel&gt; [x]\u200b(http:\u200b//y) &amp; \u2217b\u2217 \u02cdi\u02cd \u223cs\u223c"
        " \u02cbc\u02cb run_7 www\u200b.y.org\n"
        "<https://reviewer/batches/1/|Open in the reviewer>"
    }


def test_teams_gets_a_card_of_plain_runs() -> None:
    (attachment,) = in_format("teams", message("key.refused"))["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["inlines"][0]["text"] for block in card["body"]] == ["The vendor refused the key of fleet", "401"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert card["actions"][0]["url"] == "https://reviewer/connections/1/"


def test_a_weekly_summary_leads_to_its_figures() -> None:
    assert chat_text(message("week.summarized")).url == "https://reviewer/board/?connection=1"


def test_long_texts_are_cut() -> None:
    text = chat_text({"type": "sync.failed", "batch": BATCH, "data": {"message": "long " * 500}})
    assert len(text.lines[0]) == 300


def test_our_own_format_stays_as_it_is() -> None:
    assert in_format("signed", message("batch.ready")) == message("batch.ready")


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as receiver:
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({receiver.host})
        yield receiver


def make_chat(batch: Batch, receiver: Receiver) -> Webhook:
    hook, secret = make_webhook(
        connection=batch.connection, url=f"{receiver.url}?token=hidden", events=HookEvent.values,
        by=make_member(batch.connection, "editor"), hook_format="slack",
    )  # fmt: skip
    assert secret == ""
    return hook


@pytest.mark.django_db(transaction=True)
def test_a_chat_gets_its_format_unsigned(receiver: Receiver) -> None:
    batch = make_batch(name="Ring road")
    hook = make_chat(batch, receiver)
    note(HookEvent.SYNC_FAILED, batch.pk, message="No answer.")
    work_off(hook.pk)
    ((headers, body),) = receiver.came
    assert json.loads(body)["text"].startswith("*The sync of Ring road failed*\nNo answer.\n<http")
    assert not [name for name in headers if name.lower().startswith("reviewer-")]
    assert hook.deliveries.get().state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_the_address_of_a_chat_is_stored_encrypted_and_shown_as_its_host(receiver: Receiver) -> None:
    hook = make_chat(make_batch(), receiver)
    assert "hidden" not in hook.url
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM batches_webhook")
        assert "hidden" not in str(cursor.fetchall())
    assert "hidden" in Webhook.objects.get().address
    change_webhook(webhook=hook, url="", events=["sync.failed"], by=hook.created_by)
    assert "hidden" in Webhook.objects.get().address
    change_webhook(webhook=hook, url=receiver.url, events=["sync.failed"], by=hook.created_by)
    assert Webhook.objects.get().address == receiver.url


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_repeats_the_address_of_a_chat_is_not_kept(receiver: Receiver) -> None:
    batch = make_batch()
    hook = make_chat(batch, receiver)
    receiver.answers = [(200, {}, b"Cannot POST /told?token=hidden"), (200, {}, b"no_service")]
    for _ in range(2):
        note(HookEvent.SYNC_FAILED, batch.pk, message="No answer.")
        work_off(hook.pk)
    assert list(hook.deliveries.order_by("id").values_list("answer", flat=True)) == ["", "no_service"]


@pytest.mark.django_db(transaction=True)
def test_a_chat_has_no_secret_to_replace(receiver: Receiver) -> None:
    with pytest.raises(ValueError, match="not signed"):
        rotate_secret(webhook=make_chat(make_batch(), receiver))
