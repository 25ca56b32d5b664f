"""The page of an account's agents: whose approvals count, training from selected batches, what became of it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batches.models import AgentTraining, Approval, Connection, Event, TrainedAgent
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.agents import train
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.judged_batch()})) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(name="Fleet West", base_url=vendor.url, key=vendor.key)


@pytest.fixture
def page(account: Connection) -> str:
    return f"/connections/{account.pk}/agents/"


def order(**fields: Any) -> dict[str, Any]:
    return {"do": "train", "key": str(uuid4()), "name": "Cut-ins", "batch": [worlds.BATCH]} | fields


def test_the_page_shows_whose_approvals_the_vendor_counts(editor: Client, account: Connection, page: str) -> None:
    batch = make_batch(account, external_id=worlds.BATCH, prompt="near misses")
    item = make_item(batch)
    for vendors in (Approval.APPROVED, Approval.REJECTED, Approval.PENDING):
        make_event(item, vendor_approval=vendors, approval=vendors)
    batch.refresh_from_db()
    make_batch(account, prompt="nobody reviewed this")
    text = compact(editor.get(page).content)
    assert "NomadicML counts the approvals stored at NomadicML. Verdicts given here are not sent there" in text
    assert "nobody reviewed this" not in text
    ((row, selected),) = editor.get(page).context["batches"]()
    counts = (row.approved, row.rejected, row.approved_there, row.rejected_there)
    assert (row, counts, selected) == (batch, (1, 1, 1, 1), False)
    Event.objects.update(vendor_approval=None)
    ((row, _),) = editor.get(page).context["batches"]()
    assert (row.approved_there, row.rejected_there) == (0, 0)


def test_an_agent_is_trained_once_and_its_outcome_shown(editor: Client, vendor: Sandbox, page: str) -> None:
    sent = order(batch=[], more=f" {worlds.BATCH}\n")
    assert [editor.post(page, sent).status_code for _ in range(2)] == [302, 302]
    run = AgentTraining.objects.get()
    assert (run.requested_by, run.batches) == (editor.user, [worlds.BATCH])  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as queries:
        polled = editor.get(page, headers={"HX-Target": "trainings"}).text
    assert not [query for query in queries if '"batches_event"' in query["sql"]], "counted every two seconds"
    assert ("every 2s" in polled, "<html" in polled) == (True, False)
    train(run.pk)
    text = compact(editor.get(page).content)
    assert "every 2s" not in text
    assert "counted 6 approved and 2 rejected events; kind of training: prompt_optimization." in text
    assert editor.post(page, {"do": "list"}).status_code == 302
    agent = TrainedAgent.objects.get()
    text = compact(editor.get(page).content)
    assert "lists 1 agent." in text
    assert "<td>training</td>" in text
    editor.post(page, order(name="", agent=agent.pk))
    train(AgentTraining.objects.latest("id").pk)
    assert "was already used for this agent" in editor.get(page).text


def test_what_cannot_be_trained_is_refused_with_what_was_typed(editor: Client, vendor: Sandbox, page: str) -> None:
    vendor.faults = Faults(first=["429-none", "429-none"])
    for fields, message in (
        (order(batch=[]), "Select at least one batch."), (order(name=""), "Enter the name of a new agent"),
        (order(agent="7"), "agent: "), (order(key="x"), "key: "), ({"do": "list"}, "NomadicML"),
    ):  # fmt: skip
        answer = editor.post(page, fields)
        assert (answer.status_code, message in answer.text) == (422, True), fields
    kept = editor.post(page, order(batch=[], name="Night")).text
    assert 'value="Night"' in kept
    assert not AgentTraining.objects.exists()


def test_only_editors_of_the_connection_train(sign_in: SignIn, account: Connection, page: str) -> None:
    for client, status in ((sign_in(account, "reviewer"), 403), (sign_in(), 404)):
        assert (client.get(page).status_code, client.post(page, order()).status_code) == (status, status)
    other = make_connection(vendor="twelvelabs")
    client = sign_in(other, "editor")
    address = f"/connections/{other.pk}/agents/"
    assert "trains no agents here" in client.get(address).text
    assert client.post(address, order()).status_code == 422
    stranger = TrainedAgent.objects.create(connection=other, external_id="a")
    assert sign_in(account, "editor").post(page, order(name="", agent=stranger.pk)).status_code == 422
    assert not AgentTraining.objects.exists()
