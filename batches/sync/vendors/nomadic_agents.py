"""Agents of a NomadicML account: listed, and trained from batches whose events are approved or rejected there."""

from typing import Any, ClassVar

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, clean, kind
from batches.sync.vendors.agent_records import AgentRecord, TrainingRecord
from batches.sync.vendors.base import Vendor

MAX_COUNT = 2**31 - 1  # of the column


class NomadicAgents(Vendor):
    """The calls about agents. A training is not retried once it may have arrived."""

    has_agents: ClassVar[bool] = True

    def agents(self, scope: str) -> list[AgentRecord]:
        """The agents of the key's owner (`scope` user) or of everybody in the organization (org)."""
        return read_agents(self.http.post("api", "list-agents", json={"scope": scope}))

    def create_agent(self, name: str, batch_ids: tuple[str, ...], client_id: str) -> TrainingRecord:
        return self._train("create-agent", batch_ids, name=name, client_agent_id=client_id)

    def update_agent(self, agent_id: str, batch_ids: tuple[str, ...], client_id: str) -> TrainingRecord:
        return self._train("update-agent", batch_ids, agent_id=agent_id, client_update_id=client_id)

    def _train(self, path: str, batch_ids: tuple[str, ...], **fields: str) -> TrainingRecord:
        body = {"batch_ids": list(batch_ids), "analysis_ids": [], "wait_for_completion": False, **fields}
        return read_training(self.http.post("api", path, json=body, retry=False))


def read_agents(answer: Any) -> list[AgentRecord]:
    """The rows of `list-agents`. A row without an id is left out. Raises BadRecord if there is no list."""
    rows = answer.get("agents") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise BadRecord("agents", f"expected a list, got {kind(rows)}")
    return [
        AgentRecord(agent_id, _text(row, "name"), _text(row, "status"))
        for row in rows if isinstance(row, dict) and (agent_id := _text(row, "agent_id"))
    ]  # fmt: skip


def read_training(answer: Any) -> TrainingRecord:
    """What `create-agent` and `update-agent` answer. Raises BadRecord if it is not an object."""
    if not isinstance(answer, dict):
        raise BadRecord("training", f"expected an object, got {kind(answer)}")
    return TrainingRecord(
        _text(answer, "agent_id"), _text(answer, "job_id"), _text(answer, "update_type"),
        _count(answer.get("total_approved")), _count(answer.get("total_rejected")),
    )  # fmt: skip


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    return value if usable else None
