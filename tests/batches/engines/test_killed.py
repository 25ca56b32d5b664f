"""Every queue with real processes: killed workers lose nothing, and work that kills each of them ends."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connection

from batches.jobs.claims import MAX_ATTEMPTS
from tests.batches.engines.scene import CALM, POISON, VICTIM, VIDEOS, Outcome, run_scene
from tests.killing.own_database import own_database
from tests.rabbitmq import rabbitmq

ENGINES = ["embedded"] if connection.vendor == "sqlite" else ["embedded", "procrastinate", "celery"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=ENGINES)
def outcome(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    with ExitStack() as stack:
        tasks_url = {"embedded": "", "procrastinate": "procrastinate://"}.get(request.param)
        if tasks_url is None:
            tasks_url = stack.enter_context(rabbitmq())
        yield run_scene(stack.enter_context(own_database(migrated=True, tasks_url=tasks_url)), tasks_url)


def test_a_sync_whose_worker_was_killed_is_finished_by_another(outcome: Outcome) -> None:
    assert outcome.kills[VICTIM] == 1
    assert 0 < outcome.killed_at < VIDEOS[VICTIM], "the kill fell into the middle of the work"
    run = outcome.runs[VICTIM]
    assert (run.state, run.position, run.events, run.message) == ("done", VIDEOS[VICTIM], VIDEOS[VICTIM], "")


def test_a_sync_that_kills_each_of_its_workers_is_given_up(outcome: Outcome) -> None:
    assert outcome.kills[POISON] == MAX_ATTEMPTS
    run = outcome.runs[POISON]
    assert (run.state, run.message) == ("failed", "Given up: the worker died 5 times without progress.")


def test_other_runs_finish_in_the_meantime(outcome: Outcome) -> None:
    assert {name: (outcome.runs[name].state, outcome.runs[name].events) for name in CALM} == dict.fromkeys(
        CALM, ("done", 20)
    )
    assert outcome.ledger.endswith("The ledger and the events agree.\n")


def test_up_ends_everything_it_started(outcome: Outcome) -> None:
    assert (outcome.exit_code, outcome.left_over) == (0, [])


def test_an_upload_whose_worker_is_stopped_gets_its_answer(outcome: Outcome) -> None:
    assert outcome.upload == "done"
