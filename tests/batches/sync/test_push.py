"""The outbox of metadata against the vendor's stand-in: in the end both sides agree, whatever failed meanwhile."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from batches.actions import SeenKey, edit_metadata, push_again, request_sync, resolve_key
from batches.errors import BadMetadata, MetadataChanged
from batches.models import Batch, Connection, MetadataEntry, MetadataPush
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.wire import Answer
from batches.sandbox.world import READER_KEY
from batches.sync import push as pushing
from batches.sync.push import push
from batches.sync.run import sync
from batches.tasks import sweep
from tests import worlds
from tests.factories import make_batch, make_connection, make_member

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox({worlds.BATCH: worlds.batch()}) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def batch(vendor: Sandbox) -> Batch:
    """A synced batch; the vendor has {"version": 2}."""
    connection = make_connection(base_url=vendor.url, key=vendor.key)
    return make_batch(connection, external_id=worlds.BATCH, vendor_metadata={"version": 2})


@pytest.fixture
def edda(batch: Batch) -> User:
    return make_member(batch.connection, "editor", "edda")


def work(batch: Batch) -> MetadataPush:
    """One turn of a worker at the batch's newest push."""
    run = MetadataPush.objects.filter(batch=batch).latest("id")
    push(run.pk, sleep=lambda seconds: None)
    run.refresh_from_db()
    return run


def at_vendor(vendor: Sandbox) -> dict[str, Any]:
    return json.loads(vendor.state.status(worlds.BATCH, listing=False))["metadata"]


def states(batch: Batch) -> dict[str, str]:
    return dict(MetadataEntry.objects.filter(batch=batch).values_list("name", "state"))


def written(vendor: Sandbox) -> list[dict[str, Any]]:
    """The values sent to the vendor, in order."""
    bodies = [json.loads(call.body) for call in vendor.calls if call.path.endswith("/metadata")]
    return [json.loads(body["metadata"]) for body in bodies]


def test_push_sends_an_edit_and_reads_it_back(vendor: Sandbox, batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"experiment": "exp-1", "version": 3}, by=edda)
    assert states(batch) == {"experiment": "waiting", "version": "waiting"}
    run = work(batch)
    assert (run.state, run.message, at_vendor(vendor)) == ("done", "", {"version": 3, "experiment": "exp-1"})
    assert states(batch) == {"experiment": "pushed", "version": "pushed"}
    batch.refresh_from_db()
    assert batch.vendor_metadata == {"version": 3, "experiment": "exp-1"}
    assert [call.path.rpartition("/")[2] for call in vendor.calls] == [
        "status?include_videos=false", "metadata", "status?include_videos=false",
    ]  # fmt: skip


def test_push_lost_answer_is_not_sent_twice(vendor: Sandbox, batch: Batch, edda: User, clock: Clock) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=edda)
    vendor.faults = Faults(paths="/metadata$", first=["truncated"])
    assert (work(batch).state, states(batch)) == ("waiting", {"version": "waiting"})
    assert at_vendor(vendor) == {"version": 3}
    clock.now += timedelta(minutes=1)
    assert work(batch).state == "done"
    assert (states(batch), written(vendor)) == ({"version": "pushed"}, [{"version": 3}])


def test_push_edit_after_a_lost_answer_is_no_conflict(vendor: Sandbox, batch: Batch, edda: User, clock: Clock) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=edda)
    vendor.faults = Faults(paths="/metadata$", first=["truncated"])
    work(batch)
    edit_metadata(batch_id=batch.pk, values={"version": 4}, by=edda, seen=keys_seen(batch, "version", theirs=2))
    clock.now += timedelta(minutes=1)
    assert work(batch).state == "done"
    assert (at_vendor(vendor), states(batch)) == ({"version": 4}, {"version": "pushed"})


def keys_seen(batch: Batch, name: str, theirs: Any) -> dict[str, SeenKey]:
    entry = MetadataEntry.objects.filter(batch=batch, name=name).first()
    return {name: SeenKey(entry.step_id if entry else 0, theirs)}


def test_push_retries_until_the_vendor_is_up_again(vendor: Sandbox, batch: Batch, edda: User, clock: Clock) -> None:
    vendor.faults = Faults(rate=1.0, kinds=["503"])
    began, number = clock.now, 0
    while clock.now - began < timedelta(hours=1):
        number += 1
        edit_metadata(batch_id=batch.pk, values={"version": 100 + number, f"key {number}": number}, by=edda)
        run = work(batch)
        assert run.state == "waiting"
        assert run.retry_at
        assert run.retry_at - clock.now <= timedelta(hours=1)
        clock.now += timedelta(minutes=7)
        sweep()
    vendor.faults = Faults(paths="/metadata$", first=["500", "truncated"])
    vendor.calls.clear()
    for _ in range(4):
        clock.now = max(clock.now, MetadataPush.objects.get().retry_at or clock.now)
        work(batch)
    run = MetadataPush.objects.get()
    assert (run.state, set(states(batch).values())) == ("done", {"pushed"})
    assert at_vendor(vendor) == {"version": 100 + number, **{f"key {n}": n for n in range(1, number + 1)}}
    assert {values["version"] for values in written(vendor)} == {100 + number}, "only the newest value is sent"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.case("N08")
def test_push_both_sides_agree_under_any_faults(
    vendor: Sandbox, batch: Batch, edda: User, clock: Clock, seed: int
) -> None:
    dice = random.Random(seed)
    kinds = ["500", "503", "429", "reset", "truncated", "html"]
    vendor.faults = Faults(seed=seed, rate=0.6, kinds=kinds)
    for number in range(15):
        edit_metadata(batch_id=batch.pk, values={dice.choice("abc"): number}, by=edda)
        clock.now += timedelta(seconds=dice.choice([1, 60, 4000]))
        work(batch)
    vendor.faults = Faults()
    clock.now += timedelta(hours=2)
    work(batch)
    assert set(states(batch).values()) == {"pushed"}
    ours = dict(MetadataEntry.objects.values_list("name", "value"))
    assert at_vendor(vendor) == {"version": 2, **ours}
    for name in "abc":
        sent = [values[name] for values in written(vendor) if name in values]
        assert sent == sorted(sent), "in the order of the edits"


def test_push_reports_a_conflict_with_three_values(vendor: Sandbox, batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3, "other": "x"}, by=edda)
    vendor.state.merge_metadata(worlds.BATCH, {"version": 7})
    run = work(batch)
    assert (run.state, run.message) == ("incomplete", "1 changed on both sides.")
    assert at_vendor(vendor) == {"version": 7, "other": "x"}
    entry = MetadataEntry.objects.get(name="version")
    batch.refresh_from_db()
    assert (entry.state, entry.base, entry.value, batch.vendor_metadata["version"]) == ("conflict", 2, 3, 7)


@pytest.mark.parametrize("ours", [True, False])
def test_push_conflict_can_be_resolved_either_way(vendor: Sandbox, batch: Batch, edda: User, ours: bool) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=edda)
    vendor.state.merge_metadata(worlds.BATCH, {"version": 7})
    work(batch)
    with pytest.raises(MetadataChanged):
        resolve_key(
            batch_id=batch.pk, name="version", ours=ours, seen=keys_seen(batch, "version", 2)["version"], by=edda
        )
    edit = resolve_key(
        batch_id=batch.pk, name="version", ours=ours, seen=keys_seen(batch, "version", 7)["version"], by=edda
    )
    step = edit.steps.get()
    assert (step.before, step.value) == (3, 3 if ours else 7)
    work(batch)
    assert at_vendor(vendor) == {"version": 3 if ours else 7}
    assert states(batch) == ({"version": "pushed"} if ours else {})


def test_push_sets_only_the_refused_key_aside(
    vendor: Sandbox, batch: Batch, edda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_metadata(batch_id=batch.pk, values={f"k{n}": n for n in range(5)}, by=edda)
    answer = vendor._api

    def picky(request: Any) -> Any:
        if request.path.endswith("/metadata") and '"k3"' in request.json()["metadata"]:
            return Answer(400, b'{"detail": "k3 is reserved"}')
        return answer(request)

    monkeypatch.setattr(vendor, "_api", picky)
    run = work(batch)
    assert (run.state, run.message) == ("incomplete", "1 refused by the vendor.")
    refused = MetadataEntry.objects.get(state="refused")
    assert (refused.name, refused.message) == ("k3", "The vendor refused with status 400: k3 is reserved")
    assert at_vendor(vendor) == {"version": 2, "k0": 0, "k1": 1, "k2": 2, "k4": 4}
    monkeypatch.setattr(vendor, "_api", answer)
    push_again(batch_id=batch.pk, by=edda)
    assert (work(batch).state, at_vendor(vendor)["k3"], MetadataPush.objects.count()) == ("done", 3, 2)


def test_push_explains_missing_ownership_at_the_vendor(vendor: Sandbox, batch: Batch, edda: User) -> None:
    batch.connection.set_key(READER_KEY)
    batch.connection.save()
    edit_metadata(batch_id=batch.pk, values={"a": 1, "b": 2}, by=edda)
    assert work(batch).state == "incomplete"
    states = set(MetadataEntry.objects.values_list("state", "message"))
    assert states == {("refused", "The vendor refused with status 403: Only the batch owner can update metadata")}
    assert len(written(vendor)) == 1


def test_push_to_a_missing_batch_refuses_all_keys(vendor: Sandbox, batch: Batch, edda: User) -> None:
    vendor.state.delete(worlds.BATCH)
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    assert (work(batch).state, states(batch), written(vendor)) == ("incomplete", {"a": "refused"}, [])


def test_push_waits_for_a_replaced_key(vendor: Sandbox, batch: Batch, edda: User, clock: Clock) -> None:
    connection = batch.connection
    connection.set_key("nai_wrong")
    connection.save()
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    for _ in range(8):
        run = work(batch)
        assert (run.state, states(batch)) == ("waiting", {"a": "waiting"})
        clock.now += timedelta(hours=1)
    assert len(vendor.calls) == 1
    connection = Connection.objects.get()
    connection.set_key(vendor.key)
    connection.save()
    assert (work(batch).state, at_vendor(vendor)["a"]) == ("done", 1)


def test_push_waits_while_the_connection_is_paused(vendor: Sandbox, batch: Batch, edda: User) -> None:
    Connection.objects.update(paused=True)
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    run = work(batch)
    assert (run.state, vendor.calls) == ("waiting", [])
    assert "is paused" in run.message
    Connection.objects.update(paused=False)
    push_again(batch_id=batch.pk, by=edda)
    assert work(batch).state == "done"


def test_push_keeps_the_time_that_the_vendor_named(
    vendor: Sandbox, batch: Batch, edda: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: "7200")
    vendor.faults = Faults(rate=1.0, kinds=["429"])
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    run = work(batch)
    assert (run.state, run.retry_at, run.named) == ("waiting", clock.now + timedelta(hours=2), True)
    push_again(batch_id=batch.pk, by=edda)
    assert (work(batch).retry_at, len(vendor.calls)) == (clock.now + timedelta(hours=2), 1)


def test_push_retries_a_value_that_the_vendor_does_not_show(
    vendor: Sandbox, batch: Batch, edda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor.state, "merge_metadata", lambda batch_id, values: values)
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    run = work(batch)
    assert (run.state, run.message) == ("waiting", "The vendor accepted the change but does not return it.")
    assert len(written(vendor)) == 2


def test_push_includes_an_edit_made_meanwhile(
    vendor: Sandbox, batch: Batch, edda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    send: Callable[..., None] = pushing._send
    edits = iter([{"a": 2}, {"b": 1}])

    def meanwhile(*args: Any) -> None:
        send(*args)
        if values := next(edits, None):
            edit_metadata(batch_id=batch.pk, values=values, by=edda)

    monkeypatch.setattr(pushing, "_send", meanwhile)
    run = work(batch)
    assert (run.state, MetadataPush.objects.count()) == ("done", 1)
    assert (at_vendor(vendor), written(vendor)) == ({"version": 2, "a": 2, "b": 1}, [{"a": 1}, {"a": 2}, {"b": 1}])


def test_push_lost_claim_writes_nothing(vendor: Sandbox, batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    run = MetadataPush.objects.get()
    claimed = pushing.claim(MetadataPush, run.pk)
    assert claimed
    MetadataPush.objects.update(claim="another")
    with pytest.raises(pushing.ClaimLost):
        pushing._settle(claimed, {"a": 9})
    batch.refresh_from_db()
    assert (batch.vendor_metadata, states(batch)) == ({"version": 2}, {"a": "waiting"})


def test_push_sync_keeps_our_values(vendor: Sandbox, batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=edda)
    vendor.state.merge_metadata(worlds.BATCH, {"version": 9, "new": "x"})
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    batch.refresh_from_db()
    entry = MetadataEntry.objects.get()
    assert (batch.vendor_metadata, entry.value, entry.base) == ({"version": 9, "new": "x"}, 3, 2)


def test_push_key_can_be_removed_until_it_is_sent(vendor: Sandbox, batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"a": 1, "b": 1}, by=edda)
    edit_metadata(batch_id=batch.pk, values={}, drop=["b"], by=edda)
    assert states(batch) == {"a": "waiting"}
    work(batch)
    for name in ("a", "version"):
        with pytest.raises(BadMetadata, match="has no way to remove one"):
            edit_metadata(batch_id=batch.pk, values={}, drop=[name], by=edda)
    assert at_vendor(vendor) == {"version": 2, "a": 1}
