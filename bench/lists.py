"""Pages with lists that grow over the years, of 10, 100 and 1,000 entries; `/metrics` with more and more verdicts.

    python bench/lists.py [--rounds 20] [--database sqlite|postgres]

Saved views, queues, links, tokens and comments are stored as their pages read them; the verdicts by one bulk action.
Requests through Django's test client, in turns, the least of each.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

ENTRIES = 10, 100, 1_000  # a page shows at most 50
VERDICTS = 1_000, 100_000


def measure(rounds: int, kind: str) -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    from batches.models import Batch, Comment, Connection, Conversation, SavedView, Token
    from reviewer.web import metrics
    from tests.factories import make_link, make_member

    decided = [fill(events) for events in VERDICTS]
    pk = decided[0]
    batch, where = Batch.objects.get(pk=pk), Connection.objects.get()

    def signed_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def grown(many: int) -> dict[str, Callable[[], Any]]:
        person = make_member(where, "editor", f"person-{many}")
        ask = signed_in(person).get
        names = [f"list {number}" for number in range(many)]
        SavedView.objects.bulk_create(SavedView(owner=person, connection=where, name=name) for name in names)
        SavedView.objects.bulk_create(SavedView(owner=person, name=name) for name in names)
        for name in names:
            make_link(batch, person, name=name)
        Token.objects.bulk_create(
            Token(user=person, name=name, scope="read", prefix=f"{many}x{number}", digest="0" * 64)
            for number, name in enumerate(names)
        )
        event = batch.events.order_by("-pk")[ENTRIES.index(many)]
        Comment.objects.bulk_create(
            Comment(event=event, author=person, text=name, request="", idempotency_key=uuid4()) for name in names
        )
        Conversation.objects.create(event=event, batch=batch, comments=many)
        return {
            "grid, saved views": lambda: ask(f"/batches/{pk}/"),
            "saved views": lambda: ask(f"/batches/{pk}/views/list/"),
            "desk, queues": lambda: ask("/desk/"),
            "links": lambda: ask(f"/batches/{pk}/links/"),
            "tokens": lambda: ask("/tokens/"),
            "event, comments": lambda: ask(f"/events/{event.pk}/"),
        }

    setup_test_environment()
    pages = [grown(many) for many in ENTRIES]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with Figures("lists", kind) as figures:
        for name in pages[0]:
            few, full, many = in_turns([page[name] for page in pages], rounds)
            row(figures, f"{name}: {ENTRIES[2]:,}", many, f"{ENTRIES[0]}: {few[0]:.1f} ms; {ENTRIES[1]}", full)
        person = make_member(where)
        scrape = partial(Client().get, "/metrics")
        verdict(decided[0], person)
        (small,) = in_turns([scrape], rounds)
        verdict(decided[1], person)
        (recent,) = in_turns([scrape], rounds)
        row(figures, f"/metrics, {VERDICTS[1]:,} verdicts within an hour", recent, f"{VERDICTS[0]:,}", small)
        metrics.SETTLED = timedelta(0)
        scrape()  # counts the older ones, and remembers it
        (later,) = in_turns([scrape], rounds)
        row(figures, "the same, an hour later", later, f"{VERDICTS[0]:,}", small)


def verdict(batch_id: int, person: Any) -> None:
    """One bulk action on all events of the batch."""
    from django.utils import timezone

    from batches.actions import Page, decide_matching
    from batches.bulk.run import run_bulk
    from batches.models import Batch

    batch = Batch.objects.get(pk=batch_id)
    page = Page(timezone.now(), batch.event_count, (0, 0))
    asked = decide_matching(batch_id=batch_id, by=person, idempotency_key=uuid4(), events=batch.events.for_review(),
                            query="", page=page, approval="rejected")  # fmt: skip
    if asked.run:
        run_bulk(asked.run.pk)


def in_turns(requests: list[Callable[[], Any]], rounds: int) -> list[tuple[float, int]]:
    """Of each request the least CPU in ms and the bytes of its answer."""
    spent: list[list[float]] = [[] for _ in requests]
    sizes = [0] * len(requests)
    for _ in range(rounds):
        for number, ask in enumerate(requests):
            started = time.process_time()
            response = ask()
            spent[number].append(time.process_time() - started)
            assert response.status_code == 200, response.status_code
            sizes[number] = len(response.content)
    return [(min(times) * 1000, size) for times, size in zip(spent, sizes, strict=True)]


def row(figures: Figures, what: str, large: tuple[float, int], less: str, small: tuple[float, int]) -> None:
    ratio = f"{large[0] / small[0]:.2f} ×, target 1.2"
    figures.row(what, f"{large[0]:.1f} ms of CPU, {large[1] / 1000:.1f} kB",
                f"{less}: {small[0]:.1f} ms, {small[1] / 1000:.1f} kB; {ratio}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.rounds, options.database)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
