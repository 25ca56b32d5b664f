"""A database of its own for tests whose processes are killed: the test database lives in a transaction or in memory."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from django.conf import settings


@contextmanager
def own_database() -> Iterator[str]:
    """The DATABASE_URL of an empty, migrated-by-nobody database of the engine this run uses."""
    server = settings.DATABASES["default"]
    if server["ENGINE"].endswith("sqlite3"):
        with tempfile.TemporaryDirectory(prefix="reviewer-kill-") as folder:
            yield f"sqlite:///{Path(folder) / 'kill.sqlite3'}"
        return
    name = f"kill_{uuid4().hex[:12]}"
    url = f"postgres://{server['USER']}@{server['HOST']}:{server['PORT']}"
    with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Of a process that works on that database with the test settings."""
    return os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"} | more
