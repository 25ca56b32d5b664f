"""One worker at a time sends for a webhook, so that each batch is told in order; a dead one is followed by another."""

import os
import socket
from dataclasses import dataclass
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from batches.jobs.claims import STALE, ClaimLost
from batches.models import Webhook


@dataclass(frozen=True, slots=True)
class HeldHook:
    """A webhook and the claim under which this worker sends for it."""

    hook_id: int
    claim: str

    def assert_claim(self) -> None:
        """Prove that the webhook is still ours, and that we live. Raises ClaimLost. Part of a transaction of the caller."""
        mine = Webhook.objects.filter(pk=self.hook_id, claim=self.claim, paused_at__isnull=True)
        if not mine.update(claimed_at=timezone.now()):
            raise ClaimLost(f"webhook {self.hook_id} is paused, or held by another worker now")

    def release(self) -> None:
        """Let others send; what is still due is enqueued again."""
        Webhook.objects.filter(pk=self.hook_id, claim=self.claim).update(claim="", enqueued_at=None)


def claim_hook(hook_id: int) -> HeldHook | None:
    """The webhook for this worker; None while it is paused or in another worker's living hands."""
    now = timezone.now()
    mine = f"{socket.gethostname()[:18]}:{os.getpid()}:{uuid4().hex[:8]}"
    free = Q(claim="") | Q(claimed_at__lt=now - STALE)
    taken = Webhook.objects.filter(free, pk=hook_id, paused_at__isnull=True).update(claim=mine, claimed_at=now)
    return HeldHook(hook_id, mine) if taken else None
