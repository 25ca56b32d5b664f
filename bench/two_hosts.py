"""Two web hosts behind a proxy, three workers and PostgreSQL, each in a network namespace of its own: verdicts a second
of one host and of two, and what is lost when one is killed in flight.

    python bench/two_hosts.py [--seconds 12]

Needs root, `ip` and Caddy (`make bench-trust` installs it). The namespaces and their addresses exist only on this
machine, without a way out, and are removed at the end. The queue of jobs is PostgreSQL.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402  (the path to the product comes first)

from bench.figures import Figures  # noqa: E402
from tests.killing.test_rolling_restart import CADDY, CADDYFILE  # noqa: E402
from tests.killing.web import SEED, Reviewer, until  # noqa: E402
from tests.postgres import postgres  # noqa: E402

ADDRESSES = {"db": "10.77.0.1", "a": "10.77.0.2", "b": "10.77.0.3", "jobs": "10.77.0.4", "people": "10.77.0.5"}
SWITCH = "reviewer-switch"
PEOPLE, EVENTS = 8, 4000
LEDGER = "from batches.models import Decision; print('decisions', Decision.objects.count())"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def namespaces() -> Iterator[None]:
    """A switch, and the others with one wire each to it."""
    names = [SWITCH, *(f"reviewer-{namespace}" for namespace in ADDRESSES)]
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", SWITCH, "link", "add", "br0", "type", "bridge")
        ip("-n", SWITCH, "link", "set", "br0", "up")
        for namespace, address in ADDRESSES.items():
            name = f"reviewer-{namespace}"
            ip("-n", SWITCH, "link", "add", f"to-{namespace}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-n", SWITCH, "link", "set", f"to-{namespace}", "master", "br0", "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


def move_to(namespace: str) -> None:
    """This thread, with what it starts from now on."""
    with Path(f"/run/netns/reviewer-{namespace}").open() as file:
        os.setns(file.fileno(), os.CLONE_NEWNET)


def manage(env: dict[str, str], *argv: str) -> list[list[str]]:
    output = subprocess.check_output([sys.executable, "manage.py", *argv], cwd=ROOT, env=env, text=True)
    return [line.split() for line in output.splitlines()]


class Program:
    """A command in its namespace and a process group of its own."""

    def __init__(self, namespace: str, env: dict[str, str], *argv: str) -> None:
        move_to(namespace)
        self.process = psutil.Popen(argv, cwd=ROOT, env=env, start_new_session=True,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip

    def cpu(self) -> float:
        if not self.process.is_running():
            return 0.0
        times = [process.cpu_times() for process in (self.process, *self.process.children(recursive=True))]
        return sum(some.user + some.system for some in times)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(timeout=60)


def host(namespace: str, env: dict[str, str]) -> Program:
    up = ["manage.py", "up", "--host", ADDRESSES[namespace], "--port", "8000", "--workers", "1", "--jobs", "0"]
    return Program(namespace, env, sys.executable, *up)


def end_all(programs: dict[str, Program]) -> None:
    for program in programs.values():
        program.end()


def answers(address: str) -> bool:
    return (
        subprocess.run(["curl", "-fsm5", "-o", os.devnull, address], check=False, stderr=subprocess.DEVNULL).returncode
        == 0
    )


def run(url: str, seconds: float, figures: Figures) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings", "DATABASE_URL": url,
                        "ALLOWED_HOSTS": ",".join(ADDRESSES.values())}  # fmt: skip
    move_to("db")
    manage(env, "migrate", "--verbosity", "0")
    rows = manage(env, "shell", "--no-imports", "-c", SEED.format(count=EVENTS))
    session, events = rows[0][1], [row for row in rows if row[0] == "event"]
    with ExitStack() as stack:
        programs = {"host a": host("a", env)}
        for number in (1, 2, 3):
            programs[f"worker {number}"] = Program("jobs", env, sys.executable, "manage.py", "worker")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "Caddyfile").write_text(
            CADDYFILE.format(port=8080, hosts=f"{ADDRESSES['a']}:8000 {ADDRESSES['b']}:8000")
            .replace("127.0.0.1:8080", f"{ADDRESSES['people']}:8080")
        )  # fmt: skip
        caddy = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        programs["proxy"] = Program("people", {"HOME": str(folder)}, *caddy)
        stack.callback(end_all, programs)
        proxy = f"http://{ADDRESSES['people']}:8080"
        until(lambda: answers(f"{proxy}/healthz"), "the proxy answers")
        people = [Reviewer(proxy, session, events[number::PEOPLE]) for number in range(PEOPLE)]
        for person in people:
            person.start()
        alone = pace(people, seconds)
        programs["host b"] = host("b", env)
        until(lambda: answers(f"http://{ADDRESSES['b']}:8000/readyz"), "host b starts")
        time.sleep(3)  # the proxy asks each second
        before, busy = {name: program.cpu() for name, program in programs.items()}, time.process_time()
        two = pace(people, seconds)
        used = {name: program.cpu() - before[name] for name, program in programs.items()} | {
            "people": time.process_time() - busy
        }
        failed = sum(len(person.failures) for person in people)
        programs["host a"].end(signal.SIGKILL)
        left = pace(people, seconds)
        for person in people:
            person.events.clear()  # the one in hand is the last
            person.join()
        move_to("db")
        stored = int(manage(env, "shell", "--no-imports", "-c", LEDGER)[-1][1])
    acknowledged = sum(len(person.acknowledged) for person in people)
    strange = [answer for person in people for answer in person.strange]
    again = sum(len(person.failures) for person in people) - failed
    profile = ", ".join(f"{name} {spent / seconds:.0%}" for name, spent in used.items() if spent / seconds >= 0.005)
    figures.row(f"verdicts of {PEOPLE} people, one web host; two", f"{alone:.0f}/s; {two:.0f}/s: {two / alone:.2f} ×",
                f"target 1.7 ×; CPU of {os.cpu_count()} cores with two hosts: {profile}")  # fmt: skip
    figures.row("host a killed in flight", f"{left:.0f}/s afterwards, {again} requests sent again by their people",
                "the outbox does the same, with the same key")  # fmt: skip
    figures.row("verdicts acknowledged; stored", f"{acknowledged:,}; {stored:,}, {len(strange)} refused",
                "none lost, none twice")  # fmt: skip


def pace(people: list[Reviewer], seconds: float) -> float:
    before = sum(len(person.acknowledged) for person in people)
    time.sleep(seconds)
    return (sum(len(person.acknowledged) for person in people) - before) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each of the three parts")
    options = parser.parse_args()
    if CADDY is None or os.geteuid() != 0:
        raise SystemExit("Needs root, for network namespaces, and Caddy: `make bench-trust` installs it.")
    with namespaces():
        move_to("db")
        with (
            postgres(address=ADDRESSES["db"], network="10.77.0.0/24") as url,
            Figures("two_hosts", "postgres") as figures,
        ):
            run(url, options.seconds, figures)


if __name__ == "__main__":
    main()
