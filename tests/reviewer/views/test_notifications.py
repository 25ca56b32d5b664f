"""The page of notifications, the number in the header, and the preferences for emails."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batches.actions import comment
from batches.models import Connection, Event, Notification, NotificationKind, NotificationPreference
from batches.notify.write import write
from reviewer.views import notifications
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account, name="Ring road")))


@pytest.fixture
def zoe(account: Connection) -> Client:
    client = Client()
    client.force_login(make_member(account, "reviewer", "zoe"))
    return client


def mention(event: Event, text: str, by: str = "") -> None:
    author = User.objects.filter(username=by).first() or make_member(event.batch.connection)
    comment(event_id=event.pk, by=author, kind="say", text=text, idempotency_key=uuid4())


def notify(event: Event, kind: str, **fields: object) -> None:
    batch = event.batch
    write(
        User.objects.filter(username="zoe"), kind=kind, connection_id=batch.connection_id, batch_id=batch.pk,
        event_id=event.pk, cause=str(uuid4()), **fields,
    )  # fmt: skip


def test_notifications_are_listed_counted_and_read(zoe: Client, event: Event) -> None:
    for text in ("@zoe one", "@zoe two", "three"):
        mention(event, text)
    page = zoe.get("/notifications/")
    assert [detail for _, _, detail in page.context["rows"]] == ["@zoe two", "@zoe one"]
    assert "Notifications: 2 unread" in page.content.decode()
    keys = [row.pk for row, _, _ in page.context["rows"]]
    opened = zoe.post("/notifications/", {"notification": keys[1]})
    assert (opened.status_code, opened["Location"]) == (302, f"/events/{event.pk}/")
    assert "Notifications: 1 unread" in zoe.get("/batches/").content.decode()
    assert zoe.get("/notifications/count/").json() == {"unread": 1, "newest": keys[0]}
    stayed = zoe.post("/notifications/", {"notification": keys[0], "stay": "1"})
    assert stayed["Location"] == "/notifications/"
    assert "unread" not in re.sub(r"data-unread|-unread", "", zoe.get("/notifications/").content.decode())


def test_several_ready_batches_lead_to_exactly_these(zoe: Client, account: Connection, event: Event) -> None:
    other = make_batch(account, name="Other")
    notify(event, "ready")
    replaced = Notification.objects.get()
    notify(make_event(make_item(make_batch(account, name="Harbour"))), "ready")
    (row, text, _), = zoe.get("/notifications/").context["rows"]  # fmt: skip
    listed = zoe.post("/notifications/", {"notification": row.pk}, follow=True)
    assert [batch.title for batch, _, _ in listed.context["rows"]] == ["Harbour", "Ring road"]
    assert f"Notification: {text}" in listed.text
    assert not Notification.objects.unread().exists()
    assert zoe.post("/notifications/", {"notification": replaced.pk})["Location"] == f"/batches/{event.batch_id}/"
    Notification.objects.update(user=make_member(account, "reviewer", "maya"))
    assert zoe.get(f"/batches/?notified={row.pk}").context["rows"] == []
    assert other.title in zoe.get("/batches/").text


def test_all_are_read_up_to_the_newest_that_was_shown(zoe: Client, event: Event) -> None:
    for text in ("@zoe one", "@zoe two", "@zoe three"):
        mention(event, text)
    shown = Notification.objects.order_by("pk")[1]
    zoe.post("/notifications/", {"upto": shown.pk})
    assert Notification.objects.unread().count() == 1


def test_those_of_one_kind_are_read_alone(zoe: Client, event: Event) -> None:
    mention(event, "@zoe one")
    notify(event, "ready")
    newest = Notification.objects.latest("pk")
    answer = zoe.post("/notifications/?kind=mention", {"upto": newest.pk})
    assert answer["Location"] == "/notifications/?kind=mention"
    assert list(Notification.objects.unread()) == [newest]
    assert "Mark these as read" not in zoe.get("/notifications/?kind=mention").text
    assert "Mark these as read" in zoe.get("/notifications/?kind=ready").text


@pytest.mark.parametrize("kind", NotificationKind.values)
def test_every_notification_leads_to_a_page(zoe: Client, event: Event, kind: str) -> None:
    User.objects.filter(username="zoe").update(is_superuser=True, is_staff=True)
    for _ in range(2):  # one, and one that stands for several
        notify(event, kind)
        row, sentence, _ = zoe.get(f"/notifications/?kind={kind}").context["rows"][0]
        assert sentence
        assert zoe.get(row.path).status_code == 200


def test_kinds_are_filtered_and_pages_go_on(zoe: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "PAGE_NOTIFICATIONS", 2)
    for number in range(3):
        mention(event, f"@zoe {number}")
    notify(event, "ready")
    page = zoe.get("/notifications/?kind=mention")
    assert [detail for _, _, detail in page.context["rows"]] == ["@zoe 2", "@zoe 1"]
    older = zoe.get(f"/notifications/?kind=mention&after={page.context['more']}")
    assert [detail for _, _, detail in older.context["rows"]] == ["@zoe 0"]
    assert zoe.get("/mentions/")["Location"] == "/notifications/?kind=mention"
    for wrong in ("?kind=weather", "?after=nonsense"):
        assert zoe.get(f"/notifications/{wrong}").status_code == 400


def test_a_notification_belongs_to_its_person(zoe: Client, reviewer: Client, event: Event) -> None:
    mention(event, "@zoe look")
    notification = Notification.objects.get()
    assert reviewer.post("/notifications/", {"notification": notification.pk}).status_code == 404
    assert reviewer.post("/notifications/", {"upto": "9" * 40}).status_code == 400
    reviewer.post("/notifications/", {"upto": notification.pk})
    notification.refresh_from_db()
    assert notification.read_at is None


def test_the_number_of_statements_does_not_grow(zoe: Client, event: Event) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            database,
        ) as queries:
            assert zoe.get("/notifications/").status_code == 200
        return len(queries)

    mention(event, "@zoe one")
    statements()
    first = statements()
    for kind in ("assignment", "opinions", "sync_failed", "key_refused", "expiring"):
        notify(event, kind)
    assert statements() == first


def test_a_preference_is_kept_for_each_kind(zoe: Client) -> None:
    fields = dict.fromkeys(NotificationKind.values, "daily") | {"mention": "now", "do": "mail"}
    assert zoe.post("/account/", fields).status_code == 302
    preference = NotificationPreference.objects.get()
    assert (preference.when("mention"), preference.when("ready")) == ("now", "daily")
    assert zoe.post("/account/", fields | {"mention": "hourly"}).status_code == 422
    zoe.post("/account/", fields | {"none": "1"})
    assert set(NotificationPreference.objects.get().mail.values()) == {"never"}
