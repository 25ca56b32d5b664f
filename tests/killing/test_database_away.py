"""A real web server whose database goes away: 503 with Retry-After at once, and work goes on when it is back."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import psycopg
import pytest
import requests
from django.conf import settings

from tests.killing.own_database import environment, own_database
from tests.killing.relay import Relay
from tests.killing.web import SEED, shell, until, web

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="about files")
postgres_only = pytest.mark.skipif(ON_SQLITE, reason="about a server")
SECONDS = 6.0


class Site:
    """A web server, a person who is signed in, and one event to decide."""

    def __init__(self, url: str, server: psutil.Process, rows: list[list[str]]) -> None:
        self.url, self.server, self.version = url, server, 1
        self.http = requests.Session()
        self.http.trust_env = False
        session = next(row[1] for row in rows if row[0] == "session")
        self.http.cookies.update({"sessionid": session, "csrftoken": "c" * 32})
        self.http.headers["X-CSRFToken"] = "c" * 32
        _, self.event, self.fingerprint = next(row for row in rows if row[0] == "event")

    def page(self, path: str = "/batches/", **headers: str) -> requests.Response:
        return self.http.get(self.url + path, headers=headers, timeout=10)

    def decide(self, version: int) -> requests.Response:
        approval = "approved" if version % 2 else "rejected"
        body = {"key": str(uuid4()), "version": version, "fingerprint": self.fingerprint, "approval": approval}
        headers = {"Accept": "application/json"}
        return self.http.post(f"{self.url}/events/{self.event}/decide/", data=body, headers=headers, timeout=10)

    def answers_503(self) -> None:
        """A page, the API, a verdict and the readiness answer 503 in time, each in the form that was asked for."""
        page = self.page(Accept="text/html")
        api = self.page("/api/v1/batches/", Accept="application/json")
        verdict, ready = self.decide(1), self.page("/readyz")
        for answer in (page, api, verdict):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert answer.elapsed.total_seconds() < SECONDS
        assert "Not available at the moment" in page.text
        assert "cannot be used" in api.json()["detail"]
        assert "cannot be used" in verdict.json()["error"]
        assert (ready.status_code, ready.json()["wrong"]) == (503, ["database"])
        assert ready.elapsed.total_seconds() < SECONDS
        assert self.page("/healthz").status_code == 200

    def shows_pages_again(self, within: float = 6) -> None:
        deadline = time.monotonic() + within
        while self.page().status_code != 200:
            assert time.monotonic() < deadline, "pages still fail"
            time.sleep(0.1)

    def works_again(self) -> None:
        self.shows_pages_again()
        assert self.decide(self.version).json()["saved"]
        self.version += 1

    def refuses_verdicts(self) -> None:
        verdict = self.decide(self.version)
        assert (verdict.status_code, verdict.headers["Retry-After"]) == (503, "2")


@contextmanager
def site(database: str, seeded: str = "") -> Iterator[Site]:
    rows = shell(environment(seeded or database), SEED.format(count=1))
    with web(environment(database, DATABASE_WAIT="1")) as (url, server):
        yield Site(url, server, rows)


@postgres_only
@pytest.mark.case("K05")
def test_pages_answer_503_while_postgresql_cannot_work() -> None:
    with own_database(migrated=True) as database, psycopg.connect(database, autocommit=True) as admin:
        parts = urlsplit(database)
        role = f"limited_{uuid4().hex[:8]}"
        admin.execute(f"CREATE ROLE {role} LOGIN")
        admin.execute(f"GRANT pg_read_all_data, pg_write_all_data TO {role}")
        try:
            with Relay("127.0.0.1", int(parts.port or 0)) as relay:
                through = parts._replace(netloc=f"{role}@127.0.0.1:{relay.port}").geturl()
                with site(through, seeded=database) as made:
                    freezes(made, relay)
                    freezes_amid_a_verdict(made, relay, admin)
                    goes_away(made, relay)
                    has_no_connections(made, admin, role)
                    is_read_only(made, admin, parts.path[1:], role)
        finally:
            admin.execute(f"DROP OWNED BY {role}")
            admin.execute(f"DROP ROLE {role}")


def freezes(made: Site, relay: Relay) -> None:
    """A statement on an open connection that nobody answers; a slow one that is answered is waited for."""
    assert made.page().status_code == 200
    relay.freeze()
    made.answers_503()
    relay.thaw()
    made.works_again()


def freezes_amid_a_verdict(made: Site, relay: Relay, admin: psycopg.Connection[Any]) -> None:
    """Its transaction ends without waiting for another connection, which nobody would answer either."""
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
    with ThreadPoolExecutor() as other, admin.transaction():
        admin.execute("SELECT 1 FROM batches_event FOR UPDATE")
        verdict = other.submit(made.decide, made.version)
        until(lambda: admin.execute(waiting).fetchone(), "the verdict has begun")
        relay.freeze()
        began = time.monotonic()
        assert verdict.result().status_code == 503
        assert time.monotonic() - began < 4
    relay.thaw()
    made.works_again()


def goes_away(made: Site, relay: Relay) -> None:
    assert made.page().status_code == 200
    relay.down()
    made.answers_503()
    relay.silent()
    made.answers_503()
    relay.down()
    relay.up()
    made.works_again()


def end_connections(admin: psycopg.Connection[Any], role: str) -> None:
    admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")


def has_no_connections(made: Site, admin: psycopg.Connection[Any], role: str) -> None:
    admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
    end_connections(admin, role)
    made.answers_503()
    admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")
    made.works_again()


def is_read_only(made: Site, admin: psycopg.Connection[Any], name: str, role: str) -> None:
    for value in ("on", "off"):
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
        end_connections(admin, role)
        if value == "on":
            made.shows_pages_again()
            assert "nothing can be saved" in made.page("/events/review/").text
            ready = made.page("/readyz").json()
            assert (ready["ready"], ready["read_only"]) == (True, True)
            made.refuses_verdicts()
    made.works_again()


@sqlite_only
@pytest.mark.case("K05")
def test_pages_answer_503_while_sqlite_cannot_work() -> None:
    with own_database(migrated=True) as database, site(database) as made:
        path = database.removeprefix("sqlite:///")
        is_locked(made, path)
        is_gone(made, os.path.dirname(path))
        is_full(made)


def is_locked(made: Site, path: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        made.answers_503()
        other.execute("ROLLBACK")
    made.works_again()


def is_gone(made: Site, folder: str) -> None:
    """A kept connection reads on in the file that it has open, and writes nothing while that file is elsewhere."""
    os.rename(folder, f"{folder}-away")
    try:
        made.refuses_verdicts()
    finally:
        os.rename(f"{folder}-away", folder)
    made.works_again()


def is_full(made: Site) -> None:
    processes = [made.server, *made.server.children()]
    limits = [process.rlimit(psutil.RLIMIT_FSIZE) for process in processes]
    for process, (_, hard) in zip(processes, limits, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, (512, hard))
    made.refuses_verdicts()
    assert made.page().status_code == 200
    for process, limit in zip(processes, limits, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, limit)
    made.works_again()
