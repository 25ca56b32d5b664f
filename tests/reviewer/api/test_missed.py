"""Events that people added: over REST, on the page, in downloads, in the vendor's format, and as a filter."""

import csv
import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client

from batches.actions import add_missed, undo
from batches.models import Batch, Event, Item, Vendor
from reviewer.api.sdk_bodies import texts_of
from reviewer.api.vendor_wire import decided_in
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import facets
from tests.factories import make_event, make_item, make_member
from tests.reviewer.api.conftest import Caller


@pytest.fixture
def item(batch: Batch) -> Item:
    item = make_item(batch)
    make_event(item, sdk='{"label": "A car cuts in"}')
    return item


@pytest.fixture
def reviewer(batch: Batch) -> Any:
    return make_member(batch.connection, name="maya")


@pytest.fixture
def added(item: Item, reviewer: Any) -> Event:
    values = {"label": "A bicycle", "category": "Near miss", "severity": "high", "start_s": 1.0, "end_s": 2.0}
    outcome = add_missed(item_id=item.pk, values=values, by=reviewer, idempotency_key=uuid4())
    return Event.objects.get(pk=outcome.decisions[0].event_id)


def test_a_script_adds_an_event_once(script: Caller, item: Item) -> None:
    client, key = script("review"), {"Idempotency-Key": str(uuid4())}
    body = {"label": "A bicycle", "start_s": 1, "end_s": 2, "note": "dark"}
    answers = [
        client.post(f"/api/v1/items/{item.pk}/events/", body, headers=key, content_type="application/json")
        for _ in range(2)
    ]
    first, again = (answer.json() for answer in answers)
    event = first["events"][0]
    assert (event["origin"], event["approval"], event["gone_at"]) == ("reviewer", "approved", None)
    assert (again["replayed"], again["events"][0]["id"], first["counts"]["approved"]) == (True, event["id"], 1)
    refused = client.post(f"/api/v1/items/{item.pk}/events/", {}, headers={"Idempotency-Key": str(uuid4())},
                          content_type="application/json")  # fmt: skip
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "corrections: A missed event needs a label or a category.",
    )


def test_a_page_adds_an_event(client: Client, item: Item, reviewer: Any) -> None:
    client.force_login(reviewer)
    form = {"key": str(uuid4()), "correct_label": "A bicycle", "correct_start_s": "1.5", "note": "dark"}
    answer = client.post(f"/items/{item.pk}/missed/", form, headers={"Accept": "application/json"}).json()
    event = Event.objects.added().get()
    assert (answer["event"]["id"], answer["event"]["approval"], event.start_s) == (event.pk, "approved", 1.5)
    assert client.post(f"/items/{item.pk}/missed/", form | {"key": str(uuid4())}).status_code == 303


@pytest.mark.parametrize(("text", "seconds"), [("15,8", 15.8), ("15.8", 15.8), ("0,25", 0.25), (" 1.25 ", 1.25)])
def test_seconds_are_written_with_a_point_or_a_comma(
    client: Client, item: Item, reviewer: Any, text: str, seconds: float
) -> None:
    client.force_login(reviewer)
    form = {"key": str(uuid4()), "correct_label": "A bicycle", "correct_start_s": text, "correct_end_s": "2000"}
    client.post(f"/items/{item.pk}/missed/", form)
    assert Event.objects.added().get().start_s == seconds


@pytest.mark.parametrize(
    ("text", "why"), [("1,234", "can be a decimal or a thousand: write a decimal point."), ("x", "Enter a number.")]
)
def test_seconds_that_are_not_certain_are_refused(
    client: Client, item: Item, reviewer: Any, text: str, why: str
) -> None:
    client.force_login(reviewer)
    form = {"key": str(uuid4()), "correct_label": "A bicycle", "correct_start_s": text}
    answer = client.post(f"/items/{item.pk}/missed/", form, headers={"Accept": "application/json"})
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert not Event.objects.added().exists()


def rows(client: Client, batch: Batch, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/batches/{batch.pk}/events.csv?{query}")
    return list(csv.DictReader(StringIO(b"".join(answer).decode(), newline="")))  # type: ignore[arg-type]


def test_downloads_say_where_it_comes_from(viewer: Client, batch: Batch, added: Event, reviewer: Any) -> None:
    full = [(row["Label"], row["Origin"], row["Event ID"]) for row in rows(viewer, batch, "columns=full")]
    assert full[-2] == ("A bicycle", "reviewer", added.external_id)
    assert len(rows(viewer, batch, "columns=sdk")) == len(full)
    document = json.loads(b"".join(viewer.get(f"/batches/{batch.pk}/events.json")))  # type: ignore[arg-type]
    assert [event.get("origin") for event in document["results"][-1]["events"]] == ["reviewer", None]
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    assert {row["Origin"] for row in rows(viewer, batch, "columns=full")} == {"vendor"}


def test_the_vendors_clients_get_it_after_their_own_events(item: Item, added: Event, reviewer: Any) -> None:
    texts = [json.loads(text) for text in texts_of(Event.objects.all())[item.pk]]
    assert [text.get("origin") for text in texts] == [None, "reviewer"]
    assert (texts[1]["t_start"], texts[1]["approval"]) == ("00:01", "approved")
    (decision,) = decided_in([item])[item.pk]
    assert (decision["index"], decision["origin"]) == (None, "reviewer")
    undo(batch_id=item.batch_id, by=reviewer, idempotency_key=uuid4())
    assert (len(texts_of(Event.objects.all())[item.pk]), decided_in([item])) == (1, {})


def test_a_filter_and_a_facet_tell_them_apart(batch: Batch, added: Event) -> None:
    filters = {name: EventFilter.of(batch, QueryDict(f"origin={name}")) for name in ("reviewer", "vendor")}
    assert list(filters["reviewer"].qs) == [added]
    assert added not in filters["vendor"].qs
    assert [choice.value for choice in facets(filters["vendor"])["origin"]] == ["vendor", "reviewer"]


def test_grid_table_and_card_mark_it(viewer: Client, batch: Batch, added: Event) -> None:
    for view in ("", "table/"):
        assert "added by a reviewer" in viewer.get(f"/batches/{batch.pk}/{view}").content.decode()
    card = viewer.get(f"/events/{added.pk}/").content.decode()
    assert "Added by a reviewer: the vendor missed it." in card
    assert "· added by" in card
    assert "Removed upstream" not in card
    assert "as received from the vendor" not in card


def test_another_detectors_json_has_its_values(batch: Batch, item: Item, reviewer: Any, viewer: Client) -> None:
    batch.connection.__class__.objects.update(vendor=Vendor.OPEN)
    add_missed(item_id=item.pk, values={"label": "A bicycle", "start_s": 1}, by=reviewer, idempotency_key=uuid4())
    document = json.loads(b"".join(viewer.get(f"/batches/{batch.pk}/events.json?origin=reviewer")))  # type: ignore[arg-type]
    finding, review = (document["results"][0]["events"][0][name] for name in ("finding", "review"))
    assert (finding["label"], finding["start"], review["origin"]) == ("A bicycle", 1.0, "reviewer")
