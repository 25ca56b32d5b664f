"""Every address that changes something has a limit of a person, or a reason in this file why it needs none."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from batches.actions.limits import HOUR, PREVIEWS, QUESTIONS, STARTS, Limit
from batches.models import Connection, Event, Scope, Tally
from batches.models.tally import tally_key
from reviewer.api.urls import urlpatterns, vendor_urlpatterns
from reviewer.web.limits import ADDRESSES, READ_BY_GET, SPENT_BY_ACTIONS
from tests.factories import make_batch, make_event, make_item, make_member
from tests.reviewer import test_access as pages
from tests.reviewer.api import test_access as scripts
from tests.reviewer.api.conftest import caller, make_token

VERDICT = "a verdict of one event, or of 500 named ones: the work itself, once for each version of an event"
REMOVES = "takes away what is limited where it is made"
ONE_ROW = "rewrites rows that exist once for each person, page or notification"
COUNTED_THERE = "counts failures or emails itself, for people who are not signed in"
BY_POST = "reads only; its client sends POST"
UNLIMITED: dict[str, str] = {
    **dict.fromkeys(("event-decide", "event-correct", "event-flag"), VERDICT),
    **dict.fromkeys(("batch-undo", "batch-redo", "event-undo", "event-redo"), "takes back or repeats one own action"),
    **dict.fromkeys(("api-event-decisions", "api-batch-decisions", "api-event-corrections"), VERDICT),
    **dict.fromkeys(("api-batch-undo", "api-batch-redo"), "takes back or repeats one own action"),
    **dict.fromkeys(("link-revoke", "api-link-revoke", "token-revoke", "view-delete", "logout"), REMOVES),
    **dict.fromkeys(("batch-presence", "event-presence", "item-watched-parts", "notification-list"), ONE_ROW),
    "api-upload-cancel": REMOVES,
    "bulk-run": "stops or continues one own run",
    **dict.fromkeys(("login", "console-login", "password-reset"), COUNTED_THERE),
    **dict.fromkeys(("invitation", "password-reset-confirm"), "its token is good for one account or password"),
    **dict.fromkeys(("home", "favicon", "console-password", "mention-list"), "only leads elsewhere"),
    **dict.fromkeys(("vendor-webhook", "vendor-webhook-before"), "signed by the vendor, at a pace of its own"),
    **dict.fromkeys(("sdk-verify", "sdk-bulk"), BY_POST),
    "sdk-thumbnails": "THUMBNAILS_PER_DAY of a connection",
}
PASSWORD = "entirely-known-42"
OF_ALLAUTH = ("account_", "mfa_", "openid_", "socialaccount_")  # with its own limits, or one row for each person
LIMITED = {name: limit for limit, names in ADDRESSES.items() for name in names}
BY_ACTIONS = {name: limit for limit, names in SPENT_BY_ACTIONS.items() for name in names}
PATTERNS: dict[str, URLPattern] = {
    **pages.own_patterns(),
    **{str(pattern.name): pattern for pattern in (*urlpatterns, *vendor_urlpatterns)},
}
PARTS = {"file": "events.csv", "video_id": "v", "analysis_id": "a"}


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)))


def writing_addresses() -> set[str]:
    own = {name for name, rules in pages.POLICY.items() if rules.keys() - {"GET", "HEAD"}}
    return own | {name for name, rules in scripts.POLICY.items() if rules.keys() - {"GET", "HEAD"}}


def spend_all(limit: Limit, person: User) -> None:
    Tally.objects.add(tally_key(limit.noun, person.pk), HOUR, limit.an_hour)


def test_every_writing_address_has_a_limit_or_a_reason() -> None:
    limited = LIMITED.keys() | BY_ACTIONS.keys()
    assert LIMITED.keys() & BY_ACTIONS.keys() == set()
    assert len(LIMITED) == sum(map(len, ADDRESSES.values()))
    free = {name for name in writing_addresses() - limited if not name.startswith(OF_ALLAUTH)}
    assert free == UNLIMITED.keys()
    assert limited - writing_addresses() == READ_BY_GET


@pytest.fixture
def person(account: Connection) -> User:
    """May do everything, with pages and scripts."""
    person = make_member(account, "editor")
    person.is_staff = person.is_superuser = True
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_every_address_of_the_table_is_429_beyond_its_limit(client: Client, person: User) -> None:
    for limit in ADDRESSES:
        spend_all(limit, person)
    wrong = {}
    for name in LIMITED:
        address = reverse(name, kwargs={part: PARTS.get(part, 1) for part in PATTERNS[name].pattern.converters})
        methods = ("GET", "HEAD") if name in READ_BY_GET else ("POST",)
        scopes = scripts.POLICY.get(name, {}).get(methods[0])
        callers = [client, *([caller(make_token(person, min(scopes)))] if scopes else [])]
        for answer in (each.generic(method, address) for each in callers for method in methods):
            if answer.status_code != 429 or int(answer["Retry-After"]) < 1:
                wrong[name] = answer
    assert wrong == {}


def test_a_page_that_asks_the_vendor_is_429_beyond_the_limit_of_questions(
    client: Client, person: User, event: Event
) -> None:
    spend_all(QUESTIONS, person)
    connection = event.batch.connection_id
    first = f"/connections/{connection}/first/"
    asking = [f"/batches/start/?connection={connection}", f"/connections/{connection}/cloud-imports/", f"{first}?list"]
    assert [client.get(page).status_code for page in asking] == [429] * len(asking)
    assert [client.head(page).status_code for page in asking] == [429] * len(asking)
    assert client.get(first).status_code == 200


def test_asking_what_a_form_would_do_is_no_start(client: Client, person: User, event: Event) -> None:
    spend_all(STARTS, person)
    page = f"/batches/start/?connection={event.batch.connection_id}"
    assert client.post(page, {"video": ["a"]}, headers={"HX-Target": "start-effect"}).status_code == 200
    assert client.post(page, {"video": ["a"]}, headers={"HX-Target": "other"}).status_code == 429
    spend_all(PREVIEWS, person)
    assert client.post(page, {"video": ["a"]}, headers={"HX-Target": "start-effect"}).status_code == 429


def test_who_is_at_the_limit_still_reads_and_others_go_on(client: Client, person: User, editor: Client) -> None:
    for limit in ADDRESSES:
        spend_all(limit, person)
    assert client.get("/batches/").status_code == client.get("/imports/").status_code == 200
    assert client.post("/batches/", {}).status_code == 429
    assert editor.post("/batches/", {}).status_code == 422


def test_what_actions_count_is_429_beyond_the_limit(client: Client, person: User, event: Event) -> None:
    batch, key = event.batch_id, str(uuid4())
    whole = {"query": "", "approval": "approved", "count": 1, "sync": "0.0", "made_at": timezone.now().isoformat()}
    vendor_key = {"vendor": "nomadic", "base_url": "https://api.example", "api_key": "k"}
    forms: dict[str, tuple[int | None, dict[str, Any]]] = {
        "batch-bulk": (batch, whole | {"key": key}),
        "board-links": ([], {"key": key, "name": "a", "days": 1}),
        "batch-links": (batch, {"key": key, "name": "a", "file": "events.csv", "days": 1}),
        "connection-check": (None, vendor_key),
        "event-comment": (event.pk, {"key": key, "kind": "say", "text": "a"}),
        "event-view-save": (None, {"name": "a"}),
        "export-list": (None, {"key": key, "file": "events.csv", "query": f"batch={batch}"}),
        "import-list": (None, {"connection": event.batch.connection_id, "file": SimpleUploadedFile("a.csv", b"a")}),
        "password-change": (None, {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"}),
        "token-list": (None, {"name": "a", "scope": Scope.READ, "days": 1}),
        "upload-begin": (event.batch.connection_id, {"name": "a.mp4", "size": 9, "modified": 1}),
        "view-save": (batch, {"name": "a"}),
        "webhook-list": (event.batch.connection_id, {"url": "https://hooks.example/", "events": "batch.synced"}),
    }
    wrong = {}
    for name, (pk, form) in forms.items():
        spend_all(BY_ACTIONS[name], person)
        answer = client.post(reverse(name, args=[pk] if pk else []), form)
        if answer.status_code != 429 or int(answer["Retry-After"]) < 1:
            wrong[name] = answer.status_code, answer.content.decode()[:300]
    assert wrong == {}
    assert {BY_ACTIONS[name] for name in forms} == SPENT_BY_ACTIONS.keys()
