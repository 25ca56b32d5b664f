"""Claims of webhooks: one worker at a time sends for a webhook, so that deliveries of a batch stay in order."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from batches.jobs.claims import STALE, ClaimLost, new_claim
from batches.models import Webhook


@dataclass(frozen=True, slots=True)
class HeldHook:
    """A webhook and the claim by which this worker sends for it."""

    hook_id: int
    claim: str

    def assert_claim(self) -> None:
        """Prove that this worker still holds the webhook, in a transaction of the caller. Raises ClaimLost."""
        claimed = Webhook.objects.filter(pk=self.hook_id, claim=self.claim, paused_at__isnull=True)
        if not claimed.update(claimed_at=timezone.now()):
            raise ClaimLost(f"webhook {self.hook_id} is paused, or held by another worker now")

    def release(self) -> None:
        """Release the webhook; deliveries that are still due are enqueued again."""
        Webhook.objects.filter(pk=self.hook_id, claim=self.claim).update(claim="", enqueued_at=None)


def claim_hook(hook_id: int) -> HeldHook | None:
    """Claim the webhook for this worker. Returns None while it is paused or a living worker holds it."""
    now = timezone.now()
    made = new_claim()
    free = Q(claim="") | Q(claimed_at__lt=now - STALE)
    updated = Webhook.objects.filter(free, pk=hook_id, paused_at__isnull=True).update(claim=made, claimed_at=now)
    return HeldHook(hook_id, made) if updated else None
