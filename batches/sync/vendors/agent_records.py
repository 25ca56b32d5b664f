"""Agents as a vendor describes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentRecord:
    external_id: str
    name: str
    status: str  # the vendor's word


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What the vendor answers to a training. It promises none of these: empty and None stand for "not stated"."""

    agent_id: str
    job_id: str
    update_type: str
    total_approved: int | None
    total_rejected: int | None
