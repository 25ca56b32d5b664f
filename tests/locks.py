"""Waits until other transactions wait: only then does a test of what happens at the same moment prove anything."""

import time

from django.db import connection


def wait_for_locks(count: int) -> None:
    """Until so many other transactions wait for a lock."""
    until = time.monotonic() + 10
    with connection.cursor() as cursor:
        waiting = 0
        while waiting < count:
            assert time.monotonic() < until
            cursor.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database()"
            )
            (waiting,) = cursor.fetchone()
