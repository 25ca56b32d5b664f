"""Slots of a worker: long jobs run beside its others, at most a few of each kind."""

from threading import Event, Thread

import pytest

from batches.jobs.slots import SLOTS, Slots


@pytest.fixture
def slots() -> Slots:
    made = Slots()
    made.provide()
    return made


def test_a_full_kind_refuses_a_job_until_a_slot_is_free(slots: Slots) -> None:
    done, ended = Event(), [Event() for _ in range(SLOTS)]
    for event in ended:
        assert slots.run("upload", lambda: done.wait(60), then=event.set)
    assert not slots.run("upload", lambda: None, then=lambda: None)
    other = Event()
    assert slots.run("search", lambda: None, then=other.set)
    assert other.wait(60), "another kind has its own slots"
    done.set()
    assert all(event.wait(60) for event in ended)
    assert slots.run("upload", lambda: None, then=lambda: None)


def test_a_job_that_fails_frees_its_slot(slots: Slots) -> None:
    def fail() -> None:
        raise ValueError("broken")

    for _ in range(SLOTS):
        assert slots.run("search", fail, then=lambda: None)
    ended = Event()
    while not slots.run("search", lambda: None, then=ended.set):
        pass
    assert ended.wait(60)


def test_a_worker_that_stops_waits_for_the_jobs_in_its_slots(slots: Slots) -> None:
    answered, recorded = Event(), Event()

    def ask() -> None:
        answered.wait(60)
        recorded.set()

    assert slots.run("odd", ask, then=lambda: None)
    stopping = Thread(target=slots.finish, daemon=True)
    stopping.start()
    assert stopping.is_alive()
    answered.set()
    stopping.join(60)
    assert recorded.is_set()
    assert not stopping.is_alive()
    assert not slots.run("odd", lambda: None, then=lambda: None), "it takes no more"


def test_a_process_that_is_no_worker_does_the_job_at_once() -> None:
    calls: list[str] = []
    assert Slots().run("upload", lambda: calls.append("job"), then=lambda: calls.append("then"))
    assert calls == ["job", "then"]
