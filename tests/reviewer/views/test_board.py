"""The board: each figure is the number of events that its link shows, and nobody sees figures of others."""

import csv
import io
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches.models import Action, Batch, BulkRun, Event, Link, Membership
from batches.recall import measure_recall
from batches.sampling import measure
from reviewer import access
from reviewer.board.figures import Board, Line, board_of, prompt_pair
from reviewer.board.filter import BoardFilter
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.templatetags.charts import points
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

pytestmark = pytest.mark.django_db
FIGURES = ("decided", "judged", "approved", "corrected", "missed")


@pytest.fixture
def maya() -> User:
    return make_member(make_connection(name="Fleet"), name="maya")


def decided(item: Any, by: User, approval: str, when: datetime, **fields: Any) -> Event:
    return make_event(item, approval=approval, decided_by=by, decided_at=when, **fields)


def fill(batch: Batch, by: User, seed: int, count: int = 40) -> None:
    """Events with all kinds of verdicts over the last twenty weeks."""
    dice, item = random.Random(seed), make_item(batch)
    for _ in range(count):
        when = timezone.now() - timedelta(minutes=dice.randrange(20 * 7 * 24 * 60))
        kind = dice.choice(["plain", "plain", "plain", "bulk", "corrected", "added", "gone", "changed", "undecided"])
        fields = {"category": dice.choice(["Cut-in", "Hard, braking", ""]), "severity": dice.choice(["low", "high"])}
        more: dict[str, Any] = {
            "bulk": {"bulk_decided": True}, "corrected": {"corrections": '{"label":"A van"}'},
            "added": {"origin": "reviewer", "gone_at": when}, "gone": {"gone_at": when},
            "changed": {"changed_since": True},
        }.get(kind, {})  # fmt: skip
        if kind == "undecided":
            make_event(item, vendor_approval=dice.choice(["approved", "pending"]), **fields)
        else:
            approval = "pending" if kind == "changed" else dice.choice(["approved", "rejected", "invalid"])
            decided(item, by, approval, when, **fields, **more)


def board_for(user: User, query: str = "") -> Board:
    return board_of(BoardFilter.of(access.batches_listed(user), QueryDict(query), user))


def shown(user: User, query: str) -> int:
    return ManyBatchesFilter.over(access.batches_listed(user), QueryDict(query), user).qs.count()


def lines_of(board: Board) -> list[Line]:
    return [board.everything, *(line for lines in board.tables.values() for line in lines), *board.weeks]


@pytest.mark.parametrize(
    ("query", "seed"), [("", 1), ("since=2w", 2), ("category=Cut-in", 1), ("vendor=nomadic&project=Winter", 2)]
)
def test_each_figure_is_the_number_of_events_behind_its_link(maya: User, query: str, seed: int) -> None:
    account = maya.memberships.get().connection  # type: ignore[attr-defined]
    for number, prompt in enumerate(["near misses", "near misses", "Cyclists, please"]):
        fill(make_batch(account, prompt=prompt, project="Winter" if number else ""), maya, seed * 10 + number)
    fill(make_batch(), make_member(make_connection()), seed)  # of somebody else
    board = board_for(maya, query)
    for line in lines_of(board):
        counts = {name: getattr(line.total, name) for name in FIGURES}
        if line.queries:
            assert {name: shown(maya, line.queries[name]) for name in FIGURES} == counts, line.label
    assert board.everything.total.decided == sum(line.total.decided for line in board.tables["Category"])
    assert sum(line.total.judged for line in board.weeks) == board.everything.total.judged > 0


def test_precision_is_that_of_insights(maya: User) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    fill(batch, maya, seed=3)
    action = Action.objects.create(batch=batch, user=maya, kind="decide", idempotency_key=uuid4(), request="")
    BulkRun.objects.create(batch=batch, action=action, requested_by=maya)
    strata = {stratum.category: stratum.decided for stratum in measure(batch.pk, batch.events.for_review())}
    labels = {line.label: line.total.tally for line in board_for(maya, "since=2020-01-06&until=2020-12-27").weeks}
    assert not any(tally.decided for tally in labels.values())
    lines = board_for(maya, "since=30w").tables["Category"]
    assert {line.label: line.total.tally for line in lines} == {
        name or "no category": tally for name, tally in strata.items() if tally.decided
    }


def test_drift_is_marked_only_where_its_interval_excludes_zero(maya: User) -> None:
    item = make_item(make_batch(maya.memberships.get().connection))  # type: ignore[attr-defined]
    for week, good, bad in ((1, 5, 35), (8, 38, 2)):
        when = timezone.now() - timedelta(weeks=week)
        for number in range(good + bad):
            decided(item, maya, "approved" if number < good else "rejected", when, category="worse")
            decided(item, maya, "approved" if number % 2 else "rejected", when, category="same")
    board = board_for(maya)
    assert {line.label for line in board.drifting} == {"All", "worse", "near misses", "NomadicML"}
    worse = next(line for line in board.tables["Category"] if line.label == "worse")
    assert worse.drift
    assert worse.drift.high < 0 < -worse.drift.value
    assert board.comparisons == 5
    assert board.confidence == pytest.approx(99)


def test_two_prompts_are_compared_category_by_category(maya: User) -> None:
    account = maya.memberships.get().connection  # type: ignore[attr-defined]
    batches = [make_batch(account, prompt=prompt) for prompt in ("first", "second")]
    for batch, approval in zip(batches, ("rejected", "approved"), strict=True):
        item = make_item(batch)
        for _ in range(30):
            decided(item, maya, approval, timezone.now())
    board_filter = BoardFilter.of(access.batches_listed(maya), QueryDict(""), maya)
    pair = prompt_pair(board_filter, batches[0].pk, batches[1].pk)
    assert [(line.label, line.difference and line.difference.value) for line in pair.lines] == [
        ("All", 1),
        ("Cut-in", 1),
    ]
    assert pair.lines[0].difference
    assert pair.lines[0].difference.is_clear
    response = Client()
    response.force_login(maya)
    page = response.get("/board/", {"a": batches[0].pk, "b": batches[1].pk})
    change, shown_difference = pair.lines[0].difference, " ".join(page.text.split())
    assert f'+100.0</b> <span class="interval">{points(change.low)} – {points(change.high)}</span>' in shown_difference


def test_the_page_reads_no_event(maya: User, client: Client) -> None:
    fill(make_batch(maya.memberships.get().connection), maya, seed=4)  # type: ignore[attr-defined]
    client.force_login(maya)
    client.get("/board/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get("/board/").status_code == 200
    of_events = [query["sql"] for query in queries if '"batches_event"' in query["sql"]]
    assert [sql for sql in of_events if "batches_mention" not in sql] == []  # the top bar counts mentions
    assert len(queries) <= 22


def test_weeks_are_whole_and_from_monday(maya: User) -> None:
    period = BoardFilter.of(access.batches_listed(maya), QueryDict("since=2026-05-06&until=2026-05-12"), maya).period
    assert (period.first, period.end) == (date(2026, 5, 4), date(2026, 5, 18))
    sunday, monday = datetime(2026, 5, 10, 23, 59, tzinfo=UTC), datetime(2026, 5, 11, tzinfo=UTC)
    item = make_item(make_batch(maya.memberships.get().connection))  # type: ignore[attr-defined]
    for when in (sunday, monday, monday):
        decided(item, maya, "approved", when)
    weeks = board_for(maya, "since=2026-05-06&until=2026-05-12").weeks
    assert [(line.label, line.total.approved) for line in weeks] == [("2026-05-11", 2), ("2026-05-04", 1)]


def test_the_file_has_the_figures_of_the_page(maya: User, client: Client) -> None:
    item = make_item(make_batch(maya.memberships.get().connection, prompt="=1+1"))  # type: ignore[attr-defined]
    decided(item, maya, "approved", timezone.now())
    client.force_login(maya)
    response = client.get("/board.csv?since=1w")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert response.headers["Content-Type"].startswith("text/csv")
    assert [(row["table"], row["name"], row["verdicts"], row["precision"]) for row in rows[:4]] == [
        ("all", "All", "1", "1.000000"),
        ("category", "Cut-in", "1", "1.000000"),
        ("prompt", "'=1+1", "1", "1.000000"),
        ("vendor", "NomadicML", "1", "1.000000"),
    ]
    assert shown(maya, rows[0]["events"]) == 1
    lines = client.get("/api/v1/board/?since=1w").json()["lines"]
    assert [(line["table"], line["verdicts"], line["precision"], line["events"]) for line in lines] == [
        (row["table"], int(row["verdicts"]), float(row["precision"]) if row["precision"] else None, row["events"])
        for row in rows
    ]
    assert {name: shown(maya, query) for name, query in lines[0]["events_of"].items()} == {
        "verdicts": 1, "judged": 1, "approved": 1, "corrected": 0, "missed": 0,
    }  # fmt: skip


def test_recall_is_shown_where_it_is_measured(maya: User, client: Client) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    items = [make_item(batch) for _ in range(3)]
    for item in items:
        decided(item, maya, "approved", timezone.now())
        item.watched.create(batch=batch, by=maya, idempotency_key=f"00000000-0000-4000-8000-{item.pk:012}")
    decided(items[0], maya, "approved", timezone.now(), origin="reviewer", gone_at=timezone.now())
    client.force_login(maya)
    page = client.get("/board/", headers={"HX-Target": "recall", "HX-Request": "true"})
    recall = measure_recall(batch.pk)[1][0]
    assert (recall.hits, recall.missed) == (3, 1)
    assert "75.0 %" in page.text
    assert "<html" not in page.text


def test_the_form_keeps_every_value_and_offers_categories_and_prompts(maya: User, client: Client) -> None:
    account = maya.memberships.get().connection  # type: ignore[attr-defined]
    for prompt in ("Cyclists", "Cyclists", "Near misses"):
        item = make_item(make_batch(account, prompt=prompt, project="Winter"))
        for category in ("Cut-in", "Braking"):
            decided(item, maya, "approved", timezone.now(), category=category)
    client.force_login(maya)
    newest = Batch.objects.filter(prompt="Cyclists").latest("pk").pk
    used = [("vendor", "nomadic"), ("vendor", "wickson"), ("project", "Winter"), ("category", "Braking"),
            ("category", "Skidding"), ("prompt", str(newest))]  # fmt: skip
    page = client.get("/board/", {name: [value for key, value in used if key == name] for name, _ in used})
    checked = re.findall(r'name="(\w+)"\s+value="([^"]+)"\s+checked', page.text)
    assert set(checked) == set(used)
    offered = {field.name: [label for _, label, _ in field.choices] for field in page.context["fields"]}
    assert offered["category"] == ["Braking", "Cut-in", "Skidding"]
    assert offered["prompt"] == ["Cyclists", "Near misses"]


def test_the_board_reads_counters_and_no_event_or_verdict(maya: User, client: Client) -> None:
    fill(make_batch(maya.memberships.get().connection), maya, 1)  # type: ignore[attr-defined]
    client.force_login(maya)
    with CaptureQueriesContext(connection) as queries:
        client.get("/board/")
        client.get("/board.csv")
    tables = {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "(batches_\w+)"', query["sql"])}
    assert "batches_eventcount" in tables
    assert not {table for table in tables if re.search("_(event|decision|action|item)$", table)}


def test_a_link_to_the_board_ends_with_its_makers_right(maya: User, client: Client) -> None:
    fleet, other = maya.memberships.get().connection, make_connection()  # type: ignore[attr-defined]
    Membership.objects.create(user=maya, connection=other, role="viewer")
    for account in (fleet, other):
        decided(make_item(make_batch(account)), maya, "approved", timezone.now())
    client.force_login(maya)
    order = {"key": str(uuid4()), "name": "Weekly", "query": client.get("/board/").context["filter"].latest_query}
    made = client.post("/board/links/?name=week", order | {"days": 7})
    assert 'action="/links/"' in made.text, "the search of the list leads to the list"
    path = urlsplit(made.context["address"]).path
    [first, *_] = csv.DictReader(io.StringIO(Client().get(path).text))
    assert (first["table"], first["verdicts"]) == ("all", "1")  # only where maya may decide
    assert Client().get(f"{path}clips/").status_code == 404
    assert client.get("/links/").text.count("Weekly") == client.get("/api/v1/links/").text.count("Weekly") == 1
    link = Link.objects.get()
    rotated = urlsplit(client.post(f"/links/{link.pk}/rotate/").context["address"]).path
    assert (Client().get(path).status_code, Client().get(rotated).status_code) == (404, 200)
    maya.memberships.filter(connection=fleet).update(role="viewer")
    link.refresh_from_db()
    assert (Client().get(rotated).status_code, link.revoked_why) == (404, "right")
    assert client.post("/board/links/", order | {"key": str(uuid4()), "days": 7}).status_code == 403


@pytest.mark.parametrize("query", ["since=soon", "since=2026-05-11&until=2026-05-04", "since=1990-01-01", "a=x&b=1",
                                   "vendor=nobody", "connection=x"])  # fmt: skip
def test_a_wrong_value_is_refused(maya: User, client: Client, query: str) -> None:
    client.force_login(maya)
    assert client.get(f"/board/?{query}").status_code == 400
