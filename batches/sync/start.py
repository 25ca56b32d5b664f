"""Starts a batch at its vendor, at most once."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone

from batches.errors import VendorUnavailable
from batches.jobs.claims import ClaimedRun
from batches.models import Batch, BatchStart
from batches.models.run import RunState
from batches.sync.batch_files import files_of, forget_files
from batches.sync.http import Limits
from batches.sync.once import CALL_LIMITS, OneCall, carry_out
from batches.sync.questions import THINKING, Question
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import Vendor

FILE_LIMITS = Limits(connect=60, read=600, total=1800, waiting=5, tries=3)  # `connect` also limits each stall
THINKING_SECONDS = 600.0  # until the vendor's model has planned the analysis and names its batch


def start(
    run_id: int, *, paths: Sequence[Path] = (), limits: Limits = CALL_LIMITS, waits: bool = True, **http_options: Any
) -> BatchStart | None:
    """Carry out a start; see `carry_out`. `paths`: where its files lie on this machine, in their order.

    Returns None, too, while its files have not arrived.
    """
    run = BatchStart.objects.filter(pk=run_id).first()
    if run is not None and run.files:
        return _start_with_files(run, paths, waits, http_options)
    if run is not None and run.question.get("mode") == THINKING:
        limits = replace(limits, read=THINKING_SECONDS, total=THINKING_SECONDS)
    return carry_out(START, run_id, limits=limits, waits=waits, **http_options)


def _start_with_files(
    run: BatchStart, paths: Sequence[Path], waits: bool, http_options: dict[str, Any]
) -> BatchStart | None:
    if not paths and run.position < len(run.files) and run.sent_at is None:
        return None
    kind = replace(START, call=partial(_send, paths=paths))
    after = carry_out(kind, run.pk, limits=FILE_LIMITS, waits=waits, **http_options)
    if after is not None and not after.unfinished:
        forget_files(after)
    return after


def _call(claimed: ClaimedRun, vendor: Vendor, run: BatchStart) -> str:
    return claimed.call(vendor.start, Question.of(run.question), tuple(run.videos), run.client_batch_id)


def _send(claimed: ClaimedRun, vendor: Vendor, run: BatchStart, paths: Sequence[Path]) -> str:
    body = vendor.batch_body(files_of(run, paths), run.question["collection"], again=run.question["again"])
    try:
        return claimed.call(vendor.start_files, body)
    except VendorUnavailable as error:
        error.reached = error.reached and body.sent == sum(size for _, size in run.files)  # else it broke off before
        raise


def _record(claimed: ClaimedRun, run: BatchStart, external_id: str) -> None:
    """Store the batch even if another worker has meanwhile given this run up: the vendor's id must not be lost."""
    prompt = "" if run.files else vendor_of(run.connection.vendor).prompt_of(Question.of(run.question))
    batch, _ = Batch.objects.get_or_create(
        connection=run.connection, external_id=external_id, defaults={"prompt": prompt}
    )
    done = {"state": RunState.DONE, "batch": batch, "message": "", "claim": "", "finished_at": timezone.now()}
    BatchStart.objects.filter(pk=claimed.run_id, batch=None).update(**done)


START = OneCall(
    BatchStart, _call, _record, nothing_done="Nothing was started.",
    unknown="The batch may have started. Look for it at the vendor: if it is there, add it by its id; if not, start it"
    " again.",
)  # fmt: skip
