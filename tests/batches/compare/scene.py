"""Two batches of the same video with one finding of every kind, compared."""

from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth.models import User

from batches.actions import decide, request_comparison
from batches.compare.run import compare
from batches.models import Batch, Comparison, Connection, Event, EventPair, Item
from tests.factories import make_batch, make_event, make_item, make_member


@dataclass
class Scene:
    earlier: Batch
    later: Batch
    old_video: Item
    new_video: Item
    person: User
    comparison: Comparison
    events: dict[str, Event]  # "old same", "new same", …

    def matches(self) -> dict[str, tuple[str | None, str | None]]:
        """The labels on each side by match; each match occurs once."""
        rows = EventPair.objects.filter(comparison=self.comparison).values_list("match", "earlier__label",
            "later__label")  # fmt: skip
        return {match: (old, new) for match, old, new in rows}

    def again(self) -> Comparison:
        compare(request_comparison(batch=self.earlier, other=self.later, by=self.person, background=False).pk)
        self.comparison.refresh_from_db()
        return self.comparison


def make_scene(connection: Connection, **decided: str) -> Scene:
    """`decided`: kind → approval of the old finding: `make_scene(account, same="rejected")`."""
    person = make_member(connection)
    earlier = make_batch(connection, name="First pass", vendor_created_at="2026-04-01T00:00:00Z")
    later = make_batch(connection, name="Second pass", vendor_created_at="2026-05-01T00:00:00Z")
    old_video, new_video = (make_item(batch, external_id="v1", name="cam1.mp4") for batch in (earlier, later))
    events = {}
    for start, kind in [(0, "same"), (20, "moved"), (40, "changed"), (60, "vanished")]:
        event = make_event(old_video, start_s=start, end_s=start + 4, label=f"a {kind} thing")
        events[f"old {kind}"] = event
        if kind in decided:
            decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval=decided[kind], by=person,
                   idempotency_key=uuid4(), reason="Not what was asked for", note=f"note on {kind}")  # fmt: skip
    for start, kind, label in [(0, "same", "a same thing"), (22, "moved", "a moved thing"),
                               (40, "changed", "other words"), (80, "new", "a new thing")]:  # fmt: skip
        events[f"new {kind}"] = make_event(new_video, start_s=start, end_s=start + 4, label=label)
    run = request_comparison(batch=later, other=earlier, by=person, background=False)
    compare(run.pk)
    comparison = Comparison.objects.get()
    earlier.refresh_from_db()
    later.refresh_from_db()
    return Scene(earlier, later, old_video, new_video, person, comparison, events)
