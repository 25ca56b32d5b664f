"""The options of the database: how it keeps what is committed, and how long a process waits for it.

The settings import this, so it imports no Django apps.
"""

import os
import sqlite3
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
SQLITE_WAL_SAFE = (
    sqlite3.sqlite_version_info >= (3, 51, 3)
    or (3, 50, 7) <= sqlite3.sqlite_version_info < (3, 51)
    or (3, 44, 6) <= sqlite3.sqlite_version_info < (3, 45)
)
# A page waits shorter than a job: whoever asked is told to ask again, and the thread serves the next one.
OF_PAGES = {"DATABASE_WAIT": "2", "STATEMENT_LIMIT": "20", "DATABASE_KEEP": "60"}


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """A database with the options that the environment asks for.

    DATABASE_WAIT: seconds to wait for a connection, a lock or a busy file. STATEMENT_LIMIT: seconds that one statement
    may take; 0 means no limit. DATABASE_KEEP: seconds that a thread keeps its connection to SQLite, because opening one
    costs 2 ms of CPU; with 0 it is closed when the request ends. Raises ImproperlyConfigured for other engines.
    """
    wait = env.float("DATABASE_WAIT", 20.0)
    if database["ENGINE"] in ("django.db.backends.sqlite3", "batches.fair_sqlite3"):
        return database | _sqlite(wait, env.int("DATABASE_KEEP", 0))
    if database["ENGINE"] == "django.db.backends.postgresql":
        return database | _postgresql(database.get("OPTIONS", {}), wait, env.float("STATEMENT_LIMIT", 0.0))
    raise ImproperlyConfigured("DATABASE_URL: only sqlite:/// and postgres:// are supported.")


def _sqlite(wait: float, keep: int) -> dict[str, Any]:
    """A write transaction takes its lock at BEGIN, so it cannot fail half-way with "database is locked". A commit is on
    disk before the page says "saved". WAL is used only if the SQLite library has the WAL-reset fix; otherwise the
    rollback journal is used (batches/checks.py explains why). Kept connections have a smaller cache, because each
    thread has one.
    """
    init_command = (
        f"PRAGMA journal_mode={'WAL' if SQLITE_WAL_SAFE else 'DELETE'};"
        "PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;"
        f"PRAGMA cache_size={-8000 if keep else -20000};"
    )
    options = {"transaction_mode": "IMMEDIATE", "timeout": wait, "init_command": init_command}
    return {"ENGINE": "batches.fair_sqlite3", "CONN_MAX_AGE": keep, "OPTIONS": options}


def _postgresql(own: dict[str, Any], wait: float, limit: float) -> dict[str, Any]:
    """Added to the options of the URL, such as sslmode. The pool reconnects within a second after the server is back,
    and replaces a broken connection before it is used.
    """
    pool: dict[str, Any] = {
        "min_size": 1, "max_size": env.int("DATABASE_POOL", 10), "timeout": wait, "reconnect_timeout": 1.0,
    }  # fmt: skip
    # The server's side of it: a host that vanishes amid a transaction would keep its locks for two hours.
    limits = "-c tcp_user_timeout=5000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    network = {"connect_timeout": 2, "tcp_user_timeout": 5000, "keepalives_idle": 5, "keepalives_interval": 2}
    options = network | own | {"pool": pool}
    if limit:
        from reviewer.web.frozen_database import WatchedConnection  # noqa: PLC0415  (SQLite needs no psycopg)

        pool["connection_class"] = WatchedConnection
        times = {"statement_timeout": limit, "idle_in_transaction_session_timeout": limit, "lock_timeout": wait}
        limits += "".join(f" -c {name}={seconds * 1000:.0f}" for name, seconds in times.items())
        limits += " -c jit=off"  # to compile what a page asks for once takes longer than to answer it: 80 to 90 ms
    options["options"] = f"{own.get('options', '')} {limits}".strip()
    return {"CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def wait_as_pages_do() -> None:
    """Before the settings are loaded: for a process that serves pages. What the environment says stays."""
    for name, value in OF_PAGES.items():
        os.environ.setdefault(name, value)
