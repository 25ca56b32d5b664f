"""Migrations that bring something new for what was there before them: it is found, and looked at."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from batches.models import Batch, Event, Link, PileRun
from batches.models.search import mentions
from tests.factories import make_batch, make_event, make_item, make_link

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("batches", name)])


def test_what_was_synced_before_is_searched_ordered_and_looked_at_for_piles() -> None:
    """One journey back to before the search: on PostgreSQL each takes half a minute."""
    batch, never = make_batch(synced_at=timezone.now()), make_batch()
    for category in ("often", "seldom", "often"):
        make_event(make_item(batch), label=f"a {category} seen van", category=category)
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("batches")[0][1]
    try:
        migrate("0003_redo")
    finally:
        migrate(latest)
    assert Event.objects.filter(mentions(batch.pk, "seld van")).count() == 1
    assert Batch.objects.get(pk=batch.pk).rarest == ["seldom", "often"]
    Event.objects.update(label="changed")
    assert Event.objects.filter(mentions(batch.pk, "chang")).count() == 3
    assert list(PileRun.objects.values_list("batch", "state", "after", "again")) == [(batch.pk, "queued", -1, False)]
    assert not never.pile_runs.exists()


def test_the_index_can_be_made_again_at_any_time() -> None:
    event = make_event(label="a van")
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0004_search_and_views").index_words(apps, editor)
    Event.objects.filter(pk=event.pk).update(label="a lorry")
    found = [Event.objects.filter(mentions(event.batch_id, word)).count() for word in ("van", "lorry")]
    assert found == [0, 1]


def test_a_link_to_other_rows_goes_on_giving_all_their_columns() -> None:
    batch = make_batch()
    files = {"items.csv": "Label,Video", "decisions.jsonl": "full", "events.csv": "Label,Video"}
    for file, columns in files.items():
        make_link(batch, file=file, columns=columns)
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0019_columns_of_other_rows").forget_names(apps, editor)
    assert dict(Link.objects.values_list("file", "columns")) == {**files, "items.csv": "documented"}
