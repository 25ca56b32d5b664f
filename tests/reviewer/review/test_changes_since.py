"""Changed since the verdict: what it said then beside what it says now."""

from typing import Any
from uuid import uuid4

import pytest

from batches.actions import decide
from batches.models import Event, EventPast
from reviewer.review.changes_since import Change, changes_since
from tests.factories import change_upstream, make_event, make_member
from tests.html import compact

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    """Rejected, then changed by the vendor, as a sync leaves it."""
    made = make_event(label="A car cuts in", ai_text="Close.", confidence=0.9)
    seen = {"version": 1, "fingerprint": made.fingerprint}
    by = make_member(made.batch.connection)
    decide(event_id=made.pk, approval="rejected", by=by, idempotency_key=uuid4(), note="far", **seen)
    fields = {name: getattr(made, name) for name in ("timestamp", "category", "severity", "start_s", "end_s")}
    EventPast.objects.create(
        event=made, fingerprint=made.fingerprint, label="A car cuts in", ai_text="Close.", confidence=0.9, **fields
    )
    changed = {"label": "A van cuts in", "end_s": None, "confidence": None, "fingerprint": "f" * 32}
    return change_upstream(made, **changed)


def test_the_fields_that_differ(event: Event) -> None:
    assert changes_since(event) == [
        Change("Span", "00:04 – 00:07", "00:04"),
        Change("Label", "A car cuts in", "A van cuts in"),
        Change("Confidence", "0.90", ""),
    ]


def test_it_is_what_the_standing_decision_saw_and_no_other(event: Event) -> None:
    EventPast.objects.update(fingerprint="e" * 32)
    assert changes_since(event) == []


def test_nothing_for_an_event_that_did_not_change(event: Event) -> None:
    event.changed_since = False
    assert changes_since(event) == []


def test_the_card_shows_both_and_offers_to_confirm(event: Event, client: Any) -> None:
    by = event.decided_by
    assert by is not None
    client.force_login(by)
    text = compact(client.get(f"/events/{event.pk}/").content)
    assert "<td><del>A car cuts in</del></td><td><ins>A van cuts in</ins></td>" in text
    assert 'data-changed data-reason="" data-verdict-note="far"' in text
    assert 'name="approval" value="rejected" data-confirm>' in text
    EventPast.objects.all().delete()
    assert "The earlier content was not recorded" in client.get(f"/events/{event.pk}/").content.decode()
