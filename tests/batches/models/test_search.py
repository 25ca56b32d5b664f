"""Text search: the index follows every change, and both databases find what this module's own words find."""

import re

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from batches.models import Batch, Event
from batches.models.search import mentions
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    return make_batch()


def found(batch: Batch, text: str) -> list[str]:
    return list(
        Event.objects.filter(mentions(batch.pk, text), batch=batch).order_by("id").values_list("label", flat=True)
    )


def test_every_word_begins_a_word_of_either_text_in_any_order(batch: Batch) -> None:
    make_event(make_item(batch), label="A car cuts in", ai_text="The van braked: near-miss.")
    hits = ["car", "CUT", "van brak", "miss near", "a a a", "near-miss.", "in the"]
    misses = ["ar", "carcuts", "car lorry", "cuts in the rain", "", " ", "%", '"', "'", "car'*"]
    assert [text for text in [*hits, *misses] if found(batch, text)] == [*hits, "car'*"]


def test_the_index_follows_every_change(batch: Batch) -> None:
    event = make_event(make_item(batch), label="first", ai_text="text")
    Event.objects.filter(pk=event.pk).update(label="second")
    assert (found(batch, "first"), found(batch, "second text")) == ([], ["second"])
    Event.objects.filter(pk=event.pk).update(ai_text=F("label"), severity="low")
    assert (found(batch, "text"), found(batch, "second")) == ([], ["second"])
    event.payload.delete()
    Event.objects.filter(pk=event.pk).delete()
    assert found(batch, "second") == []


def test_another_batch_is_not_searched(batch: Batch) -> None:
    other = make_batch()
    for made in (batch, other, batch):
        make_event(make_item(made), label=f"van {made.pk}")
    assert found(other, "van") == [f"van {other.pk}"]
    assert found(make_batch(), "van") == []


def test_a_very_long_word_and_a_very_long_text_are_taken(batch: Batch) -> None:
    make_event(make_item(batch), label="long", ai_text="x" * 5000 + " ü" * 60_000)
    assert found(batch, "x" * 200) == ["long"]


TEXTS = st.text(st.sampled_from("abAB1 9_-.,'\"/%äÄßé’“—…²🚗\n\t&*():|!<>\\"), max_size=12)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


@given(label=TEXTS, ai_text=TEXTS, asked=TEXTS)
@hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_databases_find_the_same(batch: Batch, label: str, ai_text: str, asked: str) -> None:
    event = make_event(make_item(batch), label=label, ai_text=ai_text)
    there = [*words(label), *words(ai_text)]
    expected = bool(words(asked)) and all(any(word.startswith(one) for word in there) for one in words(asked))
    assert Event.objects.filter(mentions(batch.pk, asked), pk=event.pk).exists() is expected
