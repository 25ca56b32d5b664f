"""What the address of the list of batches means, and that a wrong one is refused with the right ones."""

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict

from batches.models import Batch, ReviewStatus
from reviewer.filters.batches import REVIEWS, SORTS, BatchFilter
from tests.factories import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batches() -> list[Batch]:
    return [
        make_batch(name="near misses", prompt=""),
        make_batch(prompt="100% rain"),
        make_batch(external_id="b-7", prompt=""),
    ]


def names(query: str) -> list[str]:
    return sorted(str(batch) for batch in BatchFilter.of(QueryDict(query), Batch.objects.all()).batches)


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("", [0, 1, 2]),
        ("q=MISSES", [0]),
        ("q=%25", [1]),
        ("q=+b-7%00", [2]),
        (f"q=&review={ReviewStatus.REVIEWED.word}", []),
        ("results=expired", []),
        ("sort=-status", [0, 1, 2]),
    ],
)
def test_query_names_the_batches(batches: list[Batch], query: str, positions: list[int]) -> None:
    assert names(query) == sorted(str(batches[position]) for position in positions)


@pytest.mark.parametrize("name", ["review", "results", "sort"])
def test_wrong_value_is_refused_with_the_right_ones(name: str) -> None:
    values = [value for value, _ in BatchFilter.of(QueryDict(), Batch.objects.all()).choices[name]]
    with pytest.raises(BadRequest, match=f"{name}: odd is not one of: {', '.join(values)}."):
        names(f"{name}=odd")


def test_filter_says_what_it_was_asked(batches: list[Batch]) -> None:
    query = "q=near&review=proposed&key=site&value=A"
    batch_filter = BatchFilter.of(QueryDict(query), Batch.objects.all())
    assert batch_filter.kept_fields == [("q", "near"), ("review", "proposed")]
    assert batch_filter.chips == [("site is A", "q=near&review=proposed")]
    assert batch_filter.order == SORTS["newest"]
    assert batch_filter.active
    assert [name for name, _ in batch_filter.choices["review"]] == list(REVIEWS)
    assert not BatchFilter.of(QueryDict("sort=status"), Batch.objects.all()).active
