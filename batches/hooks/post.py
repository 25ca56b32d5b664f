"""One POST to a receiver: vetted, bounded, never redirected; what came back, in the few words worth keeping."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

import requests

from batches.errors import VendorRefused
from batches.sync.http import retry_after
from batches.sync.safe import SafeSession

SECONDS = 15.0  # for the whole exchange
PATIENCE = (5.0, 10.0)  # to connect; between two packets
KEPT = 200  # characters of the answer


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try went. `status` None: there was no answer, and `problem` says why."""

    status: int | None
    took_ms: int
    text: str = ""
    problem: str = ""
    retry_after: float | None = None  # seconds the receiver asked us to wait

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str], private_hosts: Iterable[str]) -> Answer:
    """Send `body` and read the beginning of the answer. Never raises for what the receiver or the network does."""
    started = time.perf_counter()
    try:
        with (
            SafeSession(private_hosts, seconds=SECONDS) as session,
            session.post(url, data=body, headers=headers, timeout=PATIENCE, stream=True) as response,
        ):
            text = _plain(next(response.iter_content(4 * KEPT), b""))
            took = _since(started)
            if 300 <= response.status_code < 400:
                return Answer(response.status_code, took, text, "A redirect is never followed.")
            wait = retry_after(response.headers.get("Retry-After"), time.time())
            return Answer(response.status_code, took, text, "", wait)
    except VendorRefused as error:
        return Answer(None, _since(started), problem=str(error)[:300])
    except requests.RequestException as error:
        return Answer(None, _since(started), problem=_reason(error))


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _plain(body: bytes) -> str:
    """The beginning of an answer as text both databases keep and nobody's terminal obeys."""
    text = body.decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\s]+", " ", text).strip()[:KEPT]


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "The receiver's certificate cannot be trusted."
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "The receiver cannot be reached."
    if isinstance(error, requests.exceptions.Timeout):
        return "The receiver did not answer in time."
    if isinstance(error, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return "The connection failed or broke off."
    return "The request cannot be sent."
