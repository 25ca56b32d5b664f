"""Has the vendor describe a video as a table, at most once, and stores what it answers."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from batches.export.odd_tables import write_table
from batches.jobs.claims import ClaimedRun
from batches.jobs.turns import in_turn
from batches.models import OddRun, RunState
from batches.sync.http import Limits
from batches.sync.odd_columns import Column, OddAnswer
from batches.sync.odd_csv import CheckedCSV, check_csv
from batches.sync.once import OneCall, carry_out
from batches.sync.vendors.base import Vendor

CALL_LIMITS = Limits(connect=10, read=900, total=900, waiting=5, tries=3)  # the vendor's own client waits as long
IN_TURN = in_turn(OddRun)


@dataclass(frozen=True, slots=True)
class _Made:
    answer: OddAnswer
    checked: CheckedCSV


def make_odd(run_id: int, *, limits: Limits = CALL_LIMITS, waits: bool = True, **http_options: Any) -> OddRun | None:
    """Carry out a run; see `carry_out`. Returns None, too, while another run of its connection comes first."""
    if not OddRun.objects.filter(IN_TURN, pk=run_id).exists():
        return None
    return carry_out(ODD, run_id, limits=limits, waits=waits, **http_options)


def _call(claimed: ClaimedRun, vendor: Vendor, run: OddRun) -> _Made:
    columns = [Column.of(column) for column in run.table.columns]
    answer = claimed.call(vendor.odd, run.video_id, columns)
    return _Made(answer, check_csv(answer.csv, columns))


def _record(claimed: ClaimedRun, run: OddRun, made: _Made) -> None:
    """Store the table. An answer that comes late, after the run was requested again and is done, replaces nothing: the
    row is locked before the file is written, so the two always belong together.
    """
    rows, row = made.checked.rows, OddRun.objects.filter(pk=claimed.run_id)
    try:
        with transaction.atomic():
            stored = row.exclude(state=RunState.DONE).update(
                state=RunState.DONE, total=len(rows), position=len(rows), problems=made.checked.problems,
                share_url=made.answer.share_url, seconds=made.answer.seconds, message="", claim="",
                finished_at=timezone.now(),
            )  # fmt: skip
            if stored:
                row.update(size=write_table(run.pk, [column["name"] for column in run.table.columns], rows))
    except OSError as error:
        claimed.end(RunState.INCOMPLETE, f"The file could not be written: {error.strerror}. {UNKNOWN}")


UNKNOWN = "The vendor may have worked on it, but nothing of it is here. Requesting it again may be charged again."
ODD = OneCall(
    OddRun, _call, _record, nothing_done="Nothing was requested.", unknown=UNKNOWN,
    related=("connection", "table"),
)  # fmt: skip
