"""Liveness and readiness."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from batches.models import SyncRun
from reviewer.views import health
from tests.factories import make_batch


def test_the_process_lives() -> None:
    assert Client().get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_ready_with_the_figures() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert {**answer.json(), "disk_free_bytes": 0} == {
        "ready": True, "wrong": [], "queue_oldest_seconds": 0, "disk_free_bytes": 0,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_queue_that_nobody_works_on_is_not_ready() -> None:
    run = SyncRun.objects.create(batch=make_batch())
    SyncRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(hours=1))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["queue"])


@pytest.mark.django_db
def test_a_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path / "not" / "yet" / "there")
    monkeypatch.setattr(health, "DISK_TOO_FULL", 2**62)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["disk"])
