"""Agents trained from batches: the calls are those of the vendor's SDK, and none is made twice."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from nomadic import NomadicAI
from nomadic.exceptions import APIError

from batches.actions import list_agents, train_agent
from batches.errors import KeyReused, VendorRefused
from batches.models import AgentTraining, Connection, TrainedAgent
from batches.models.run import RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.agents import train
from batches.tasks import run_training
from tests import worlds
from tests.factories import make_connection, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

OTHER = "0" * 32
UNREVIEWED = "1" * 32


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    batches = {worlds.BATCH: worlds.judged_batch(), OTHER: worlds.judged_batch(), UNREVIEWED: worlds.batch(videos=1)}
    with Sandbox(World(batches)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(name="fleet", base_url=vendor.url, key=vendor.key)


def intent(connection: Connection, **fields: Any) -> AgentTraining:
    fields = {"batches": [worlds.BATCH], "by": None, "idempotency_key": uuid4(), "background": False} | fields
    return train_agent(connection=connection, **{"name": "Cut-ins"} | fields)


def carried_out(run: AgentTraining) -> AgentTraining:
    done = train(run.pk)
    assert done is not None
    return done


def calls_of(vendor: Sandbox, path: str) -> list[Any]:
    return [json.loads(call.body) for call in vendor.calls if call.path == f"/api/{path}"]


def test_an_agent_is_created_then_updated_and_listed(vendor: Sandbox, connection: Connection) -> None:
    run = intent(connection, by=make_user())
    run_training.call(run.pk)
    run.refresh_from_db()
    assert (run.state, run.update_type, run.total_approved, run.total_rejected) == (
        RunState.DONE, "prompt_optimization", 6, 2,
    )  # fmt: skip
    assert run.agent
    assert (run.agent.name, run.agent.status, run.agent.listed_at) == ("Cut-ins", "", None)
    later = carried_out(intent(connection, name="", agent=run.agent, batches=[OTHER]))
    assert (later.agent, later.total_approved, later.total_rejected) == (run.agent, 12, 4)
    assert list_agents(connection=connection) == 1
    run.agent.refresh_from_db()
    assert (run.agent.status, run.agent.scope, run.agent.listed_at is None) == ("training", "user", False)
    vendor.state.fast_forward(60)
    list_agents(connection=connection)
    assert TrainedAgent.objects.get().status == "ready"


def test_the_requests_are_those_of_the_vendors_own_sdk(vendor: Sandbox, connection: Connection) -> None:
    sdk = NomadicAI(api_key=vendor.key, base_url=vendor.url)
    created = sdk.video.create_agent("Cut-ins", batch_ids=[worlds.BATCH])
    updated = sdk.video.update_agent(created["agent_id"], batch_ids=[OTHER])
    assert (updated["update_type"], updated["total_approved"]) == ("prompt_optimization", 12)
    assert [agent["name"] for agent in sdk.video.list_agents(scope="org")] == ["Cut-ins"]
    with pytest.raises(APIError, match="too few approved or rejected events"):
        sdk.video.create_agent("Empty", batch_ids=[UNREVIEWED])
    first = carried_out(intent(connection))
    assert first.agent
    carried_out(intent(connection, name="", agent=first.agent, batches=[OTHER]))
    list_agents(connection=connection)
    for path, client_id in (("create-agent", "client_agent_id"), ("update-agent", "client_update_id")):
        theirs, *_, ours = calls_of(vendor, path)
        assert theirs.keys() == ours.keys()
        unequal = {name for name in theirs if theirs[name] != ours[name]}
        assert unequal == ({client_id} if path == "create-agent" else {client_id, "agent_id"})
    assert calls_of(vendor, "list-agents") == [{"scope": "org"}, {"scope": "org"}, {"scope": "user"}]


@pytest.mark.parametrize("kind", ["reset", "truncated", "500", "503"])
def test_a_lost_answer_never_trains_a_second_agent(vendor: Sandbox, connection: Connection, kind: str) -> None:
    vendor.faults = Faults(first=[kind])
    run = carried_out(intent(connection))
    assert run.state == RunState.INCOMPLETE
    assert "may have started. List the agents" in run.message
    assert (len(calls_of(vendor, "create-agent")), train(run.pk)) == (1, None)


def test_a_worker_killed_during_the_call_trains_nothing_again(vendor: Sandbox, connection: Connection) -> None:
    run = intent(connection)
    AgentTraining.objects.update(sent_at=timezone.now())
    assert (carried_out(run).state, vendor.calls) == (RunState.INCOMPLETE, [])


def test_a_training_waits_for_a_vendor_that_is_away(vendor: Sandbox, connection: Connection) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    run = carried_out(intent(connection))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    Connection.objects.update(base_url=vendor.url)
    AgentTraining.objects.update(retry_at=timezone.now())
    assert (carried_out(run).state, len(calls_of(vendor, "create-agent"))) == (RunState.DONE, 1)


def test_a_refusal_of_a_training_is_shown_in_the_vendors_words(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(intent(connection, batches=[worlds.BATCH, UNREVIEWED]))
    assert (run.state, TrainedAgent.objects.count()) == (RunState.FAILED, 0)
    assert "too few approved or rejected events" in run.message


def test_the_same_training_twice_is_one(vendor: Sandbox, connection: Connection) -> None:
    key = uuid4()
    first = intent(connection, idempotency_key=key)
    carried_out(first)
    assert intent(connection, idempotency_key=key) == first
    with pytest.raises(KeyReused):
        intent(connection, idempotency_key=key, batches=[OTHER])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"batches": [" "]}, "Select at least one batch"), ({"name": " "}, "Enter the name of a new agent"),
        ({"batches": [f"{number:032x}" for number in range(101)]}, "at most 100 batches, not 101"),
        ({"name": "x" * 256}, "at most 255 characters"), ({"batches": ["https://x.example/y"]}, "batch-view"),
    ],
)  # fmt: skip
def test_a_training_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        intent(make_connection(), **fields)
    other = TrainedAgent.objects.create(connection=make_connection(), external_id="a")
    with pytest.raises(ValueError, match="belongs to another connection"):
        intent(make_connection(), name="", agent=other)
    with pytest.raises(ValueError, match="trains no agents"):
        intent(make_connection(vendor="wickson"))
    assert not AgentTraining.objects.exists()


def test_the_command_trains_once_for_each_intent(vendor: Sandbox, connection: Connection) -> None:
    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("train_agent", "--connection", "fleet", *arguments, stdout=out)
        return out.getvalue().splitlines()[-1]

    lines = [call("--batches", worlds.BATCH, "--name", "Cut-ins", "--intent", "one") for _ in range(2)]
    agent_id = TrainedAgent.objects.get().external_id
    assert lines == [f"{agent_id} prompt_optimization 6 2"] * 2
    TrainedAgent.objects.update(external_id="elsewhere")
    AgentTraining.objects.update(update_type="", total_approved=None)
    assert call("--batches", worlds.BATCH, "--name", "Cut-ins", "--intent", "one") == "elsewhere - - 2"
    assert call("--batches", OTHER, "--agent", agent_id) == f"{agent_id} prompt_optimization 12 4"
    for arguments, code, message in (
        (["--batches", OTHER, "--agent", "nobody"], 2, "lists no agent 'nobody'"),
        (["--batches", UNREVIEWED, "--name", "x"], 1, "Refused: .*too few"),
    ):
        with pytest.raises(CommandError, match=message) as refusal:
            call(*arguments)
        assert refusal.value.returncode == code
    Connection.objects.update(base_url="http://127.0.0.1:9")
    with pytest.raises(CommandError, match=r"Put off: .*Next attempt"):
        call("--batches", OTHER, "--name", "Later")


def test_a_key_that_may_not_train_is_told_so(vendor: Sandbox, connection: Connection) -> None:
    Connection.objects.update(paused=True)
    connection.refresh_from_db()
    with pytest.raises(VendorRefused, match="is paused"):
        list_agents(connection=connection)
    run = carried_out(intent(connection))
    assert (run.state, vendor.calls) == (RunState.FAILED, [])
