"""A connection to PostgreSQL that notices when the server is frozen: it takes what is sent and never answers.

Neither the network's nor the server's own limits end such a wait: the kernel acknowledges every packet, and a frozen
server counts no time. A slow statement looks the same, so whoever waits for long asks whether the server still takes
new connections; if it does, the statement is waited for. If it does not, nobody asks again until a statement is
answered: for one request the pool looks at several connections, and would wait for each as long as for the first.
"""

import time
from collections.abc import Generator
from threading import Lock
from typing import Any

import psycopg
from psycopg.waiting import Ready

ASK_AFTER = 0.5  # seconds without an answer, and between two questions
TRUST = 0.5  # seconds that its answer counts for all threads of the process
LONGEST = 60.0  # seconds for one statement, above its own limit: a single frozen backend

_lock = Lock()
_last = (0.0, True)  # when the server was last asked, and whether it answered


class WatchedConnection(psycopg.Connection[Any]):
    def rollback(self) -> None:
        """On a closed connection there is nothing to roll back. Told of an error, Django would wait for another one."""
        if not self.closed:
            super().rollback()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: Any) -> Generator[Any, int, Any]:
        """The same steps; ends with an error once the server is frozen. Closes the connection then."""
        begun = time.monotonic()
        next_question = begun + ASK_AFTER
        try:
            state = next(gen)
            while True:
                ready = yield state
                now = time.monotonic()
                if not ready and now >= next_question:
                    if now - begun > LONGEST or not _server_answers(self):
                        self.close()
                        raise psycopg.OperationalError("The database does not answer.")
                    next_question = time.monotonic() + ASK_AFTER
                if ready & Ready.R:
                    _heard()
                state = gen.send(ready)
        except StopIteration as stop:
            return stop.value


def _server_answers(connection: psycopg.Connection[Any]) -> bool:
    """Whether a new connection is taken or refused in time. One thread asks, the others wait for its answer."""
    global _last
    with _lock:
        asked_at, answered = _last
        if not answered or time.monotonic() - asked_at < TRUST:
            return answered
        try:
            psycopg.connect(connection.info.dsn, password=connection.info.password, connect_timeout=2).close()
        except psycopg.errors.ConnectionTimeout:
            answered = False
        except psycopg.OperationalError:
            answered = True  # refused: the server is there, or its connections will be reset
        else:
            answered = True
        _last = (time.monotonic(), answered)
        return answered


def _heard() -> None:
    global _last
    if not _last[1]:
        _last = (time.monotonic(), True)
