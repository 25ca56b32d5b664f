"""Every filter says what it is about, and is right in it: of the past, of a revision, and in the form beside the
grid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import django_filters
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from batches.actions import assign, comment, correct, decide, flag
from batches.export.revision import revision
from batches.models import Connection, Event, Folder, RunState, SearchMatch, VideoSearch
from reviewer.filters.conditions import VERDICT, FlagFilter, Past
from reviewer.filters.events import OUTCOMES, EventFilter
from tests.batches.compare.scene import Scene, make_scene
from tests.factories import change_upstream, make_member

pytestmark = pytest.mark.django_db


class WithNoted(EventFilter):
    """What somebody who adds a filter writes: one line."""

    noted = FlagFilter(~Q(note=""), "Has a note", about=VERDICT)


@dataclass
class Steps:
    """A compared batch on which people have done something, and can do everything else."""

    scene: Scene
    reviewer: User
    editor: User
    started: datetime

    def decide(self, name: str, approval: str, **fields: str) -> None:
        event = self.event(name)
        decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=approval,
               by=self.reviewer, idempotency_key=uuid4(), **fields)  # fmt: skip

    def event(self, name: str) -> Event:
        return Event.objects.get(pk=self.scene.events[f"new {name}"].pk)

    def do_everything(self) -> None:
        self.decide("same", "rejected", reason="Glare", note="sun in the lens")
        self.decide("moved", "approved")
        self.decide("changed", "invalid", note="test drive")
        flag(event_id=self.event("new").pk, on=True, by=self.reviewer)
        comment(event_id=self.event("new").pk, by=self.reviewer, idempotency_key=uuid4(), text="What is this?")
        events = Event.objects.filter(batch=self.scene.later)
        assign(
            batch_id=self.scene.later.pk, events=events, people=[self.reviewer], by=self.editor, idempotency_key=uuid4()
        )
        same = self.event("same")
        correct(
            event_id=same.pk, version=same.version, fingerprint=same.fingerprint, by=self.reviewer,
            values={"category": "Else", "severity": "low", "end_s": 900}, idempotency_key=uuid4(),
        )  # fmt: skip
        change_upstream(self.event("changed"))
        Event.objects.filter(pk=self.event("same").pk).update(vendor_approval="approved")
        Event.objects.filter(pk=self.event("new").pk).update(gone_at=timezone.now())
        self.scene.later.refresh_from_db()

    def labels(self, query: dict[str, str], at: datetime | None = None) -> list[str]:
        asked = QueryDict(mutable=True)
        asked.update(query)
        return [str(event) for event in WithNoted.of(self.scene.later, asked, self.editor, at=at).qs.in_order()]


@pytest.fixture
def steps(account: Connection) -> Steps:
    """One event was approved twice, with a reason; the rest is to come."""
    started = timezone.now()
    steps = Steps(make_scene(account, same="approved"), make_member(account), make_member(account, "editor"), started)
    steps.decide("same", "approved", reason="Clear")
    steps.decide("moved", "rejected", note="too far away")
    return steps


def search_naming(event: Event) -> VideoSearch:
    account = event.batch.connection
    run = VideoSearch.objects.create(
        connection=account, folder=Folder.objects.create(connection=account, external_id=uuid4().hex, name="Fleet"),
        idempotency_key=uuid4(), question="?", state=RunState.DONE, finished_at=timezone.now(),
    )  # fmt: skip
    SearchMatch.objects.create(search=run, position=0, video_id="v", analysis_id="a", event=event)
    return run


# Filter → some values for it. Flags and filters with choices need none.
VALUES: dict[str, Callable[[Steps], list[str]]] = {
    "category": lambda steps: ["Cut-in", "Else"],
    "was_category": lambda steps: ["Cut-in"],
    "was_severity": lambda steps: ["high"],
    "confidence_min": lambda steps: ["0.5", "0.95"],
    "confidence_max": lambda steps: ["0.5", "0.95"],
    "q": lambda steps: ["thing", "words"],
    "reviewer": lambda steps: [steps.reviewer.get_username(), steps.editor.get_username()],
    "reason": lambda steps: ["Clear", "Glare"],
    "since": lambda steps: [steps.started.isoformat(), timezone.now().isoformat()],
    "until": lambda steps: [timezone.now().isoformat()],
    "ids": lambda steps: [str(steps.event("same").pk)],
    "item": lambda steps: [str(steps.scene.new_video.pk)],
    "assigned": lambda steps: ["nobody", steps.reviewer.get_username()],
    "compare": lambda steps: [str(steps.scene.earlier.pk)],
    "search": lambda steps: [str(search_naming(steps.event("same")).pk)],
}


def queries(steps: Steps, name: str) -> list[dict[str, str]]:
    condition = WithNoted.conditions()[name]
    beside = {"compare": str(steps.scene.earlier.pk)} if name in ("match", "proposed") else {}
    if isinstance(condition, FlagFilter):
        values = ["1"]
    elif "choices" in condition.extra:
        values = [value for value, _ in condition.extra["choices"]]
    else:
        values = VALUES[name](steps)
    return [beside | {name: value} for value in values]


def test_filters_asked_of_the_past_answer_as_they_did_then(steps: Steps) -> None:
    asked = {name: queries(steps, name) for name in WithNoted.conditions()}
    before = {name: [steps.labels(query) for query in asked[name]] for name in asked}
    moment = timezone.now()
    steps.do_everything()
    for name, condition in WithNoted.conditions().items():
        if condition.about.past is Past.UNKNOWN:
            with pytest.raises(BadRequest, match="not stored for past times"):
                steps.labels(asked[name][0], moment)
            continue
        assert (name, [steps.labels(query, moment) for query in asked[name]]) == (name, before[name])
        if condition.about.past is Past.LEDGER:
            assert (name, [steps.labels(query) for query in asked[name]]) != (name, before[name])


def test_filters_in_the_revision_change_only_with_it(steps: Steps) -> None:
    asked = {
        name: queries(steps, name) for name, condition in WithNoted.conditions().items() if condition.about.in_revision
    }
    for change in (
        lambda: comment(event_id=steps.event("new").pk, by=steps.reviewer, idempotency_key=uuid4(),
            text="What is this?"),
        lambda: flag(event_id=steps.event("new").pk, on=True, by=steps.reviewer),
        lambda: assign(batch_id=steps.scene.later.pk, events=Event.objects.filter(batch=steps.scene.later),
                       people=[steps.reviewer], by=steps.editor, idempotency_key=uuid4()),
        lambda: steps.decide("new", "rejected", reason="Glare", note="sun in the lens"),
    ):  # fmt: skip
        steps.scene.later.refresh_from_db()
        before = {name: [steps.labels(query) for query in asked[name]] for name in asked}
        state = revision(steps.scene.later)
        change()
        steps.scene.later.refresh_from_db()
        if revision(steps.scene.later) == state:
            assert {name: [steps.labels(query) for query in asked[name]] for name in asked} == before


def test_filters_about_outcomes() -> None:
    assert set(OUTCOMES) == {"approval", "reviewer", "reason", "since", "until", "differs", "changed", "flagged",
                             "reviewed", "undecided", "ids", "corrected", "was_category", "was_severity",
                             "origin"}  # fmt: skip


def test_filter_without_a_declaration_is_refused() -> None:
    with pytest.raises(TypeError, match="about"):
        FlagFilter(~Q(note=""), "Has a note")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="noted: a filter on events is a Condition"):

        class Undeclared(EventFilter):
            noted = django_filters.CharFilter()


def test_filter_cannot_pass_for_a_verdict_when_the_ledger_does_not_keep_it(steps: Steps) -> None:
    class Flagged(EventFilter):
        urgent = FlagFilter(Q(flagged_at__isnull=False), "Urgent", about=VERDICT)

    with pytest.raises(LookupError, match="flagged_at__isnull: its past is not stored"):
        str(Flagged.of(steps.scene.later, QueryDict("urgent=1"), at=timezone.now()).qs)


class Controls(HTMLParser):
    """What the form with the id `filter` would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside, self.select = False, ""
        self.values: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == "filter"
        elif tag == "select":
            self.select = given.get("name", "")
        on = "selected" in given if tag == "option" else given.get("type") != "checkbox" or "checked" in given
        name = self.select if tag == "option" else given.get("name")
        if self.inside and tag in ("input", "option") and name and on and given.get("value"):
            self.values.append((name, given["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def test_form_beside_the_grid_keeps_every_filter(viewer: Client, steps: Steps) -> None:
    for query in (query for name in EventFilter.conditions() for query in queries(steps, name)):
        page = viewer.get(f"/batches/{steps.scene.later.pk}/", query)
        assert dict(Controls(page.content.decode()).values) == dict(QueryDict(page.context["filter"].query).items())


def test_saved_view_keeps_what_every_batch_has(steps: Steps) -> None:
    for name, condition in EventFilter.conditions().items():
        query = QueryDict(mutable=True)
        query.update(queries(steps, name)[0])
        kept = EventFilter.of(steps.scene.later, query, steps.editor).view_query
        assert (name, QueryDict(kept).keys()) == (name, {name} if condition.about.any_batch else set())
