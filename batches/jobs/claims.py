"""Claims of runs: one worker holds a run at a time and proves it in every transaction; dead workers lose their claims."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

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
        """Prove that this worker still holds the run, and store `changes`. First statement of each transaction of a run."""
        claimed = self.model._default_manager.filter(pk=self.run_id, claim=self.claim, state=RunState.RUNNING)
        if not claimed.update(heartbeat_at=timezone.now(), **changes):
            raise ClaimLost(f"{self.model.__name__} {self.run_id} is held by another worker now")

    def end(self, state: RunState, message: str = "", **changes: Any) -> None:
        """End the run with a final state and message."""
        self.assert_claim(state=state, message=message, finished_at=timezone.now(), claim="", **changes)

    def put_off(self, error: VendorUnavailable, **changes: Any) -> None:
        """Let the run wait for its next turn. After too many turns without progress the run fails."""
        attempts = self.model._default_manager.values_list("attempts", flat=True).get(pk=self.run_id)
        if attempts >= MAX_ATTEMPTS:
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
    if not _owner_is_dead(run.claim):
        abandoned &= Q(heartbeat_at__lt=now - STALE)
    new_claim = f"{socket.gethostname()[:18]}:{os.getpid()}:{uuid4().hex[:8]}"
    updated = model._default_manager.filter(free | abandoned, pk=run_id, attempts__lt=MAX_ATTEMPTS).update(
        state=RunState.RUNNING, claim=new_claim, attempts=F("attempts") + 1, heartbeat_at=now, retry_at=None,
        started_at=Coalesce("started_at", now),
    )  # fmt: skip
    return ClaimedRun(model, run_id, new_claim, run.batch_id) if updated else None


def _owner_is_dead(owner: str) -> bool:
    """Whether the process of a claim ran on this host and has ended. An unknown process counts as alive."""
    host, _, process = owner.partition(":")
    if host != socket.gethostname()[:18]:
        return False
    try:
        os.kill(int(process.partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def next_try(attempts: int, retry_after: float | None) -> datetime:
    """When to try again: after the vendor's wait, else after 30 s, doubled with every try."""
    if retry_after:
        return timezone.now() + min(timedelta(seconds=min(retry_after, 1e9)), MAX_WAIT)
    return timezone.now() + min(timedelta(seconds=30 * 2 ** max(attempts - 1, 0)), MAX_BACKOFF)
