"""Migrations: the squashed one makes what the files it replaces made, and a database at any of them goes on."""

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, migrations, transaction
from django.db.migrations.recorder import MigrationRecorder

import batches.migrations
from batches.actions import add_missed
from batches.management.whole_migrations import WholeExecutor
from batches.models import Comparison, Event, EventPair, EventPayload, Item, Link
from batches.models.search import mentions
from tests.batches.compare.scene import make_scene
from tests.factories import make_batch, make_connection, make_event, make_item, make_link
from tests.locks import wait_for_locks

pytestmark = pytest.mark.django_db

FILES = sorted(path.stem for path in Path(batches.migrations.__path__[0]).glob("0*.py"))
SQUASHED = "0001_squashed_0078_watch_assignments"
LAST_REPLACED = "0078_watch_assignments"
REPLACED = [name for name in FILES if name <= LAST_REPLACED and name != SQUASHED]
LATER = [name for name in FILES if name > LAST_REPLACED]
# Earlier versions had these instead, and recorded them beside the files that they replaced.
EARLIER = {"0001_squashed_0019_columns_of_other_rows": 19, "0001_squashed_0047_trigger_names": 47}


def test_the_squashed_migration_replaces_every_file_before_it() -> None:
    squashed = import_module(f"batches.migrations.{SQUASHED}").Migration
    assert squashed.replaces == [("batches", name) for name in REPLACED]


@pytest.mark.parametrize("count", range(len(REPLACED) + 1))
def test_a_database_at_any_old_migration_runs_the_rest(count: int) -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app="batches").delete()
    recorded = [*REPLACED[:count], *(name for name, files in EARLIER.items() if files <= count)]
    recorder.migration_qs.bulk_create(recorder.Migration(app="batches", name=name) for name in recorded)
    executor = WholeExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
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
    counts = [Event.objects.filter(mentions([event.batch_id], word)).count() for word in ("van", "lorry")]
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
    assert Event.objects.filter(mentions([batch.pk], "van")).count() == 1
    with connection.schema_editor(atomic=False) as editor:
        filling.fill(apps, editor)
    assert Event.objects.filter(mentions([batch.pk], "van")).count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_link_to_other_rows_keeps_all_their_columns() -> None:
    batch = make_batch()
    files = {"items.csv": "Label,Video", "decisions.jsonl": "full", "events.csv": "Label,Video"}
    for file, columns in files.items():
        make_link(batch, file=file, columns=columns)
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0019_columns_of_other_rows").forget_names(apps, editor)
    assert dict(Link.objects.values_list("file", "columns")) == {**files, "items.csv": "documented"}


@pytest.mark.django_db(transaction=True)
def test_an_older_comparison_tells_what_people_added() -> None:
    scene = make_scene(make_connection())
    for video, start in ((scene.old_video, 79), (scene.old_video, 200), (scene.new_video, 60), (scene.new_video, 300)):
        add_missed(item_id=video.pk, values={"label": "a bicycle", "start_s": start, "end_s": start + 4},
                   by=scene.person, idempotency_key=uuid4())  # fmt: skip
    wanted, pairs = scene.again().counts, EventPair.objects
    assert wanted == {"same": 1, "moved": 1, "changed": 1, "new": 0, "vanished": 1, "found": 1, "missed": 2}
    pairs.filter(match="found").update(match="changed")
    pairs.filter(match="missed", later=None).update(match="vanished")
    pairs.filter(match="missed", earlier=None).update(match="new")
    pairs.filter(match="vanished", later__isnull=False).update(match="changed")
    Comparison.objects.update(counts={"same": 1, "moved": 1, "changed": 3, "new": 1, "vanished": 1})
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0084_found_and_missed").tell_found_and_missed(apps, editor)
    assert Comparison.objects.get().counts == wanted


@pytest.mark.skipif(connection.vendor == "sqlite", reason="its events refer to item and batch one by one")
@pytest.mark.django_db(transaction=True)
def test_an_event_refers_to_its_item_and_batch_in_one() -> None:
    first, check, last, later = (
        import_module(f"batches.migrations.{name}")
        for name in (
            "0089_item_of_batch", "0090_check_item_of_batch", "0091_one_reference", "0095_references_by_statement"
        )
    )  # fmt: skip
    event, other = make_event(), make_batch()
    in_one, one_by_one = {("item_id", "batch_id")}, {("item_id",), ("batch_id",)}
    for step, references in (
        (later.by_row, in_one), (last.keep_each, in_one | one_by_one), (first.refer_to_each, one_by_one),
        (first.refer_to_both, in_one | one_by_one), (check.check_both, in_one | one_by_one), (last.keep_one, in_one),
    ):  # fmt: skip
        with connection.schema_editor() as editor:
            step(apps, editor)
        assert _references() == references
    for name in ("item", "batch"):  # as a later migration may
        field = Event._meta.get_field(name)
        empty = field.clone()
        empty.null = True
        empty.set_attributes_from_name(name)
        empty.model, empty.remote_field.model = Event, field.related_model
        for old, new in ((field, empty), (empty, field)):
            with connection.schema_editor() as editor:
                editor.alter_field(Event, old, new)
            assert _references() == in_one
    with pytest.raises(IntegrityError, match="event_item_of_batch"):
        Event.objects.filter(pk=event.pk).update(batch=other)
    with connection.schema_editor() as editor:
        later.by_statement(apps, editor)
    assert _references() == set()


def test_an_event_is_of_an_item_and_a_payload_of_an_event() -> None:
    event, other = make_event(), make_item()
    payloads, events = EventPayload.objects.filter(pk=event.pk), Event.objects.filter(pk=event.pk)
    items = Item.objects.filter(pk=event.item_id)
    wrong: list[Callable[[], object]] = [
        lambda: make_event(Item(pk=0, batch=other.batch, position=0)),
        lambda: events.update(item=0),
        lambda: items._raw_delete("default"),
        lambda: EventPayload.objects.create(event_id=0),
        lambda: payloads.update(event=0),
        lambda: events._raw_delete("default"),
    ]
    for change in wrong:
        with pytest.raises(IntegrityError, match=r"(?i)refers to none of|foreign key"):
            _commit(change)
    _commit(lambda: (events.update(item=0), events.update(item=event.item)))  # only what there is at the commit counts
    _commit(lambda: [rows._raw_delete("default") for rows in (items, events, payloads)])


def _commit(change: Callable[[], object]) -> None:
    """Change something and check what a commit checks."""
    with transaction.atomic():
        change()
        connection.check_constraints()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps its foreign keys")
@pytest.mark.django_db(transaction=True)
def test_items_of_new_events_are_found_by_their_keys_before_the_first_statistics() -> None:
    """Else a batch's first events cost as many reads of its items as there are items."""

    def asked() -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = 'batches_item'")
            return dict(cursor.fetchall())

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE batches_item")  # not what other tests left
    item = make_item()
    for _ in range(10):  # until PostgreSQL keeps a plan
        make_event(item)
    same = {field.attname: getattr(item, field.attname) for field in Item._meta.concrete_fields if field.name != "id"}
    Item.objects.bulk_create(Item(**same | {"external_id": str(n), "position": 10_000 + n}) for n in range(5_000))
    before = asked()
    make_event(item)
    after = asked()
    assert after["item_in_order"] == before["item_in_order"]
    assert after["batches_item_pkey"] > before["batches_item_pkey"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_an_item_of_which_an_event_is_stored_is_not_deleted_meanwhile() -> None:
    item = make_item()
    refusals: list[str] = []

    def delete() -> None:
        try:
            Item.objects.filter(pk=item.pk)._raw_delete("default")
        except IntegrityError as error:
            refusals.append(str(error))
        finally:
            connection.close()

    other = threading.Thread(target=delete, daemon=True)
    with transaction.atomic():
        make_event(item)
        other.start()
        wait_for_locks(1)
    other.join(10)
    assert [text.splitlines()[0] for text in refusals] == [
        "a row of batches_event refers to none of batches_item: event_item_of_batch"
    ]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time waits for nobody in a circle")
@pytest.mark.django_db(transaction=True)
def test_the_removal_of_references_gives_way_to_an_import() -> None:
    """An import takes the items first and the batch last. Neither it nor the migration ends in a deadlock."""
    stored: list[bool] = []
    started = threading.Event()

    def store_chunk() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE batches_item IN ROW EXCLUSIVE MODE")
                started.set()
                wait_for_locks(1)
                cursor.execute("SET LOCAL lock_timeout = '5s'; LOCK TABLE batches_batch IN ROW EXCLUSIVE MODE")
            stored.append(True)
        finally:
            connection.close()

    other = threading.Thread(target=store_chunk, daemon=True)
    other.start()
    assert started.wait(10)
    with connection.schema_editor() as editor:
        import_module("batches.migrations.0091_one_reference").lock_when_free(editor)
        other.join(10)
        assert stored == [True]
        with connection.cursor() as cursor:
            cursor.execute("SELECT relation::regclass::text FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND"
                           " pid = pg_backend_pid() AND relation::regclass::text LIKE 'batches%'")  # fmt: skip
            assert {table for (table,) in cursor} == {"batches_batch", "batches_item", "batches_event"}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time waits for nobody in a circle")
@pytest.mark.django_db(transaction=True)
def test_the_removal_of_references_ends_where_tables_are_never_free() -> None:
    started, ended = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE batches_item IN ROW EXCLUSIVE MODE")
                started.set()
                ended.wait(10)
        finally:
            connection.close()

    other = threading.Thread(target=hold, daemon=True)
    other.start()
    assert started.wait(10)
    try:
        with pytest.raises(OperationalError, match="lock timeout"), connection.schema_editor() as editor:
            import_module("batches.migrations.0091_one_reference").lock_when_free(editor, tries=2)
    finally:
        ended.set()
        other.join()


def _references() -> set[tuple[str, ...]]:
    """The columns of each reference of events to items or batches."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number ORDER BY place) FROM pg_constraint"
            " WHERE conrelid = 'batches_event'::regclass AND contype = 'f'"
            " AND confrelid IN ('batches_item'::regclass, 'batches_batch'::regclass)"
        )
        return {tuple(columns) for (columns,) in cursor.fetchall()}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time waits for nobody in a circle")
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_postgresql_ends_in_a_deadlock_runs_again() -> None:
    tries: list[int] = []
    met = threading.Barrier(2)

    def meet(*_: object) -> None:
        tries.append(1)
        if len(tries) == 1:
            met.wait(10)

    def verdicts() -> None:
        try:
            for number in range(2):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '10s'; LOCK TABLE batches_event IN ROW EXCLUSIVE MODE")
                    met.wait(10) if number == 0 else wait_for_locks(1)
                    cursor.execute("LOCK TABLE batches_batch IN ROW EXCLUSIVE MODE")
        finally:
            connection.close()

    class Migration(migrations.Migration):
        dependencies = [("batches", FILES[-1])]
        operations = [
            migrations.RunSQL(
                "SET LOCAL deadlock_timeout = '10ms'; LOCK TABLE batches_batch IN SHARE ROW EXCLUSIVE MODE"
            ),
            migrations.RunPython(meet),
            migrations.RunSQL("LOCK TABLE batches_event IN SHARE ROW EXCLUSIVE MODE"),
        ]

    executor = WholeExecutor(connection)
    state = executor._create_project_state(with_applied_migrations=True)
    other = threading.Thread(target=verdicts, daemon=True)
    other.start()
    executor.apply_migration(state, Migration("deadlock", "batches"))
    other.join()
    applied = MigrationRecorder(connection).migration_qs.filter(app="batches", name="deadlock")
    assert (len(tries), applied.delete()[0]) == (2, 1)
