"""Edits of metadata: written with their history and their place in the outbox, or not at all."""

import threading
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from batches.actions import SeenKey, edit_many, edit_metadata
from batches.errors import BadMetadata, KeyReused, MetadataChanged, NotAllowed
from batches.models import Batch, MetadataChange, MetadataEdit, MetadataEntry, MetadataPush
from batches.models.batch_metadata import metadata_of, with_metadata
from tests.factories import make_batch, make_connection, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    return make_batch(vendor_metadata={"version": 2, "site": "north"})


@pytest.fixture
def edda(batch: Batch) -> User:
    return make_member(batch.connection, "editor", "edda")


def history() -> list[tuple[str, object, object]]:
    return list(MetadataChange.objects.order_by("id").values_list("name", "before", "value"))


def test_an_edit_is_one_history_entry_and_one_push(batch: Batch, edda: User) -> None:
    edit = edit_metadata(batch_id=batch.pk, values={"version": 3, "note": "x", "site": "north"}, by=edda)
    assert history() == [("version", 2, 3), ("note", None, "x")]
    assert metadata_of(batch) == {"version": 3, "site": "north", "note": "x"}
    assert (edit.user, edit.kind, edit.source) == (edda, "edit", "page")
    edit_metadata(batch_id=batch.pk, values={"version": 4}, by=edda)
    assert MetadataPush.objects.get().state == "queued"
    assert MetadataEntry.objects.get(name="version").base == 2


def test_the_text_of_a_number_is_another_value(batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": "2"}, by=edda)
    assert history() == [("version", 2, "2")]


@pytest.mark.case("L03")
def test_a_wrong_value_leaves_nothing_behind(batch: Batch, edda: User) -> None:
    with pytest.raises(BadMetadata):
        edit_metadata(batch_id=batch.pk, values={"good": 1, "bad": 0.5}, by=edda)
    with pytest.raises(BadMetadata, match="at most 1,000 keys"):
        edit_metadata(batch_id=batch.pk, values={f"k{n}": n for n in range(999)}, by=edda)
    assert (MetadataEdit.objects.count(), MetadataEntry.objects.count(), MetadataPush.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("role", ["viewer", "reviewer", None])
def test_only_an_editor_edits(batch: Batch, role: str | None) -> None:
    somebody = make_member(batch.connection, role) if role else make_member(make_connection(), "editor")
    with pytest.raises(NotAllowed):
        edit_metadata(batch_id=batch.pk, values={"a": 1}, by=somebody)
    assert MetadataEdit.objects.count() == 0


def test_metadata_edits_conflict_only_on_the_same_key(batch: Batch, edda: User) -> None:
    other = make_member(batch.connection, "editor")
    seen = {"version": SeenKey(0, 2), "site": SeenKey(0, "north")}
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=edda, seen=seen)
    edit_metadata(batch_id=batch.pk, values={"site": "south"}, by=other, seen=seen)
    with pytest.raises(MetadataChanged) as caught:
        edit_metadata(batch_id=batch.pk, values={"version": 4, "new": 1}, by=other, seen=seen)
    assert caught.value.sides == {"version": (3, 4)}
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=other, seen=seen)  # the same by chance
    assert metadata_of(batch) == {"version": 3, "site": "south"}


def test_editors_at_the_same_moment_lose_nothing(batch: Batch, edda: User) -> None:
    start = threading.Barrier(6)

    def edit(number: int) -> None:
        try:
            start.wait()
            edit_metadata(batch_id=batch.pk, values={f"key{number}": number, "shared": number}, by=edda)
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = metadata_of(batch)
    assert {name: result[name] for name in result if name.startswith("key")} == {f"key{n}": n for n in range(6)}
    steps = list(MetadataChange.objects.filter(name="shared").order_by("id").values_list("before", "value"))
    assert [before for before, _ in steps] == [None, *(value for _, value in steps[:-1])], "each on top of the last"
    assert result["shared"] == steps[-1][1]
    assert MetadataPush.objects.count() == 1


def test_the_same_key_of_a_client_does_it_once(batch: Batch, edda: User) -> None:
    key = uuid4()
    first = edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda, idempotency_key=key)
    edit_metadata(batch_id=batch.pk, values={"a": 2}, by=edda)
    assert edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda, idempotency_key=key) == first
    for values, by in (({"a": 3}, edda), ({"a": 1}, make_member(batch.connection, "editor"))):
        with pytest.raises(KeyReused):
            edit_metadata(batch_id=batch.pk, values=values, by=by, idempotency_key=key)
    assert metadata_of(batch)["a"] == 2


def test_several_batches_are_edited_all_or_none(batch: Batch, edda: User) -> None:
    other, foreign = make_batch(batch.connection), make_batch()
    with pytest.raises(NotAllowed):
        edit_many(batch_ids=[batch.pk, other.pk, foreign.pk], values={"a": 1}, by=edda, idempotency_key=uuid4())
    assert MetadataEdit.objects.count() == 0
    edits = edit_many(batch_ids=[other.pk, batch.pk, batch.pk], values={"a": 1}, by=edda, idempotency_key=uuid4())
    assert [edit.batch_id for edit in edits] == sorted([batch.pk, other.pk])
    assert MetadataPush.objects.count() == 2


def test_the_history_cannot_be_rewritten(batch: Batch, edda: User) -> None:
    edit_metadata(batch_id=batch.pk, values={"a": 1}, by=edda)
    for table in (MetadataEdit, MetadataChange):
        for verb in (lambda rows: rows.update(id=99), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                verb(table.objects.all())


def test_where_the_vendor_takes_no_metadata_it_stays_here(db: None) -> None:
    batch = make_batch(make_connection(vendor="wickson"))
    edda = make_member(batch.connection, "editor")
    edit_metadata(batch_id=batch.pk, values={"a": 1, "b": 2}, by=edda)
    edit_metadata(batch_id=batch.pk, values={}, drop=["b"], by=edda)
    assert (MetadataEntry.objects.get().state, MetadataPush.objects.count()) == ("local", 0)


@pytest.mark.parametrize("name", ["version", "a.b", 'quo"te', "5", "[0]", "$", "sp ace", "é", "it's %s"])
def test_any_key_can_be_looked_up_ours_before_the_vendors(batch: Batch, edda: User, name: str) -> None:
    Batch.objects.filter(pk=batch.pk).update(vendor_metadata={name: "theirs", "other": 1})
    number, none = make_batch(vendor_metadata={name: 7}), make_batch(vendor_metadata={"x": name})

    def matching_ids() -> dict[int, str | None]:
        return dict(with_metadata(Batch.objects.all(), name, "said").values_list("pk", "said"))  # type: ignore[arg-type]

    assert matching_ids() == {batch.pk: "theirs", number.pk: "7", none.pk: None}
    edit_metadata(batch_id=batch.pk, values={name: 12345678901234567}, by=edda)
    assert matching_ids() == {batch.pk: "12345678901234567", number.pk: "7", none.pk: None}
