"""Starts a batch at its vendor, at most once."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from batches.jobs.claims import ClaimedRun
from batches.models import Batch, BatchStart
from batches.models.run import RunState
from batches.sync.http import Limits
from batches.sync.once import CALL_LIMITS, OneCall, carry_out
from batches.sync.questions import THINKING, Question
from batches.sync.vendors.base import Vendor

THINKING_SECONDS = 600.0  # until the vendor's model has planned the analysis and names its batch


def start(run_id: int, *, limits: Limits = CALL_LIMITS, waits: bool = True, **http_options: Any) -> BatchStart | None:
    """Carry out a start; see `carry_out`."""
    if BatchStart.objects.filter(pk=run_id, question__mode=THINKING).exists():
        limits = replace(limits, read=THINKING_SECONDS, total=THINKING_SECONDS)
    return carry_out(START, run_id, limits=limits, waits=waits, **http_options)


def _call(claimed: ClaimedRun, vendor: Vendor, run: BatchStart) -> str:
    return claimed.call(vendor.start, Question.of(run.question), tuple(run.videos), run.client_batch_id)


def _record(claimed: ClaimedRun, run: BatchStart, external_id: str) -> None:
    """Store the batch even if another worker has meanwhile given this run up: the vendor's id must not be lost."""
    batch, _ = Batch.objects.get_or_create(connection=run.connection, external_id=external_id)
    done = {"state": RunState.DONE, "batch": batch, "message": "", "claim": "", "finished_at": timezone.now()}
    BatchStart.objects.filter(pk=claimed.run_id, batch=None).update(**done)


START = OneCall(
    BatchStart, _call, _record, nothing_done="Nothing was started.",
    unknown="The batch may have started. Look for it at the vendor: if it is there, add it by its id; if not, start it"
    " again.",
)  # fmt: skip
