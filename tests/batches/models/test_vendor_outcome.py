"""How far a batch is at its vendor: the vendor's own word, partial failure told alike for every vendor."""

from collections.abc import Callable

import pytest

from batches.models import Batch
from batches.models.vendor_outcome import vendor_outcome
from batches.sync.vendors import nomadic_states, twelvelabs_batch, wickson_batch


@pytest.mark.parametrize(
    ("word", "state", "succeeded", "failed", "canceled", "shown"),
    [
        ("completed", "partial", 0, 12, 0, "Completed, 0 of 12 succeeded"),
        ("COMPLETED", "completed", None, 12, None, "Completed, 0 of 12 succeeded"),
        ("completed", "partial", 9, 3, None, "Completed, 3 of 12 failed"),
        ("completed", "partial", 9, 0, None, "Completed, 9 of 12 succeeded"),
        ("completed", "completed", 12, 0, 0, "Completed"),
        ("expired", "canceled", 0, 2, 10, "Expired, 0 of 12 succeeded"),
        ("expired", "partial", 4, 2, 6, "Expired, 2 of 12 failed, 6 canceled"),
        ("canceled", "partial", 4, 0, 8, "Canceled, 8 of 12 canceled"),
        ("canceling", "processing", 4, 0, 0, "Canceling, 4 of 12 done"),
        ("processing", "processing", 1, 1, 1, "Processing, 3 of 12 done, 1 failed, 1 canceled"),
        ("processing", "processing", None, None, None, "Processing, 0 of 12 done"),
        ("partially_completed", "partial", 4, 8, None, "Partially completed, 8 of 12 failed"),
        ("failed", "failed", 0, 12, None, "Failed, 0 of 12 succeeded"),
        ("archived", "unknown", 0, 0, 0, "Archived, 0 of 12 succeeded"),
        ("", "partial", 9, 3, None, "Completed, 3 of 12 failed"),
    ],
)
def test_vendor_status_is_the_vendors_own_word(
    word: str, state: str, succeeded: int | None, failed: int | None, canceled: int | None, shown: str
) -> None:
    counts = {"vendor_completed": succeeded, "vendor_failed": failed, "vendor_canceled": canceled, "vendor_total": 12}
    assert vendor_outcome(Batch(raw_status=word, state=state, **counts)) == shown


def test_outcome_without_a_total_names_what_is_known() -> None:
    assert vendor_outcome(Batch(state="completed", vendor_failed=3)) == "Completed, 3 failed"
    assert vendor_outcome(Batch(state="unknown")) == "Unknown"
    assert vendor_outcome(Batch(raw_status="completed", state="completed", vendor_total=0)) == "Completed"


@pytest.mark.parametrize(
    "batch_state", [nomadic_states.batch_state, twelvelabs_batch.batch_state, wickson_batch.batch_state]
)
@pytest.mark.parametrize(
    ("total", "succeeded", "failed", "state"),
    [(12, 12, 0, "completed"), (12, 9, 3, "partial"), (12, 0, 12, "partial"), (None, None, None, "completed")],
)
def test_partial_failure_is_alike_for_every_vendor(
    batch_state: Callable[..., str], total: int | None, succeeded: int | None, failed: int | None, state: str
) -> None:
    assert batch_state("completed", total, succeeded, failed) == state


def test_canceled_keeps_what_was_done_for_every_vendor() -> None:
    for batch_state, word in (
        (nomadic_states.batch_state, "cancelled"),
        (twelvelabs_batch.batch_state, "expired"),
        (wickson_batch.batch_state, "cancelled"),
    ):
        assert (batch_state(word, 12, 0, 0), batch_state(word, 12, 2, 0)) == ("canceled", "partial")
