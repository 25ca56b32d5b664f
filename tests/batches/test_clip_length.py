"""A span that a person gives ends with the clip, wherever its length is known."""

from typing import Any
from uuid import uuid4

import pytest

from batches import actions
from batches.clip_length import known_seconds
from batches.errors import BadValues
from batches.models import AccountVideo, Event, Item
from tests.factories import make_event, make_item, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    """A video whose length of 20 s the account's list of videos knows; another account has one of its id."""
    item = make_item(raw="{}")
    AccountVideo.objects.create(connection=item.batch.connection, external_id=item.external_id, seconds=20.0)
    return item


def give(event: Event, by: Any, verb: str, **values: Any) -> Event:
    seen = {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint}
    fields = {"values": values, "by": by, "idempotency_key": uuid4()}
    if verb == "decide":
        fields["approval"] = "approved"
    getattr(actions, verb)(**seen, **fields)
    event.refresh_from_db()
    return event


@pytest.mark.parametrize("verb", ["decide", "correct"])
def test_a_span_after_the_end_of_the_clip_is_refused(item: Item, verb: str) -> None:
    reviewer, event = make_member(item.batch.connection), make_event(item, start_s=4.0, end_s=90.0)
    with pytest.raises(BadValues, match=r"end_s is after the end of the clip, which is 20\.0 s long"):
        give(event, reviewer, verb, end_s=95.0)
    assert give(event, reviewer, verb, end_s=89.0).end_s == 89.0, "nearer than the vendor's own"
    assert give(event, reviewer, verb, end_s=20.4).end_s == 20.4, "vendors round lengths"
    with pytest.raises(BadValues, match="end_s is after"):
        give(event, reviewer, verb, end_s=21.5)


def test_a_missed_event_lies_in_the_clip(item: Item) -> None:
    reviewer = make_member(item.batch.connection)
    fields = {"item_id": item.pk, "by": reviewer}
    with pytest.raises(BadValues, match="start_s is after the end of the clip"):
        actions.add_missed(values={"label": "fox", "start_s": 30, "end_s": 31}, idempotency_key=uuid4(), **fields)
    assert actions.add_missed(values={"label": "fox", "start_s": 18, "end_s": 20}, idempotency_key=uuid4(), **fields)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [("", None), ('{"duration": 9.5}', 9.5), ('{"asset": {"filename": "a.mp4", "duration": 31.0}}', 31.0)],
)
def test_the_length_is_that_of_the_record(raw: str, seconds: float | None) -> None:
    assert known_seconds(make_item(raw=raw).pk) == seconds
