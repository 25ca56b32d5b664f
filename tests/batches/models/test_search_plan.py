"""Rare words are looked up in the word index before anything is read, and common ones in the events in order."""

import pytest
from django.db import connection
from django.db.models import Q

from batches.models import Event, search
from batches.models.search import MATCHES, mentions
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db
postgresql_alone = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has an index of its own")


def test_rare_words_become_ids_and_frequent_ones_a_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_item(make_batch())
    ids = {make_event(item, label="A heron lands").pk for _ in range(2)}
    make_event(make_item(), label="A heron of another batch")
    assert mentions([item.batch_id], "heron") == Q(search_words__has_words=["heron"])
    assert mentions([item.batch_id], "zzz") == Q(pk__in=[])
    monkeypatch.setattr(search, "COMMON", 2)
    monkeypatch.setattr(search, "RARE", 2)
    assert mentions([item.batch_id], "heron").children == Q(pk__in=sorted(ids)).children


@pytest.mark.parametrize(("rare", "common"), [(0, 2), (2000, 2), (0, 0.1)])
def test_every_way_finds_the_same_events(monkeypatch: pytest.MonkeyPatch, rare: int, common: float) -> None:
    monkeypatch.setattr(search, "COMMON", common)
    monkeypatch.setattr(search, "RARE", rare)
    item = make_item(make_batch())
    ids = [make_event(item, label=label).pk for label in ("A heron lands", "A van", "Herons", "No bird")]
    make_event(make_item(), label="A heron of another batch")
    rows = Event.objects.filter(mentions([item.batch_id], "heron"), batch=item.batch_id).order_by("id")
    assert list(rows.values_list("pk", flat=True)) == [ids[0], ids[2]]


def test_words_that_most_events_of_several_batches_have_are_read_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [make_item(make_batch()) for _ in range(3)]
    batches = [item.batch_id for item in items]
    make_event(items[0], label="A van")
    make_event(items[1], label="A heron")
    make_event(make_item(), label="A heron of another batch")
    assert mentions(batches, "van") == Q(search_words__has_words=["van"])
    assert mentions(batches[1:], "van") == mentions(batches[2:], "van") == mentions([], "van") == Q(pk__in=[])
    monkeypatch.setattr(search, "MOST_SAMPLED", 1)
    assert mentions(batches, "van") == Q(search_words__has_words=["van"])
    assert mentions(batches, "heron").children[0][1] == list(items[1].events.values_list("pk", flat=True))


@postgresql_alone
def test_words_of_many_events_are_read_in_the_order_of_the_page() -> None:
    batch = make_item(make_batch()).batch_id
    rows = Event.objects.filter(Q(search_words__has_words=["van"]), batch=batch)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert "event_search_words" not in rows.order_by("sequence", "id")[:48].explain()


@postgresql_alone
def test_the_look_up_reads_the_word_index() -> None:
    batch = make_item(make_batch()).batch_id
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + MATCHES, [[batch], "'zzz':*"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "CTE matches" in plan
    assert "Seq Scan" not in plan
