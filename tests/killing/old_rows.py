"""Rows as versions of before wrote them, made while a database is upgraded, and what they are at the end."""

from typing import Any
from uuid import UUID

from django.apps import apps as apps_of_now
from django.apps.registry import Apps
from django.utils import timezone

from batches.actions.check import ledger_problems
from batches.models import Batch, Event, PileRun
from batches.models.search import mentions


def make_first(apps: Apps) -> None:
    """Before search, rarity and piles: a batch with three events, and one that was never synced."""
    model = apps.get_model
    connection = model("batches", "Connection").objects.create(
        vendor="nomadic", name="fleet", base_url="https://a.example"
    )
    batches = model("batches", "Batch").objects
    batch = batches.create(connection=connection, external_id="synced", synced_at=timezone.now())
    batches.create(connection=connection, external_id="never")
    item = model("batches", "Item").objects.create(batch=batch, external_id="v", position=0)
    for number, category in enumerate(("often", "seldom", "often")):
        model("batches", "Event").objects.create(
            batch=batch, item=item, identity=str(number), fingerprint="", digest="", sequence=number, raw_index=number,
            label=f"a {category} seen van", category=category, vendor_approval="pending",
        )  # fmt: skip


def make_decided(apps: Apps) -> None:
    """Of three approved events one still is what was approved, one has other content now, and one has it again."""
    model = apps.get_model
    batch = model("batches", "Batch").objects.get(external_id="synced")
    maya = model("auth", "User").objects.create(username="maya").pk
    for number, (identity, changed, seen) in enumerate((("0", False, ""), ("1", True, "f" * 32), ("2", True, ""))):
        row = model("batches", "Event").objects.get(identity=identity)
        step = model("batches", "Action").objects.create(
            key=UUID(int=100 + number), kind="decide", user_id=maya, batch_id=batch.pk
        )
        row.decisions.create(action=step, version=2, before="pending", approval="approved", fingerprint=seen)
        row.version, row.approval, row.changed_since, row.decided_by_id = 2, "approved", changed, maya
        row.decided_at = timezone.now()
        row.save(update_fields=["version", "approval", "changed_since", "decided_by", "decided_at"])
    model("batches", "Batch").objects.filter(pk=batch.pk).update(approved=3, pending=0)


def make_requested(apps: Apps) -> list[str]:
    """A row of every model whose key has another name now. Returns the models' names."""
    model = apps.get_model
    maya, batch = model("auth", "User").objects.get().pk, model("batches", "Batch").objects.get(external_id="synced").pk
    event = model("batches", "Event").objects.get(identity="2").pk
    requests: dict[str, dict[str, Any]] = {
        "Action": {"kind": "decide", "user_id": maya, "batch_id": batch},
        "AssignmentChange": {"by_id": maya, "batch_id": batch, "events": 1},
        "Certificate": {
            "by_id": maya, "batch_id": batch, "method": "sample", "events": 3, "approved": 1, "rejected": 0,
            "invalid": 0, "precision": 1.0, "low": 0.2, "high": 1.0, "after_action": 1, "moved": 0,
        },
        "Comment": {"author_id": maya, "event_id": event, "kind": "say", "text": "a van"},
        "ExportRun": {"requested_by_id": maya, "batch_id": batch, "file": "events.csv"},
        "Link": {"created_by_id": maya, "batch_id": batch, "expires_at": timezone.now(), "digest": "0" * 64},
        "MetadataEdit": {"user_id": maya, "batch_id": batch, "kind": "edit"},
    }  # fmt: skip
    for number, (name, fields) in enumerate(requests.items()):
        model("batches", name).objects.create(key=UUID(int=number), **fields)
    return [*requests]


def end(requested: list[str]) -> dict[str, Any]:
    """What the rows are in the newest version."""
    batch = Batch.objects.get(external_id="synced")
    searched = Event.objects.filter(mentions([batch.pk], "seld van")).count()
    for event in Event.objects.all():
        event.label = "changed"
        event.save(update_fields=["label", "search_words"])
    keys = [
        apps_of_now.get_model("batches", name).objects.order_by("idempotency_key")[0].idempotency_key.int
        for name in requested
    ]
    return {
        "searched": searched,
        "searched after a change": Event.objects.filter(mentions([batch.pk], "chang")).count(),
        "rarest": batch.rarest,
        "strata": batch.strata,
        "keys": keys,
        "changed events": list(Event.objects.order_by("identity").values_list("approval", "changed_since")),
        "counts": [batch.approved, batch.pending],
        "problems": list(ledger_problems()),
        "pile runs": list(PileRun.objects.values_list("batch__external_id", "state", "after", "again")),
    }
