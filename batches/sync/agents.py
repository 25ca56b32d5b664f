"""Has the vendor create or update an agent, at most once, and lists the account's agents."""

from typing import Any

from django.utils import timezone

from batches.jobs.claims import ClaimedRun
from batches.models import AgentTraining, Connection, FolderScope, TrainedAgent
from batches.models.run import RunState
from batches.sync.http import Limits
from batches.sync.once import CALL_LIMITS, OneCall, carry_out
from batches.sync.vendors.agent_records import AgentRecord, TrainingRecord
from batches.sync.vendors.base import Vendor


def train(
    run_id: int, *, limits: Limits = CALL_LIMITS, waits: bool = True, **http_options: Any
) -> AgentTraining | None:
    """Carry out a training; see `carry_out`."""
    return carry_out(TRAINING, run_id, limits=limits, waits=waits, **http_options)


def store_agent(connection: Connection, agent: AgentRecord, scope: str, **changes: Any) -> TrainedAgent:
    """Create or update an agent. What the vendor did not state is kept."""
    stated = {name: value for name, value in (("name", agent.name), ("status", agent.status)) if value}
    row, _ = TrainedAgent.objects.update_or_create(
        connection=connection, external_id=agent.external_id, defaults=stated | changes,
        create_defaults=stated | changes | {"scope": scope},
    )  # fmt: skip
    return row


def _call(claimed: ClaimedRun, vendor: Vendor, run: AgentTraining) -> TrainingRecord:
    if run.name:
        return vendor.create_agent(run.name, tuple(run.batches), run.client_id)
    assert run.agent is not None  # by the constraint
    return vendor.update_agent(run.agent.external_id, tuple(run.batches), run.client_id)


def _record(claimed: ClaimedRun, run: AgentTraining, answer: TrainingRecord) -> None:
    agent = run.agent
    if agent is None and answer.agent_id:
        record = AgentRecord(answer.agent_id, run.name, "")
        agent = store_agent(run.connection, record, FolderScope.USER)
    AgentTraining.objects.filter(pk=claimed.run_id).exclude(state=RunState.DONE).update(
        state=RunState.DONE, agent=agent, update_type=answer.update_type, job_id=answer.job_id,
        total_approved=answer.total_approved, total_rejected=answer.total_rejected, message="", claim="",
        finished_at=timezone.now(),
    )  # fmt: skip


TRAINING = OneCall(
    AgentTraining, _call, _record, nothing_done="No training was started.",
    unknown="The training may have started. List the agents to see it; if nothing has changed there, train again.",
)  # fmt: skip
