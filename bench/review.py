"""What a reviewer's requests cost, and how many reviewers one machine carries; over HTTP, on production settings.

    python bench/review.py [--events 100000] [--database sqlite|postgres] [--seconds 60] [--people 100]

Each request first in a server just started, its database file dropped from the system's cache (cold), then in turns
with the others (warm). Statements are counted in this process, BEGIN and COMMIT included; CPU is the server's, of all
its processes, on PostgreSQL without the database's own. Beside verdicts: the bare statements that write the same rows.
Peers were measured on this kind of machine with 100,000 events on 28 November 2026, without this bench.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402
from bench.server import CSRF, Browser, Server, server  # noqa: E402

PEERS_ALONE = "Label Studio 20/s, 40 ms of CPU; FiftyOne (a bare tag) 81/s, 12 ms"
PEERS_TOGETHER = "Label Studio 13/s, p95 1,349 ms; FiftyOne (a bare tag) 75/s, 147 ms"
BARE = """
INSERT INTO batches_decision (action_id, event_id, version, before, approval, reason, note, fingerprint, created_at)
VALUES (%s, %s, %s, 'pending', 'approved', '', '', '', CURRENT_TIMESTAMP)
"""
BARE_EVENT = (
    "UPDATE batches_event SET version = version + 1, decided_by_id = %s, decided_at = CURRENT_TIMESTAMP WHERE id = %s"
)


class World:
    """The batch, the sessions of its reviewers, and events that nobody has decided."""

    def __init__(self, events: int, people: int) -> None:
        from django.conf import settings
        from django.contrib.auth.models import User
        from django.db import connection
        from django.test import Client

        from batches.models import Batch, Connection, Event, Membership

        self.batch = fill(events)
        vendor = Connection.objects.get()
        names = [f"reviewer{number}" for number in range(people)]
        self.people = User.objects.bulk_create(User(username=name, password="!") for name in names)
        Membership.objects.bulk_create(
            Membership(user=person, connection=vendor, role="reviewer") for person in self.people
        )
        self.sessions = []
        for person in self.people:
            client = Client()
            client.force_login(person)
            self.sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
        rows = Event.objects.filter(batch=self.batch).order_by("id").values_list("id", "fingerprint")
        self.events = iter(list(rows))
        self.lock = threading.Lock()
        Batch.objects.filter(pk=self.batch).update(state="completed")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        connection.close()

    def verdict(self) -> tuple[str, dict[str, object]]:
        """The path and the fields of a verdict on the next event."""
        with self.lock:
            pk, fingerprint = next(self.events)
        fields = {"key": uuid4(), "version": 1, "fingerprint": fingerprint, "approval": "approved"}
        return f"/events/{pk}/decide/", fields

    def later_pages(self) -> Iterator[str]:
        """The grid page after page: no event on it was rendered before."""
        from batches.models import Event
        from reviewer.filters.events import SORTS
        from reviewer.views.batches import PAGE_EVENTS

        events = Event.objects.filter(batch=self.batch).order_by("sequence", "id").only("sequence")
        for number in count(PAGE_EVENTS - 1, PAGE_EVENTS):
            yield f"/batches/{self.batch}/?after={SORTS['item'].cursor(events[number])}"

    def requests(self) -> dict[str, Callable[[Any], tuple[int, bytes]]]:
        """Name → one request of a `Browser`."""
        page = f"/batches/{self.batch}/"
        some, cards, later = next(self.events)[0], count(next(self.events)[0]), self.later_pages()

        def decide(browser: Any) -> tuple[int, bytes]:
            path, fields = self.verdict()
            answer: tuple[int, bytes] = browser.post(path, **fields)
            return answer

        return {
            "verdict": decide,
            "undo": lambda browser: browser.post(f"{page}undo/", key=uuid4()),
            "deck page": lambda browser: browser.get(f"{page}review/?approval=pending"),
            "deck queue": lambda browser: browser.get(f"{page}queue/?approval=pending", Accept="application/json"),
            "deck card": lambda browser: browser.get(f"/events/{next(cards)}/", **{"HX-Target": "card"}),
            "event page": lambda browser: browser.get(f"/events/{some}/"),
            "grid page": lambda browser: browser.get(page),
            "grid, later pages": lambda browser: browser.get(next(later)),
            "grid, a category": lambda browser: browser.get(f"{page}?category=jaywalking"),
            "table page": lambda browser: browser.get(f"{page}table/"),
        }


class InProcess:
    """The same requests through Django's test client, to count statements."""

    def __init__(self, session: str) -> None:
        from django.conf import settings
        from django.test import Client

        self.client = Client()
        self.client.cookies[settings.SESSION_COOKIE_NAME] = session
        self.client.cookies[settings.CSRF_COOKIE_NAME] = CSRF

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        response = self.client.get(path, headers={"Accept": "text/html"} | headers)
        return response.status_code, response.content

    def post(self, path: str, **fields: Any) -> tuple[int, bytes]:
        response = self.client.post(path, fields, headers={"Accept": "application/json", "X-CSRFToken": CSRF})
        return response.status_code, response.content


def statements(world: World) -> dict[str, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    setup_test_environment()
    counted, browser = {}, InProcess(world.sessions[0])
    for name, ask in world.requests().items():
        for _ in range(2):  # the first request of a process loads more
            with CaptureQueriesContext(connection) as queries:
                status, content = ask(browser)
            assert status == 200, (name, status, content[:300])
        counted[name] = len(queries)
    connection.close()
    return counted


def drop_from_cache(url: str) -> None:
    if url.startswith("sqlite:///"):
        with open(url.removeprefix("sqlite:///"), "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def each_request(world: World, figures: Figures, url: str, rounds: int) -> None:
    counted = statements(world)
    cold: dict[str, float] = {}
    for name in counted:
        drop_from_cache(url)
        with server(workers=1) as started:
            _, cold[name] = timed(world, name, Browser(started.port, world.sessions[1]), started)
    with server(workers=1) as web:
        browser = Browser(web.port, world.sessions[0])
        for name, ask in world.requests().items():
            times, size, before = [], 0, 0.0
            for number in range(rounds + 5):
                if number == 5:
                    times, before = [], web.cpu()
                began = time.perf_counter()
                status, body = ask(browser)
                times.append((time.perf_counter() - began) * 1000)
                assert status == 200, (name, status, body[:300])
                size = len(body)
            cpu = (web.cpu() - before) / rounds * 1000
            cuts = quantiles(times, n=20)
            figures.row(
                name,
                f"{counted[name]} statements, {cpu:.1f} ms of CPU, p50 {median(times):.0f}, p95 {cuts[18]:.0f} ms, "
                f"{size / 1000:.1f} kB sent",
                f"cold {cold[name]:.0f} ms" + (f"; {PEERS_ALONE}" if name == "verdict" else ""),
            )


def timed(world: World, name: str, browser: Browser, web: Server) -> tuple[int, float]:
    began = time.perf_counter()
    status, _ = world.requests()[name](browser)
    return status, (time.perf_counter() - began) * 1000


def bare_rate(world: World, seconds: float) -> float:
    """Transactions a second that write the same rows of the ledger, the event and the batch, and check nothing."""
    from django.db import connection, transaction

    from batches.models import Action
    from batches.models.decision import ActionKind

    done, ending = 0, time.perf_counter() + seconds
    while time.perf_counter() < ending:
        pk, _ = next(world.events)
        with transaction.atomic(), connection.cursor() as cursor:
            action = Action.objects.bulk_create(
                [
                    Action(
                        idempotency_key=uuid4(),
                        kind=ActionKind.DECIDE,
                        user=world.people[0],
                        batch_id=world.batch,
                        request="",
                    )
                ]
            )[0]
            cursor.execute(BARE, [action.pk, pk, 2])
            cursor.execute(BARE_EVENT, [world.people[0].pk, pk])
        done += 1
    connection.close()
    return done / seconds


def clients(world: World, web: Server, number: int, seconds: float) -> tuple[list[float], list[int]]:
    """So many clients, each sending its next verdict when the last one was answered."""
    times: list[float] = []
    statuses: list[int] = []
    ending = time.perf_counter() + seconds

    def work(session: str) -> None:
        browser = Browser(web.port, session)
        while time.perf_counter() < ending:
            path, fields = world.verdict()
            began = time.perf_counter()
            status, _ = browser.post(path, **fields)
            times.append((time.perf_counter() - began) * 1000)
            statuses.append(status)

    run_all(work, world.sessions[:number])
    return times, statuses


def open_loop(
    world: World, web: Server, people: int, every: float, seconds: float
) -> tuple[list[float], list[int], float]:
    """Each person gives a verdict every so many seconds, whether the last one was answered or not: from when it was
    due.
    """
    times: list[float] = []
    statuses: list[int] = []
    beginning = time.perf_counter() + 1

    def work(session: str, first: float) -> None:
        browser, due = Browser(web.port, session), beginning + first
        while due < beginning + seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            path, fields = world.verdict()
            status, _ = browser.post(path, **fields)
            times.append((time.perf_counter() - due) * 1000)
            statuses.append(status)
            due += every

    sessions = world.sessions[:people]
    run_all(work, sessions, [every * number / people for number in range(people)])
    return times, statuses, time.perf_counter() - beginning


def run_all(work: Callable[..., None], *arguments: list[Any]) -> None:
    threads = [threading.Thread(target=work, args=some) for some in zip(*arguments, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def loads(world: World, figures: Figures, seconds: float, people: int) -> None:
    figures.row("bare rows, one client", f"{bare_rate(world, 5):,.0f}/s", "the limit of this machine")
    with server() as web:
        clients(world, web, 2, 2)  # both workers have imported everything
        for number, peers in ((1, PEERS_ALONE), (8, PEERS_TOGETHER)):
            before = web.cpu()
            times, statuses = clients(world, web, number, min(seconds, 15))
            cpu = (web.cpu() - before) / len(times) * 1000
            figures.row(f"verdicts, {number} client{'s' if number > 1 else ''}",
                        f"{len(times) / min(seconds, 15):.0f}/s, {cpu:.1f} ms of CPU, {spread(times, statuses)}",
                        peers)  # fmt: skip
        for group, every, target in ((people, 1.0, "p95 ≤ 250 ms"), (2 * people, 3.0, "p95 ≤ 200 ms")):
            times, statuses, took = open_loop(world, web, group, every, seconds)
            figures.row(f"{group} people, a verdict every {every:.0f} s",
                        f"{len(times) / took:.0f}/s done, {spread(times, statuses)}",
                        f"target {target}, {group / every:.0f}/s asked")  # fmt: skip


def spread(times: list[float], statuses: list[int]) -> str:
    cuts, failed = quantiles(times, n=100), sum(status != 200 for status in statuses)
    return f"p50 {cuts[49]:,.0f}, p95 {cuts[94]:,.0f}, max {max(times):,.0f} ms, {failed} not saved"


def measure(options: argparse.Namespace) -> None:
    import django

    django.setup()
    world = World(options.events, 2 * options.people)
    with Figures("review", options.database) as figures:
        each_request(world, figures, os.environ["DATABASE_URL"], options.rounds)
        if options.seconds:
            loads(world, figures, options.seconds, options.people)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60, help="of each load; 0 for none")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
