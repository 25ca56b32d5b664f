"""A web application of a few lines, to put the server in front of."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/slow":
        start_response("200 OK", headers)
        return slowly()
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])) if environ["PATH_INFO"] == "/echo" else b"ok"
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def slowly() -> Iterator[bytes]:
    """Ten pieces in half a second."""
    for number in range(10):
        time.sleep(0.05)
        yield b"%d\n" % number
