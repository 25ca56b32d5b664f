"""Two web hosts behind a real proxy are restarted one after the other while people decide: no request is lost.

The proxy is Caddy, which `make bench-trust` installs; without it the test is left out.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.killing.own_database import environment, own_database
from tests.killing.web import SEED, Reviewer, shell, until

CADDY = shutil.which(Path(sys.executable).parent / "caddy") or shutil.which("caddy")
CLIENTS, PAUSE = 4, 0.5  # seconds between two verdicts of each
EVENTS = 3000  # for longer than the restarts take
ROUNDS = 3
# docs/operations.md (Rolling restart) has the same lines.
CADDYFILE = """{{
	admin off
	auto_https off
}}
http://127.0.0.1:{port} {{
	reverse_proxy {hosts} {{
		health_uri /readyz
		health_interval 1s
		lb_try_duration 5s
		transport http {{
			keepalive 20s
		}}
	}}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status(port: int, path: str) -> int:
    """0 where nobody listens."""
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=30).status_code
    except requests.RequestException:
        return 0


class Host:
    """One web host: `up` with pages and without jobs."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.port = env, free_port()
        self.start()

    def start(self) -> None:
        argv = [
            sys.executable,
            "manage.py",
            "up",
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--jobs",
            "0",
            "--drain",
            "5",
        ]
        self.up = subprocess.Popen(argv, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_ready(self) -> bool:
        return status(self.port, "/readyz") == 200

    def restart(self) -> None:
        self.stop()
        self.start()
        until(self.is_ready, "the host is back")
        time.sleep(3)  # the proxy asks each second

    def stop(self) -> None:
        self.up.terminate()
        self.up.wait(timeout=60)


@contextmanager
def proxy(hosts: list[Host], folder: Path) -> Iterator[int]:
    port, file = free_port(), folder / "Caddyfile"
    file.write_text(CADDYFILE.format(port=port, hosts=" ".join(f"127.0.0.1:{host.port}" for host in hosts)))
    argv = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(file)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL, env={"HOME": str(folder)}) as process:
        try:
            until(lambda: status(port, "/healthz") == 200, "the proxy answers")
            yield port
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.skipif(CADDY is None, reason="needs Caddy: `make bench-trust` installs it")
def test_two_hosts_restarted_in_turn_behind_a_proxy_lose_no_request(tmp_path: Path) -> None:
    with own_database(migrated=True) as database:
        env = environment(database)
        rows = shell(env, SEED.format(count=EVENTS))
        session = next(row[1] for row in rows if row[0] == "session")
        events = [row for row in rows if row[0] == "event"]
        hosts = [Host(env), Host(env)]
        try:
            for host in hosts:
                until(host.is_ready, "the host starts")
            with proxy(hosts, tmp_path) as port:
                url = f"http://127.0.0.1:{port}"
                people = [Reviewer(url, session, events[n::CLIENTS], pause=PAUSE) for n in range(CLIENTS)]
                for person in people:
                    person.start()
                for _ in range(ROUNDS):
                    for host in hosts:
                        host.restart()
                enough = all(person.is_alive() for person in people)
                for person in people:
                    person.events.clear()  # the one in hand is the last
                    person.join()
        finally:
            for host in hosts:
                host.stop()
    acknowledged = sum(len(person.acknowledged) for person in people)
    lost = [failure for person in people for failure in person.failures]
    print(f"{acknowledged:,} decisions during {2 * ROUNDS} restarts, {len(lost)} requests failed")
    assert enough, "people decide until the last host is back"
    assert ([strange for person in people for strange in person.strange], lost) == ([], [])
    assert acknowledged > 2 * ROUNDS * CLIENTS
