"""The page of one event, and its card."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches import actions
from batches.models import Connection, Event
from tests.factories import make_batch, make_event, make_item
from tests.html import compact

SDK = {
    "label": "x",
    "overlay": {"frame_speed": {"start": 31.0, "end": 12.4}, "unix_timestamp": {"start": 1758309762.0, "end": None}},
    "structured_output": {"road_user": "cyclist", "near": True, "tags": ["a", "b"], "nested": {"a": {"b": 1}},
        "none": None},
    "dmvRule": "VC 22107",
}  # fmt: skip


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)), sdk=json.dumps(SDK), raw='{"time": "t=12"}')


def test_the_box_is_drawn_over_the_clip(viewer: Client, event: Event) -> None:
    assert "data-box" not in viewer.get(f"/events/{event.pk}/").content.decode()
    Event.objects.update(box=[0.25, 0.1, 0.5, 0.4])
    assert 'data-box="0.25 0.1 0.5 0.4"' in viewer.get(f"/events/{event.pk}/").content.decode()


def test_telemetry_and_structured_fields_are_readable(viewer: Client, event: Event) -> None:
    facts = viewer.get(f"/events/{event.pk}/").context["facts"]
    assert [(row.name, row.value) for row in facts.telemetry] == [
        ("speed", "31 → 12.4"), ("unix timestamp", "1758309762"),
    ]  # fmt: skip
    assert [(row.name, row.value) for row in facts.structured] == [
        ("road user", "cyclist"), ("near", "yes"), ("tags", "a, b"), ("nested", '{\n  "a": {\n    "b": 1\n  }\n}'),
    ]  # fmt: skip
    assert [(row.name, row.value) for row in facts.other] == [("dmvRule", "VC 22107")]


@pytest.mark.parametrize("sdk", ["{}", "[]", "null", '"text"', '{"overlay": []}', '{"overlay": "text"}',
                                 '{"structured_output": [1, {"a": NaN}]}',
                                 '{"overlay": {"a": {"start": {}, "end": []}}}'])  # fmt: skip
def test_no_shape_of_a_payload_breaks_the_page(viewer: Client, account: Connection, sdk: str) -> None:
    event = make_event(make_item(make_batch(account)), sdk=sdk, raw=sdk)
    assert viewer.get(f"/events/{event.pk}/").status_code == 200


def test_the_analysis_is_not_repeated_as_a_field(viewer: Client, account: Connection) -> None:
    """A vendor whose whole answer is a text has it among its own fields as well."""
    sdk = json.dumps({"data": "A van turns left.", "model": "pegasus"})
    event = make_event(make_item(make_batch(account)), ai_text="A van turns left.", sdk=sdk)
    page = viewer.get(f"/events/{event.pk}/").content.decode()
    assert (page.count("A van turns left."), "pegasus" in page) == (1, True)


def test_the_raw_event_is_on_the_page_and_not_on_the_card(viewer: Client, event: Event) -> None:
    assert "&quot;time&quot;: &quot;t=12&quot;" in viewer.get(f"/events/{event.pk}/").content.decode()
    card = viewer.get(f"/events/{event.pk}/", headers={"HX-Request": "true", "HX-Target": "card"})
    assert compact(card.content).startswith('<article class="card" id="card"')
    assert "raw" not in card.context


def test_the_history_names_who_did_what(reviewer: Client, event: Event) -> None:
    person = reviewer.user  # type: ignore[attr-defined]
    seen = {"version": 1, "fingerprint": event.fingerprint}
    actions.decide(event_id=event.pk, approval="rejected", note="too far", by=person, idempotency_key=uuid4(), **seen)
    actions.undo(batch_id=event.batch_id, by=person, idempotency_key=uuid4())
    history = reviewer.get(f"/events/{event.pk}/").context["history"]
    assert [(step.approval, step.note, step.undoes_id is not None) for step in history] == [
        ("pending", "", True), ("rejected", "too far", False),
    ]  # fmt: skip
    actions.redo(batch_id=event.batch_id, by=person, idempotency_key=uuid4())
    page = compact(reviewer.get(f"/events/{event.pk}/").content)
    name = person.get_username()
    assert [page.count(f"{verb} by {name}") for verb in ("· redone", "· undone")] == [1, 1]


def test_the_strip_is_the_events_of_the_item_around_this_one(viewer: Client, event: Event) -> None:
    others = [make_event(event.item, sequence=event.sequence + n) for n in range(1, 40)]
    make_event(make_item(event.batch))
    strip = viewer.get(f"/events/{event.pk}/").context["strip"]
    assert strip == [event, *others[:30]]


def test_a_viewer_gets_no_buttons(viewer: Client, reviewer: Client, event: Event) -> None:
    assert 'value="approved"' not in viewer.get(f"/events/{event.pk}/").content.decode()
    assert 'value="approved"' in reviewer.get(f"/events/{event.pk}/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, event: Event, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for version in range(1, rows + 1):
        make_event(event.item)
        actions.decide(event_id=event.pk, version=version, fingerprint=event.fingerprint, approval="approved",
                       by=reviewer.user, idempotency_key=uuid4())  # type: ignore[attr-defined]  # fmt: skip
    with django_assert_num_queries(7):
        reviewer.get(f"/events/{event.pk}/")
