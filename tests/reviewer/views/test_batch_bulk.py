"""Verdicts on many events over HTTP: named ones and all that match, their runs, their undo."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions.check import ledger_problems
from batches.bulk.run import run_bulk
from batches.models import Action, Batch, BulkRun, Connection, Decision, Event
from tests.factories import make_batch, make_connection, make_event, make_item

JSON = {"Accept": "application/json"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for number in range(4):
        make_event(item, label=f"event {number}")
    return made


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.actions.bulk.MAX_EVENTS_IN_REQUEST", 2)
    monkeypatch.setattr("batches.bulk.run.CHUNK_EVENTS", 2)


def named(events: Any) -> str:
    return "-".join(f"{event.pk}.{event.version}.{event.fingerprint}" for event in events)


def post(client: Client, batch: Batch, **fields: Any) -> Any:
    sent = {"key": str(uuid4()), "approval": "rejected"} | fields
    return client.post(f"/batches/{batch.pk}/bulk/", sent, headers=JSON)


def matching(client: Client, batch: Batch, query: str = "", **fields: Any) -> Any:
    """As the page asks: with what it says about its making."""
    page = client.get(f"/batches/{batch.pk}/?{query}").context
    sync = f"{page['sync'].pk}.{page['sync'].events_updated}" if page["sync"] else "0.0"
    count = client.get(f"/batches/{batch.pk}/count/?{query}").json()["count"]
    body = {"query": query, "made_at": page["made_at"].isoformat(), "count": count, "sync": sync} | fields
    return post(client, batch, **body)


def states(batch: Batch) -> list[str]:
    assert list(ledger_problems()) == []
    return list(batch.events.order_by("pk").values_list("approval", flat=True))


def test_named_events_are_decided_and_the_answer_has_them_all(reviewer: Client, batch: Batch) -> None:
    events = list(batch.events.order_by("pk")[:3])
    answer = post(reviewer, batch, events=named(events), reason="glare")
    assert answer.status_code == 200
    payload = answer.json()
    assert [(row["id"], row["version"], row["approval"], row["reason"]) for row in payload["events"]] == [
        (event.pk, 2, "rejected", "glare") for event in events
    ]
    assert payload["counts"] == {"pending": 1, "approved": 0, "rejected": 3, "invalid": 0}
    assert "skipped" not in payload
    assert Action.objects.get().ip_address == "127.0.0.1"
    assert states(batch) == ["rejected"] * 3 + ["pending"]


def test_stale_ones_come_back_as_they_are_now(reviewer: Client, editor: Client, batch: Batch) -> None:
    events = list(batch.events.order_by("pk"))
    post(editor, batch, events=named(events[1:2]), approval="invalid")
    payload = post(reviewer, batch, events=named(events)).json()
    assert [(row["id"], row["approval"], row["version"]) for row in payload["skipped"]] == [
        (events[1].pk, "invalid", 2)
    ]
    assert payload["run"] is None
    assert states(batch) == ["rejected", "invalid", "rejected", "rejected"]


def test_a_repetition_is_the_same_answer(reviewer: Client, editor: Client, batch: Batch) -> None:
    events, key = list(batch.events.order_by("pk")), str(uuid4())
    post(editor, batch, events=named(events[:1]))
    first, second = (post(reviewer, batch, events=named(events), key=key) for _ in range(2))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == {**first.json(), "replayed": True}
    assert Decision.objects.count() == 4


@pytest.mark.parametrize("other", ["connection", "batch", "nothing"])
@pytest.mark.case("A05")
def test_an_event_of_another_batch_blocks_the_action(
    reviewer: Client, account: Connection, batch: Batch, other: str
) -> None:
    makers = {"connection": make_connection, "batch": lambda: account}
    foreign = make_event(make_item(make_batch(makers[other]())), label="secret") if other in makers else None
    own = named(batch.events.order_by("pk")[:3])
    answer = post(reviewer, batch, events=f"{own}-{named([foreign])}" if foreign else f"{own}-{10**15}.1.abc")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "It may have been removed, or it belongs to a connection you are not a member of."
    }
    assert Decision.objects.count() == Action.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"events": "1.2"}, "events: '1.2' is not an event's number, version and fingerprint."),
        ({"events": "1.1.XYZ"}, "events: '1.1.XYZ' is not an event's number, version and fingerprint."),
        ({"events": "", "made_at": "0001-01-01 00:00", "count": "3", "sync": "0.0"},
            "made_at: Expected the time at which the page was made."),
        ({"events": ""}, "Give the events, or the query with made_at, count and sync of its page."),
        ({"query": "", "count": "3"},
            "Give the events, or the query with made_at, count and sync of its page."),
        ({"events": "1.1.a", "approval": "pending"},
         "approval: Select a valid choice. pending is not one of the available choices."),
        ({"events": "-".join(f"{pk}.1.a" for pk in range(1, 1002))}, "events: 1 to 500 at a time, not 1001"),
        ({"events": "1.1.a", "key": "x"}, "key: Enter a valid UUID."),
        ({"events": "1.1.a", "sync": "1"}, "sync: Enter a valid value."),
    ],
)  # fmt: skip
def test_invalid_input_changes_nothing(reviewer: Client, batch: Batch, fields: dict[str, str], sentence: str) -> None:
    answer = post(reviewer, batch, **fields)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert Action.objects.count() == 0


def test_a_body_beyond_all_measure_is_refused_unread(reviewer: Client, batch: Batch) -> None:
    assert post(reviewer, batch, events="1.1.a-" * 500_000).status_code == 413
    wrong = {"query": "approval=aproved", "made_at": "2026-01-01T00:00:00Z", "count": 1, "sync": "0.0"}
    assert post(reviewer, batch, **wrong).status_code == 400
    assert Action.objects.count() == 0


def test_it_is_saved_only_for_its_author(reviewer: Client, editor: Client, batch: Batch) -> None:
    author = editor.user.pk  # type: ignore[attr-defined]
    assert post(reviewer, batch, events=named(batch.events.all()), author=author).status_code == 401
    assert Action.objects.count() == 0


def test_all_that_match_are_decided_and_no_other(reviewer: Client, batch: Batch) -> None:
    make_event(batch.items.get(), label="something else")
    answer = matching(reviewer, batch, "q=event")
    assert answer.status_code == 200
    payload = answer.json()
    assert (len(payload["events"]), payload["skipped"], payload["run"]["state"]) == (4, [], "done")
    assert (payload["run"]["decided"], payload["run"]["message"]) == (4, "")
    assert states(batch) == ["rejected"] * 4 + ["pending"]


def test_what_a_colleague_decided_after_the_page_is_left_alone(reviewer: Client, editor: Client, batch: Batch) -> None:
    page = reviewer.get(f"/batches/{batch.pk}/").context
    first = batch.events.order_by("pk").first()
    post(editor, batch, events=named([first]), approval="approved")
    fields = {"query": "", "made_at": page["made_at"].isoformat(), "count": 4, "sync": "0.0"}
    payload = post(reviewer, batch, **fields).json()
    assert ([row["id"] for row in payload["skipped"]], payload["run"]["skipped_events"][0]["approval"]) == (
        [first.pk], "approved",
    )  # fmt: skip
    assert states(batch) == ["approved", "rejected", "rejected", "rejected"]


@pytest.mark.usefixtures("few_at_once")
def test_a_run_reports_progress_and_is_undone_as_a_whole(reviewer: Client, batch: Batch) -> None:
    for send, kind, after in (
        (lambda: matching(reviewer, batch), "decide", "rejected"),
        (lambda: reviewer.post(f"/batches/{batch.pk}/undo/", {"key": uuid4()}, headers=JSON), "undo", "pending"),
        (lambda: reviewer.post(f"/batches/{batch.pk}/redo/", {"key": uuid4()}, headers=JSON), "redo", "rejected"),
    ):
        run = send().json()["run"]
        assert (run["kind"], run["unfinished"], run["position"], run["total"]) == (kind, True, 0, 4)
        again = reviewer.post(f"/batches/{batch.pk}/undo/", {"key": uuid4()}, headers=JSON)
        if kind != "undo":
            assert (again.status_code, "still running" in again.json()["error"]) == (412, True)
        run_bulk(run["id"])
        payload = reviewer.get(run["url"]).json()
        assert (payload["unfinished"], payload["position"], payload["decided"], payload["counts"][after]) == (
            False,
            4,
            4,
            4,
        )
        assert states(batch) == [after] * 4


@pytest.mark.usefixtures("few_at_once")
def test_a_reload_finds_ones_own_run_again(reviewer: Client, editor: Client, batch: Batch) -> None:
    run = matching(reviewer, batch).json()["run"]
    assert f'data-run="{run["url"]}"' in reviewer.get(f"/batches/{batch.pk}/table/").content.decode()
    assert "data-run=" not in editor.get(f"/batches/{batch.pk}/").content.decode()
    run_bulk(run["id"])
    assert "data-run=" not in reviewer.get(f"/batches/{batch.pk}/").content.decode()


@pytest.mark.usefixtures("few_at_once")
def test_a_run_is_stopped_by_whose_it_is(reviewer: Client, editor: Client, batch: Batch) -> None:
    run = matching(reviewer, batch).json()["run"]
    assert editor.post(run["url"], {"do": "stop"}, headers=JSON).status_code == 403
    assert reviewer.post(run["url"], {"do": "dance"}, headers=JSON).status_code == 422
    stopped = reviewer.post(run["url"], {"do": "stop"}, headers=JSON).json()
    assert (stopped["state"], stopped["message"]) == ("incomplete", "Stopped.")
    assert reviewer.post(run["url"], {"do": "resume"}, headers=JSON).status_code == 412
    assert states(batch) == ["pending"] * 4


@pytest.mark.usefixtures("few_at_once")
def test_a_failed_run_continues_when_requested(reviewer: Client, batch: Batch) -> None:
    run = matching(reviewer, batch).json()["run"]
    BulkRun.objects.update(state="failed", attempts=5, finished_at=timezone.now(), message="Given up")
    assert reviewer.post(run["url"], {"do": "resume"}, headers=JSON).json()["state"] == "queued"
    run_bulk(run["id"])
    assert states(batch) == ["rejected"] * 4


def test_the_count_is_the_filters(viewer: Client, batch: Batch) -> None:
    for query, count in (("", 4), ("approval=pending", 4), ("approval=approved", 0), ("q=0", 1)):
        assert viewer.get(f"/batches/{batch.pk}/count/?{query}").json() == {"count": count}
    assert viewer.get(f"/batches/{batch.pk}/count/?approval=x").status_code == 400


@pytest.mark.case("L04")
def test_five_hundred_at_once_fit_one_request(reviewer: Client, batch: Batch) -> None:
    for _ in range(496):
        make_event(batch.items.get())
    answer = post(reviewer, batch, events=named(batch.events.order_by("pk")))
    assert (answer.status_code, len(answer.json()["steps"])) == (200, 500)
    undone = reviewer.post(f"/batches/{batch.pk}/undo/", {"key": uuid4()}, headers=JSON).json()
    assert (len(undone["steps"]), undone["run"]["state"]) == (500, "done")
    assert set(states(batch)) == {"pending"}
    assert set(Event.objects.values_list("version", flat=True)) == {3}
