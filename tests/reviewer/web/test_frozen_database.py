"""PostgreSQL and a client that no longer hear each other: neither waits for long."""

import os
import signal
import threading
import time

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool, PoolTimeout

from reviewer.web import frozen_database
from reviewer.web.database_options import with_options
from reviewer.web.frozen_database import WatchedConnection
from tests.killing.relay import Relay

pytestmark = pytest.mark.django_db


@pytest.mark.case("K05")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="about a server")
def test_a_single_frozen_process_of_the_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_database, "LONGEST", 1.0)
    server = connection.settings_dict
    watched = WatchedConnection.connect(
        dbname=server["NAME"], user=server["USER"], host=server["HOST"], port=server["PORT"], autocommit=True
    )
    process = watched.info.backend_pid
    os.kill(process, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="does not answer"):
            watched.execute("SELECT 1")
        assert time.monotonic() - began < 8
        assert watched.closed
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.mark.case("K05")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="about a server")
def test_the_server_gives_up_a_client_that_vanished_amid_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks would else keep everybody from the same rows for as long as TCP waits: two hours."""
    names = ("tcp_keepalives_idle", "tcp_user_timeout", "idle_in_transaction_session_timeout", "jit")
    row = f"SELECT {', '.join(f"current_setting('{name}')" for name in names)}"

    def limits() -> tuple[str, ...]:
        server = connection.settings_dict
        asked = with_options({"ENGINE": server["ENGINE"]})["OPTIONS"]["options"]
        address = {"dbname": server["NAME"], "user": server["USER"], "host": server["HOST"], "port": server["PORT"]}
        with psycopg.connect(options=asked, **address) as made:
            return made.execute(row).fetchone() or ()

    assert limits()[:3] == ("5", "5000", "0")
    monkeypatch.setenv("STATEMENT_LIMIT", "20")
    assert limits() == ("5", "5000", "20s", "off"), "a page's transaction never waits for anybody"


@pytest.mark.case("K05")
@pytest.mark.skipif(connection.vendor == "sqlite", reason="about a server")
def test_a_request_waits_once_for_a_silent_server_however_many_connections_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one begins while the first asks; its answer tells both that the pool's other connections are dead."""
    monkeypatch.setenv("STATEMENT_LIMIT", "20")
    monkeypatch.setenv("DATABASE_WAIT", "2")
    monkeypatch.setattr(frozen_database, "_last", (0.0, True))
    server = connection.settings_dict
    options = with_options({"ENGINE": server["ENGINE"]})["OPTIONS"]["pool"] | {"min_size": 4}
    waited: list[float] = []

    def asks(after: float) -> None:
        time.sleep(after)
        began = time.monotonic()
        with pytest.raises(PoolTimeout):
            pool.getconn()
        waited.append(time.monotonic() - began)

    with Relay(server["HOST"], int(server["PORT"])) as relay:
        address = {"dbname": server["NAME"], "user": server["USER"], "host": "127.0.0.1", "port": relay.port}
        with ConnectionPool(kwargs=address, check=ConnectionPool.check_connection, open=True, **options) as pool:
            pool.wait()
            relay.freeze()
            people = [threading.Thread(target=asks, args=(after,), daemon=True) for after in (0.0, 1.0)]
            for person in people:
                person.start()
            for person in people:
                person.join()
            relay.thaw()
    assert len(waited) == 2
    assert max(waited) < 3
