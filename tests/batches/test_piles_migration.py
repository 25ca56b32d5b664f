"""The migration that brings piles: what was synced before it is asked to be looked at."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from batches.models import PileRun
from tests.factories import make_batch, make_event, make_item

HERE = import_module("batches.migrations.0008_piles")
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("batches", name)])


def test_every_batch_that_was_synced_is_looked_at() -> None:
    synced, never = make_batch(synced_at=timezone.now()), make_batch()
    make_event(make_item(synced))
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("batches")[0][1]
    migrate(HERE.Migration.dependencies[0][1])
    try:
        migrate(latest)
        assert list(PileRun.objects.values_list("batch", "state", "after", "again")) == [
            (synced.pk, "queued", -1, False)
        ]
        assert not never.pile_runs.exists()
    finally:
        migrate(latest)
