"""On PostgreSQL a word is looked up in the word index before anything is read in order."""

import pytest
from django.db import connection
from django.db.models import Q

from batches.models import Event, search
from batches.models.search import RARE_MATCHES, mentions
from tests.factories import make_batch, make_event, make_item

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has an index of its own"),
]


def test_rare_words_become_ids_and_common_ones_a_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_item(make_batch())
    ids = {make_event(item, label="A heron lands").pk for _ in range(2)}
    make_event(make_item(), label="A heron of another batch")
    monkeypatch.setattr(search, "RARE", 2)
    assert mentions(item.batch_id, "heron").children == Q(pk__in=sorted(ids)).children
    assert mentions(item.batch_id, "zzz") == Q(pk__in=[])
    make_event(item, label="Herons")
    condition = mentions(item.batch_id, "heron")
    assert condition == Q(search_words__matches="'heron':*")
    assert Event.objects.filter(condition, batch=item.batch_id).count() == 3


def test_the_look_up_reads_the_word_index() -> None:
    batch = make_item(make_batch()).batch_id
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + RARE_MATCHES, [batch, "'zzz':*", 2001])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "CTE matches" in plan
    assert "Seq Scan" not in plan
