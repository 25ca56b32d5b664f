"""How many threads of a process wait for others' servers at once.

A vendor or a media host that does not answer would else hold every thread of a web process, and stop its pages.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Condition

from django.conf import settings

BRIEF = 1.0  # seconds that a request waits for a slot


class Slots:
    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()
        self._changed = Condition()

    @contextmanager
    def taken(self, server: Hashable, *, patience: float) -> Iterator[bool]:
        """Hold a slot for this server. False, without a slot, if none becomes free in `patience` seconds."""
        with self._changed:
            if has_slot := self._changed.wait_for(lambda: self._is_free(server), patience):
                self._taken[server] += 1
        try:
            yield has_slot
        finally:
            if has_slot:
                self._give_back(server)

    def _is_free(self, server: Hashable) -> bool:
        """One server leaves a slot to the others."""
        total: int = settings.CALLS_AT_ONCE
        return self._taken.total() < total and self._taken[server] < max(1, total - 1)

    def _give_back(self, server: Hashable) -> None:
        with self._changed:
            self._taken[server] -= 1
            self._taken += Counter()  # forgets the servers without a call
            self._changed.notify_all()


SLOTS = Slots()
