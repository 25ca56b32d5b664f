"""How fast people decide: active time, and a session ends with a long pause."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from batches import actions
from reviewer.insights.pace import latest_session, pace_of, paces, per_hour
from tests.factories import make_batch, make_event, make_item, make_member

START = datetime(2026, 5, 4, 8, tzinfo=UTC)


def after(*seconds: float) -> list[datetime]:
    """Moments, each so many seconds after the one before; the first at the start."""
    times = [START]
    for gap in seconds:
        times.append(times[-1] + timedelta(seconds=gap))
    return times


@pytest.mark.parametrize(
    ("gaps", "rate"),
    [
        ((), None),
        ([10] * 8, None),
        ([10] * 9, 360),
        ([4, 8, 12] * 3, 450),
        ([10] * 9 + [60], 240),
        ([10] * 9 + [3600], 240),
        ([120] * 9, 60),
        ([1] * 9, None),
        ([50] * 100 + [10] * 99, 360),
    ],
)
def test_of_each_pause_a_minute_counts_as_active_time(gaps: tuple[float, ...], rate: int | None) -> None:
    assert per_hour(after(*gaps)) == rate


def test_a_session_begins_after_the_last_long_pause() -> None:
    times = after(10, 1801, 10, 1800, 10)
    assert latest_session(times) == times[2:]
    assert latest_session(times[:1]) == times[:1]
    pace = pace_of(times, times[1])
    assert pace is not None
    assert (pace.today, pace.session, pace.per_hour) == (5, 4, None)
    assert pace_of([], START) is None


@pytest.mark.django_db(transaction=True)
def test_it_counts_todays_verdicts_of_the_batch_by_person() -> None:
    item = make_item(make_batch())
    ana, ben = (make_member(item.batch.connection, "reviewer", name) for name in ("ana", "ben"))
    for by in (ana, ana, ben):
        event = make_event(item)
        key = uuid4()
        seen = {"event_id": event.pk, "fingerprint": event.fingerprint, "approval": "rejected", "by": by}
        actions.decide(**seen, version=1, idempotency_key=key)
        actions.decide(**seen, version=2, idempotency_key=uuid4(), reason="glare", amends=key)
    actions.undo(batch_id=item.batch_id, by=ben, idempotency_key=uuid4())
    assert {name: pace.today for name, pace in paces(item.batch).items()} == {"ana": 2, "ben": 1}
    assert paces(make_batch()) == {}
