"""A world with hostile text wherever others write."""

from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.utils import timezone

from batches.actions import decide
from batches.models import (
    Action,
    AgentTraining,
    Comment,
    Connection,
    Decision,
    OddRun,
    Quarantined,
    SearchMatch,
    TrainedAgent,
    VideoUpload,
    Webhook,
)
from tests.hostile import TEXT, poison

APPEND_ONLY = {Action, Comment, Decision}
# Columns that only we write, in a form of ours.
OURS = (
    "query", "file", "columns", "corrections", "request", "sdk", "raw", "odd_cells", "drawing", "footage", "api_key",
)  # fmt: skip


def poison_all(text: str = TEXT) -> None:
    """Hostile text wherever a vendor, a file or a person may have written it."""
    for model in set(apps.get_app_config("batches").get_models()) - APPEND_ONLY:
        forms = [field.name for field in model._meta.concrete_fields if isinstance(field, models.JSONField)]
        either = ["address", "file_name"] if model is VideoUpload else []  # an upload has one of both
        poison(model._base_manager.all(), *OURS, *forms, *either, text=text)
    VideoUpload.objects.filter(size=0).update(address=f"https://x/{text}")
    VideoUpload.objects.filter(size__gt=0).update(file_name=text)


def enrich(world: dict[str, Any], text: str = TEXT) -> dict[str, Any]:
    """The world with a row of everything that pages show, and this text wherever others write."""
    account, event = world["connection"], world["event"]
    reviewer, key = world["people"]["reviewer"], {"idempotency_key": uuid4()}
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="rejected", reason=text[:80], note=text,
        by=reviewer, source="token 1", **key,
    )  # fmt: skip
    agent = TrainedAgent.objects.create(connection=account, external_id="a", name="x", status="x")
    AgentTraining.objects.create(connection=account, agent=agent, batches=[text], name="x", message="x", **key)
    VideoUpload.objects.create(connection=account, address="https://x/a.mp4", video_id="v", **key)
    for position, matched in enumerate((event, None)):
        SearchMatch.objects.create(
            search=world["search"], position=position, video_id="v", analysis_id="a", reason="x", event=matched
        )
    Quarantined.objects.create(batch=world["batch"], path="x", reason="x", raw="x")
    Comment.objects.create(event=event, author=reviewer, text=text, **key)
    Connection.objects.update(refused_at=timezone.now(), refused_reason="x")
    Webhook.objects.update(paused_at=timezone.now(), paused_reason="x")
    OddRun.objects.update(problems=[text])
    poison_all(text)
    return world
