"""Python's garbage collector while many records are read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

RARE_COLLECTIONS = 100_000, 20, 20  # objects of a few chunks

_counting = Lock()
_asking = 0  # blocks of this process that are in it
_usual = gc.get_threshold()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage seldom: records are many and refer to nothing, so looking through them finds none."""
    global _asking, _usual
    with _counting:
        if not _asking:
            _usual = gc.get_threshold()
            gc.set_threshold(*RARE_COLLECTIONS)
        _asking += 1
    try:
        yield
    finally:
        with _counting:
            _asking -= 1
            if not _asking:
                gc.set_threshold(*_usual)
