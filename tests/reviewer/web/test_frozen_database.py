"""One process of PostgreSQL that is frozen while the server goes on."""

import os
import signal
import time

import psycopg
import pytest
from django.db import connection

from reviewer.web import frozen_database
from reviewer.web.frozen_database import WatchedConnection

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
        assert time.monotonic() - began < 4
        assert watched.closed
    finally:
        os.kill(process, signal.SIGCONT)
