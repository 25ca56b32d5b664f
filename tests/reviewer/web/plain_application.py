"""A web application of a few lines, to put the server in front of; its requests wait shortly for a thread."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

from reviewer.web import held, overload

overload.QUEUE_SECONDS, overload.RETRY_AFTER = 0.3, 1
held.STALL_SECONDS = 3.0
HELD_SECONDS, WORK_SECONDS = 4.0, 0.02
BEGUN = b"begun "
PAGE = b"0123456789abcdef" * 50_000
FILE = Path(__file__).parents[3] / "static" / "vendor" / "hls.light.min.js"
done: list[str] = []  # every query string that /work was begun with


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/hold" or environ["QUERY_STRING"] == "slow":
        start_response("200 OK", [*headers, ("Content-Length", str(len(BEGUN + b"ok")))])
        return held()
    if environ["PATH_INFO"] == "/slow":
        start_response("200 OK", headers)
        return slowly()
    if environ["PATH_INFO"] == "/endless":
        start_response("200 OK", headers)
        return repeat(PAGE)
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [*headers, ("Content-Length", str(FILE.stat().st_size))])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](FILE.open("rb"))
        return wrapped
    body = answer_of(environ)
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def answer_of(environ: dict[str, Any]) -> bytes:
    match environ["PATH_INFO"]:
        case "/echo":
            body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            return body
        case "/page":
            return PAGE
        case "/work":
            done.append(environ["QUERY_STRING"])
            time.sleep(WORK_SECONDS)
        case "/done":
            return " ".join(done).encode()
    return b"ok"


def held() -> Iterator[bytes]:
    """Says that a thread has begun, and keeps it."""
    yield BEGUN
    time.sleep(HELD_SECONDS)
    yield b"ok"


def slowly() -> Iterator[bytes]:
    """Ten pieces in half a second."""
    for number in range(10):
        time.sleep(0.05)
        yield b"%d\n" % number
