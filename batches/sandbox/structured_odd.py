"""The sandbox's structured ODD: a CSV as a model writes it, now and then in code fences or with a comma too many."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4
from zlib import crc32

from batches.sandbox.wire import Refusal, Request, invalid
from batches.sandbox.world import Account, Json

Row = Mapping[str, str]  # column of the default schema → value
UNKNOWN = {"integer": "0", "boolean": "false", "categorical": "unknown"}  # type of a column → value without a film
FENCED_EVERY, RAGGED_EVERY = 3, 4  # videos
SECONDS = 41.5  # what it says it took


def answer_odd(
    request: Request, account: Account, knows: Callable[[str], bool], conditions: Callable[[str], Sequence[Row]] | None
) -> Json:
    """The body of `ask-question`. `conditions`: the rows of a video's film."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    if (form.get("question"), form.get("prompt_type")) != ("odd_export", "odd_export"):
        raise invalid("prompt_type", "Input should be 'odd_export'")
    for name in ("video_id", "reasoning_trace_path", "custom_columns"):
        if name not in form:
            raise invalid(name, "Field required")
    columns = _columns(form["custom_columns"])
    if not account.owns:
        raise Refusal(403, "You may not export this video")
    if not form["reasoning_trace_path"].endswith(f"/users/{account.user_id}/reasoning-traces/structured-output"):
        raise Refusal(403, "The reasoning trace belongs to somebody else")
    if not knows(form["video_id"]):
        raise Refusal(404, "Video not found")
    rows = conditions(form["video_id"]) if conditions else [{"timestamp": "2024-01-01T00:00:00Z"}]
    share_id = uuid4().hex[:12]
    return {
        "answer": _written(columns, rows, crc32(form["video_id"].encode())),
        "share_id": share_id, "share_url": f"https://share.example/odd/{share_id}", "processing_time": SECONDS,
    }  # fmt: skip


def _columns(text: str) -> list[Json]:
    try:
        columns: Any = json.loads(text)
    except ValueError:
        raise invalid("custom_columns", "Invalid JSON") from None
    if not isinstance(columns, list) or not columns:
        raise invalid("custom_columns", "Input should be a list of columns")
    for column in columns:
        if not isinstance(column, dict) or not all(
            isinstance(column.get(name), str) and column[name] for name in ("name", "prompt", "type")
        ):
            raise invalid("custom_columns", "Each column needs a name, a prompt and a type")
    return columns


def _written(columns: Sequence[Json], rows: Sequence[Row], chance: int) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column["name"] for column in columns])
    for number, row in enumerate(rows):
        cells = [row.get(column["name"], _unknown(column)) for column in columns]
        if number == 1 and chance % RAGGED_EVERY == 0:
            cells.append("and so on")
        writer.writerow(cells)
    return f"```csv\n{text.getvalue()}```" if chance % FENCED_EVERY == 0 else text.getvalue()


def _unknown(column: Json) -> str:
    literals = column.get("literals")
    return str(literals[-1]) if literals else UNKNOWN.get(column["type"], "")
