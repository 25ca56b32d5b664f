"""Claims of runs: one worker holds a run at a time and proves it in every transaction; dead workers lose their
claims.
"""

import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from batches.errors import VendorUnavailable
from batches.models.run import Run, RunState

STALE = timedelta(seconds=settings.RUN_STALE_SECONDS)  # an older heartbeat means that the worker is dead
HEARTBEAT = STALE / 6
MAX_ATTEMPTS = 5  # claims without progress; after that, the run itself probably kills its worker
MAX_BACKOFF = timedelta(hours=1)
MAX_WAIT = timedelta(days=7)  # even if a vendor asks for a longer wait
_numbers = count(1)


class ClaimLost(Exception):
    """This worker no longer holds the run: another worker does, or the run has ended."""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run and the claim by which this worker holds it."""

    model: type[Run]
    run_id: int
    claim: str
    batch_id: int

    def assert_claim(self, **changes: Any) -> None:
        """Prove that this worker still holds the run, and store `changes`.

        First statement of each transaction of a run.
        """
        claimed = self.model._default_manager.filter(pk=self.run_id, claim=self.claim, state=RunState.RUNNING)
        if not claimed.update(heartbeat_at=timezone.now(), **changes):
            raise ClaimLost(f"{self.model.__name__} {self.run_id} is held by another worker now")

    def wait_for[T](self, future: Future[T]) -> T:
        """The result of a call in flight; the run's heart beats meanwhile."""
        while True:
            try:
                return future.result(timeout=HEARTBEAT.total_seconds())
            except StillWorking:
                if future.done():
                    raise  # raised by the call itself, not by our waiting for it
                self.assert_claim()

    def call[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call that may take longer than a worker may be silent; the run's heart beats meanwhile.

        If another worker takes the run over, the result still comes: what a vendor has begun must not be lost.
        """
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(function, *args, **kwargs)
            try:
                return self.wait_for(future)
            except ClaimLost:
                return future.result()

    def end(self, state: RunState, message: str = "", **changes: Any) -> None:
        """End the run with a final state and message."""
        self.assert_claim(state=state, message=message, finished_at=timezone.now(), claim="", **changes)

    def put_off(self, error: VendorUnavailable, **changes: Any) -> None:
        """Let the run wait for its next turn. After too many turns without progress the run fails.

        A turn that fell into a pause of the vendor does not count.
        """
        if not error.tried:
            changes["attempts"] = F("attempts") - 1
        attempts = self.model._default_manager.values_list("attempts", flat=True).get(pk=self.run_id)
        if error.tried and attempts >= MAX_ATTEMPTS:
            self.end(RunState.FAILED, f"Given up after {attempts} tries without progress. {error}", **changes)
        else:
            when = next_try(attempts, error.retry_after)
            self.assert_claim(state=RunState.WAITING, retry_at=when, message=str(error), claim="", **changes)


def claim(model: type[Run], run_id: int) -> ClaimedRun | None:
    """Claim a run for this worker. Returns None if it has ended, is not due yet, or a living worker holds it."""
    run = model._default_manager.filter(pk=run_id).first()
    if run is None:
        return None
    now = timezone.now()
    free = Q(state=RunState.QUEUED) | Q(state=RunState.WAITING, retry_at__lte=now)
    abandoned = Q(state=RunState.RUNNING, claim=run.claim)
    if not owner_is_dead(run.claim):
        abandoned &= Q(heartbeat_at__lt=now - STALE)
    made = new_claim()
    updated = model._default_manager.filter(free | abandoned, pk=run_id, attempts__lt=MAX_ATTEMPTS).update(
        state=RunState.RUNNING, claim=made, attempts=F("attempts") + 1, heartbeat_at=now, retry_at=None,
        started_at=Coalesce("started_at", now),
    )  # fmt: skip
    return ClaimedRun(model, run_id, made, run.batch_id) if updated else None


def new_claim() -> str:
    """A claim that nobody else ever makes: host, process, when that process began, and a number."""
    return f"{_host()}:{os.getpid()}:{_began(os.getpid()) or 0:x}:{next(_numbers):x}"


def owner_is_dead(claim: str) -> bool:
    """Whether the process of a claim ran on this host and has ended. A process of another host counts as alive."""
    parts = claim.split(":")
    if len(parts) != 4 or parts[0] != _host():
        return False
    began = _began(int(parts[1]))
    return began is None or began != int(parts[2], 16)  # a number is given again, to another process


@cache
def _host() -> str:
    """Of this machine or container since it started: names alone repeat, and so do the numbers of processes."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        return _digest(f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}")
    return _digest(f"{socket.gethostname()} {uuid.getnode()}")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _began(pid: int) -> int | None:
    """When a process of this host began, in ticks (0 where the system does not say); None if there is none."""
    try:
        os.kill(pid, 0)
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except ProcessLookupError:
        return None
    except (OSError, ValueError):
        return 0


def next_try(attempts: int, retry_after: float | None) -> datetime:
    """When to try again: after the vendor's wait, else after 30 s, doubled with every try."""
    if retry_after:
        return timezone.now() + min(timedelta(seconds=min(retry_after, 1e9)), MAX_WAIT)
    return timezone.now() + min(timedelta(seconds=30 * 2 ** max(attempts - 1, 0)), MAX_BACKOFF)
