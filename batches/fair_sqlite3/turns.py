"""Turns at the one write lock of a SQLite file, among the threads and processes of this machine.

SQLite lets writers try again after ever longer pauses: whoever has waited longest tries least often, and 8 writers make
one of them wait for seconds. With turns, they wait for about as long as those before them take. The file stays correct
without them; whoever writes to it with another program only waits as SQLite lets it wait.
"""

import fcntl
import os
import time
from threading import Lock

PAUSE = 0.0005  # seconds between two tries to get the turn from another process


class Turns:
    """Of one file, in this process."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.among_threads = Lock()
        self.file: int | None = None  # kept open while the process lives

    def take(self, timeout: float) -> bool:
        """Whether it is this thread's turn after at most so many seconds. `give_back` ends it."""
        ending = time.monotonic() + timeout
        if not self.among_threads.acquire(timeout=timeout):
            return False
        try:
            if self._is_ours(ending):
                return True
        except BaseException:
            self.among_threads.release()
            raise
        self.among_threads.release()
        return False

    def give_back(self) -> None:
        if self.file is not None:
            fcntl.flock(self.file, fcntl.LOCK_UN)
        self.among_threads.release()

    def _is_ours(self, ending: float) -> bool:
        """Whether no other process has the turn; also where no file can be made, and SQLite alone decides."""
        if self.file is None:
            try:
                self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                return True
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > ending:
                    return False
                time.sleep(PAUSE)
            else:
                return True


_BY_PATH: dict[str, Turns] = {}
# An open file is locked for all processes that inherited it.
os.register_at_fork(after_in_child=_BY_PATH.clear)


def turns_at(path: str) -> Turns:
    return _BY_PATH.setdefault(path, Turns(path))
