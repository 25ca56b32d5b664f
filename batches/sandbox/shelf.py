"""Batches of a vendor as one running server has changed them, and the key check that two vendors share."""

import copy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from batches.sandbox.wire import Request
from batches.sandbox.world import Account, Json


class Shelf:
    """Thread-safe: what is edited is a private copy, so the world it came from stays as it is."""

    def __init__(self, batches: Mapping[str, Json]) -> None:
        self._batches = dict(batches)
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._batches))

    def get(self, batch_id: str) -> Json | None:
        return self._batches.get(batch_id)

    @contextmanager
    def edit(self, batch_id: str) -> Iterator[Json]:
        """The batch as a dict to change freely; others see the change as a whole."""
        with self._lock:
            changed = copy.deepcopy(self._batches.get(batch_id, {}))
            yield changed
            self._batches[batch_id] = changed

    def delete(self, batch_id: str) -> None:
        """From now on the batch is unknown."""
        with self._lock:
            del self._batches[batch_id]


def account_of(request: Request, accounts: Mapping[str, Account]) -> Account | None:
    """Whose key the header `X-Api-Key` holds."""
    return accounts.get(request.headers.get("X-Api-Key", ""))
