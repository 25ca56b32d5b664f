"""The migration that brings the search: events that were there before it are found, and it can be taken back."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from batches.models import Batch, Event
from batches.models.search import mentions
from tests.factories import make_batch, make_event, make_item

HERE = import_module("batches.migrations.0004_search_and_views")
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("batches", name)])


def test_what_was_there_before_is_found_and_ordered() -> None:
    batch = make_batch()
    for category in ("often", "seldom", "often"):
        make_event(make_item(batch), label=f"a {category} seen van", category=category)
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("batches")[0][1]
    migrate("0003_redo")
    try:
        migrate(latest)
        assert Event.objects.filter(mentions(batch.pk, "seld van")).count() == 1
        assert Batch.objects.get().rarest == ["seldom", "often"]
        Event.objects.update(label="changed")
        assert Event.objects.filter(mentions(batch.pk, "chang")).count() == 3
    finally:
        migrate(latest)


def test_the_index_can_be_made_again_at_any_time() -> None:
    event = make_event(label="a van")
    with connection.schema_editor() as editor:
        HERE.index_words(apps, editor)
    Event.objects.filter(pk=event.pk).update(label="a lorry")
    found = [Event.objects.filter(mentions(event.batch_id, word)).count() for word in ("van", "lorry")]
    assert found == [0, 1]
