"""What counts as a random sample, and what does not."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.actions import Page, decide_matching, undo
from batches.models import Batch, Event
from batches.models.random_rank import PRIME, random_rank
from batches.sampling import Stratum, Tally, measure, overall
from tests.factories import make_batch, make_member
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    return make_batch()


@pytest.fixture
def maya(batch: Batch) -> User:
    return make_member(batch.connection)


def only_stratum(batch: Batch) -> Stratum:
    (stratum,) = measure(batch.pk, Event.objects.filter(batch=batch).for_review())
    return stratum


def test_nothing_decided(batch: Batch) -> None:
    fill(batch, "Cut-in", 3)
    assert only_stratum(batch) == Stratum("Cut-in", 3, Tally(), Tally(), -1)
    assert measure(batch.pk, Event.objects.none()) == []


def test_the_beginning_of_the_random_order_is_a_sample(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 20)
    say(events[:4], "approved", maya)
    say(events[4:5], "rejected", maya)
    say(events[5:6], "invalid", maya)
    assert only_stratum(batch) == Stratum("Cut-in", 20, Tally(4, 1, 1), Tally(4, 1, 1), random_rank(events[5].pk))


def test_verdicts_in_another_order_are_no_sample(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 20)
    say(sorted(events, key=lambda event: event.pk)[:15], "approved", maya, source="page")
    result = only_stratum(batch)
    assert (result.decided, result.sampled) == (Tally(15, 0, 0), Tally())
    assert result.estimate.value is None


def test_the_sample_ends_before_the_first_that_was_skipped(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 20)
    say([*events[:3], *events[4:9]], "approved", maya)
    assert only_stratum(batch).sampled == Tally(3, 0, 0)
    say(events[3:4], "rejected", maya)
    assert only_stratum(batch).sampled == Tally(8, 1, 0)


def test_sample_includes_events_decided_in_another_order(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 20)
    say(events[2:6], "rejected", maya, source="page")
    say(events[:2], "approved", maya)
    # The four behind are decided as well, but because somebody picked them: the sample ends with the last drawn one.
    assert only_stratum(batch).sampled == Tally(2, 0, 0)
    say(events[6:7], "approved", maya)
    assert only_stratum(batch).sampled == Tally(3, 4, 0)


def test_all_of_it_is_a_census_however_it_was_decided(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 6)
    say(events[:3], "approved", maya, source="page")
    say(events[3:5], "rejected", maya, source="page")
    say(events[5:], "invalid", maya, source="page")
    result = only_stratum(batch)
    assert (result.census, result.sampled, result.upto, result.more) == (True, Tally(3, 2, 1), PRIME, 0)
    assert (result.estimate.interval.low, result.estimate.interval.high) == pytest.approx((0.6, 0.6))


def test_the_vendors_own_approval_is_nobodys_verdict(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 10, vendor_approval="approved")
    say(events[:2], "rejected", maya)
    result = only_stratum(batch)
    assert (result.decided, result.undecided, result.sampled) == (Tally(0, 2, 0), 8, Tally(0, 2, 0))


def test_an_undone_verdict_leaves_the_sample(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 10)
    say(events[:3], "approved", maya)
    undo(batch_id=batch.pk, by=maya, idempotency_key=uuid4())
    assert only_stratum(batch).sampled == Tally(2, 0, 0)


def test_sample_leaves_out_bulk_verdicts(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 12)
    say(events[:3], "rejected", maya)
    rest = batch.events.filter(approval="pending")
    page = Page(made_at=timezone.now(), count=9, sync=(0, 0))
    decide_matching(
        events=rest, batch_id=batch.pk, query="", page=page, approval="rejected", by=maya, idempotency_key=uuid4()
    )  # fmt: skip
    result = only_stratum(batch)
    assert (result.census, result.undecided, result.decided, result.sampled) == (
        False,
        9,
        Tally(0, 3, 0),
        Tally(0, 3, 0),
    )
    say(events[3:5], "approved", maya)
    assert only_stratum(batch).sampled == Tally(2, 3, 0)


def test_what_is_gone_undecided_is_not_in_it(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 5)
    say(events[1:3], "approved", maya)
    Event.objects.filter(pk=events[0].pk).update(gone_at=timezone.now())
    result = only_stratum(batch)
    assert (result.events, result.sampled) == (4, Tally(2, 0, 0))


def test_all_categories_together_are_weighed_by_their_sizes(batch: Batch, maya: User) -> None:
    say(fill(batch, "often", 30)[:10], "approved", maya)
    say(fill(batch, "seldom", 10)[:10], "rejected", maya)
    strata = measure(batch.pk, Event.objects.filter(batch=batch).for_review())
    assert [stratum.category for stratum in strata] == ["often", "seldom"]
    assert overall(strata).value == pytest.approx(0.75)


def test_small_categories_say_nothing_about_most_of_the_events(batch: Batch, maya: User) -> None:
    fill(batch, "often", 6)
    say(fill(batch, "half", 5), "approved", maya)
    events = Event.objects.filter(batch=batch).for_review()
    assert overall(measure(batch.pk, events)).value is None
    say(fill(batch, "seldom", 1), "rejected", maya)
    assert overall(measure(batch.pk, events)).value == pytest.approx(5 / 6)


def test_more_counts_those_that_will_be_invalid(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 120)
    say(events[:4], "approved", maya)
    say(events[4:8], "rejected", maya)
    before = only_stratum(batch).more
    say(events[8:16], "invalid", maya)
    assert before < only_stratum(batch).more <= 104


@pytest.mark.parametrize("categories", [1, 4])
def test_the_number_of_queries_does_not_grow(
    batch, maya, categories: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(categories):
        say(fill(batch, f"kind {number}", 4)[:2], "approved", maya)
    with django_assert_num_queries(4):
        assert len(measure(batch.pk, Event.objects.filter(batch=batch).for_review())) == categories
