"""A TwelveLabs batch that takes its time, so that a person can cancel it: asked for with the word "slowly".

Its items run one after the other; the one that runs when the batch is canceled is finished first.
"""

import json
from collections import Counter

from batches.sandbox.world import Json

WORD = "slowly"
SECONDS = 15.0  # that an item runs
STATES = ("queued", "processing", "ready", "failed", "canceled")


def begun(stored: Json, body: Json, now: float) -> Json:
    """The finished batch, shown as it progresses from now on if the request asks for that."""
    return {**stored, "began": now} if WORD in json.dumps(body) else stored


def as_of(stored: Json | None, now: float) -> Json | None:
    """The batch at this moment. One that is not slow is as it was stored."""
    if stored is None or "began" not in stored:
        return stored
    total, done = len(stored["lines"]), int((now - stored["began"]) / SECONDS)
    if (canceled := stored.get("canceled")) is None:
        last, status, waiting = total, "processing", "queued"
    else:
        last, status, waiting = int((canceled - stored["began"]) / SECONDS) + 1, "canceling", "canceled"
    ready = min(done, last, total)
    running = [] if done >= last else ["processing"]
    states = [*["ready"] * ready, *running, *[waiting] * total][:total]
    if not {"processing", "queued"} & set(states):
        status = "canceled" if "canceled" in states else "completed"
    lines = [_shown(line, state) for line, state in zip(stored["lines"], states, strict=True)]
    tasks = {line["task_id"]: _shown(stored["tasks"][line["task_id"]], line["status"]) for line in lines}
    return {"batch": _batch(stored["batch"], Counter(states), status), "lines": lines, "tasks": tasks}


def _shown(row: Json, state: str) -> Json:
    """A result's line or a task: without its result until it is ready."""
    kept = {name: value for name, value in row.items() if name not in ("data", "result")}
    return row if state == "ready" else kept | {"status": state}


def _batch(batch: Json, counts: Counter[str], status: str) -> Json:
    shown = {**batch, "status": status, **{f"{state}_items": counts[state] for state in STATES}}
    ended = shown.pop("completed_at")
    return shown | ({f"{status}_at": ended} if status in ("completed", "canceled") else {})
