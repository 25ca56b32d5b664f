"""Sets of filters share what is the same for all requests, and nothing else."""

from django.http import QueryDict

from reviewer.filters.events import EventFilter
from tests.factories import make_batch, make_event, make_item


def test_filters_of_two_requests_do_not_mix(db: None) -> None:
    item = make_item(make_batch())
    make_event(item, label="van")
    make_event(item, label="truck")
    first, other = (EventFilter.of(item.batch, QueryDict(f"q={word}")) for word in ("van", "truck"))
    assert [event.label for event in first.qs] == ["van"]
    assert [event.label for event in other.qs] == ["truck"]
    assert first.filters["q"].parent is first
    assert first.form.fields["q"] is not other.form.fields["q"]


def test_the_form_is_built_once(db: None) -> None:
    batch = make_batch()
    first, other = (EventFilter.of(batch, QueryDict()) for _ in range(2))
    assert type(first.form) is type(other.form)
    assert first.form.fields["severity"].choices is other.form.fields["severity"].choices  # type: ignore[attr-defined]
