"""`generate_structured_odd` of the vendor's SDK: a table that a worker has made, as the page's are."""

import csv
import json
import time
from io import StringIO
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import BadRequest
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.export.odd_tables import read_table
from batches.models import OddRun, OddTable
from batches.models.run import UNFINISHED, RunState
from batches.sync.odd_columns import Column
from reviewer.api.auth import person
from reviewer.api.odd_tables import ColumnOrder
from reviewer.api.sdk_starts import InvalidField, StartView, account_of
from reviewer.api.sdk_uploads import WAITING, NotDone, TooManyUploads

INTENTS = UUID("8c9b7c0a-1f6e-4b55-8f2d-5f0b9f4e2d61")
LONGEST = 300.0  # seconds that a script's connection is held open for a table
LOOK_AGAIN = 0.5  # seconds
QUESTION = "odd_export"


class AskQuestion(StartView):
    def post(self, request: Request) -> Response:
        form = {name: values[-1] for name, values in self.fields(request).items()}
        if (form.get("question"), form.get("prompt_type")) != (QUESTION, QUESTION):
            raise InvalidField("prompt_type", f"The reviewer passes on {QUESTION!r} only.")
        if not form.get("video_id"):
            raise InvalidField("video_id", "Field required")
        table = _requested(request, form["video_id"], _columns(form.get("custom_columns", "")))
        if not WAITING.acquire(blocking=False):
            raise TooManyUploads
        try:
            run = _ended(table.runs.get())
        finally:
            WAITING.release()
        if run.state != RunState.DONE:
            raise NotDone(run, "The table is still being made. The same call again waits for it.")
        body = {"answer": _csv_of(run), "processing_time": run.seconds}
        return Response(body | ({"share_url": run.share_url} if run.share_url else {}))


def _columns(text: str) -> list[Column]:
    """Raises InvalidField."""
    try:
        order = ColumnOrder(data=json.loads(text), many=True, allow_empty=False)
    except (ValueError, RecursionError):
        raise InvalidField("custom_columns", "Expected a list of columns as JSON.") from None
    if not order.is_valid():
        raise InvalidField("custom_columns", "Each column needs a name, a prompt and a type; literals are a list.")
    return [Column.of(column) for column in order.validated_data]


def _requested(request: Request, video: str, columns: list[Column]) -> OddTable:
    """The request of this call, or an unfinished one that asks the same: it may be charged, so none is made twice."""
    by, connection = person(request), account_of(request, [video])
    sent = [column.sent() for column in columns]
    mine = OddTable.objects.filter(connection=connection, requested_by=by, runs__state__in=UNFINISHED)
    if same := next((table for table in mine if (table.videos, table.columns) == ([video], sent)), None):
        return same
    key = request.headers.get("Idempotency-Key") or request.headers.get("X-Request-ID") or uuid4().hex
    try:
        return actions.request_odd(
            connection=connection, videos=[video], columns=columns, by=by,
            idempotency_key=uuid5(INTENTS, f"{by.pk} {key}"),
        )  # fmt: skip
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _ended(run: OddRun) -> OddRun:
    """The run after its end, or as far as it is after LONGEST. A worker carries it out."""
    until = time.monotonic() + LONGEST
    while run.unfinished and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
        run.refresh_from_db()
    return run


def _csv_of(run: OddRun) -> str:
    """The stored table without our column of problems: a script expects the columns that it asked for."""
    rows: Any = csv.reader(StringIO(read_table(run).decode(), newline=""))
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(row[:-1] for row in rows)
    return text.getvalue()
