"""Migrations: the squashed one makes what the files it replaces made, and a database at any of them goes on."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

import batches.migrations
from batches.models import Event, Link
from batches.models.search import mentions
from tests.factories import make_batch, make_event, make_item, make_link
from tests.killing.own_database import environment, own_database
from tests.schema import definitions

pytestmark = pytest.mark.django_db

FILES = sorted(path.stem for path in Path(batches.migrations.__path__[0]).glob("0*.py"))
SQUASHED = "0001_squashed_0047_trigger_names"
FIRST_SQUASHED = "0001_squashed_0019_columns_of_other_rows"
REPLACED = [name for name in FILES if name <= "0047_trigger_names" and "squashed" not in name]
LATER = [name for name in FILES if name > "0047_trigger_names"]

AN_OLD_DATABASE = """
import json
from uuid import UUID
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone
from batches.actions.check import ledger_problems
from batches.models import Batch, Event, PileRun
from batches.models.search import mentions
from tests.schema import migrate_by_old_files

model = migrate_by_old_files("0003_redo").get_model
connection = model("batches", "Connection").objects.create(vendor="nomadic", name="fleet", base_url="https://a.example")
batches = model("batches", "Batch").objects
batch = batches.create(connection=connection, external_id="synced", synced_at=timezone.now())
batches.create(connection=connection, external_id="never")
item = model("batches", "Item").objects.create(batch=batch, external_id="v", position=0)
for number, category in enumerate(("often", "seldom", "often")):
    event = model("batches", "Event").objects.create(
        batch=batch, item=item, identity=str(number), fingerprint="", digest="", sequence=number, raw_index=number,
        label=f"a {category} seen van", category=category, vendor_approval="pending",
    )

OF_THEN = migrate_by_old_files("0022_fill_search_words").get_model
maya = OF_THEN("auth", "User").objects.create(username="maya").pk
# Of three approved events one still is what was approved, one has other content now, and one has it again.
for number, (identity, changed, seen) in enumerate((("0", False, ""), ("1", True, "f" * 32), ("2", True, ""))):
    row = OF_THEN("batches", "Event").objects.get(identity=identity)
    step = OF_THEN("batches", "Action").objects.create(
        key=UUID(int=100 + number), kind="decide", user_id=maya, batch_id=batch.pk
    )
    row.decisions.create(action=step, version=2, before="pending", approval="approved", fingerprint=seen)
    row.version, row.approval, row.changed_since, row.decided_by_id = 2, "approved", changed, maya
    row.decided_at = timezone.now()
    row.save(update_fields=["version", "approval", "changed_since", "decided_by", "decided_at"])
OF_THEN("batches", "Batch").objects.filter(pk=batch.pk).update(approved=3, pending=0)

migrated = migrate_by_old_files("0025_fixed_links")
person = maya
REQUESTS = {
    "Action": {"kind": "decide", "user_id": person, "batch_id": batch.pk},
    "AssignmentChange": {"by_id": person, "batch_id": batch.pk, "events": 1},
    "Certificate": {
        "by_id": person, "batch_id": batch.pk, "method": "sample", "events": 3, "approved": 1, "rejected": 0,
        "invalid": 0, "precision": 1.0, "low": 0.2, "high": 1.0, "after_action": 1, "moved": 0,
    },
    "Comment": {"author_id": person, "event_id": event.pk, "kind": "say", "text": "a van"},
    "ExportRun": {"requested_by_id": person, "batch_id": batch.pk, "file": "events.csv"},
    "Link": {"created_by_id": person, "batch_id": batch.pk, "expires_at": timezone.now(), "digest": "0" * 64},
    "MetadataEdit": {"user_id": person, "batch_id": batch.pk, "kind": "edit"},
}
for number, (name, fields) in enumerate(REQUESTS.items()):
    migrated.get_model("batches", name).objects.create(key=UUID(int=number), **fields)
call_command("migrate", verbosity=0)

batch = Batch.objects.get(external_id="synced")
searched = Event.objects.filter(mentions(batch.pk, "seld van")).count()
for event in Event.objects.all():
    event.label = "changed"
    event.save(update_fields=["label", "search_words"])
print(json.dumps({
    "searched": searched,
    "searched after a change": Event.objects.filter(mentions(batch.pk, "chang")).count(),
    "rarest": batch.rarest,
    "strata": batch.strata,
    "keys": [
        apps.get_model("batches", name).objects.order_by("idempotency_key")[0].idempotency_key.int for name in REQUESTS
    ],
    "changed events": list(Event.objects.order_by("identity").values_list("approval", "changed_since")),
    "counts": [batch.approved, batch.pending],
    "problems": list(ledger_problems()),
    "pile runs": list(PileRun.objects.values_list("batch__external_id", "state", "after", "again")),
}))
"""


def test_an_old_database_goes_on_and_ends_as_a_new_one() -> None:
    """Once from 0003, before search, rarity and piles, stopping at 0022 and 0025: a journey takes ten seconds."""
    with own_database() as old, own_database(migrated=True) as new:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", AN_OLD_DATABASE]
        result = subprocess.run(command, env=environment(old), stdout=subprocess.PIPE, check=True)
        assert json.loads(result.stdout) == {
            "searched": 1,
            "searched after a change": 3,
            "rarest": ["seldom", "often"],
            "strata": {"seldom": 1, "often": 2},
            "keys": list(range(7)),
            "changed events": [["approved", False], ["pending", True], ["approved", False]],
            "counts": [2, 1],
            "problems": [],
            "pile runs": [["synced", "queued", -1, False]],
        }
        assert definitions(old) == definitions(new)


@pytest.mark.parametrize("count", range(len(REPLACED) + 1))
@pytest.mark.parametrize("first_squashed", [False, True])
@pytest.mark.case("K07", lacks="kills in the middle of a migration")
def test_a_database_at_any_old_migration_runs_the_rest(count: int, first_squashed: bool) -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app="batches").delete()
    for name in REPLACED[:count]:
        recorder.record_applied("batches", name)
    if first_squashed and count >= 19:  # it is recorded beside what it replaces
        recorder.record_applied("batches", FIRST_SQUASHED)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes("batches"))
    rest = REPLACED[count:] if count else [SQUASHED]
    assert [migration.name for migration, _ in plan] == [*rest, *LATER]


def test_every_append_only_table_refuses_changes() -> None:
    squashed = import_module(f"batches.migrations.{SQUASHED}")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        triggers = {name for (name,) in cursor.fetchall()}
    assert triggers >= {f"{table}_no_{verb}" for table in squashed.LEDGERS for verb in ("update", "delete")}


@pytest.mark.django_db(transaction=True)
def test_the_index_can_be_made_again_at_any_time() -> None:
    event = make_event(label="a van")
    with connection.schema_editor(atomic=False) as editor:
        import_module("batches.migrations._search_words").index_search_words(apps, editor)
    event.label = "a lorry"
    event.save(update_fields=["label", "search_words"])
    counts = [Event.objects.filter(mentions(event.batch_id, word)).count() for word in ("van", "lorry")]
    assert counts == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_events_without_words_are_filled_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    filling = import_module("batches.migrations.0022_fill_search_words")
    monkeypatch.setattr(filling, "EVENTS_A_TRANSACTION", 2)
    batch = make_batch()
    item = make_item(batch)
    for number in range(5):
        make_event(item, label=f"van {number}")
    Event.objects.exclude(label="van 1").update(search_words=None)
    assert Event.objects.filter(mentions(batch.pk, "van")).count() == 1
    with connection.schema_editor(atomic=False) as editor:
        filling.fill(apps, editor)
    assert Event.objects.filter(mentions(batch.pk, "van")).count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_link_to_other_rows_goes_on_giving_all_their_columns() -> None:
    batch = make_batch()
    files = {"items.csv": "Label,Video", "decisions.jsonl": "full", "events.csv": "Label,Video"}
    for file, columns in files.items():
        make_link(batch, file=file, columns=columns)
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0019_columns_of_other_rows").forget_names(apps, editor)
    assert dict(Link.objects.values_list("file", "columns")) == {**files, "items.csv": "documented"}
