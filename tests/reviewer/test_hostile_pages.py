"""No page runs what a row holds: hostile text in every column that takes text, and every page that can be opened."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
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
from tests.hostile import TEXT, code_in, poison
from tests.reviewer.addresses import POLICY, own_patterns, target, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.once]

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


@pytest.fixture
def hostile(world: dict[str, Any]) -> dict[str, Any]:
    return enrich(world)


@pytest.mark.case("X01", "X04")
def test_no_page_runs_what_a_row_holds(hostile: dict[str, Any]) -> None:
    client, literal, runs = Client(), 0, {}
    client.force_login(hostile["people"]["manager"])
    for name in sorted(name for name in POLICY if "GET" in POLICY[name]):
        pattern = own_patterns()[name].pattern
        address = reverse(name, kwargs={part: target(hostile, name, part) for part in pattern.converters})
        page = client.get(address)
        if page.status_code in (200, 422) and page.headers["Content-Type"].startswith("text/html"):
            runs[address] = code_in(page.getvalue())
            literal += b"&lt;img src=x onerror=" in page.getvalue()
    assert {address: code for address, code in runs.items() if code} == {}
    assert (len(runs) > 50, literal > 25) == (True, True), "pages were opened, and the text was on them"
