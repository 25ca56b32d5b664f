"""Which queue a TASKS_URL means, and what a queue must hold whatever it is."""

import os
import subprocess
import sys
from importlib import util

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.tasks.exceptions import InvalidTask

from batches.engines import engine_of, fire_and_forget
from tests.killing.own_database import environment, own_database

MANAGE = [sys.executable, "manage.py"]


@pytest.mark.parametrize(
    ("url", "backend", "apps"),
    [
        ("", "django_tasks_db.DatabaseBackend", ("django_tasks_db",)),
        ("procrastinate://", "batches.engines.procrastinate.ProcrastinateBackend", ("procrastinate.contrib.django",)),
        ("amqp://me:pw@rabbit:5672/reviewer", "batches.engines.celery.CeleryBackend", ()),
        ("amqps://rabbit/", "batches.engines.celery.CeleryBackend", ()),
    ],
)
def test_the_address_names_the_queue(url: str, backend: str, apps: tuple[str, ...]) -> None:
    engine = engine_of(url, postgresql=True)
    assert (engine.backend, engine.apps) == (backend, apps)


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@cache", "amqp", "postgres://me:hunter2@db", "sqs://", "procrastinate"]
)
def test_engine_of_refuses_other_urls_without_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        engine_of(url, postgresql=True)
    assert str(refusal.value) == (
        "TASKS_URL: unknown kind of queue. Valid: empty (the queue in our own database), procrastinate:// or "
        "amqp://USER:PASSWORD@HOST:PORT/VHOST."
    )


def test_procrastinate_needs_postgresql() -> None:
    with pytest.raises(ImproperlyConfigured, match="needs PostgreSQL, and DATABASE_URL is SQLite"):
        engine_of("procrastinate://", postgresql=False)


def test_procrastinate_takes_no_address_of_its_own() -> None:
    with pytest.raises(ImproperlyConfigured, match="takes no address"):
        engine_of("procrastinate://me:pw@db/jobs", postgresql=True)


@pytest.mark.parametrize(("url", "package"), [("procrastinate://", "procrastinate"), ("amqp://rabbit", "celery")])
def test_a_queue_whose_package_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch, url: str, package: str) -> None:
    monkeypatch.setattr("batches.engines.find_spec", lambda name: None if name == package else util.find_spec(name))
    with pytest.raises(
        ImproperlyConfigured, match=f"the package {package} is missing; it comes with the extra `scale`"
    ):
        engine_of(url, postgresql=True)


@pytest.mark.parametrize("path", ["os.getcwd", "batches.tasks.sweep"])
def test_a_message_can_call_nothing_but_a_task(path: str) -> None:
    with pytest.raises(InvalidTask, match=f"{path} is not a task"):
        fire_and_forget.perform(path, [], {})


def shell(database_url: str, tasks_url: str, code: str) -> str:
    env = environment(database_url, TASKS_URL=tasks_url)
    argv = [*MANAGE, "shell", "--no-imports", "-c", code]
    result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_broker_that_is_away_costs_the_bell_and_not_the_run() -> None:
    code = """
from batches.actions import request_sync
from batches.models import SyncRun
from tests.factories import make_batch
request_sync(batch_id=make_batch().pk, by=None)
print(SyncRun.objects.get().state)
"""
    with own_database(migrated=True) as url:
        assert shell(url, "amqp://127.0.0.1:1", code) == "queued\n"


def test_a_child_of_celery_shares_no_connection_with_its_parent() -> None:
    code = """
from django.core.management import execute_from_command_line
from psutil import Process
from batches.engines.celery import app
app.worker_main = lambda argv: print(Process().net_connections("tcp"))  # here Celery makes its child
execute_from_command_line(["manage.py", "worker"])
"""
    with own_database(migrated=True) as url:
        assert shell(url, "amqp://127.0.0.1:1", code) == "[]\n"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="Procrastinate needs PostgreSQL")
def test_what_is_rolled_back_was_never_enqueued() -> None:
    code = """
from django.db import connection, transaction
from batches.tasks import run_sync
with transaction.atomic():
    run_sync.enqueue(1)
    transaction.set_rollback(True)
with transaction.atomic():
    run_sync.enqueue(2)
with connection.cursor() as cursor:
    cursor.execute("SELECT status, args ->> 'args' FROM procrastinate_jobs")
    print(cursor.fetchall())
"""
    with own_database(migrated=True, tasks_url="procrastinate://") as url:
        assert shell(url, "procrastinate://", code) == "[('todo', '[2]')]\n"


def test_settings_refuse_procrastinate_on_sqlite() -> None:
    env = os.environ | {"TASKS_URL": "procrastinate://", "DATABASE_URL": "sqlite:///:memory:"}
    env["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    result = subprocess.run([*MANAGE, "check"], env=env, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert (
        result.stderr.splitlines()[-1]
        == "django.core.exceptions.ImproperlyConfigured: TASKS_URL: procrastinate:// needs PostgreSQL, and DATABASE_URL"
        " is SQLite."
    )
