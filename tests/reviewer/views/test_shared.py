"""What a link opens: its own selection, for reading, with headers that keep the address from spreading."""

import csv
import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

import pandas
import polars
import pytest
import responses
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from batches.actions import decide, flag, revoke_link
from batches.export import columns
from batches.models import Batch, Connection, Event
from reviewer import media
from reviewer.views import shared
from reviewer.web import streams
from reviewer.web.log_filters import Redacted, Refusals, redacted
from tests.clock import Clock
from tests.factories import make_batch, make_event, make_item, make_link, make_member


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made, position=0)
    for approval in ("pending", "approved", "rejected"):
        make_event(item, label=approval, vendor_approval=approval, thumbnail_url="https://v.example/1.jpg")
    return Batch.objects.get(pk=made.pk)


def labels(answer: Any) -> list[str]:
    table = list(csv.reader(StringIO(answer.getvalue().decode(), newline="")))
    return [row[table[0].index("Label")] for row in table[1:]]


def test_a_link_is_its_own_filter_whatever_the_address_adds(batch: Batch) -> None:
    other = make_batch(batch.connection)
    _, token = make_link(batch, query="approval=approved")
    query = f"?approval=pending&batch={other.pk}&columns=full&raw=1&file=events.json&connection=1"
    answer = Client().get(f"/d/{token}/{query}")
    assert labels(answer) == ["approved"]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_link_is_for_reading(batch: Batch, method: str) -> None:
    _, token = make_link(batch, clips=True)
    for path in ("", "clips/"):
        answer = getattr(Client(enforce_csrf_checks=True), method)(f"/d/{token}/{path}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.case("T07")
def test_a_link_works_without_its_last_sign(batch: Batch) -> None:
    _, token = make_link(batch)
    answer = Client().get(f"/d/{token}", headers={"Accept": "*/*"})
    assert (answer.status_code, b"".join(answer)[:6]) == (200, b"Query,")  # type: ignore[arg-type]
    assert Client().get("/d/none", headers={"Accept": "*/*"}).status_code == 404


def test_a_link_that_opens_nothing_says_so_and_keeps_its_address_too(batch: Batch) -> None:
    link, token = make_link(batch)
    revoke_link(link=link, by=link.created_by)
    answer = Client().get(f"/d/{token}/")
    assert answer.status_code == 404
    assert "Link closed" in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    link.refresh_from_db()
    assert link.uses == 0


@pytest.mark.case("T06")
def test_a_token_of_another_kind_opens_nothing(batch: Batch) -> None:
    link, token = make_link(batch)
    person = make_member(batch.connection)
    wrong = [token[:-1] + ("A" if token[-1] != "A" else "B"), link.digest, link.prefix, token.swapcase(), "x",
             default_token_generator.make_token(person), str(link.idempotency_key)]  # fmt: skip
    assert {Client().get(f"/d/{text}/").status_code for text in wrong} == {404}
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}, {"Cookie": f"sessionid={token}"}):
        assert Client().get(f"/batches/{batch.pk}/events.csv", headers=headers).status_code == 302


def test_headers_keep_the_address_to_its_holder(batch: Batch) -> None:
    _, token = make_link(batch, clips=True)
    event = batch.events.first()
    assert event is not None
    for path in ("", "clips/", f"clips/{event.pk}/thumbnail/"):
        headers = Client().get(f"/d/{token}/{path}").headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in headers


def test_an_unchanged_download_is_304(batch: Batch) -> None:
    _, token = make_link(batch)
    first = Client().get(f"/d/{token}/")
    tag = first.headers["ETag"]

    def again() -> int:
        return Client().get(f"/d/{token}/", headers={"If-None-Match": tag}).status_code

    assert first.getvalue()
    assert again() == 304
    event = Event.objects.filter(batch=batch).in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", by=by, idempotency_key=uuid4()
    )
    assert again() == 200
    tag = Client().get(f"/d/{token}/").headers["ETag"]
    assert again() == 304
    flag(event_id=event.pk, on=True, by=by)
    assert again() == 200
    tag = "W/" + tag.removeprefix("W/")
    Batch.objects.filter(pk=batch.pk).update(vendor_metadata={"a": 1})
    assert again() == 200
    tag = Client().get(f"/d/{token}/").headers["ETag"]
    User.objects.filter(pk=by.pk).update(username="married")
    assert again() == 200


@pytest.mark.parametrize("query", ["since=24h", "since=today", "until=1h", "as_of=1h", "comments=1", "assigned=nobody"])
def test_what_changes_with_the_clock_or_beside_the_batch_has_no_etag(batch: Batch, query: str) -> None:
    _, token = make_link(batch, query=query)
    answer = Client().get(f"/d/{token}/", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers.get("ETag")) == (200, None)


def test_a_new_column_changes_the_etag(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = make_link(batch, columns="full")
    now = Client().get(f"/d/{token}/").headers["ETag"]
    monkeypatch.setattr(columns, "FULL", columns.FULL[:-1])
    before = Client().get(f"/d/{token}/").headers["ETag"]
    assert before != now


def test_304_reads_no_event(batch: Batch, django_assert_num_queries: Any) -> None:
    _, token = make_link(batch)
    tag = Client().get(f"/d/{token}/").headers["ETag"]
    with django_assert_num_queries(10):  # link; ledger, flags, two kinds of runs, names; used
        answer = Client().get(f"/d/{token}/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_use_is_counted(batch: Batch) -> None:
    link, token = make_link(batch)
    Client().get(f"/d/{token}/")
    Client().head(f"/d/{token}/")
    link.refresh_from_db()
    assert link.uses == 2
    assert link.last_used_at is not None


def test_thumbnails_are_our_permalinks_unless_the_maker_chose_the_vendors(batch: Batch) -> None:
    _, ours = make_link(batch, columns="Annotated Thumbnail URL")
    _, vendors = make_link(batch, columns="Annotated Thumbnail URL", vendor_thumbnails=True)
    first = Event.objects.filter(batch=batch).in_order()[0]
    assert Client().get(f"/d/{ours}/").getvalue().split(b"\r\n")[1] == (
        f"http://127.0.0.1:8000/events/{first.pk}/thumbnail/".encode()
    )
    assert b"v.example" in Client().get(f"/d/{vendors}/").getvalue()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_pandas_and_polars_open_it(batch: Batch, kind: str) -> None:
    _, token = make_link(batch, file=f"events.{kind}")
    data = BytesIO(Client().get(f"/d/{token}/").getvalue())
    table = {"csv": pandas.read_csv, "jsonl": polars.read_ndjson, "parquet": polars.read_parquet}[kind](data)
    assert list(table["Label"]) == ["pending", "approved", "rejected"]


def test_the_page_shows_the_links_own_events_and_runs_no_script(batch: Batch) -> None:
    _, token = make_link(batch, clips=True, query="approval=approved,rejected")
    answer = Client().get(f"/d/{token}/clips/")
    page = answer.content.decode()
    assert [event.label for event in answer.context["events"]] == ["approved", "rejected"]
    assert "<script" not in page
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "#t=4.000,7.500" in page


def test_a_clip_of_another_event_is_not_there(batch: Batch) -> None:
    _, token = make_link(batch, clips=True, query="approval=approved")
    inside, outside = (Event.objects.get(label=label).pk for label in ("approved", "pending"))
    foreign = make_event(make_item(make_batch(batch.connection))).pk
    for pk, thumbnail, clip in [(inside, 503, 502), (outside, 404, 404), (foreign, 404, 404)]:
        assert Client().get(f"/d/{token}/clips/{pk}/clip/").status_code == clip
        answer = Client().get(f"/d/{token}/clips/{pk}/thumbnail/")
        assert answer.status_code == thumbnail
        assert (answer.headers["Content-Type"] == "image/svg+xml") is (pk == inside)


def test_a_link_without_the_page_has_none(batch: Batch) -> None:
    for fields in ({}, {"clips": True, "file": "items.csv"}):
        _, token = make_link(batch, **fields)
        assert Client().get(f"/d/{token}/clips/").status_code == 404


def test_the_page_of_clips_is_paged(batch: Batch) -> None:
    item = batch.items.get()
    for _ in range(30):
        make_event(item)
    _, token = make_link(batch, clips=True)
    first = Client().get(f"/d/{token}/clips/")
    rest = Client().get(f"/d/{token}/clips/?after={first.context['more']}")
    seen = [event.pk for page in (first, rest) for event in page.context["events"]]
    assert (len(seen), len(set(seen)), rest.context["more"]) == (33, 33, "")
    assert Client().get(f"/d/{token}/clips/?after=zzz").status_code == 400


SECRETS = {
    "link": "abCD" * 8,
    "token": f"rev_{'0a' * 6}_{'aB3_' * 10}xyz",
    "hook key": "0f" * 16,
    "webhook secret": f"whsec_{'aB3-' * 10}xyz",
    "session": "k3y" * 10 + "ab",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(
    "address",
    [
        "/d/{}/",
        "/D/{}/",
        "/nope/{}",
        "/hints/twelvelabs/{}/",
        "/vendor-webhooks/twelvelabs/{}/",
        "/batches/?q={}",
        "host",
        "fault",
    ],
)
@pytest.mark.case("T05")
def test_no_log_line_holds_a_token(secret: str, address: str) -> None:
    dictionary = settings.LOGGING["formatters"]["line"]
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Redacted(dictionary["format"], style=dictionary["style"]))
    assert dictionary["class"] == f"{Redacted.__module__}.{Redacted.__qualname__}"
    names = ("django.request", "django.security.DisallowedHost")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    try:
        client = Client(raise_request_exception=False)
        if address == "host":
            client.get("/login/", headers={"Host": f"evil-{secret}", "Referer": f"https://x.example/{secret}"})
        elif address == "fault":
            error = OSError(f"cannot open {secret}")
            logging.getLogger(names[0]).error("Fault at %s", secret, exc_info=(OSError, error, None))
        else:
            client.get(address.format(secret), headers={"Referer": f"https://x.example/{secret}"})
            logging.getLogger(names[0]).warning("Not Found: %s", address.format(secret))
    finally:
        for name in names:
            logging.getLogger(name).removeHandler(handler)
    assert written.getvalue()
    assert secret not in written.getvalue()
    assert "***" in written.getvalue()


def test_log_lines_keep_names_and_uuids() -> None:
    kept = (
        "batches.management.commands.up: test_a_long_name_of_our_own_without_digits"
        " 1f0e4c3a-9f4e-4b1e-8f1e-0123456789ab"
    )
    assert redacted(kept) == kept
    assert redacted("GET /d/abc?x=/d/other") == "GET /d/***?x=/d/***"


def test_a_mistyped_filter_is_one_line_in_the_log_and_a_fault_keeps_its_traceback(editor: Client, batch: Batch) -> None:
    written, logger = StringIO(), logging.getLogger("django.request")
    handler = logging.StreamHandler(written)
    handler.addFilter(Refusals())
    logger.addHandler(handler)
    try:
        assert editor.get(f"/batches/{batch.pk}/?approval=aproved").status_code == 400
    finally:
        logger.removeHandler(handler)
    assert written.getvalue().count("\n") == 1
    assert "aproved" in written.getvalue()
    written.truncate(0)
    handler.handle(logging.makeLogRecord({"msg": "Fault", "exc_info": (OSError, OSError("disk"), None)}))
    assert written.getvalue().endswith("OSError: disk\n")


@pytest.fixture
def signs(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    """A vendor that signs the clips of the batch, for an hour."""
    Connection.objects.update(base_url="http://127.0.0.1:1")
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({"127.0.0.1:1"}))
    monkeypatch.setattr(settings, "CLIP_ORIGINS", ["https://clips.example"])
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        signed = {"url": "https://clips.example/v.mp4?s=1", "expires_at": until, "method": "GET"}
        mock.post(re.compile(r"http://127\.0\.0\.1:1/api/video/.*/signed-url"), json=signed)
        yield mock


def test_a_links_clip_is_signed_once_until_shortly_before_its_end(
    batch: Batch, signs: responses.RequestsMock, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = make_link(batch, clips=True)
    address = f"/d/{token}/clips/{batch.events.order_by('id')[0].pk}/clip/"
    assert {Client().get(address).status_code for _ in range(40)} == {302}
    assert len(signs.calls) == 1
    monkeypatch.setattr(time, "time", lambda: timezone.now().timestamp())
    clock.go(minutes=59, seconds=30)
    Client().get(address)
    assert len(signs.calls) == 2


def test_links_leave_the_vendors_limit_to_reviewers(
    batch: Batch, signs: responses.RequestsMock, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LINK_SIGNS", 2)
    monkeypatch.setattr(media, "CONNECTION_SIGNS", 3)
    events = [make_event(make_item(batch)) for _ in range(4)]
    statuses = []
    for _ in range(2):
        _, token = make_link(batch, clips=True)
        statuses.append([Client().get(f"/d/{token}/clips/{event.pk}/clip/").status_code for event in events])
        caches["addresses"].clear()
    assert statuses == [[302, 302, 429, 429], [302, 429, 429, 429]]
    assert len(signs.calls) == 3
    assert viewer.post(f"/events/{events[3].pk}/clip/").status_code == 200
    assert Connection.objects.get().wait_until is None


def test_a_link_has_a_pace_and_the_answer_keeps_its_address(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "REQUESTS", 3)
    _, token = make_link(batch)
    answers = [Client().get(f"/d/{token}/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Referrer-Policy"] == "no-referrer"
    assert int(answers[3].headers["Retry-After"]) > 0
    assert Client().get(f"/d/{make_link(batch)[1]}/").status_code == 200


def test_slow_downloads_through_links_leave_threads_for_others(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OPEN_SLOTS", BoundedSemaphore(2))
    _, token = make_link(batch)
    held = [Client().get(f"/d/{token}/") for _ in range(2)]
    assert Client().get(f"/d/{token}/").status_code == 429
    for answer in held:
        answer.getvalue()
    assert Client().get(f"/d/{token}/").status_code == 200
