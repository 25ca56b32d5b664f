"""Downloads of a large batch through a link of a running server, beside the database's own dump; and a reviewer
meanwhile.

    python bench/download.py --events 1000000 [--database sqlite|postgres]

Each format is fetched once over HTTP from gunicorn; memory is the largest growth of the worker's resident set. Then one
reviewer decides, in turns without and with a download at 50 kB/s beside it: how long the answers take. The load of the
machine is printed as well: on a busy one only the ratios mean something.
"""

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import batched
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
import requests  # noqa: E402

from bench.csv_export import dump  # noqa: E402  (the path to the product comes first)
from bench.data import database, fill, multiply  # noqa: E402
from bench.figures import Figures  # noqa: E402

FORMATS = ("csv", "jsonl", "parquet", "json")
BASE = 50_000  # events made one by one; more of them are copies of these
ROUNDS, DECISIONS = 6, 100  # turns without and with the download, decisions a turn
SLOW = 50_000  # bytes a second


def prepare(events: int) -> dict[str, Any]:
    """A batch, a link for each format, and a session of a reviewer."""
    import django

    django.setup()
    batch_id = fill(min(events, BASE))
    if events > BASE:
        multiply(batch_id, events // BASE)
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client

    from batches.models import Batch, Event
    from tests.factories import make_link, make_member

    batch = Batch.objects.get()
    reviewer = make_member(batch.connection)
    client = Client()
    client.force_login(reviewer)
    assert isinstance(client.session, SessionStore)
    return {
        "tokens": {kind: make_link(batch, reviewer, file=f"events.{kind}")[1] for kind in FORMATS},
        "cookie": {settings.SESSION_COOKIE_NAME: client.session.session_key or ""},
        "events": list(Event.objects.order_by("id").values_list("id", "fingerprint")[: 2 * ROUNDS * DECISIONS]),
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def fetch(url: str, worker: psutil.Process) -> tuple[float, float, int, float]:
    """Seconds until the first byte and in all, bytes, growth of the worker's memory in MiB."""
    before = peak = worker.memory_info().rss
    started, first, size = time.perf_counter(), 0.0, 0
    with requests.get(url, stream=True, timeout=600) as answer:
        answer.raise_for_status()
        for chunk in answer.raw.stream(1 << 16, decode_content=False):
            first = first or time.perf_counter() - started
            size += len(chunk)
            peak = max(peak, worker.memory_info().rss)
    return first, time.perf_counter() - started, size, (peak - before) / 2**20


def decide(base: str, cookie: dict[str, str], events: Sequence[tuple[int, str]]) -> list[float]:
    session = requests.Session()
    session.cookies.update(cookie)
    session.get(f"{base}/batches/")
    page = session.get(f"{base}/batches/1/").text
    token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
    session.headers.update({"X-CSRFToken": token, "Referer": base, "Accept": "application/json"})
    times = []
    for number, (pk, fingerprint) in enumerate(events):
        body = {"key": f"{pk:032x}", "version": 1, "fingerprint": fingerprint, "approval": "approved"}
        started = time.perf_counter()
        answer = session.post(f"{base}/events/{pk}/decide/", body)
        times.append(time.perf_counter() - started)
        assert answer.status_code == 200, (number, answer.status_code, answer.text[:200])
    return times


@contextmanager
def slow_reader(url: str) -> Iterator[None]:
    """A download that is read slowly until the block ends; the block begins when it has begun to come."""
    stop, began = threading.Event(), threading.Event()

    def read() -> None:
        with requests.get(url, stream=True, timeout=600) as answer:
            while answer.raw.read(SLOW // 10) and not stop.wait(0.1):
                began.set()
            assert stop.is_set(), "the download was over before the decisions"

    reader = threading.Thread(target=read)
    reader.start()
    began.wait(60)
    yield
    stop.set()
    reader.join()


def run(url: str, events: int, figures: Figures) -> None:
    os.environ["DATABASE_URL"] = url
    world = prepare(events)
    base = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi",
               "--bind", f"127.0.0.1:{port}", "--workers", "1"]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"ALLOWED_HOSTS": "127.0.0.1"}) as server:
        try:
            worker = ready(base, server.pid)
            started = time.perf_counter()
            dump(url)()
            dumped = time.perf_counter() - started
            for kind in FORMATS:
                first, seconds, size, memory = fetch(f"{base}/d/{world['tokens'][kind]}/", worker)
                rate = f"{events / seconds:,.0f} rows/s, {size / 1e6:.1f} MB"
                ours = f"first byte {first:.2f} s, {seconds:.1f} s, {rate}, peak +{memory:.1f} MiB"
                figures.row(
                    f"{kind} of {events:,} events by link", ours, f"{seconds / dumped:.1f} × the dump, {dumped:.1f} s"
                )
            latency(base, world, figures)
        finally:
            server.terminate()


def latency(base: str, world: dict[str, Any], figures: Figures) -> None:
    """Decisions, in turns so that other work on the machine disturbs both alike."""
    times: dict[str, list[float]] = {"idle": [], "beside a slow download": []}
    turns = batched(world["events"], DECISIONS, strict=True)
    for name, events in zip(list(times) * ROUNDS, turns, strict=True):
        with ExitStack() as beside:
            if name != "idle":
                beside.enter_context(slow_reader(f"{base}/d/{world['tokens']['csv']}/"))
            times[name] += decide(base, world["cookie"], events)
    for name, some in times.items():
        cuts = [cut * 1000 for cut in quantiles(some, n=100)]
        ours = f"p50 {cuts[49]:.1f}, p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f} ms"
        figures.row(f"a verdict, {name}", ours, f"{len(some)} verdicts")


def ready(base: str, pid: int) -> psutil.Process:
    """The web process, once it answers."""
    for _ in range(300):
        try:
            requests.get(f"{base}/healthz", timeout=60).raise_for_status()
            return psutil.Process(pid).children()[0]
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit("The server does not answer.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    if options.events > BASE and options.events % BASE:
        parser.error(f"above {BASE:,} events, take a multiple of it")
    with database(options.database) as url, Figures("download", options.database) as figures:
        run(url, options.events, figures)


if __name__ == "__main__":
    main()
