"""Every filter, order and page that people can ask for, of a batch of 1,000,000 events beside one of 1,000.

    python bench/shapes.py [--events 1000000] [--rounds 5] [--database sqlite|postgres] [--only TEXT]

Each request goes through the product in this process, warm, in turns with that of the small batch, and is measured in
seconds of CPU, the database's included. Queues read in the same way as grids and tables, so every order is asked of the
queue. Where the small batch has fewer events to give than a page holds, the large one is asked for as many, and for the
whole page beside it. A line is printed for each shape above the target; a row is kept for each page and filter with any
that a person feels, in its worst order, and two for all. With DATABASE_URL set, that database is used and kept; it is
filled if it is empty.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill, multiply  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

BASE, SMALL = 100_000, 1_000
TARGET = 1.5  # times as long as of the small batch
FELT = 60  # ms more than of the small batch
SPENT = 10.0  # seconds, after which a slow shape is measured no more
ORDERS = ("item", "newest", "-confidence", "confidence", "-severity", "uncertain", "rarest", "sample")
MANY_ORDERS = ORDERS[:6]
FILTERS = (
    "", "approval=pending", "approval=rejected", "approval=invalid", "approval=pending&approval=approved",
    "severity=high", "severity=critical", "category=near-miss", "category=nothing",
    "category=near-miss&approval=pending", "category=jaywalking&severity=high",
    "category=near-miss&severity=low&approval=rejected",
    "confidence_min=0.5", "confidence_min=0.9995", "confidence_max=0.001", "confidence_max=0.42",
    "band=0.9", "band=none", "q=van", "q=brak+rain", "q=van+zzz", "q=zzz", "q=77", "q=van&approval=pending",
    "q=77&category=near-miss", "reviewer=ann", "reviewer=nobody-else", "reason=too+short", "reason=no+reason",
    "since=1d", "since=2020-01-01", "until=2020-01-01", "item={item}", "differs=1", "changed=1", "was_category=a",
    "was_severity=low", "corrected=1", "corrected=span", "corrected=label", "origin=reviewer", "origin=vendor",
    "flagged=1", "thumbnail=1", "category=hard+braking&thumbnail=1", "reviewed=1", "undecided=1", "comments=1",
    "unresolved=1", "assigned=me", "assigned=nobody", "assigned=ann", "disputed=1", "flagged=1&approval=pending",
    "reviewer=ann&category=jaywalking", "approval=invalid&severity=low", "differs=1&category=jaywalking",
)  # fmt: skip
# Page → its path and the partial that it asks for.
ORDERED = {"queue": ("queue/", "")}
AT = {"queue at an event": ("queue/", "at"), "place in the queue": ("queue/", "place"),
      "deck at an event": ("review/", "event")}  # fmt: skip
PLAIN = {"grid": ("", "results"), "table": ("table/", "results"), "count": ("count/", ""), "facets": ("", "facets"),
         "insights": ("insights/", "figures"), "deck": ("review/", "")}  # fmt: skip
UPDATES = (
    "UPDATE batches_event SET decided_at = %s, decided_by_id = %s, approval = 'rejected', reason = 'too short' WHERE"
    " raw_index %% 10 = 3 AND item_id %% 3 = 1 AND batch_id = %s",
    "UPDATE batches_event SET decided_at = %s, decided_by_id = %s, approval = 'approved' WHERE"
    " raw_index %% 10 = 3 AND item_id %% 3 = 2 AND batch_id = %s",
    "UPDATE batches_event SET flagged_at = %s, flagged_by_id = %s WHERE raw_index = 7 AND item_id %% 40 = 1"
    " AND batch_id = %s",
)
NO_THUMBNAILS = "UPDATE batches_event SET thumbnail_url = '' WHERE category = 'hard braking' AND batch_id = %s"


def filled(events: int) -> tuple[int, int]:
    """The keys of the small and the large batch, which a kept database has already."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.utils import timezone

    from batches.management.prepare import prepare
    from batches.models import Batch, Connection
    from tests.factories import make_member

    prepare()
    if Batch.objects.count() < 2:
        pks = []
        for size in (min(BASE, events), SMALL):
            pks.append(fill(size))
            ann = User.objects.filter(username="ann").first() or make_member(Connection.objects.get(), "editor", "ann")
            with connection.cursor() as cursor:
                for update in UPDATES:
                    cursor.execute(update, [timezone.now(), ann.pk, pks[-1]])
                cursor.execute(NO_THUMBNAILS, [pks[-1]])
            if len(pks) == 1 and events > BASE:
                multiply(pks[0], events // BASE)
            _counted(pks[-1])
    with connection.cursor() as cursor:
        # As PostgreSQL does by itself within a minute; without it no index answers alone.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    large, small = Batch.objects.order_by("pk").values_list("pk", flat=True)[:2]
    return small, large


def _counted(pk: int) -> None:
    """What a sync counts at its end."""
    from django.db.models import Sum

    from batches.counters import merge_changes
    from batches.models import Batch, FilterCount

    merge_changes()
    rows = FilterCount.objects.filter(batch=pk).order_by()
    sizes = dict(rows.values_list("category").annotate(sum=Sum("events")))
    verdicts = dict(rows.values_list("approval").annotate(sum=Sum("events")))
    Batch.objects.filter(pk=pk).update(strata=sizes, rarest=sorted(sizes, key=sizes.__getitem__), **verdicts)


def shapes() -> Iterator[tuple[str, str, str, str]]:
    """The page, its path in a batch, the target of htmx, and the query."""
    for (page, (path, target)), query, order in product(ORDERED.items(), FILTERS, ORDERS):
        yield page, f"/batches/{{pk}}/{path}", target, f"{query}&sort={order}".strip("&")
    for (page, (path, target)), query in product(PLAIN.items(), FILTERS):
        yield page, f"/batches/{{pk}}/{path}", target, query
    for (page, (path, name)), order in product(AT.items(), ORDERS):
        yield page, f"/batches/{{pk}}/{path}", "", f"{name}={{event}}&sort={order}"
    for query, order in product(FILTERS, MANY_ORDERS):
        if "item" not in query:
            yield "events", "/events/", "results", f"{query}&sort={order}&batch={{pk}}".strip("&")


def busy() -> float:
    """Seconds of CPU of this process and of PostgreSQL's for its connection: other work on the machine is not in it."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time()
    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return time.process_time() + int(server.read_text().split()[0]) / 1e9


class Shape:
    """The same request to both batches, in turns, and to the large one for no more events than the small one gave."""

    def __init__(self, client: Any, path: str, target: str, worlds: list[dict[str, int]]) -> None:
        self.client, self.headers = client, {"HX-Request": "true", "HX-Target": target} if target else {}
        small, large = (path.format(**world) for world in worlds)
        self.paths = [small, large, large]
        self.given: int | None = None  # events in the answer of the small batch; None if it is no list of them
        self.times: list[list[float]] = [[], [], []]

    def ask(self, number: int) -> float:
        """Seconds of the small batch (0), of the large one (1), or of its whole page (2)."""
        with limited(None if number == 2 else self.given):
            started = busy()
            response = self.client.get(self.paths[number], headers=self.headers)
            spent = busy() - started
        assert response.status_code == 200, (self.paths[number], response.status_code)
        if number == 0:
            self.given = given_in(response)
        return spent

    def measure(self, rounds: int) -> None:
        first = [self.ask(number) for number in (0, 1, 2)]  # not counted
        for _ in range(rounds if sum(first) < SPENT / 2 else 1):
            for number, times in enumerate(self.times if self.given is not None else self.times[:2]):
                times.append(self.ask(number))
            if sum(map(sum, self.times)) > SPENT:
                break

    def milliseconds(self) -> list[tuple[float, float]]:
        """The median and the 95th percentile of the small batch, of the large one and of its whole page."""
        times = [self.times[0], self.times[1], self.times[2] or self.times[1]]
        padded = [some * 2 if len(some) == 1 else some for some in times]
        return [(median(some) * 1000, quantiles(some, n=20, method="inclusive")[-1] * 1000) for some in padded]


@contextmanager
def limited(events: int | None) -> Iterator[None]:
    """Pages of events and queues hold no more than these."""
    from reviewer.review import deck_queue
    from reviewer.views import batches, event_lists

    sizes = [(deck_queue, "MAX_AHEAD"), (batches, "PAGE_EVENTS"), (batches, "PAGE_ROWS"), (event_lists, "PAGE_ROWS")]
    with ExitStack() as stack:
        for module, name in sizes if events is not None else ():
            stack.enter_context(patch.object(module, name, max(1, min(getattr(module, name), events))))
        yield


def given_in(response: Any) -> int | None:
    if response["Content-Type"] == "application/json":
        return len(response.json()["ids"]) if "ids" in response.json() else None
    events = (response.context or {}).get("events")
    return len(events) if isinstance(events, list) else None


def measure(events: int, rounds: int, kind: str, only: str) -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    from batches.models import Event

    worlds = []
    for pk in filled(events):
        rows = Event.objects.filter(batch=pk).order_by("sequence", "id")
        event = rows.filter(sequence__gte=rows.last().sequence // 2).first()  # type: ignore[union-attr]
        worlds.append({"pk": pk, "event": event.pk, "item": event.item_id})
    setup_test_environment()
    client = Client()
    client.force_login(User.objects.get(username="ann"))
    felt: dict[str, list[tuple[float, str, str]]] = {}
    count = shapes_above = 0
    with Figures("shapes", kind) as figures:
        for page, path, target, query in shapes():
            if only not in f"{page} {query}":
                continue
            shape = Shape(client, f"{path}?{query}", target, worlds)
            shape.measure(rounds)
            (small, small_95), (large, large_95), (whole, _) = shape.milliseconds()
            count += 1
            is_above, is_felt = large / small > TARGET, max(large, whole) - small >= FELT
            shapes_above += is_above
            if is_above or is_felt:
                page_of = f", whole page {whole:.0f}" if shape.given is not None else ""
                print(f"{page} ?{query}: {large:.0f} and {small:.0f} ms{page_of}", flush=True)
            if is_felt:
                condition, _, rest = query.partition("sort=")
                order = rest.partition("&")[0]
                row = (max(large, whole),
                       f"{large:.0f}, p95 {large_95:.0f}{page_of} ms{f', {order}' if order else ''}",
                       f"{small:.0f}, p95 {small_95:.0f} ms; {large / small:.1f} ×")  # fmt: skip
                felt.setdefault(f"{page} `?{condition.strip('&')}`", []).append(row)
        for name, orders in felt.items():
            _, ours, beside = max(orders)
            figures.row(name, ours, f"{beside}{f'; {len(orders)} orders' if len(orders) > 1 else ''}")
        shapes_felt = sum(map(len, felt.values()))
        figures.row("shapes above the target", f"{shapes_above} of {count}", f"target {TARGET} ×: none")
        figures.row(f"shapes {FELT} ms above the small batch", f"{shapes_felt} of {count}", "those above")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--only", default="", help="shapes with this text")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure or "DATABASE_URL" in os.environ:
        measure(options.events, options.rounds, options.database, options.only)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
