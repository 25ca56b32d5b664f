"""`train_agent --connection NAME --batches ID… --name TEXT`: has the vendor train an agent, once for each intent."""

from argparse import ArgumentParser
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError

from batches.actions import list_agents, train_agent
from batches.errors import KeyReused, SyncError
from batches.management.commands.grant import connection_named
from batches.management.outcomes import outcome_of
from batches.models import AgentTraining, Connection, TrainedAgent
from batches.models.run import RunState
from batches.sync.agents import train


class Command(BaseCommand):
    help = (
        "Has the vendor create or update an agent from reviewed batches, once for each intent. The vendor counts the"
        " approvals stored there, not those given here. The last line is AGENT_ID UPDATE_TYPE APPROVED REJECTED, '-'"
        " for what the vendor does not state. Exit 0: started; 1: refused, put off, or unknown (says which); 2: bad"
        " arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--batches", nargs="+", required=True, metavar="ID", help="the vendor's ids")
        agent = parser.add_mutually_exclusive_group(required=True)
        agent.add_argument("--name", default="", metavar="TEXT", help="of a new agent")
        agent.add_argument("--agent", default="", metavar="ID", help="the vendor's id of the agent to update")
        parser.add_argument("--intent", default="", metavar="KEY", help="a repeated key trains nothing again")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        run = self._intent(connection, options)
        if run.unfinished:
            run = train(run.pk) or run
            run = AgentTraining.objects.select_related("agent").get(pk=run.pk)
        if run.state != RunState.DONE:
            raise CommandError(outcome_of(run), returncode=1)
        values = (run.agent and run.agent.external_id, run.update_type, run.total_approved, run.total_rejected)
        self.stdout.write(" ".join("-" if value in (None, "") else str(value) for value in values))

    def _intent(self, connection: Connection, options: dict[str, Any]) -> AgentTraining:
        key = uuid5(NAMESPACE_URL, f"agent {connection.pk} {options['intent']}") if options["intent"] else uuid4()
        try:
            return train_agent(
                connection=connection, batches=options["batches"], by=None, idempotency_key=key, name=options["name"],
                agent=_agent(connection, options["agent"]), background=False,
            )  # fmt: skip
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error
        except SyncError as error:
            raise CommandError(f"Refused: {error}", returncode=1) from error


def _agent(connection: Connection, external_id: str) -> TrainedAgent | None:
    """The agent to update; the vendor is asked for its agents if this one is not known yet."""
    if not external_id:
        return None
    agents = TrainedAgent.objects.filter(connection=connection, external_id=external_id)
    if not agents.exists():
        list_agents(connection=connection)
    agent = agents.first()
    if agent is None:
        raise ValueError(f"{connection.get_vendor_display()} lists no agent {external_id[:80]!r}.")
    return agent
