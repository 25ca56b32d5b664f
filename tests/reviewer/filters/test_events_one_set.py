"""One filter, one set of events: grid, deck, download and counts agree, whatever is asked and in whatever order."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from batches.models import Approval, Assignment, AssignmentChange, Batch, Connection, Conversation
from batches.models.corrections import columns_under
from reviewer.filters.conditions import SEVERITIES
from reviewer.filters.events import SORTS
from tests.factories import make_batch, make_event, make_item, make_user
from tests.reviewer.one_set import assert_one_set

EVENTS = 130  # three pages of the grid
WORDS = ("car", "van", "cuts", "brakes", "Straße", "near-miss", "100%", "night")
CATEGORIES = ("Cut-in", "a, b", 'say "hi"', "Near miss", "")
CORRECTIONS: tuple[dict[str, Any], ...] = (
    {}, {"label": "van cuts near-miss"}, {"severity": "low"}, {}, {"category": CATEGORIES[2]}, {"start_s": 1.0},
    {"box": [0.1, 0.2, 0.3, 0.4]}, {"box": [0.5, 0.5, 0.5, 0.5], "end_s": 9.0, "severity": "critical"},
)  # fmt: skip
REASONS = ("duplicate", "too short", "wrong, label")


@pytest.fixture
def batch(account: Connection, viewer: Client) -> Batch:
    """Events of every kind, those that are not for review among them."""
    made, people, now = make_batch(account), [make_user("ada"), make_user("brook")], timezone.now()
    items = [make_item(made) for _ in range(3)]
    for number in range(EVENTS):
        fields: dict[str, Any] = {}
        if number % 3:
            fields = {"decided_at": now - timedelta(hours=number), "decided_by": people[number % 2],
                      "approval": Approval.values[number % 4 if number % 5 else 0], "reason": REASONS[number % 3],
                      "changed_since": number % 5 == 0}  # fmt: skip
        event = make_event(
            items[number % 3], label=f"{WORDS[number % 8]} {WORDS[number % 5]}", ai_text=f"{WORDS[number % 7]}.",
            category=CATEGORIES[number % number.bit_length() % 5] if number else "", severity=[*SEVERITIES][number % 5],
            confidence=None if number % 11 == 0 else number % 10 / 10, thumbnail_url="x" * (number % 2),
            gone_at=now if number % 6 == 0 else None, **fields,
        )  # fmt: skip
        if values := CORRECTIONS[number % 8]:
            made.events.filter(pk=event.pk).update(**columns_under(event, values))
    change = AssignmentChange.objects.create(idempotency_key=uuid4(), batch=made, by=people[0], events=EVENTS)
    for number, event in enumerate(made.events.all()):
        if number % 4:
            Conversation.objects.create(event=event, batch=made, comments=number % 3, unresolved=number % 3 == 2)
        if number % 5:
            user = [None, *people, viewer.user][number % 4]  # type: ignore[attr-defined]
            Assignment.objects.create(event=event, batch=made, user=user, change=change)
    made.refresh_from_db()
    made.rarest = list(CATEGORIES[1:4])
    made.strata = {name: made.events.filter(category=name).count() for name in CATEGORIES[:3]}
    made.save()
    return made


def several(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


def quoted(values: list[str]) -> list[str]:
    return ['"' + value.replace('"', '""') + '"' for value in values]


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "approval": several(*Approval.values),
        "severity": several(*SEVERITIES),
        "category": several(*CATEGORIES).map(quoted),
        "was_category": several(*CATEGORIES).map(quoted),
        "confidence_min": st.sampled_from(["0.2", "0.5"]),
        "confidence_max": st.sampled_from(["0.5", "0.9"]),
        "q": st.lists(st.sampled_from(["ca", "CUTS", "br", "straße", "miss", "100", "zebra", "%"]), max_size=2).map(
            " ".join
        ),
        "reviewer": several("ada", "brook", "nobody"),
        "reason": several(*REASONS).map(quoted),
        "since": st.sampled_from(["9h", "3d", "2020-01-01"]),
        "until": st.sampled_from(["20h", "2020-01-01"]),
        "band": several("0.0", "0.3", "0.9", "none"),
        "reviewed": st.sampled_from(["0", "1"]),
        "undecided": st.sampled_from(["0", "1"]),
        "differs": st.sampled_from(["0", "1"]),
        "changed": st.sampled_from(["0", "1"]),
        "corrected": several("1", "category", "label", "severity", "span", "box"),
        "origin": several("vendor", "reviewer"),
        "thumbnail": st.sampled_from(["0", "1"]),
        "comments": st.sampled_from(["0", "1"]),
        "unresolved": st.sampled_from(["0", "1"]),
        "assigned": several("me", "ada", "brook", "nobody"),
        "sort": st.sampled_from(list(SORTS)),
    },
)


@pytest.mark.parametrize(
    "query",
    [
        "",
        'category=""',
        "corrected=box,span",
        "sort=rarest",
        "sort=uncertain&approval=pending",
        "q=ca&sort=rarest",
        "sort=sample",
    ],
)
@pytest.mark.case("C04")
def test_named_filters(viewer: Client, batch: Batch, query: str) -> None:
    assert_one_set(viewer, batch, query)


@given(asked=QUERIES)
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.case("C04")
def test_any_filter(viewer: Client, batch: Batch, asked: dict[str, Any]) -> None:
    assert_one_set(viewer, batch, urlencode(asked, doseq=True))
