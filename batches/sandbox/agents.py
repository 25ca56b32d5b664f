"""The agents of the sandbox's account, trained from the approvals that its own batches have."""

import threading
from collections import Counter
from typing import Any

from batches.sandbox.state import State
from batches.sandbox.wire import Refusal, invalid
from batches.sandbox.world import Account, Json

TRAINING_SECONDS = 20.0
LEAST_EVENTS = 1  # approved ones, and rejected ones, in each batch
FINETUNING_FROM = 100  # judged events; with fewer only the prompt is improved


class Agents:
    """Thread-safe. A repeated client id answers the same again and trains nothing."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._rows: dict[str, Json] = {}
        self._answers: dict[str, Json] = {}

    def create(self, body: Json, account: Account) -> Json:
        name = _text(body, "name")
        return self._train(body, account, "client_agent_id", lambda client_id: (client_id, name))

    def update(self, body: Json, account: Account) -> Json:
        agent_id = _text(body, "agent_id")
        if agent_id not in self._rows:
            raise Refusal(404, "Agent not found")
        return self._train(body, account, "client_update_id", lambda _: (agent_id, self._rows[agent_id]["name"]))

    def rows(self, scope: Any) -> list[Json]:
        if scope not in ("user", "org"):
            raise invalid("scope", "Input should be 'user' or 'org'")
        now = self._state.now()
        with self._lock:
            return [
                {"agent_id": agent_id, "name": row["name"], "status": "ready" if row["ready"] <= now else "training"}
                for agent_id, row in self._rows.items()
            ]

    def _train(self, body: Json, account: Account, client_field: str, agent_of: Any) -> Json:
        client_id, batch_ids = _text(body, client_field), body.get("batch_ids")
        if not account.owns:
            raise Refusal(403, "Only an admin may train agents")
        if not isinstance(batch_ids, list) or not batch_ids:
            raise invalid("batch_ids", "Field required")
        with self._lock:
            if client_id in self._answers:
                return self._answers[client_id]
            counts = self._counts(batch_ids)
            agent_id, name = agent_of(client_id)
            before = self._rows.get(agent_id, {"approved": 0, "rejected": 0, "batches": []})
            if repeated := set(before["batches"]) & set(batch_ids):
                raise Refusal(400, f"Batch {sorted(repeated)[0]} was already used for this agent")
            row = {
                "name": name, "ready": self._state.now() + TRAINING_SECONDS,
                "batches": [*before["batches"], *batch_ids],
                "approved": before["approved"] + counts["approved"],
                "rejected": before["rejected"] + counts["rejected"],
            }  # fmt: skip
            self._rows[agent_id] = row
            judged = row["approved"] + row["rejected"]
            self._answers[client_id] = {
                "agent_id": agent_id, "job_id": f"job-{client_id[:8]}",
                "update_type": "finetuning" if judged >= FINETUNING_FROM else "prompt_optimization",
                "total_approved": row["approved"], "total_rejected": row["rejected"],
            }  # fmt: skip
            return self._answers[client_id]

    def _counts(self, batch_ids: list[Any]) -> Counter[str]:
        total: Counter[str] = Counter()
        for batch_id in batch_ids:
            if not isinstance(batch_id, str) or not self._state.has(batch_id):
                raise Refusal(404, f"Batch {batch_id} not found")
            counts = self._state.approvals(batch_id)
            if min(counts["approved"], counts["rejected"]) < LEAST_EVENTS:
                raise Refusal(400, f"Batch {batch_id} has too few approved or rejected events")
            total += counts
        return total


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(name, "Field required")
    return value
