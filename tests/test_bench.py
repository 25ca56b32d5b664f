"""Benches measure the product as it runs in production."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batches.models import Batch
from batches.models.search import mentions
from bench.data import fill

ROOT = Path(__file__).resolve().parent.parent
ASK = """
import json, django
django.setup()
from django.conf import settings
from django.db import connection
with connection.cursor() as cursor:
    synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
print(json.dumps([synchronous, settings.STORAGES["staticfiles"]["BACKEND"], settings.DEBUG]))
"""


def test_no_bench_takes_the_settings_of_the_tests() -> None:
    assert [path.name for path in (ROOT / "bench").glob("*.py") if "tests.settings" in path.read_text()] == []


def test_settings_of_benches_commit_to_the_disk() -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "CREDENTIALS_KEY")}
    env |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "DATABASE_URL": "sqlite://:memory:"}
    answer = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, check=True)
    full = 2
    assert json.loads(answer.stdout) == [full, "reviewer.web.staticfiles.Storage", False]


@pytest.mark.django_db
def test_the_large_batch_of_benches_is_a_batch_of_today() -> None:
    batch = Batch.objects.get(pk=fill(40))
    first = batch.events.order_by("sequence")[0]
    assert (batch.items.count(), batch.events.count(), batch.pending) == (2, 40, 14)
    assert first in batch.events.filter(mentions([batch.pk], f"{first.label} {first.ai_text}"))
