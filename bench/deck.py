"""The deck in real Chromium: key → next card painted, key → its picture moves, beside a plain htmx swap of the same
card; what the page holds; and what a browser that was never here fetches for deck and grid.

python bench/deck.py [--cards 500] [--pause 0.4]

The memory of the renderer is printed as it is after each fifth of the cards, and after a collection of garbage, with
what the page holds then: if its nodes, listeners and heap stay, what grows are the browser's own buffers and pictures.
Last, what is left when the browser is told that memory is short.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402  (the path to the product comes first)

from bench.clips import media_host  # noqa: E402
from bench.data import database  # noqa: E402
from bench.figures import Figures  # noqa: E402
from bench.server import server  # noqa: E402

PROBE = Path(__file__).with_name("deck_probe.js").read_text()
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--autoplay-policy=no-user-gesture-required"]  # fmt: skip
PER_ITEM = 10
PARTS = 5
TARGETS = {"card": 100, "moving": 300}  # milliseconds, p95
COLD_TARGETS = {"deck": "15 requests, 110 kB", "grid": "20 requests, 110 kB"}
FETCHED = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const ours = entries.filter((entry) => entry.name.startsWith(location.origin) && entry.initiatorType !== "img");
  return [ours.length, ours.reduce((sum, entry) => sum + entry.transferSize, 0)];
}"""
LONG_TASKS = """window.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask" });"""
STEPS = {"card": "next card painted", "moving": "its clip moves"}


def fill(host: str, cards: int) -> tuple[int, list[int], str]:
    """The batch and its events in the database that is set up, and the session of a reviewer."""
    from django.conf import settings
    from django.test import Client

    from batches.management.prepare import prepare
    from tests.factories import make_batch, make_connection, make_event, make_item, make_member

    prepare()
    connection = make_connection(base_url=host)
    batch = make_batch(connection, name="bench", state="completed")
    events = []
    for video in range(-(-cards // PER_ITEM)):
        item = make_item(batch, position=video)
        events += [
            make_event(item, start_s=3.0 + 5 * number, end_s=6.0 + 5 * number, thumbnail_url=f"{host}/thumbnail.jpg",
                       ai_text="A silver van cuts in from the right lane; the ego car brakes hard. " * 4).pk
            for number in range(PER_ITEM)
        ]  # fmt: skip
    client = Client()
    client.force_login(make_member(connection))
    return batch.pk, events, client.cookies[settings.SESSION_COOKIE_NAME].value


def cold(chromium: Any, url: str, cookie: dict[str, str], addresses: dict[str, str]) -> dict[str, str]:
    """What a page fetches into an empty cache, without pictures and clips."""
    fetched = {}
    for name, address in addresses.items():
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(url + address)
        page.wait_for_timeout(3000)
        requests, size = page.evaluate(FETCHED)
        fetched[name] = f"{requests} requests, {size / 1000:.0f} kB"
        context.close()
    return fetched


def renderer_memory() -> float:
    """Megabytes that only the largest renderer of our browser has."""
    ours = psutil.Process().children(recursive=True)
    renderers = [process for process in ours if "--type=renderer" in process.cmdline()]
    return max(process.memory_full_info().uss for process in renderers) / 1e6


def held(devtools: Any) -> str:
    """What a page holds, after the collection of garbage."""
    devtools.send("HeapProfiler.collectGarbage")
    counters = devtools.send("Memory.getDOMCounters")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    time.sleep(1)  # the browser gives memory back a little later
    return f"{counters['nodes']:,} nodes, {counters['jsEventListeners']:,} listeners, heap {heap / 1e6:.1f} MB"


def press(page: Any, key: str, cards: int, pause: float) -> list[dict[str, float]]:
    runs = []
    for _ in range(cards):
        page.evaluate("window.result = window.probe(); undefined")
        page.keyboard.press(key)
        runs.append(page.evaluate("window.result"))
        time.sleep(pause)  # somebody looks at it
    return runs


def measure(host: str, cards: int, pause: float) -> None:
    import django

    django.setup()
    from django.conf import settings
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    batch, events, session = fill(host, cards + PER_ITEM)
    runs_of: dict[str, list[dict[str, float]]] = {}
    strain = {}  # long tasks, the memory of the renderer after each part of the cards, what the page holds
    with server() as web, sync_playwright() as playwright:
        url = f"http://127.0.0.1:{web.port}"
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}
        fetched = cold(
            chromium, url, cookie, {"deck": f"/batches/{batch}/review/?approval=pending", "grid": f"/batches/{batch}/"}
        )
        for name, address, key in [("deck", f"/batches/{batch}/review/?approval=pending", "a"),
                                   ("plain htmx swap", f"/events/{events[0]}/", "q")]:  # fmt: skip
            context = chromium.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([cookie])
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.add_init_script(PROBE)
            page.goto(url + address)
            page.wait_for_selector("#card video.playing")
            if name != "deck":
                page.evaluate("ids => window.plain(ids)", events[1:])
            page.wait_for_timeout(2000)
            page.evaluate(LONG_TASKS)
            runs_of[name], memory, collected, holds = [], [], [], []
            devtools = context.new_cdp_session(page)
            for part in range(PARTS):
                runs_of[name] += press(page, key, cards * (part + 1) // PARTS - len(runs_of[name]), pause)
                memory.append(f"{renderer_memory():.0f}")
                holds.append(held(devtools))
                collected.append(f"{renderer_memory():.0f}")
            devtools.send("Memory.simulatePressureNotification", {"level": "critical"})
            time.sleep(2)
            tasks = page.evaluate("longTasks")
            strain[name] = (
                f"{len(tasks)}, longest {max(tasks, default=0):.0f} ms",
                f"{', '.join(memory)} MB; collected {', '.join(collected)} MB; told to save {renderer_memory():.0f} MB",
                f"{holds[0]}; at the end {holds[-1]}",
            )
            context.close()
        chromium.close()
    report(runs_of, fetched, strain)


def report(
    runs_of: dict[str, list[dict[str, float]]], fetched: dict[str, str], strain: dict[str, tuple[str, str, str]]
) -> None:
    with Figures("deck", "sqlite") as figures:
        for name, ours in fetched.items():
            figures.row(f"{name} into an empty cache, without pictures", ours, f"target {COLD_TARGETS[name]}")
        kinds = ("tasks above 50 ms", "memory of the renderer after each fifth", "the page holds after a fifth")
        for number, what in enumerate(kinds):
            deck, plain = (some[number] for some in strain.values())
            figures.row(f"{what}, {len(runs_of['deck'])} cards", deck, f"plain htmx swap {plain}")
        for what, target in TARGETS.items():
            cells = {}
            for name, runs in runs_of.items():
                times = sorted(run[what] for run in runs)
                p95 = statistics.quantiles(times, n=20)[-1]
                cells[name] = f"p50 {statistics.median(times):.0f}, p95 {p95:.0f}, max {times[-1]:.0f} ms"
            ours, beside = cells["deck"], cells["plain htmx swap"]
            figures.row(
                f"verdict → {STEPS[what]}, {len(runs)} cards", ours, f"plain htmx swap {beside}; target p95 {target}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=500)
    parser.add_argument("--pause", type=float, default=0.4, help="seconds a person looks at a card whose picture moves")
    parser.add_argument("--measure", metavar="HOST", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.cards, options.pause)
        return
    with database("sqlite") as url, media_host() as host:
        origins = {"PRIVATE_HOSTS": host.removeprefix("http://"), "CLIP_ORIGINS": host}
        argv = [
            sys.executable,
            __file__,
            "--measure",
            host,
            "--cards",
            str(options.cards),
            "--pause",
            str(options.pause),
        ]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url} | origins)


if __name__ == "__main__":
    main()
