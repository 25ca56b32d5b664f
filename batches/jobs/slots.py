"""Slots for jobs that mostly wait for a vendor: they run in threads of a worker, beside its other jobs.

An upload, a search or a structured ODD lasts as long as the vendor needs. Each kind has its own slots in every worker,
so none keeps syncs waiting, nor another kind. The process that runs the jobs provides them: `worker`, or the child that
its queue makes (batches/engines). A worker that is stopped waits for them, as for its other jobs. A killed one loses
them: the sweep enqueues them again.
"""

import logging
from collections.abc import Callable
from threading import Semaphore, Thread

from django.db import connections

logger = logging.getLogger(__name__)

SLOTS = 2  # of each kind, in every worker
KINDS = ("odd", "search", "upload")


class Slots:
    """Without `provide`, in a process that is no worker, a job runs at once."""

    def __init__(self) -> None:
        self._free: dict[str, Semaphore] = {}

    def provide(self) -> None:
        self._free = {kind: Semaphore(SLOTS) for kind in KINDS}

    def finish(self) -> None:
        """Wait for the jobs in all slots, and take no more.

        Without it Python would wait for their calls to the vendor at its end, and lose the answers.
        """
        for free in self._free.values():
            for _ in range(SLOTS):
                free.acquire()

    def run(self, kind: str, job: Callable[[], object], then: Callable[[], None]) -> bool:
        """Run `job` in a free slot of this kind, and `then` once the slot is free again.

        Returns False if all slots are taken.
        """
        if not self._free:
            job()
            then()
            return True
        slot = self._free[kind]
        if not slot.acquire(blocking=False):
            return False
        Thread(target=_occupy, args=(slot, job, then), name=kind, daemon=True).start()
        return True


def _occupy(slot: Semaphore, job: Callable[[], object], then: Callable[[], None]) -> None:
    try:
        try:
            job()
        finally:
            slot.release()
        then()
    except Exception:
        logger.exception("a job failed; its run is enqueued again")
    finally:
        connections.close_all()


slots = Slots()
