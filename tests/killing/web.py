"""A real web server on a database of its own, and reviewers who decide over HTTP until they have an answer."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psutil
import requests

from tests.killing import prepared

SEED = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from batches.models import Batch
from tests.factories import make_batch, make_event, make_item, make_member
item = make_item(make_batch())
user = make_member(item.batch.connection)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print("session", session.session_key)
for _ in range({count}):
    event = make_event(item)
    print("event", event.pk, event.fingerprint)
"""


PATIENCE = 60.0  # seconds, on a busy machine


def until(happens: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (value := happens()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return value


def shell(env: dict[str, str], code: str) -> list[list[str]]:
    status, text = prepared.run(env, "shell", "--no-imports", "-c", code)
    assert status == 0, text
    return [line.split() for line in text.splitlines()]


def lives(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


@contextmanager
def web(env: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi",
         "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--log-level", "critical"],
        env=env,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: lives(url), "the server answers")
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


class Reviewer(threading.Thread):
    """Decides its events one after the other; asks again with the same key until it is told an answer."""

    def __init__(self, url: str, session: str, events: list[list[str]], pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.url, self.events, self.pause = url, events, pause  # seconds after a verdict
        self.acknowledged: list[str] = []
        self.failures: list[str] = []  # of requests that were sent again
        self.strange: list[str] = []
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"Accept": "application/json", "X-CSRFToken": "c" * 32})
        self.http.cookies.update({"sessionid": session, "csrftoken": "c" * 32})

    def run(self) -> None:
        for _, pk, fingerprint in self.events:
            key = str(uuid4())
            body = {"key": key, "version": 1, "fingerprint": fingerprint, "approval": "approved"}
            while True:
                try:
                    answer = self.http.post(f"{self.url}/events/{pk}/decide/", data=body, timeout=30)
                except requests.RequestException as error:
                    self.failures.append(str(error))
                    time.sleep(0.05)
                    continue
                # A proxy whose host was killed; or busy while workers are replaced.
                if answer.status_code == 502 or (answer.status_code == 503 and "Retry-After" in answer.headers):
                    self.failures.append(answer.text[:200])
                    time.sleep(0.2)
                    continue
                if answer.status_code == 200 and answer.json()["saved"]:
                    self.acknowledged.append(key)
                else:
                    self.strange.append(f"{answer.status_code} {answer.text[:200]}")
                break
            time.sleep(self.pause)
