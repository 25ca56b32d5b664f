"""Holding a run: one worker at a time, proven in every transaction, given up and taken over without anybody's help."""

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

STALE = timedelta(seconds=settings.RUN_STALE_SECONDS)  # a heartbeat older than this: the worker is gone
HEARTBEAT = STALE / 6
MAX_ATTEMPTS = 5  # claims without a step of progress; then something kills the worker each time
MAX_BACKOFF = timedelta(hours=1)
MAX_WAIT = timedelta(days=7)  # a vendor that asks for more is asked again after this


class ClaimLost(Exception):
    """This worker no longer holds the run; another one does, or it was ended."""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run and the claim under which this worker holds it."""

    model: type[Run]
    run_id: int
    claim: str
    batch_id: int

    def assert_claim(self, **changes: Any) -> None:
        """Prove that the run is still ours, and note progress. First statement of every transaction of a run."""
        mine = self.model._default_manager.filter(pk=self.run_id, claim=self.claim, state=RunState.RUNNING)
        if not mine.update(heartbeat_at=timezone.now(), **changes):
            raise ClaimLost(f"{self.model.__name__} {self.run_id} is held by another worker now")

    def end(self, state: RunState, message: str = "", **changes: Any) -> None:
        """The last word about a run."""
        self.assert_claim(state=state, message=message, finished_at=timezone.now(), claim="", **changes)

    def put_off(self, error: VendorUnavailable, **changes: Any) -> None:
        """Let the run wait for its next turn; after too many turns without progress it has failed."""
        attempts = self.model._default_manager.values_list("attempts", flat=True).get(pk=self.run_id)
        if attempts >= MAX_ATTEMPTS:
            self.end(RunState.FAILED, f"Given up after {attempts} tries without progress. {error}", **changes)
        else:
            when = next_try(attempts, error.retry_after)
            self.assert_claim(state=RunState.WAITING, retry_at=when, message=str(error), claim="", **changes)


def claim(model: type[Run], run_id: int) -> ClaimedRun | None:
    """Take a run for this worker, or None: it is ended, not due yet, or in another worker's living hands."""
    run = model._default_manager.filter(pk=run_id).first()
    if run is None:
        return None
    now = timezone.now()
    free = Q(state=RunState.QUEUED) | Q(state=RunState.WAITING, retry_at__lte=now)
    abandoned = Q(state=RunState.RUNNING, claim=run.claim)
    if not _owner_is_dead(run.claim):
        abandoned &= Q(heartbeat_at__lt=now - STALE)
    mine = f"{socket.gethostname()[:18]}:{os.getpid()}:{uuid4().hex[:8]}"
    taken = model._default_manager.filter(free | abandoned, pk=run_id, attempts__lt=MAX_ATTEMPTS).update(
        state=RunState.RUNNING, claim=mine, attempts=F("attempts") + 1, heartbeat_at=now, retry_at=None,
        started_at=Coalesce("started_at", now),
    )  # fmt: skip
    return ClaimedRun(model, run_id, mine, run.batch_id) if taken else None


def _owner_is_dead(owner: str) -> bool:
    """Whether the process of a claim was on this host and is no more. Unknown counts as alive; heartbeats decide."""
    host, _, rest = owner.partition(":")
    if host != socket.gethostname()[:18]:
        return False
    try:
        os.kill(int(rest.partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def next_try(attempts: int, retry_after: float | None) -> datetime:
    """When to ask again: never before the time the vendor named; without one 30 s, doubled with every try."""
    if retry_after:
        return timezone.now() + min(timedelta(seconds=min(retry_after, 1e9)), MAX_WAIT)
    return timezone.now() + min(timedelta(seconds=30 * 2 ** max(attempts - 1, 0)), MAX_BACKOFF)
