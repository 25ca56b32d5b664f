"""A working day for pictures and for a look at every state: five short drives of the sandbox, synced, partly
reviewed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from batches.actions import add_batch, assign, comment, decide, flag
from batches.models import Batch, Connection, Event, PictureHash, PileRun
from batches.sandbox.demo import DEMO_BATCHES, build_world, make_drive
from batches.sandbox.footage import RoadFootage, render_clip
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.piles import make_piles
from batches.sync.run import sync
from tests.factories import make_connection, make_member

DRIVES = (1, 0, 4, 12, 9)  # the first one's clip is rendered; the others have pictures only
NAMES = {"near misses": "Near misses, October fleet", "failures": "Test drives with failures",
         "odd records": "Records the SDK cannot read"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fleet:
    """An account with three batches; `people`: maya and noor review, edda edits, vera looks."""

    account: Connection
    batch: Batch
    failing: Batch
    odd: Batch
    people: dict[str, User]

    def pending(self) -> list[Event]:
        return list(self.batch.events.filter(approval="pending").in_order())

    def say(self, event: Event, approval: str, name: str, *, reason: str = "") -> None:
        event.refresh_from_db()
        seen = {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint}
        decide(**seen, approval=approval, reason=reason, by=self.people[name], idempotency_key=uuid4())


def make_world(folder: Path) -> World:
    drives = [make_drive(index, seconds=12.0) for index in DRIVES]
    world = build_world(drives, folder)
    assert isinstance(world.footage, RoadFootage)
    render_clip(drives[0].film, world.footage.clip_path(drives[0].video_id))
    return world


@contextmanager
def working_day(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    with Sandbox(world, fast_forward=1000) as sandbox:
        for name in ("PRIVATE_HOSTS", "WEBHOOK_PRIVATE_HOSTS"):
            monkeypatch.setattr(settings, name, frozenset({urlsplit(sandbox.url).netloc}))
        monkeypatch.setattr(settings, "CLIP_ORIGINS", [sandbox.url])
        policy = {**settings.SECURE_CSP, "media-src": [*settings.SECURE_CSP["media-src"], sandbox.url]}
        monkeypatch.setattr(settings, "SECURE_CSP", policy)
        account = make_connection(base_url=sandbox.url, name="Fleet West", key=sandbox.key)
        people = {name: make_member(account, role, name) for name, role in
                  {"maya": "reviewer", "noor": "reviewer", "edda": "editor", "vera": "viewer"}.items()}  # fmt: skip
        odd, failing, batch = (_synced(account, name) for name in ("odd records", "failures", "near misses"))
        day = Fleet(account, batch, failing, odd, people)
        _review(day)
        yield day


def _synced(account: Connection, name: str) -> Batch:
    batch = add_batch(connection=account, text=DEMO_BATCHES[name], by=None)
    Batch.objects.filter(pk=batch.pk).update(name=NAMES[name])
    sync(batch.syncs.get().pk)
    for run in PileRun.objects.filter(batch=batch):
        make_piles(run.pk)
    batch.refresh_from_db()
    return batch


def _review(day: Fleet) -> None:
    """A third is decided, one changed since, some are talked about, flagged and given out."""
    pending = day.pending()
    for number, event in enumerate(pending[2::3]):
        approval = ("approved", "approved", "rejected", "approved", "invalid")[number % 5]
        day.say(
            event, approval, ("maya", "noor")[number % 2], reason="Seen from afar" if approval == "rejected" else ""
        )
    first, second = day.pending()[:2]
    comment(
        event_id=first.pk,
        by=day.people["noor"],
        idempotency_key=uuid4(),
        text="@edda is this one for the training set?",
    )
    flag(event_id=second.pk, on=True, by=day.people["noor"])
    share = day.batch.events.filter(approval="pending")
    assign(batch_id=day.batch.pk, events=share, people=[day.people["maya"], day.people["noor"]], by=day.people["edda"],
           idempotency_key=uuid4(), query="approval=pending")  # fmt: skip


def pile_up(day: Fleet) -> Event:
    """The first pending events of one video become one pile; the first of them."""
    first = day.pending()[0]
    alike = [event for event in day.pending() if event.item_id == first.item_id][:4]
    PictureHash.objects.filter(event__in=alike).delete()
    for event in alike:
        PictureHash.objects.create(event=event, batch=day.batch, picture="0" * 32, difference_hash=1, pile=first.pk)
    return first
