"""The console as an operator's desk: what fails on top, jobs repeated and stopped, decisions, ways there and back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import override

from batches.actions import begin_upload, cancel_upload, decide
from batches.admin_base import PAGES, page_of
from batches.models import Batch, BatchStart, Connection, Decision, Link, OddTable, PileRun, RunState, SyncRun
from batches.models.link import BOARD_FILE
from batches.models.role import STAFF_EDIT
from tests.factories import allow, make_batch, make_connection, make_event, make_item, make_link, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture
def connection() -> Connection:
    return make_connection(name="fleet")


def ended(connection: Connection, **fields: Any) -> SyncRun:
    return SyncRun.objects.create(
        batch=make_batch(connection), **{"state": RunState.FAILED, "finished_at": timezone.now(), **fields}
    )


def lines(client: Client) -> dict[str, bool]:
    return {line.text: line.is_bad for line in client.get("/admin/").context["lines"]}


def act(client: Client, model: str, name: str, *keys: int) -> str:
    form = {"action": name, "_selected_action": keys}
    return client.post(f"/admin/batches/{model}/", form, follow=True).content.decode()


def test_what_fails_is_on_top(admin: Client, connection: Connection) -> None:
    ended(connection)
    ended(connection, finished_at=timezone.now() - timedelta(days=2))
    Connection.objects.update(refused_at=timezone.now(), refused_reason="unknown key")
    old = SyncRun.objects.create(batch=make_batch(connection))
    SyncRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=15))
    shown = lines(admin)
    assert [text.replace("\xa0", " ") for text, is_bad in shown.items() if is_bad] == [
        "Key of fleet refused: unknown key", "1 sync run failed in the last 24 hours",
        f"The oldest queued job has waited 15 minutes: sync run {old.pk}",
    ]  # fmt: skip
    assert shown["1 job queued, waiting or running"] is False
    assert any("free in" in text for text in shown)


def test_only_what_one_may_see_is_on_top(client: Client, connection: Connection) -> None:
    ended(connection)
    client.force_login(make_user("clerk", is_staff=True))
    assert lines(client) == {}
    client.force_login(allow(make_user("reader", is_staff=True), "batches.view_syncrun"))
    assert lines(client) == {
        "1 sync run failed in the last 24 hours": True, "0 jobs queued, waiting or running": False,
    }  # fmt: skip


def test_a_failed_job_is_repeated_and_logged(admin: Client, boss: User, connection: Connection) -> None:
    run = ended(connection)
    piles = PileRun.objects.create(batch=run.batch, state=RunState.FAILED, finished_at=timezone.now(), attempts=5)
    assert "Repeated" in act(admin, "syncrun", "retry", run.pk)
    assert SyncRun.objects.get(state=RunState.QUEUED).requested_by == boss
    assert "Repeated" in act(admin, "pilerun", "retry", piles.pk)
    piles.refresh_from_db()
    assert (piles.state, piles.attempts, piles.finished_at) == (RunState.QUEUED, 0, None)
    assert "already queued" not in act(admin, "pilerun", "retry", piles.pk)
    assert LogEntry.objects.filter(user=boss, change_message="Repeated.").count() == 2


def test_a_second_run_of_the_same_is_refused(admin: Client, connection: Connection) -> None:
    batch = make_batch(connection)
    failed = PileRun.objects.create(batch=batch, state=RunState.FAILED, finished_at=timezone.now())
    PileRun.objects.create(batch=batch)
    assert "already queued or running" in act(admin, "pilerun", "retry", failed.pk)
    failed.refresh_from_db()
    assert failed.state == RunState.FAILED


def test_a_call_that_may_have_been_made_is_not_repeated(admin: Client, connection: Connection) -> None:
    sent = {"sent_at": timezone.now(), "idempotency_key": uuid4(), "connection": connection,
            "question": {}, "videos": []}  # fmt: skip
    start = BatchStart.objects.create(state=RunState.INCOMPLETE, finished_at=timezone.now(), **sent)
    assert "check there" in act(admin, "batchstart", "retry", start.pk)
    running = BatchStart.objects.create(state=RunState.RUNNING, claim="x", **sent | {"idempotency_key": uuid4()})
    act(admin, "batchstart", "stop", running.pk)
    running.refresh_from_db()
    assert (running.state, running.claim) == (RunState.INCOMPLETE, "")
    assert "check there" in running.message


def test_a_canceled_file_is_no_failure_and_not_repeated(admin: Client, connection: Connection) -> None:
    run = begin_upload(
        connection=connection, name="drive.mp4", size=100, modified=1, folder=None, scope="user", by=None
    )
    cancel_upload(run=run)
    assert [text for text, is_bad in lines(admin).items() if is_bad] == []
    assert "upload the file again" in act(admin, "videoupload", "retry", run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED


def test_a_running_job_is_stopped(admin: Client, connection: Connection) -> None:
    run = SyncRun.objects.create(batch=make_batch(connection), state=RunState.RUNNING, claim="worker")
    act(admin, "syncrun", "stop", run.pk)
    run.refresh_from_db()
    assert (run.state, run.claim, run.message) == (RunState.FAILED, "", "Stopped by boss.")
    assert "already ended" in act(admin, "syncrun", "stop", run.pk)


def test_who_may_only_look_can_neither_stop_nor_repeat(client: Client, connection: Connection) -> None:
    run = SyncRun.objects.create(batch=make_batch(connection))
    client.force_login(allow(make_user("reader", is_staff=True), "batches.view_syncrun"))
    for name in ("stop", "retry"):
        act(client, "syncrun", name, run.pk)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


@pytest.fixture
def decided(connection: Connection) -> list[Decision]:
    events = [make_event(make_item(make_batch(connection))) for _ in range(2)]
    for number, event in enumerate(events):
        decide(
            event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", idempotency_key=uuid4(),
            by=make_member(connection, "reviewer", f"maya{number}"),
        )  # fmt: skip
    return list(Decision.objects.order_by("-pk"))


def test_decisions_are_found_by_person_batch_and_day(admin: Client, decided: list[Decision]) -> None:
    def listed(query: str) -> list[Decision]:
        return list(admin.get(f"/admin/batches/decision/?{query}").context["cl"].result_list)

    latest, first = decided
    assert listed("") == [latest, first]
    assert listed(f"action__user={first.action.user_id}") == [first]
    assert listed(f"event__batch={latest.event.batch_id}") == [latest]
    assert listed(f"day={timezone.localdate()}") == [latest, first]
    assert listed("day=2020-01-31") == listed("day=yesterday") == listed("action__user=x") == []


@pytest.mark.parametrize("table", ["decision", "action", "membership"])
def test_people_are_shown_with_their_initials(admin: Client, decided: list[Decision], table: str) -> None:
    person = decided[0].action.user
    User.objects.filter(pk=person.pk).update(first_name="Maya", last_name="Ortiz")
    page = admin.get(f"/admin/batches/{table}/").content.decode()
    assert f'<span class="initials" data-initials="MO" dir="auto"></span> <bdi>{person}</bdi>' in page
    assert page.count("/css/components/initials") == 1


def test_a_record_leads_to_its_page_and_to_its_lists(admin: Client, decided: list[Decision]) -> None:
    batch = decided[0].event.batch
    page = admin.get(f"/admin/batches/batch/{batch.pk}/change/").content.decode()
    assert f'href="/batches/{batch.pk}/"' in page
    assert f"/admin/batches/decision/?event__batch={batch.pk}" in page
    for record in (batch, batch.connection, decided[0], decided[0].event, decided[0].action.user, make_link(batch)[0]):
        assert admin.get(page_of(record) or "").status_code == 200
        model = record._meta.label_lower.replace(".", "/")
        assert page_of(record) in admin.get(f"/admin/{model}/{record.pk}/change/").content.decode()


def test_every_list_of_a_record_opens(admin: Client, decided: list[Decision]) -> None:
    event = decided[0].event
    for record in (event.batch, event.batch.connection, event, event.item, decided[0].action, decided[0].action.user):
        model_admin = admin.get(f"/admin/{record._meta.label_lower.replace('.', '/')}/{record.pk}/change/").context
        shown = model_admin["adminform"].model_admin
        links = shown.belonging(shown.get_object(model_admin["request"], str(record.pk)))
        for address in [part.split('"')[0] for part in links.split('href="')[1:]]:
            answer = admin.get(address.replace("&amp;", "&"))
            assert answer.status_code == 200, address
            assert "e=1" not in answer.request["QUERY_STRING"]


def test_no_link_of_the_console_is_refused(client: Client, decided: list[Decision]) -> None:
    """Staff who may only look are offered neither pages of editors nor lists that they may not see."""
    connection = decided[0].event.batch.connection
    make_link(decided[0].event.batch, decided[0].action.user)
    Link.objects.update(batch=None, file=BOARD_FILE)
    viewed = [f"{kind._meta.app_label}.view_{kind._meta.model_name}" for kind in (Connection, User, Link, Batch)]
    reader = allow(make_user("reader", is_staff=True), *viewed)
    client.force_login(reader)
    for record in (connection, decided[0].action.user, decided[0].event.batch, Link.objects.get()):
        kind = record._meta.label_lower.replace(".", "/")
        for address in (f"/admin/{kind}/", f"/admin/{kind}/{record.pk}/change/"):
            page = client.get(address).content.decode()
            offered = [part.split('"')[0].replace("&amp;", "&") for part in page.split('href="/')[1:]]
            for offer in {path for path in offered if not path.startswith("static/") and "logout" not in path}:
                assert client.get(f"/{offer}").status_code in (200, 302), f"{address} offers /{offer}"
    allow(reader, STAFF_EDIT)
    assert page_of(connection) in client.get(f"/admin/batches/connection/{connection.pk}/change/").content.decode()


def test_every_path_of_a_page_exists() -> None:
    class Attributes(dict[str, str]):
        def __missing__(self, name: str) -> Any:
            return type("Comparison", (), {"later_id": 1, "earlier_id": 1}) if name == "comparison" else 1

    for path in PAGES.values():
        assert resolve(path.format_map(Attributes()).split("?")[0]).url_name


def test_a_page_leads_to_its_record(admin: Client, decided: list[Decision]) -> None:
    event = decided[0].event
    assert f"/admin/batches/event/{event.pk}/change/" in admin.get(f"/events/{event.pk}/").content.decode()
    table = OddTable.objects.create(connection=event.batch.connection, idempotency_key=uuid4(), columns=[], videos=[])
    assert f"/admin/batches/oddtable/{table.pk}/change/" in admin.get(f"/odd/{table.pk}/").content.decode()
    assert f"/admin/batches/batch/{event.batch_id}/change/" in admin.get(f"/batches/{event.batch_id}/").content.decode()
    assert 'href="/admin/"' in admin.get("/batches/").content.decode()


def test_nobody_deletes_from_the_logs(admin: Client, boss: User, decided: list[Decision]) -> None:
    clerk = make_user("clerk", is_staff=True)
    LogEntry.objects.create(user=clerk, action_flag=2, object_repr="x", change_message="x")
    for address in (f"auth/user/{clerk.pk}", f"batches/decision/{decided[0].pk}", "admin/logentry/1"):
        assert admin.post(f"/admin/{address}/delete/", {"post": "yes"}).status_code in (302, 403)
    act_form = {"action": "delete_selected", "_selected_action": [clerk.pk], "post": "yes"}
    admin.post("/admin/auth/user/", act_form)
    assert User.objects.filter(pk=clerk.pk).exists()
    assert LogEntry.objects.filter(user=clerk).exists()
    assert Decision.objects.count() == 2


def test_the_number_of_statements_of_a_list_does_not_grow(admin: Client, connection: Connection) -> None:
    def statements() -> int:
        with database.execute_wrapper(count):
            seen.clear()
            assert admin.get("/admin/batches/syncrun/").status_code == 200
        return len(seen)

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    seen: list[str] = []
    ended(connection)
    first = statements()
    for _ in range(5):
        ended(connection)
    assert statements() == first


@pytest.mark.once
def test_the_console_names_our_records_in_the_language_of_its_reader(admin: Client, connection: Connection) -> None:
    make_batch(connection)
    page = admin.get("/admin/", headers={"Accept-Language": "de"}).content.decode()
    assert all(text in page for text in ("Verwaltung des Reviewers", ">Verbindungen<", ">Unlesbare Datensätze<"))
    assert (
        "Verbindung ändern"
        in admin.get(
            f"/admin/batches/connection/{connection.pk}/change/", headers={"Accept-Language": "de"}
        ).content.decode()
    )
    assert ">Batches<" in admin.get("/admin/").content.decode()


@pytest.mark.once
def test_names_in_another_language_reach_no_migration_and_no_permission(db: None) -> None:
    with override("de"):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
        assert str(Connection._meta.verbose_name) == "Verbindung" != Connection._meta.verbose_name_raw
    assert Permission.objects.get(codename="change_quarantined").name == "Can change unreadable record"
