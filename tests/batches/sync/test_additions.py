"""Lists of batches that are added in the background."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from batches.actions import add_batch, request_addition
from batches.actions.batches import split_ids
from batches.errors import KeyReused, VendorRefused
from batches.models import AdditionRun, Batch, Connection, SyncRun
from batches.models.addition import AddState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.additions import MAX_TRIES, add_batches
from batches.tasks import request_run, run_addition, sweep
from tests import worlds
from tests.clock import Clock
from tests.factories import make_batch, make_connection, make_user
from tests.vendor_worlds import IDS, TL_BATCH, W_BATCH, address, job, line, tl_batch, w_batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

MANY = [f"{number:032x}" for number in range(100)]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    world = World(
        {batch_id: worlds.batch(1, 1, batch_id=batch_id) for batch_id in MANY},
        twelvelabs={TL_BATCH: tl_batch([line(0)])}, wickson={W_BATCH: w_batch([job(0)])},
    )  # fmt: skip
    with Sandbox(world) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def request(account: Connection, *texts: str, **fields: Any) -> AdditionRun:
    return request_addition(
        **{"connection": account, "texts": list(texts), "by": None, "idempotency_key": uuid4()} | fields
    )


def work(run: AdditionRun) -> AdditionRun:
    run_addition.call(run.pk)
    run.refresh_from_db()
    return run


def states(run: AdditionRun) -> list[str]:
    return [row.state for row in run.rows()]


def test_a_list_is_split_at_lines_and_commas_each_once() -> None:
    assert split_ids(" a \r\nb, c;\td\n\na\nhttps://x.example/batch-view/e ") == [
        "a", "b", "c", "d", "https://x.example/batch-view/e",
    ]  # fmt: skip


def test_one_hundred_ids_are_added_in_the_background(vendor: Sandbox, account: Connection) -> None:
    person = make_user()
    run = request(account, *MANY, by=person)
    assert (len(vendor.calls), Batch.objects.count(), run.state) == (0, 0, "queued"), "answered at once"
    assert work(run).state == "done"
    assert (run.position, run.total, set(states(run))) == (100, 100, {AddState.ADDED})
    assert [Batch.objects.get(pk=row.batch).external_id for row in run.rows()] == MANY
    assert SyncRun.objects.filter(state="queued", requested_by=person).count() == len(vendor.calls) == 100


def test_one_bad_id_refuses_only_itself_with_its_reason(vendor: Sandbox, account: Connection) -> None:
    current = make_batch(account, external_id="here")
    viewer = f"https://app.example/use-cases/x/batch-view/{MANY[0]}"
    run = work(request(account, MANY[0], viewer, "here", "nothere", "../x", MANY[1]))
    assert (run.state, run.message) == ("incomplete", "2 of 5 were not added.")
    rows = {row.text: row for row in run.rows()}
    assert {text: row.state for text, row in rows.items()} == {
        MANY[0]: "added", "here": "known", "nothere": "refused", "../x": "refused", MANY[1]: "added",
    }  # fmt: skip
    assert rows["here"].batch == current.pk
    assert rows["../x"].reason.startswith("A batch ID is a single word")
    assert "404" in rows["nothere"].reason
    assert (SyncRun.objects.count(), Batch.objects.count()) == (3, 3)


def test_the_same_key_is_one_request(account: Connection) -> None:
    key, person = uuid4(), make_user()
    first = request(account, MANY[0], "x", idempotency_key=key, by=person)
    assert request(account, MANY[0], "x", idempotency_key=key, by=person) == first
    with pytest.raises(KeyReused):
        request(account, MANY[1], "x", idempotency_key=key, by=person)
    assert AdditionRun.objects.count() == 1


@pytest.mark.parametrize("count", [0, 101])
def test_too_many_ids_are_refused_with_the_limit(account: Connection, count: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 100 batches at a time, not {count}"):
        request(account, *[f"id{number}" for number in range(count)])
    assert not AdditionRun.objects.exists()


def test_a_killed_worker_settles_nothing_twice(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    run = request(account, *MANY[:20])

    def dies(batch_id: int, by: Any) -> None:
        if Batch.objects.count() == 12:
            raise SystemExit
        request_run(SyncRun, batch_id, by=by, background=True)

    with pytest.raises(SystemExit):
        add_batches(run.pk, request_sync=dies)
    assert (Batch.objects.count(), SyncRun.objects.count()) == (9, 9), "the chunk it died in left nothing"
    run.refresh_from_db()
    assert (run.state, run.position, states(run).count("added")) == ("running", 9, 9)
    clock.go(hours=1)
    asked = len(vendor.calls)
    assert sweep() >= 1
    assert work(run).state == "done"
    assert (Batch.objects.count(), SyncRun.objects.count(), len(vendor.calls) - asked) == (20, 20, 11)


def test_a_refused_key_costs_one_call(vendor: Sandbox) -> None:
    account = make_connection(base_url=vendor.url, key="revoked")
    run = work(request(account, *MANY))
    assert (len(vendor.calls), run.state, "401" in run.message) == (1, "failed", True)
    assert {(row.state, row.reason) for row in run.rows()} == {("refused", "The vendor was not called.")}
    account.refresh_from_db()
    assert "401" in account.refused_reason
    with pytest.raises(VendorRefused, match="Replace or verify it first"):
        request(account, "x")


def test_a_vendor_that_is_away_is_asked_later(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    run = request(account, *MANY[:3])
    vendor.faults = Faults(rate=1, kinds=["503"])
    assert work(run).state == "waiting"
    assert {MANY[0] in call.path for call in vendor.calls} == {True}, "no more calls once one fails"
    vendor.faults = Faults()
    clock.go(hours=1)
    assert work(run).state == "done"
    assert Batch.objects.count() == 3


def test_an_id_without_an_answer_holds_up_no_other(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    run = request(account, *MANY[:4])
    vendor.faults = Faults(rate=1, kinds=["503"], paths=MANY[0])
    for _ in range(MAX_TRIES):
        work(run)
        clock.go(hours=1)
    assert (run.state, states(run)) == ("incomplete", ["refused", "added", "added", "added"])
    assert "503" in next(run.rows()).reason


@pytest.mark.parametrize("name", list(IDS))
def test_adding_with_a_revoked_key_costs_one_call(vendor: Sandbox, name: str) -> None:
    connection = make_connection(vendor=name, base_url=address(vendor, name), key="revoked")
    for phrase in ("refused with status 401", "Replace or verify it first"):
        with pytest.raises(VendorRefused, match=phrase):
            add_batch(connection=connection, text=IDS[name], by=None)
        connection.refresh_from_db()
    assert (len(vendor.calls), Batch.objects.count()) == (1, 0)
