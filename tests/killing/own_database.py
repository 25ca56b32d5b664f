"""A database of its own for tests whose processes are killed: the test database lives in a transaction or in memory."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from django.conf import settings

from tests.killing import prepared


@contextmanager
def own_database(*, migrated: bool = False, tasks_url: str = "") -> Iterator[str]:
    """The DATABASE_URL of an empty database of the engine this run uses; without any table unless `migrated`, then also
    with those of the queue at `tasks_url`.
    """
    source = _migrated("procrastinate://" if tasks_url.startswith("procrastinate") else "") if migrated else ""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        with tempfile.TemporaryDirectory(prefix="reviewer-kill-") as folder:
            path = Path(folder) / "kill.sqlite3"
            if source:
                shutil.copyfile(source, path)
            yield f"sqlite:///{path}"
        return
    name = f"kill_{uuid4().hex[:12]}"
    _admin(f"CREATE DATABASE {name}" + (f" TEMPLATE {source}" if source else ""))
    try:
        yield f"{_server()}/{name}"
    finally:
        _admin(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _migrated(tasks_url: str) -> str:
    """A database with all tables to copy from, made once: migrating takes longer than most of what is killed."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        folder = tempfile.mkdtemp(prefix="reviewer-kill-")
        atexit.register(shutil.rmtree, folder)
        path = Path(folder) / "template.sqlite3"
        _migrate(f"sqlite:///{path}", tasks_url)
        return str(path)
    name = f"kill_template_{os.getpid()}_{tasks_url.removesuffix('://')}"
    # A queue's tables are added to those that are there already.
    _admin(f"CREATE DATABASE {name}" + (f" TEMPLATE {_migrated('')}" if tasks_url else ""))
    atexit.register(_admin, f"DROP DATABASE {name} WITH (FORCE)")
    _migrate(f"{_server()}/{name}", tasks_url)
    return name


def _migrate(url: str, tasks_url: str) -> None:
    argv = ["migrate", "--verbosity", "0"]
    if tasks_url:  # other apps than those that prepared processes have loaded
        subprocess.run([sys.executable, "manage.py", *argv], env=environment(url, TASKS_URL=tasks_url), check=True)
        return
    code, text = prepared.run(environment(url), *argv)
    assert code == 0, text


def _server() -> str:
    server = settings.DATABASES["default"]
    return f"postgres://{server['USER']}@{server['HOST']}:{server['PORT']}"


def _admin(statement: str) -> None:
    with psycopg.connect(f"{_server()}/postgres", autocommit=True) as admin:
        admin.execute(statement)


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Of a process that works on that database with the test settings."""
    return os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"} | more
