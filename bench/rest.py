"""What an installation takes while nobody uses it: memory and CPU of all processes of `up`.

    python bench/rest.py [--seconds 30]

Memory is the proportional set size (PSS): what processes share counts once.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402  (the path to the product comes first)
import requests  # noqa: E402

from bench.data import database  # noqa: E402
from bench.figures import Figures  # noqa: E402

SETTLING = 15.0  # seconds until nothing of the start is left


def tree(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def role(process: psutil.Process) -> str:
    name = process.name().split()[0]
    return name if name in ("web", "worker", "sweep") else "up"


def cpu(pid: int) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in tree(pid))


def measure(pid: int, seconds: float, figures: Figures) -> None:
    time.sleep(SETTLING)
    sizes: dict[str, list[float]] = {}
    for process in tree(pid):
        sizes.setdefault(role(process), []).append(process.memory_full_info().pss / 2**20)
    before, started = cpu(pid), time.perf_counter()
    time.sleep(seconds)
    share = (cpu(pid) - before) / (time.perf_counter() - started)
    of_each = ", ".join(f"{name} {' + '.join(f'{size:.0f}' for size in some)}" for name, some in sizes.items())
    total = sum(map(sum, sizes.values()))
    figures.row("memory of `up` at rest (PSS)", f"{total:.0f} MiB: {of_each}", "target 180 MB")
    figures.row("CPU of `up` at rest", f"{share:.1%} of a core", "target 1 %")


def run(url: str, seconds: float) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings", "DATABASE_URL": url, "ALLOWED_HOSTS": "127.0.0.1"}
    command = [sys.executable, "manage.py", "up", "--port", str(port), "--jobs", "1"]
    with subprocess.Popen(command, cwd=ROOT, env=env) as up:
        try:
            wait(f"http://127.0.0.1:{port}/login/")
            with Figures("rest", "sqlite") as figures:
                measure(up.pid, seconds, figures)
        finally:
            up.terminate()


def wait(address: str) -> None:
    """Until the page answers a few times, so that each web process has served one."""
    deadline, answered = time.monotonic() + 1200, 0
    while answered < 8:
        try:
            requests.get(address, timeout=60).raise_for_status()
            answered += 1
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise SystemExit("The server does not answer.") from None
            time.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="over which the CPU is counted")
    options = parser.parse_args()
    with database("sqlite") as url:
        run(url, options.seconds)


if __name__ == "__main__":
    main()
