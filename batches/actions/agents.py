"""Agents that a vendor trains from reviewed batches: lists them, and requests a training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.actions.idempotency import first_result
from batches.models import AgentTraining, Connection, FolderScope, TrainedAgent
from batches.sync.agents import store_agent
from batches.sync.connect import calling
from batches.sync.fields import NAME_LIMIT
from batches.sync.http import Limits
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_BATCHES = 100  # of one training


def list_agents(*, connection: Connection, limits: Limits = PAGE_LIMITS) -> int:
    """Have the vendor list the account's agents and store them. Returns how many it lists.

    An agent that it no longer lists stays here, with the time at which it was last listed. Raises ValueError with a
    message to show, SyncError.
    """
    _check(connection)
    with calling(connection, limits=limits) as vendor:
        listed = {agent.external_id: (agent, FolderScope.ORG) for agent in vendor.agents(FolderScope.ORG)}
        listed |= {agent.external_id: (agent, FolderScope.USER) for agent in vendor.agents(FolderScope.USER)}
    now = timezone.now()
    for agent, scope in listed.values():
        store_agent(connection, agent, scope, listed_at=now)
    return len(listed)


def train_agent(
    *,
    connection: Connection,
    batches: Sequence[str],
    by: "User | None",
    idempotency_key: UUID,
    name: str = "",
    agent: TrainedAgent | None = None,
    background: bool = True,
) -> AgentTraining:
    """Have the vendor create an agent of this name, or update `agent`, from these batches (ids of the vendor).

    Without `background` the caller does the run itself. The same key again returns the same training. Raises
    ValueError with a message to show, KeyReused.
    """
    _check(connection)
    name = name.strip()
    parse = vendor_of(connection.vendor).parse_batch_id
    ids = list(dict.fromkeys(parse(text) for text in batches if text.strip()))
    if not ids:
        raise ValueError(_("Select at least one batch."))
    if len(ids) > MAX_BATCHES:
        raise ValueError(
            _("A training takes at most {most} batches, not {count}.").format(
                most=number_format(MAX_BATCHES, force_grouping=True), count=number_format(len(ids), force_grouping=True)
            )
        )
    if bool(name) == (agent is not None):
        raise ValueError(_("Enter the name of a new agent, or choose the agent to update."))
    if agent is not None and agent.connection_id != connection.pk:
        raise ValueError(_("That agent belongs to another connection."))
    if len(name) > NAME_LIMIT:
        raise ValueError(_("An agent's name has at most {most} characters.").format(most=NAME_LIMIT))
    parameters = {
        "requested_by_id": by.pk if by else None, "connection_id": connection.pk, "name": name, "batches": ids,
    }  # fmt: skip
    parameters |= {"agent_id": agent.pk} if agent else {}
    with transaction.atomic():
        if first := first_result(AgentTraining.objects.all(), idempotency_key, **parameters):
            return first
        run = AgentTraining.objects.create(idempotency_key=idempotency_key, **parameters)
        if background:
            enqueue(run)
        return run


def _check(connection: Connection) -> None:
    if not vendor_of(connection.vendor).has_agents:
        raise ValueError(_("{vendor} trains no agents here.").format(vendor=connection.get_vendor_display()))
