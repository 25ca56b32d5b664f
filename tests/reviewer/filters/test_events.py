"""What a query string means, and that a wrong one is refused with the right ones."""

from datetime import timedelta

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from batches.models import Batch
from reviewer.filters.confidence_bands import BAND_NAMES
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import facets
from reviewer.filters.moments import FORMS
from reviewer.filters.values import join_value, split_values
from tests.factories import make_batch, make_event, make_item, make_user


@pytest.fixture
def batch(db: None) -> Batch:
    """Six events whose labels say what they are."""
    made = make_batch()
    item = make_item(made, name="cam.mp4")
    now = timezone.now()
    person = make_user("ada")
    decided = {"decided_at": now - timedelta(days=10), "decided_by": person, "reason": "too short, again"}
    make_event(item, label="plain", category="Cut-in", severity="LOW", confidence=0.2, flagged_at=now,
               flagged_by=person,
               thumbnail_url="https://a.example/")  # fmt: skip
    make_event(item, label="agreed", category="a, b", severity="high", confidence=0.5, approval="approved",
               vendor_approval="approved", **decided | {"decided_at": now, "reason": "duplicate"})  # fmt: skip
    make_event(item, label="differing", category="Cut-in", severity="odd", confidence=0.9, approval="rejected",
               vendor_approval="approved", **decided)  # fmt: skip
    make_event(item, label="against nothing", category='say "hi"', severity="Critical", confidence=None,
               vendor_approval="approved", approval="pending", changed_since=True, decided_at=now,
               decided_by=make_user("brook"))  # fmt: skip
    make_event(item, label="gone", gone_at=timezone.now())
    make_event(make_item(made), label="100%_sure", category="Near miss", severity="medium", confidence=1.0)
    return Batch.objects.get(pk=made.pk)


def labels(batch: Batch, query: str) -> set[str]:
    return {event.label for event in EventFilter.of(batch, QueryDict(query)).qs}


EVERYTHING = {"plain", "agreed", "differing", "against nothing", "100%_sure"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVERYTHING),
        ("approval=approved", {"agreed"}),
        ("approval=approved&approval=rejected", {"agreed", "differing"}),
        ("approval=approved,rejected", {"agreed", "differing"}),
        ("approval=", EVERYTHING),
        ("category=Cut-in", {"plain", "differing"}),
        ('category="a, b"', {"agreed"}),
        ("category=a, b", set()),
        ('category="say ""hi"""&category=Near miss', {"against nothing", "100%_sure"}),
        ("severity=low,critical", {"plain", "against nothing"}),
        ("severity=other", {"differing"}),
        ("confidence_min=0.5", {"agreed", "differing", "100%_sure"}),
        ("confidence_min=0.5&confidence_max=0.9", {"agreed", "differing"}),
        ("confidence_min=0,5&confidence_max=0,9", {"agreed", "differing"}),
        ("q=AGREED", {"agreed"}),
        ("q=%25_", set()),
        ("q=sure 10", {"100%_sure"}),
        ("q=ure", set()),
        ("q=nothing%20AGAI", {"against nothing"}),
        ('q="agreed" OR NOT* plain', set()),
        ("reviewer=ada", {"agreed", "differing"}),
        ("reviewer=ada,brook", {"agreed", "differing", "against nothing"}),
        ("reviewer=nobody", set()),
        ("reason=duplicate", {"agreed"}),
        ('reason=duplicate,"too short, again"', {"agreed", "differing"}),
        ("since=24h", {"agreed", "against nothing"}),
        ("since=20d", {"agreed", "differing", "against nothing"}),
        ("since=2020-05-04", {"agreed", "differing", "against nothing"}),
        ("since=2020-05-04T10:00:00Z&reviewer=ada", {"agreed", "differing"}),
        ("since=2999-01-01", set()),
        ("since=20d&until=24h", {"differing"}),
        ("until=2020-05-04", set()),
        ("band=0.9", {"differing", "100%_sure"}),
        ("band=0.2,0.5", {"plain", "agreed"}),
        ("band=none", {"against nothing"}),
        ("undecided=1", {"plain", "against nothing", "100%_sure"}),
        ("ids=999999999", set()),
        ("thumbnail=1", {"plain"}),
        ("differs=1", {"differing"}),
        ("differs=0", EVERYTHING),
        ("changed=1", {"against nothing"}),
        ("approval=pending&changed=1", {"against nothing"}),
        ("flagged=1", {"plain"}),
        ("approval=pending&q=plain", {"plain"}),
        ("sort=-confidence&utm_source=mail&at=12.5&after=&page=1", EVERYTHING),
    ],
)
def test_a_query_names_these_events(batch: Batch, query: str, expected: set[str]) -> None:
    assert labels(batch, query) == expected


@pytest.mark.parametrize(
    ("query", "names"),
    [("aproval=approved", "aproval"), ("batch__connection__api_key__gt=a", "batch__connection__api_key__gt")],
)
def test_an_unknown_filter_is_refused_by_its_name(batch: Batch, query: str, names: str) -> None:
    with pytest.raises(BadRequest, match=f"^Unknown parameter: {names}. Known: after, approval, assigned,"):
        EventFilter.of(batch, QueryDict(query))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("vendor", "ours", "differs"),
    [
        ("approved", "rejected", True),
        ("approved", "pending", True),
        ("rejected", "invalid", True),
        ("approved", "approved", False),
        ("pending", "approved", False),
        (None, "rejected", False),
    ],
)
def test_only_another_opinion_of_the_vendor_differs(vendor: str | None, ours: str, differs: bool) -> None:
    decided = {"decided_at": timezone.now(), "decided_by": make_user(), "approval": ours}
    event = make_event(label="it", vendor_approval=vendor, **decided)
    assert event.differs_from_vendor is differs
    assert labels(event.batch, "differs=1") == ({"it"} if differs else set())


def test_one_item(batch: Batch) -> None:
    item = batch.items.get(name="cam.mp4")
    assert labels(batch, f"item={item.pk}") == EVERYTHING - {"100%_sure"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("approval=aproved", "approval: 'aproved' is not one of: pending, approved, rejected, invalid."),
        ("approval=approved,x", "approval: 'x' is not one of: pending, approved, rejected, invalid."),
        ("severity=bad", "severity: 'bad' is not one of: critical, high, medium, low, other."),
        (
            "sort=api_key",
            "sort: api_key is not one of: item, newest, -confidence, confidence, -severity, uncertain, rarest, sample.",
        ),
        (
            "sort=-label;drop",
            (
                "sort: -label;drop is not one of: item, newest, -confidence, confidence, -severity, uncertain, rarest,"
                " sample."
            ),
        ),
        ("confidence_min=high", "confidence_min: Enter a number."),
        ("confidence_min=NaN", "confidence_min: Enter a number."),
        ("confidence_min=1,234", "confidence_min: 1,234 can be a decimal or a thousand: write a decimal point."),
        ("confidence_max=2", "confidence_max: Ensure this value is less than or equal to 1."),
        ("item=x", "item: Enter a whole number."),
        ("item=99999999999999999999", "item: Ensure this value is less than or equal to 4611686018427387904."),
        ("ids=4,x", "ids: 'x' is not an event number."),
        ("ids=" + ",".join(map(str, range(501))), "ids: Give at most 500 events."),
        ("band=0.95", f"band: '0.95' is not one of: {', '.join(BAND_NAMES)}."),
        ("until=soon", f"until: {FORMS}"),
        ("since=soon", f"since: {FORMS}"),
        ("since=2026-02-30", f"since: {FORMS}"),
        ("since=999999w", f"since: {FORMS}"),
        ("reviewer=%00", "reviewer: Null characters are not allowed."),
        ("differs=perhaps", "differs: perhaps is not one of: 1, 0."),
        ("q=%00", "q: Null characters are not allowed."),
        ("category=%00", "category: Null characters are not allowed."),
        ("q=" + "x" * 201, "q: Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_a_wrong_value_is_refused_with_the_right_ones(batch: Batch, query: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        EventFilter.of(batch, QueryDict(query))
    assert str(refusal.value) == sentence


def test_the_query_of_a_filter_is_the_filter(batch: Batch) -> None:
    given_query = (
        'approval=rejected,approved&category="a, b"&category=Cut-in&differs=1&confidence_min=0.5&sort=newest&q=x'
        "&since=7d&reviewer=ada&reason=duplicate&thumbnail=1"
    )
    selected = EventFilter.of(batch, QueryDict(given_query))
    again = EventFilter.of(batch, QueryDict(selected.query))
    assert again.values == selected.values
    assert again.query == selected.query


def test_each_chip_takes_one_value_away(batch: Batch) -> None:
    selected = EventFilter.of(batch, QueryDict("approval=approved,rejected&changed=1"))
    assert selected.chips == [
        {"label": "Approval: approved", "query": "approval=rejected&changed=1"},
        {"label": "Approval: rejected", "query": "approval=approved&changed=1"},
        {"label": "Changed since decided or corrected", "query": "approval=approved&approval=rejected"},
    ]
    named = EventFilter.of(batch, QueryDict("corrected=1,label&origin=reviewer")).chips
    assert [chip["label"] for chip in named] == [
        "Corrected: any field", "Corrected: label", "Origin: Added by a reviewer",
    ]  # fmt: skip


def test_the_total_is_known_from_the_counters_or_not_at_all(batch: Batch) -> None:
    def total(query: str) -> int | None:
        return EventFilter.of(batch, QueryDict(query)).total

    assert (total(""), total("approval=pending"), total("approval=pending,rejected")) == (5, 3, 4)
    assert total("q=plain") is None


def test_a_choice_is_counted_as_if_its_own_filter_were_off(batch: Batch) -> None:
    result = facets(EventFilter.of(batch, QueryDict("approval=rejected&category=Cut-in")))
    assert {choice.value: choice.count for choice in result["approvals"]} == {
        "pending": 1, "approved": 0, "rejected": 1, "invalid": 0,
    }  # fmt: skip
    assert {choice.value: choice.count for choice in result["categories"]} == {"Cut-in": 1}
    assert {choice.value: choice.count for choice in result["severities"] if choice.count} == {"other": 1}
    assert result["total"] == 1
    assert [(choice.value, choice.count) for choice in result["flags"]] == [
        ("differs", 1),
        ("changed", 0),
        ("flagged", 0),
        ("thumbnail", 0),
        ("comments", 0),
        ("unresolved", 0),
    ]
    assert [(choice.value, choice.count) for choice in result["reviewers"]] == [("ada", 1)]
    assert [(choice.label, choice.count) for choice in result["reasons"]] == [("too short, again", 1)]


def test_videos_are_counted_as_if_none_were_chosen(batch: Batch) -> None:
    other, empty = batch.items.get(name="cam.mp4"), make_item(batch, name="empty.mp4")
    result = facets(EventFilter.of(batch, QueryDict(f"approval=rejected&item={empty.pk}")))
    assert [(choice.value, choice.label, choice.count, choice.on) for choice in result["videos"]] == [
        (str(other.pk), str(other), 1, False),
        (str(empty.pk), "empty.mp4", 0, True),
    ]
    assert result["total"] == 0


texts = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), unique=True)


@given(texts)
@hypothesis_settings(max_examples=200)
def test_any_value_comes_back_from_the_query_string(values: list[str]) -> None:
    assert split_values([join_value(value) for value in values]) == values
    assert split_values([",".join(join_value(value) for value in values)]) == values


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["confidence_max=0", "confidence_min=0", "confidence_max=0.355"])
def test_a_confidence_of_zero_is_a_filter_like_any_other(query: str) -> None:
    item = make_item()
    make_event(item, confidence=0.0)
    make_event(item, confidence=0.9)
    make_event(item, confidence=None)
    result = EventFilter.of(item.batch, QueryDict(query))
    assert result.query == query
    assert result.total is None
