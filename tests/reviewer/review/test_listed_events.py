"""What the grid and the table remember of an event."""

from typing import Any

import pytest
from django.utils import timezone

from batches.models import Event
from reviewer.review.listed_events import ListPage, listed
from tests.factories import make_event, make_item, make_user

TILES = ListPage("batches/parts/tile.html", "/review/?event=", True, False, False, False)
ROWS = ListPage("batches/parts/row.html", "/review/?event=", True, False, False, False)


@pytest.fixture
def event(db: None) -> Event:
    made = make_event(make_item(name="cam.mp4"), label="Cut-in", ai_text="A van.", confidence=0.5)
    made.opinion_progress, made.borrows_clip = None, False  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("layout", [TILES, ROWS])
def test_what_did_not_change_is_rendered_once(event: Event, layout: ListPage) -> None:
    assert listed(event, layout) is listed(event, layout)


@pytest.mark.parametrize("layout", [TILES, ROWS])
@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"approval": "rejected"},
        {"label": "Hard braking"},
        {"category": "Braking"},
        {"severity": "low", "severity_rank": 1},
        {"confidence": 0.6},
        {"start_s": 7.0},
        {"thumbnail_url": "https://a.example/1.jpg"},
        {"flagged_at": timezone.now()},
        {"unread_at": timezone.now()},
        {"gone_at": timezone.now()},
    ],
)
def test_each_change_is_shown(event: Event, layout: ListPage, change: dict[str, Any]) -> None:
    before = listed(event, layout)
    for name, value in change.items():
        setattr(event, name, value)
    assert listed(event, layout) != before


def test_a_changed_verdict_of_somebody_else_is_shown(event: Event) -> None:
    before = listed(event, ROWS)
    event.decided_by, event.decided_at, event.reason = make_user("ada"), timezone.now(), "too short"
    row = listed(event, ROWS)
    assert row != before
    assert "ada" in row
    assert "too short" in row


def test_people_who_may_not_decide_get_no_boxes_to_tick(event: Event) -> None:
    watching = ListPage("batches/parts/tile.html", "/review/?event=", False, False, False, False)
    assert "checkbox" in listed(event, TILES)
    assert "checkbox" not in listed(event, watching)
