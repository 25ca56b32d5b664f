"""Every queue with real processes: killed workers lose nothing, and work that kills each of them ends."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connection

from batches.jobs.claims import MAX_ATTEMPTS
from tests.batches.engines.scene import CALM, POISON, VICTIM, VIDEOS, Story, tell
from tests.killing.own_database import own_database
from tests.rabbitmq import rabbitmq

ENGINES = ["embedded"] if connection.vendor == "sqlite" else ["embedded", "procrastinate", "celery"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=ENGINES)
def story(request: pytest.FixtureRequest) -> Iterator[Story]:
    with ExitStack() as stack:
        tasks_url = {"embedded": "", "procrastinate": "procrastinate://"}.get(request.param)
        if tasks_url is None:
            tasks_url = stack.enter_context(rabbitmq())
        yield tell(stack.enter_context(own_database(migrated=True)), tasks_url)


def test_a_sync_whose_worker_was_killed_is_finished_by_another(story: Story) -> None:
    assert story.kills[VICTIM] == 1
    assert 0 < story.killed_at < VIDEOS[VICTIM], "the kill fell into the middle of the work"
    run = story.runs[VICTIM]
    assert (run.state, run.position, run.events, run.message) == ("done", VIDEOS[VICTIM], VIDEOS[VICTIM], "")


def test_a_sync_that_kills_each_of_its_workers_is_given_up(story: Story) -> None:
    assert story.kills[POISON] == MAX_ATTEMPTS
    run = story.runs[POISON]
    assert (run.state, run.message) == ("failed", "Given up: the worker died 5 times without progress.")


def test_the_others_are_done_meanwhile(story: Story) -> None:
    assert {name: (story.runs[name].state, story.runs[name].events) for name in CALM} == dict.fromkeys(
        CALM, ("done", 20)
    )
    assert story.ledger == "The ledger and the events agree.\n"


def test_up_ends_everything_it_started(story: Story) -> None:
    assert (story.exit_code, story.left_over) == (0, [])
