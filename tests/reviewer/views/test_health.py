"""Liveness, readiness, and the figures for Prometheus."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from batches.actions import decide
from batches.models import Decision, SyncRun
from reviewer.views import health
from reviewer.web import metrics
from tests.factories import make_batch, make_event, make_item, make_member, make_user


def test_the_process_lives() -> None:
    assert Client().get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_ready_with_the_figures() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert {**answer.json(), "disk_free_bytes": 0} == {
        "ready": True, "wrong": [], "queue_oldest_seconds": 0, "disk_free_bytes": 0,
    }  # fmt: skip


@pytest.mark.django_db
def test_strangers_learn_no_figures() -> None:
    assert Client(REMOTE_ADDR="198.51.100.7").get("/readyz").json() == {"ready": True, "wrong": []}


@pytest.mark.django_db
def test_a_queue_that_nobody_works_on_is_not_ready() -> None:
    run = SyncRun.objects.create(batch=make_batch())
    SyncRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(hours=1))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["queue"])


@pytest.mark.django_db
def test_a_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path / "not" / "yet" / "there")
    monkeypatch.setattr(health, "DISK_TOO_FULL", 2**62)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["disk"])


Figures = dict[tuple[str, ...], float]


def figures(text: str) -> Figures:
    """Samples by name and label values, in the order of the labels' names."""
    families = text_string_to_metric_families(text)
    return {
        (s.name, *(s.labels[name] for name in sorted(s.labels))): s.value for family in families for s in family.samples
    }


def scraped(client: Client | None = None, **headers: str) -> Figures:
    answer = (client or Client()).get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return figures(answer.content.decode())


@pytest.mark.django_db
def test_metrics_say_what_the_database_says() -> None:
    item = make_item()
    user = make_member(item.batch.connection)
    first, _ = make_event(item), make_event(item)
    decide(
        event_id=first.pk,
        by=user,
        idempotency_key=UUID(int=0),
        version=1,
        fingerprint=first.fingerprint,
        approval="approved",
    )
    run = SyncRun.objects.create(batch=item.batch)
    SyncRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    result = scraped()
    assert round(result.pop(("reviewer_queue_oldest_seconds",)), -1) == 300
    ours = {name: value for name, value in result.items() if value and not name[0].startswith("reviewer_request")}
    assert ours == {
        ("reviewer_database_up",): 1, ("reviewer_decisions_total", "approved"): 1,
        ("reviewer_events", "approved"): 1, ("reviewer_events", "pending"): 1, ("reviewer_runs", "sync", "queued"): 1,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_old_decisions_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "COUNTED_AGAIN", 1)
    monkeypatch.setattr(metrics, "SETTLED", timedelta(0))
    item = make_item(make_batch())
    user, counted = make_member(item.batch.connection), []
    for approval in ("approved", "approved", "rejected"):
        event = make_event(item)
        decide(event_id=event.pk, by=user, idempotency_key=uuid4(), version=1, fingerprint=event.fingerprint,
               approval=approval)  # fmt: skip
        result = scraped()
        counted.append([result["reviewer_decisions_total", kind] for kind in ("approved", "rejected")])
    assert counted == [[1, 0], [2, 0], [2, 1]]
    assert cache.get(metrics.COUNTED) == [Decision.objects.latest("pk").pk, {"approved": 2, "rejected": 1}]


@pytest.mark.django_db
def test_every_state_has_a_figure_before_it_was_ever_seen() -> None:
    result = scraped()
    assert result["reviewer_decisions_total", "invalid"] == 0
    assert result["reviewer_runs", "thumbnails", "failed"] == 0


@pytest.mark.django_db
def test_requests_count_by_view_and_status_and_never_by_path() -> None:
    before = scraped()
    for address in ("/healthz", "/healthz", "/batches/1/", "/no/such/page-of-ann"):
        Client().get(address)
    after = scraped()
    counts = {name[1:]: value - before.get(name, 0) for name, value in after.items() if name[0].endswith("_count")}
    assert {name: count for name, count in counts.items() if count and name != ("200", "metrics")} == {
        ("200", "healthz"): 2, ("302", "batch-grid"): 1, ("404", "none"): 1,
    }  # fmt: skip
    assert "page-of-ann" not in str(after)


@pytest.mark.django_db
def test_a_dead_database_is_a_figure_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> float:
        raise DatabaseError("gone")

    monkeypatch.setattr(metrics, "queue_age", broken)
    result = scraped()
    assert result["reviewer_database_up",] == 0
    assert ("reviewer_events", "pending") not in result


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_a_scrape_asks_the_database_as_often_whatever_there_is(rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        make_event(make_item(make_batch()))
    with django_assert_num_queries(20):
        scraped()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "address", "header", "status"),
    [
        ("", None, "127.0.0.1", None, 200),
        ("", None, "::1", None, 200),
        ("t0ken", None, "127.0.0.1", None, 200),
        ("t0ken", "Bearer t0ken", "10.0.0.9", None, 200),
        ("t0ken", "Bearer t0ken", "127.0.0.1", "X-Forwarded-For", 200),
        ("t0ken", "Bearer t0keN", "10.0.0.9", None, 401),
        ("t0ken", "t0ken", "10.0.0.9", None, 401),
        ("t0ken", None, "10.0.0.9", None, 401),
        ("", None, "10.0.0.9", None, 401),
        ("", "Bearer ", "10.0.0.9", None, 401),  # no token is not the empty token
        ("", "Bearer \xe9", "10.0.0.9", None, 401),
        ("", None, "", None, 401),  # a unix socket: whoever is behind it
        *[("", None, "127.0.0.1", name, 401) for name in health.PROXY_HEADERS],
    ],
)
def test_metrics_are_for_the_token_or_this_machine(
    settings: Any, token: str, sent: str | None, address: str, header: str | None, status: int
) -> None:
    settings.METRICS_TOKEN = token
    headers = {"Authorization": sent} if sent is not None else {}
    if header:
        headers[header] = "198.51.100.7"
    answer = Client(REMOTE_ADDR=address).get("/metrics", headers=headers)
    assert answer.status_code == status
    assert (b"reviewer_" in answer.content) == (status == 200)
    assert answer.headers.get("WWW-Authenticate") == (None if status == 200 else "Bearer")


@pytest.mark.django_db
def test_behind_a_proxy_nobody_is_on_this_machine(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Client().get("/metrics").status_code == 401


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.django_db
def test_machines_that_ask_by_plain_http_are_answered_where_people_are_sent_to_https(
    settings: Any, address: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(address).status_code == 200
    assert Client().get("/login/").status_code == 301


@pytest.mark.django_db
def test_the_figures_of_all_web_processes_add_up(tmp_path: Path) -> None:
    code = """
import django
django.setup()
from django.test import Client
client = Client(SERVER_NAME="127.0.0.1")
client.get("/healthz")
print(client.get("/metrics").content.decode())
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for process in (1, 2):
        details = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        ).stdout
        assert figures(details)["reviewer_request_seconds_count", "200", "healthz"] == process


@pytest.fixture
def nothing_collected(settings: Any, tmp_path: Path) -> None:
    """The product's own static files storage, before anybody has run collectstatic."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "reviewer.web.staticfiles.Storage"}}


@pytest.mark.django_db
@pytest.mark.usefixtures("nothing_collected")
def test_missing_static_files_are_not_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["static files"])


@pytest.mark.django_db
@pytest.mark.usefixtures("nothing_collected")
def test_a_failing_page_is_one_log_record_and_a_page(caplog: pytest.LogCaptureFixture) -> None:
    make_user()  # where nobody exists, the page leads to the first setup
    answer = Client(raise_request_exception=False).get("/login/")
    assert (answer.status_code, "Something went wrong" in answer.content.decode()) == (500, True)
    failures = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [(record.name, bool(record.exc_info)) for record in failures] == [("django.request", True)]


@pytest.mark.django_db
def test_pending_migrations_are_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    health._migrated.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(health, "pending_migrations", lambda: 2)
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["migrations"])
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stopping", "failing", "status"), [(True, {}, 503), (False, {"worker 1": "was killed by SIGKILL"}, 200)]
)
def test_readiness_says_what_the_supervisor_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stopping: bool, failing: dict[str, str], status: int
) -> None:
    state = tmp_path / "processes.json"
    state.write_text(json.dumps({"stopping": stopping, "failing": failing}))
    monkeypatch.setenv("REVIEWER_PROCESSES", str(state))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (status, ["stopping"] if stopping else [])
    assert answer.json().get("failing_processes", {}) == failing
