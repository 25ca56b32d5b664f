"""The TwelveLabs SDK against our running server: equal to the vendor until somebody decides, then exactly that
differs.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
from pytest_django.live_server_helper import LiveServer
from twelvelabs import TwelveLabs
from twelvelabs.core.api_error import ApiError
from twelvelabs.errors import BadRequestError, NotFoundError

from batches.actions import decide, request_sync, undo
from batches.models import Batch, Connection, Event, Item, Role, Scope
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.reviewer.api.conftest import make_token
from tests.vendor_worlds import TL_BATCH, days_ago, line, segments, task_id, tl_batch

pytestmark = pytest.mark.django_db(transaction=True)

TIMED, EMPTY = "68f4ddaf8aaa60d33df0e8fe", "68f4ddaf8aaa60d33df0e8fd"
RISKS = [{"start_time": n, "end_time": n + 1, "metadata": {"title": f"Risk {n}"}} for n in (2, 0, 1)]


def timed(number: int) -> dict[str, Any]:
    text = segments(risk=RISKS, sign=[], calm=[{"start_time": 5.0, "end_time": 9.5, "metadata": {"people": 2}}])
    return line(number, text.replace(", ", " , "))


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    general = [
        line(0), line(1, status="failed"), line(2, status="processing"), line(3, status="canceled", custom_id=None),
        line(4, status="queued"),
        line(5, '{"summary": "Two cars.\u2028A bus.", "scenes": [{"start_time": 1}], "n": 1e3}'),
        line(6, "cut \u0085 sho", data={**line(6)["data"], "finish_reason": "length", "data": "cut \u0085 sho"}),
        line(7, ""),
    ]  # fmt: skip
    batches = {
        TL_BATCH: tl_batch(general, status="processing"),
        TIMED: tl_batch([timed(8), timed(9)], batch_id=TIMED, analysis_mode="time_based_metadata",
            created_at=days_ago(3)),
        EMPTY: tl_batch([], batch_id=EMPTY, created_at=days_ago(29), status="expired"),
    }  # fmt: skip
    with Sandbox(World({}, twelvelabs=batches)) as running:
        settings.PRIVATE_HOSTS = frozenset({running.url.removeprefix("http://")})
        yield running


Opened = Callable[[str, str], TwelveLabs]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """The SDK with its own HTTP client, which it would never close."""
    with httpx.Client() as client:
        yield lambda url, key: TwelveLabs(api_key=key, base_url=f"{url}/v1.3", httpx_client=client)


@pytest.fixture
def vendors(sandbox: Sandbox, opened: Opened) -> TwelveLabs:
    return opened(sandbox.url, sandbox.key)


@pytest.fixture
def connection(sandbox: Sandbox) -> Connection:
    return make_connection(vendor="twelvelabs", base_url=f"{sandbox.url}/v1.3", key=sandbox.key)


@pytest.fixture
def key(connection: Connection) -> str:
    return make_token(make_member(connection, Role.REVIEWER, "rita"), Scope.READ)


@pytest.fixture
def ours(live_server: LiveServer, key: str, opened: Opened) -> TwelveLabs:
    return opened(live_server.url, key)


def synced(connection: Connection, batch_id: str) -> Batch:
    batch = make_batch(connection, external_id=batch_id, prompt="", batch_type="unknown")
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)  # type: ignore[arg-type]
    batch.refresh_from_db()
    return batch


def results(sdk: TwelveLabs, batch_id: str) -> list[dict[str, Any]]:
    return [row.dict() for row in sdk.analyze_async.batches.results(batch_id)]


def decided(event: Event, approval: str = "approved", **fields: str) -> Any:
    by = event.batch.connection.memberships.get().user
    asked: dict[str, Any] = {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint, **fields}
    return decide(**asked, approval=approval, by=by, idempotency_key=uuid4())


def test_until_somebody_decides_the_sdk_reads_what_it_reads_from_the_vendor(
    connection: Connection, vendors: TwelveLabs, ours: TwelveLabs
) -> None:
    for batch_id in (TL_BATCH, TIMED, EMPTY):
        synced(connection, batch_id)
        read = vendors.analyze_async.batches.retrieve(batch_id)
        assert ours.analyze_async.batches.retrieve(batch_id.upper()).dict() == read.dict()
        assert results(ours, batch_id) == results(vendors, batch_id)
        assert len(results(ours, batch_id)) == read.total_items
    for asked in (
        {},
        {"page_limit": 1},
        {"status": ["processing", "expired"]},
        {"analysis_mode": "time_based_metadata"},
    ):
        theirs = [batch.dict() for batch in vendors.analyze_async.batches.list(**asked)]
        assert [batch.dict() for batch in ours.analyze_async.batches.list(**asked)] == theirs != []
    assert list(ours.analyze_async.batches.list(status="canceling")) == []


def test_the_bytes_are_the_vendors_json_too(
    connection: Connection, sandbox: Sandbox, live_server: LiveServer, key: str
) -> None:
    def both(path: str) -> Iterator[requests.Response]:
        for url, existing in ((sandbox.url, sandbox.key), (live_server.url, key)):
            yield requests.get(f"{url}/v1.3/analyze/batches{path}", headers={"x-api-key": existing}, timeout=5)

    for batch_id in (TL_BATCH, TIMED, EMPTY):
        synced(connection, batch_id)
    theirs, ours = both(f"/{TL_BATCH}/results")
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"] == "application/jsonl"
    assert [json.loads(row) for row in ours.text.splitlines()] == [json.loads(row) for row in theirs.iter_lines()]
    for asked in ("", "?page=2&page_limit=1", "?page=9&page_limit=2"):
        theirs, ours = both(asked)
        assert ours.json() == theirs.json()


def test_after_decisions_exactly_the_decided_results_have_a_field_more(
    connection: Connection, vendors: TwelveLabs, ours: TwelveLabs, settings: Any
) -> None:
    batch = synced(connection, TIMED)
    event = batch.events.get(item__external_id=task_id(9), label="Risk 1")
    decided(event, "rejected", reason="too far away", note="a shadow")
    calm = batch.events.get(item__external_id=task_id(9), category="calm")
    decided(calm)
    event.refresh_from_db()
    calm.refresh_from_db()
    same, differs = results(ours, TIMED)
    first, second = results(vendors, TIMED)
    assert same == first
    assert {name: value for name, value in differs.items() if name != "reviewer_decisions"} == second
    assert event.decided_at
    assert differs["reviewer_decisions"][0] == {
        "event_id": event.pk, "index": 2, "category": "risk", "label": "Risk 1", "start_time": 1.0, "end_time": 2.0,
        "approval": "rejected", "reason": "too far away", "note": "a shadow", "decided_by": "rita",
        "decided_at": event.decided_at.isoformat(), "changed_since": False,
        "url": f"{settings.PUBLIC_URL}/events/{event.pk}/",
    }  # fmt: skip
    assert [decision["index"] for decision in differs["reviewer_decisions"]] == [2, 3]
    assert json.loads(differs["data"]["data"])["risk"][2] == RISKS[2], "the index is the place in the answer"


def test_an_undone_decision_leaves_the_vendors_words_alone(
    connection: Connection, vendors: TwelveLabs, ours: TwelveLabs
) -> None:
    batch = synced(connection, TIMED)
    outcome = decided(batch.events.in_order()[0])
    undo(batch_id=batch.pk, action_id=outcome.action.pk, by=outcome.action.user, idempotency_key=uuid4())
    assert results(ours, TIMED) == results(vendors, TIMED)


def test_old_answers_take_their_text_from_the_events(
    connection: Connection, vendors: TwelveLabs, ours: TwelveLabs
) -> None:
    for batch_id in (TL_BATCH, TIMED):
        batch = synced(connection, batch_id)
        for item in batch.items.all():
            text = json.loads(item.raw)
            if "data" in text:
                del text["data"]["data"]
            Item.objects.filter(pk=item.pk).update(raw=json.dumps(text))
    texts = {row["task_id"]: row.get("data") for row in results(vendors, TL_BATCH)}
    texts.pop(task_id(5))  # its events hold what has a time
    read = {row["task_id"]: row.get("data") for row in results(ours, TL_BATCH)}
    assert {name: read[name] for name in texts} == texts
    details = [json.loads(row["data"]["data"]) for row in results(ours, TIMED)]
    existing = [json.loads(row["data"]["data"]) for row in results(vendors, TIMED)]
    assert details == [{name: value for name, value in row.items() if value} for row in existing]


def test_the_next_sync_brings_the_text_that_is_missing(connection: Connection, ours: TwelveLabs) -> None:
    batch = synced(connection, TIMED)
    before = results(ours, TIMED)
    Item.objects.filter(batch=batch).update(raw="{}", digest="of an earlier release")
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)  # type: ignore[arg-type]
    assert results(ours, TIMED) == before


def test_a_batch_from_a_file_of_results_alone_is_counted_here(ours: TwelveLabs, connection: Connection) -> None:
    batch = make_batch(connection, external_id=TL_BATCH, batch_type="general", state="completed")
    ready = make_item(batch, raw_status="ready", raw=json.dumps(line(0)))
    make_event(ready)
    make_item(batch, raw_status="failed", raw=json.dumps(line(1, status="failed")))
    make_item(batch, external_id=task_id(2), name="", raw="")  # listed, and not read yet
    read = ours.analyze_async.batches.retrieve(TL_BATCH)
    counts = read.total_items, read.ready_items, read.failed_items, read.queued_items
    assert (counts, read.status, read.analysis_mode) == ((3, 1, 1, 0), "completed", "general")
    assert results(ours, TL_BATCH)[2] == {"task_id": task_id(2), "custom_id": None, "status": "queued"}


def test_records_no_longer_listed_are_left_out(connection: Connection, ours: TwelveLabs) -> None:
    batch = synced(connection, TIMED)
    Item.objects.filter(external_id=task_id(8)).update(gone_at="2026-01-01T00:00Z")
    assert [row["task_id"] for row in results(ours, batch.external_id)] == [task_id(9)]


@pytest.mark.parametrize("call", ["retrieve", "results"])
def test_unknown_foreign_and_malformed_ids_are_the_sdks_own_errors(
    connection: Connection, ours: TwelveLabs, call: str
) -> None:
    make_batch(make_connection(vendor="twelvelabs"), external_id=TL_BATCH)  # somebody else's
    make_batch(make_connection(vendor="wickson"), external_id=EMPTY)
    ask = getattr(ours.analyze_async.batches, call)
    for batch_id in (TL_BATCH, TIMED, EMPTY):
        with pytest.raises(NotFoundError) as refusal:
            list(ask(batch_id))
        body = refusal.value.body
        assert body == {"code": "resource_not_exist", "message": f"Resource with id {batch_id} does not exist."}
    with pytest.raises(ApiError) as wrong:
        list(ask("batch-1"))
    assert (wrong.value.status_code, wrong.value.body["code"]) == (400, "parameter_invalid")
    assert list(ours.analyze_async.batches.list()) == []


@pytest.mark.parametrize("asked", [{"page": 0}, {"page_limit": 51}, {"page_limit": 0}, {"page": 10**12}])
def test_a_page_that_cannot_be_is_refused_not_clamped(ours: TwelveLabs, asked: dict[str, int]) -> None:
    with pytest.raises(BadRequestError) as refusal:
        ours.analyze_async.batches.list(**asked)
    assert refusal.value.body["code"] == "parameter_invalid"
    assert next(iter(asked)) in refusal.value.body["message"]


def test_a_wrong_key_is_the_vendors_401(connection: Connection, opened: Opened, live_server: LiveServer) -> None:
    sdk = opened(live_server.url, "rev_wrong")
    for call in (sdk.analyze_async.batches.list, lambda: sdk.analyze_async.batches.retrieve(TL_BATCH)):
        with pytest.raises(ApiError) as refusal:
            call()
        assert (refusal.value.status_code, refusal.value.body["code"]) == (401, "api_key_invalid")
    assert requests.get(f"{live_server.url}/v1.3/analyze/batches", timeout=5).json()["code"] == "api_key_invalid"


def test_nothing_is_canceled_or_deleted_here(ours: TwelveLabs, connection: Connection) -> None:
    synced(connection, TIMED)
    with pytest.raises(ApiError) as refusal:
        ours.analyze_async.batches.delete(TIMED)
    assert (refusal.value.status_code, set(refusal.value.body)) == (405, {"code", "message"})
    assert Batch.objects.filter(external_id=TIMED).exists()


def test_results_cost_the_same_queries_for_one_item_and_for_three(
    connection: Connection, key: str, client: Any, django_assert_max_num_queries: Any
) -> None:
    batch = make_batch(connection, external_id=TL_BATCH)
    for number in range(3):
        make_item(batch, raw=json.dumps(line(number)))
    with django_assert_max_num_queries(11) as queries:
        answer = client.get(f"/v1.3/analyze/batches/{TL_BATCH}/results", headers={"x-api-key": key})
        assert len(answer.getvalue().splitlines()) == 3
    Item.objects.filter(batch=batch).exclude(pk=batch.items.first().pk).update(gone_at="2026-01-01T00:00Z")  # type: ignore[union-attr]
    with django_assert_max_num_queries(len(queries)):
        client.get(f"/v1.3/analyze/batches/{TL_BATCH}/results", headers={"x-api-key": key}).getvalue()
