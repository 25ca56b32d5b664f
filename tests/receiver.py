"""A receiver of webhooks over real HTTP: keeps what came, verifies it as the documentation says, answers as told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import send, serving


@dataclass
class Receiver:
    """`answers` are used up one by one: (status, headers, body); then everything is 200."""

    url: str = ""
    host: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.came.append((dict(request.headers), request.body))  # type: ignore[attr-defined]
        send(request, *(self.answers.pop(0) if self.answers else (200, {}, b"thanks")))

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.came]

    def fail(self, times: int, status: int = 500, **headers: str) -> None:
        self.answers += [(status, headers, b"no")] * times


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    with serving(receiver) as host:
        receiver.host, receiver.url = host, f"http://{host}/told"
        yield receiver
