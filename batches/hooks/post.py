"""One POST to a receiver's checked address, with limits and without redirects; keeps the beginning of the answer."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

import requests

from batches.errors import VendorRefused
from batches.sync.http import retry_after
from batches.sync.safe import SafeSession

EXCHANGE_SECONDS = 15.0
TIMEOUTS = (5.0, 10.0)  # seconds to connect; between two packets
ANSWER_CHARACTERS = 200  # stored of the answer


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a try. `status` None: no answer came, and `problem` says why."""

    status: int | None
    took_ms: int
    text: str = ""
    problem: str = ""
    retry_after: float | None = None  # seconds the receiver asked us to wait

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str], private_hosts: Iterable[str]) -> Answer:
    """Send `body` and read the beginning of the answer. Never raises for errors of the receiver or the network."""
    started = time.perf_counter()
    try:
        with (
            SafeSession(private_hosts, seconds=EXCHANGE_SECONDS) as session,
            session.post(url, data=body, headers=headers, timeout=TIMEOUTS, stream=True) as response,
        ):
            text = _plain(next(response.iter_content(4 * ANSWER_CHARACTERS), b""))
            took = _since(started)
            if 300 <= response.status_code < 400:
                return Answer(response.status_code, took, text, "Redirects are not followed.")
            wait = retry_after(response.headers.get("Retry-After"), time.time())
            return Answer(response.status_code, took, text, "", wait)
    except VendorRefused as error:
        return Answer(None, _since(started), problem=str(error)[:300])
    except requests.RequestException as error:
        return Answer(None, _since(started), problem=_reason(error))


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _plain(body: bytes) -> str:
    """The beginning of an answer as text without control characters."""
    text = body.decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\s]+", " ", text).strip()[:ANSWER_CHARACTERS]


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "The receiver's certificate is not trusted."
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "The receiver cannot be reached."
    if isinstance(error, requests.exceptions.Timeout):
        return "The receiver did not answer in time."
    if isinstance(error, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return "The connection failed or broke off."
    return "The request cannot be sent."
